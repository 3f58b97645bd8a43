"""What could be changed about a case, one thing at a time: documentation to add, or a request to reduce.

A change is worked out from the shapes of a criterion that fails: from what its on-file shape looks for and what its holds shape asks
of that, or from the witness of a constraint component. So a new topic gets its changes without a word of its own.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from mtus.reasoner.canonical import canonical_line
from mtus.reasoner.case_terms import CaseTerms
from mtus.reasoner.closure import ClosedGraph
from mtus.reasoner.graph import Triple
from mtus.reasoner.load import Facts, day_numbers
from mtus.reasoner.namespaces import MTUS

ADD = "documentation"
REDUCE = "reduction"
# A request without a date has that of its earliest document, so what is stated under these of a thing on file can take a date away.
_DATING = frozenset(MTUS + name for name in ("requestDate", "documentDate", "statedIn", "hasRequest", "isRequestOf"))


@dataclass(frozen=True)
class Value:
    """A value that a statement has to have: the property, how it stands to ``literal`` (at least, at most, is), and its words.

    Where ``relation`` is ``stated``, any value will do as far as this criterion goes, and ``text`` is only the one that was tried.
    """

    prop: str
    relation: str
    text: str


@dataclass(frozen=True)
class Change:
    """One change: ``added`` facts that would be on file, and ``removed`` facts of the request that would be asked for no longer.

    ``about`` is the class of the statement, or the property of the request or course that is stated; ``documents`` are the kinds of
    document in which it may stand; ``why`` the criteria (IRIs) that it was worked out for. ``slot`` names what only one change can
    settle, such as one quantity of one request; of two that settle it in the same ``way`` (less of it, at least so much), the one
    with the larger ``degree`` goes further.
    """

    kind: str
    about: str
    values: tuple[Value, ...]
    documents: tuple[str, ...]
    added: tuple[Triple, ...]
    removed: tuple[Triple, ...] = ()
    why: tuple[str, ...] = field(default=(), compare=False)
    slot: str = ""
    way: str = ""
    degree: float = 0

    @cached_property
    def key(self) -> str:
        """A name for the change: the same facts have the same one."""
        lines = [f"+{canonical_line(t)}" for t in self.added] + [f"-{canonical_line(t)}" for t in self.removed]
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()[:12]

    def __hash__(self) -> int:
        return hash(self.key)


def covers(smaller: Iterable[Change], larger: Iterable[Change]) -> bool:
    """Return whether ``smaller`` asks for nothing beyond ``larger``: the same changes or fewer, none of which goes further."""
    found = {change.key for change in larger}
    slots = {change.slot: change for change in larger if change.slot}
    return all(c.key in found or (c.slot in slots and not goes_further(c, slots[c.slot]) and c.way == slots[c.slot].way) for c in smaller)


def goes_further(change: Change, other: Change) -> bool:
    """Return whether ``change`` settles what ``other`` settles in the same way, and goes further."""
    return bool(change.slot) and (change.slot, change.way) == (other.slot, other.way) and change.degree > other.degree


def apply_changes(facts: Facts, changes: Iterable[Change], terms: CaseTerms) -> Facts:
    """Return ``facts`` with ``changes`` made; the digest stays that of the case as it is."""
    changes = tuple(changes)
    removed = {triple for change in changes for triple in change.removed}
    added = (triple for change in changes for triple in change.added)
    kept = [triple for triple in facts.stated if triple not in removed] if removed else facts.stated
    stated = tuple(dict.fromkeys((*kept, *added)))
    return replace(facts, stated=stated, derived=tuple(day_numbers(stated, terms)))


def facts_to_add(change: Change, graph: ClosedGraph, terms: CaseTerms) -> tuple[Triple, ...] | None:
    """Return what is on file beyond ``graph``, day numbers included, once ``change`` is made; None where something is there no longer."""
    if change.removed or any(predicate in _DATING and subject in graph.kinds for subject, predicate, _ in change.added):
        return None
    return (*change.added, *day_numbers(change.added, terms))
