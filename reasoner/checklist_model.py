"""A checklist as one structure, from which text, JSON, HTML and the FHIR Questionnaire are all rendered.

Field names are the JSON keys in snake case. What a question writes into a case is kept beside it (:mod:`mtus.reasoner.checklist`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

YES_NO, WHOLE, NUMBER, DAY, CHOICE = "boolean", "integer", "decimal", "date", "choice"


@dataclass(frozen=True)
class Option:
    """One of the answers to a choice: the term (IRI) and its label."""

    code: str
    label: str


@dataclass(frozen=True)
class Test:
    """A test of the answer to ``question``: ``=``, ``!=``, ``>``, ``<``, ``>=``, ``<=``, or ``exists`` with ``true`` or ``false``."""

    question: str
    operator: str
    value: str


@dataclass(frozen=True)
class Question:
    """One fact that is looked for.

    ``kind`` is boolean, integer, decimal, date or choice. A boolean about a statement is true where a document says that it is so, and
    false where a document says that it is not so; where no document speaks of it there is no answer. ``document`` names the kind of
    document in which the fact usually stands, ``or_in`` others. ``is_required``: without it the request is not supported, where the
    question is asked at all. It is asked where each of ``asked_when`` holds, each by one of its tests. ``criteria`` look for it.
    """

    link_id: str
    number: int
    text: str
    help: str
    kind: str
    options: tuple[Option, ...]
    repeats: bool
    document: str
    or_in: tuple[str, ...]
    is_required: bool
    asked_when: tuple[tuple[Test, ...], ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """A question that a criterion asks, and which answer it looks for: ``relation`` (is, at least, at most, stated) and ``values``.

    ``values`` of ``stated`` are an example. ``text`` says what is looked for in words, where it is more than any answer.
    """

    question: str
    relation: str
    values: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Cited:
    """A statement of the guideline, or a rule, with where it stands and how sure we are of it."""

    provision: str
    text: str
    citation: str
    confidence: str
    is_verified: bool
    source: str


@dataclass(frozen=True)
class Said:
    """What a provision says of the treatment as a whole, and ``when`` (empty: always)."""

    when: str
    cited: Cited


@dataclass(frozen=True)
class Unchecked:
    """A provision without a criterion, and why it has none."""

    because: str
    cited: Cited


@dataclass(frozen=True)
class Reading:
    """How vague words are read."""

    words: str
    label: str
    rationale: str


@dataclass(frozen=True)
class Item:
    """What one criterion asks, in words and as questions, or through ``parts`` that are joined by ``relation`` (all, any, none of).

    ``only_if`` are the conditions of a part that has some of its own. ``also_read`` are questions whose answers count as well,
    ``answered_by`` those of other criteria that answer this one too. ``unless`` is what lifts it. ``broken`` says why the
    requests by themselves do not meet it.
    """

    criterion: str
    requirement: str
    cited: Cited
    burden: str
    effect: str
    relation: str = ""
    questions: tuple[Wanted, ...] = ()
    also_read: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()
    parts: tuple["Item", ...] = ()
    only_if: tuple[str, ...] = ()
    unless: "Item | None" = None
    reading: Reading | None = None
    broken: str = ""


@dataclass(frozen=True)
class Group:
    """What usually stands in one kind of document; ``documents`` are that kind, and those that will do for all of it."""

    documents: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Block:
    """What is asked where all of ``conditions`` hold (always, where there are none), as words and as tests of answers."""

    conditions: tuple[str, ...]
    asked_when: tuple[tuple[Test, ...], ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class RequestList:
    """The checklist of one request.

    ``says`` are sentences about the treatment as a whole, ``recommends`` the provisions that recommend it and ``refuses`` those that do
    not, ``unchecked`` those that no criterion encodes. ``gates`` are questions that decide which blocks apply. ``is_complete`` is False
    where the list alone cannot make a request supported.
    """

    request: str
    treatment: str
    label: str
    is_complete: bool
    says: tuple[str, ...]
    recommends: tuple[Said, ...]
    refuses: tuple[Said, ...]
    scope: tuple[Item, ...]
    gates: tuple[str, ...]
    blocks: tuple[Block, ...]
    limits: tuple[Item, ...]
    advice: tuple[Item, ...]
    unchecked: tuple[Unchecked, ...]


@dataclass(frozen=True)
class Checklist:
    """The checklist for some treatments under one edition; ``case_questions`` are those that every case needs."""

    id: str
    version: str
    edition: str
    edition_label: str
    instrument: str
    date: str
    is_renewal: bool
    case_questions: tuple[str, ...]
    requests: tuple[RequestList, ...]
    questions: tuple[Question, ...]

    def question(self, link_id: str) -> Question:
        """Return the question called ``link_id``."""
        return next(q for q in self.questions if q.link_id == link_id)


def items_of(request: RequestList) -> Iterator[Item]:
    """Yield the items of ``request`` in the order in which they are shown, each before its parts and what lifts it."""
    blocks = (item for block in request.blocks for group in block.groups for item in group.items)
    agenda = [*request.scope, *blocks, *request.limits, *request.advice]
    while agenda:
        item = agenda.pop(0)
        yield item
        agenda = [*item.parts, *([item.unless] if item.unless else []), *agenda]
