"""Fill in the records of a checklist: from answers to the facts of a case."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from mtus.reasoner.case_terms import CaseTerms
from mtus.reasoner.checklist_records import MAIN, PRESENT, REQUEST, STATUS, STATUS_DATE, Field, Record
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.namespaces import MTUS, TYPE

_STATED_IN, _COURSE_STATUS, _FINDING = MTUS + "statedIn", MTUS + "hasCourseStatus", MTUS + "Finding"
# Answers by the fields that they fill in.
Values: TypeAlias = Mapping[Field, Sequence[Term]]


def filled(
    record: Record, values: Values, base: str, requests: Iterable[str], document: str, day: Literal, terms: CaseTerms
) -> list[Triple]:
    """Return the facts of ``record`` with ``values`` filled in, and with what every statement of its kind says.

    The new things are called ``base`` and after it, ``requests`` are those that speak of it, ``document`` is where it is stated, on
    ``day``. A finding is documented present where nothing else is filled in, and the status of a course is that of ``day``.
    """

    def name(term: str) -> str:
        return base + kebab(term[len(MAIN) :]) if term.startswith(MAIN) else term

    triples: list[Triple] = []
    for subject, predicate, value in record.facts:
        for request in requests if REQUEST in (subject, value) else ("",):
            pair = [request if term == REQUEST else name(term) for term in (subject, str(value))]
            triples.append((pair[0], predicate, pair[1]))
    main = name(record.main)
    triples += [(name(one.node), one.prop, value) for one, given in values.items() for value in given]
    triples += [(name(node), TYPE, cls) for node, cls in record.kinds.items() if not values.get(Field(node, TYPE))]
    if not record.is_new:
        return triples
    triples += [(name(node), _STATED_IN, document) for node in record.stated]
    said = {p for s, p, _ in triples if s == main}
    kinds = terms.kinds(frozenset(str(o) for s, p, o in triples if s == main and p == TYPE))
    if _FINDING in kinds and STATUS not in said:
        triples.append((main, STATUS, PRESENT))
    if _COURSE_STATUS in said and STATUS_DATE not in said:
        triples.append((main, STATUS_DATE, day))
    return triples


def kebab(name: str) -> str:
    """Return a name in lower case with hyphens: ``activeTherapy`` and ``active/Therapy`` give ``active-therapy``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).replace("/", "-").lower()
