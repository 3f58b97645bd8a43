"""Knowledge as if one edition of a guideline were the one in force, to see what another edition would have said.

A question about the guideline, not about the case: the dates stay as they are on file, and only which edition they select is set.
"""

import hashlib
from dataclasses import replace
from datetime import date

from mtus.reasoner.errors import usage_error
from mtus.reasoner.guideline import Edition
from mtus.reasoner.knowledge import Knowledge


def named_edition(name: str, knowledge: Knowledge) -> Edition:
    """Return the edition that people call ``name``: by its folder (``chronic-pain-2009``), its year, or its IRI.

    Raises :class:`UsageError` where there is none, or where a year fits editions of several guidelines.
    """
    editions = knowledge.guidelines.editions
    fitting = [e for iri, e in editions.items() if name in (iri, e.name) or e.name.rsplit("-", 1)[-1] == name]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(e.name for e in editions.values())
    why = f"'{name[:60]}' fits several editions." if fitting else f"No edition is called '{name[:60]}'."
    raise usage_error("no-such-edition", "--edition", why, f"The editions are: {known}.")


def as_if_in_force(edition: Edition, knowledge: Knowledge) -> Knowledge:
    """Return ``knowledge`` in which every date of a request selects ``edition``, and none another edition of its guideline.

    Its digest is another one, so that what comes out can never pass for a determination under the knowledge as it is.
    """
    guidelines = knowledge.guidelines
    own = [e for e in guidelines.editions.values() if e.guideline == edition.guideline]
    bases = tuple(sorted({basis for e in own for basis in e.selects_by}))
    always = replace(edition, effective_from=date.min, effective_to=None, selects_from=None, selects_by=bases)
    never = {e.iri: replace(e, effective_from=date.max, effective_to=None, selects_from=None) for e in own}
    editions = {**guidelines.editions, **never, edition.iri: always}
    digest = hashlib.sha256(f"{knowledge.digest}\nas if in force: {edition.iri}".encode()).hexdigest()
    return replace(knowledge, guidelines=replace(guidelines, editions=editions), digest=digest)
