"""What a page or a file of a determination takes beyond reading it: what would change its answers, and its files."""

from collections.abc import Callable
from typing import Final, NamedTuple

from mtus.api.answering import TRIG
from mtus.api.deps import case_limits
from mtus.api.forms import written
from mtus.api.reasoning_graph import reasoning_graph
from mtus.reasoner.changing import what_would_change
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.receipt import was_made_with
from mtus.reasoner.remedies import WhatIf
from mtus.reasoner.render_json import to_json, to_json_ld
from mtus.reasoner.render_rdf import to_turtle
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.render_whatif import to_text
from mtus.reasoner.review_schema import skeleton_review
from mtus.reasoner.stored import Stored
from mtus.reasoner.trace import Determination

# A page is often asked for again; the search behind it takes longer than all the rest.
_REMEMBERED: Final = 64


class FileForm(NamedTuple):
    """A file of a determination: its media type, what it is called, whom it is for, and how it is written."""

    media_type: str
    label: str
    use: str
    write: Callable[[Determination, Knowledge], str]
    needs_facts: bool = False


def changes_of(content: bytes, syntax: str, knowledge: Knowledge) -> WhatIf | CaseError:
    """Return what would change the answers of the case in ``content``, or why that cannot be said; the last few are remembered."""
    known: dict[bytes, WhatIf | CaseError] = knowledge.once(changes_of, dict)
    found = known.get(content)
    if found is None:
        try:
            found = what_would_change(content, syntax=syntax, knowledge=knowledge, settings=case_limits())
        except CaseError as error:
            found = error
        while len(known) >= _REMEMBERED:
            known.pop(next(iter(known)), None)
        known[content] = found
    return found


def is_replayable(determination: Determination, knowledge: Knowledge) -> bool:
    """Return whether ``determination`` holds its facts and was made with ``knowledge`` by this release, so that it can be made again."""
    return bool(determination.stated_facts) and was_made_with(determination.receipt, knowledge)


def _trig(determination: Determination, knowledge: Knowledge) -> str:
    return written(Stored(determination, determination.stated_facts), TRIG, knowledge)


def _changes(determination: Determination, knowledge: Knowledge) -> str:
    found = changes_of(determination.stated_facts.encode(), "n-quads", knowledge)
    return to_text(found, knowledge) if isinstance(found, WhatIf) else f"{found}\n"


# By the suffix of the address; the order is that of the page.
FILES: Final = {
    "txt": FileForm("text/plain", "Letter", "text, to be read, printed and signed", to_letter),
    "changes.txt": FileForm("text/plain", "What would change the answers", "text, with all sets of changes", _changes, True),
    "json": FileForm("application/json", "JSON", "the whole trace, for programs, and to be replayed", lambda d, _: to_json(d, indent=True)),
    "jsonld": FileForm("application/ld+json", "JSON-LD", "the same with its context", lambda d, _: to_json_ld(d, indent=True)),
    "ttl": FileForm("text/turtle", "Turtle", "the same as RDF, with PROV-O", lambda d, _: to_turtle(d)),
    "trig": FileForm("application/trig", "TriG", "facts, inferences, report, determination and trace as named graphs", _trig, True),
    "review.json": FileForm("application/json", "Form of a review", "to be filled in by a physician", lambda d, _: skeleton_review(d)),
}  # fmt: skip


def drawing(determination: Determination, number: int, knowledge: Knowledge) -> str:
    """Return the drawing of the reasoning for the request with this ``number`` (from one) as an SVG file."""
    return reasoning_graph(number, determination.requests[number - 1], determination, knowledge) + "\n"
