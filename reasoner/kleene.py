"""Statuses of criteria and how they compose: Kleene's strong three-valued logic, with two kinds of unknown.

Contradicted is false, met is true; undocumented and conflicting are unknown. A part that is not applicable drops out.
See docs/explanation/semantics.md.
"""

from collections.abc import Iterable
from enum import Enum

from mtus.reasoner.namespaces import STATUS


class Status(Enum):
    """The status of a criterion against one request; the value is the name in the vocabulary."""

    MET = "met"
    CONTRADICTED = "contradicted"
    UNDOCUMENTED = "undocumented"
    CONFLICTING = "conflicting"
    NOT_APPLICABLE = "not-applicable"

    # there is one object for each status; the hash of Enum is slow, and statuses are put into sets at every turn
    __hash__ = object.__hash__

    @property
    def iri(self) -> str:
        """The IRI of the status."""
        return STATUS + self.value


def all_of(statuses: Iterable[Status]) -> Status:
    """Kleene and: contradicted where any part is, met where all are, else unknown."""
    return _first(statuses, _WORST_FIRST)


def any_of(statuses: Iterable[Status]) -> Status:
    """Kleene or: met where any part is, contradicted where all are, else unknown."""
    return _first(statuses, _BEST_FIRST)


def none_of(statuses: Iterable[Status]) -> Status:
    """Kleene not over or: met where all parts are contradicted."""
    return _NEGATED[any_of(statuses)]


def unless(status: Status, exception: Status) -> Status:
    """Return a default with its exception: where the exception is met the default is lifted, and else it stands.

    This is not Kleene's or: an undocumented exception does not weaken a broken default, because whoever claims an exception
    has to document it.
    """
    if exception is Status.MET:
        return Status.MET
    if exception is Status.CONFLICTING and status is not Status.MET:
        return Status.CONFLICTING
    return status


def given(precondition: Status, status: Status) -> Status:
    """Return an implication: not applicable where the precondition fails, unknown where it is unknown, unless ``status`` is met."""
    if precondition in (Status.CONTRADICTED, Status.NOT_APPLICABLE):
        return Status.NOT_APPLICABLE
    if precondition is Status.MET or status in (Status.MET, Status.NOT_APPLICABLE):
        return status
    return precondition


_WORST_FIRST = (Status.CONTRADICTED, Status.CONFLICTING, Status.UNDOCUMENTED, Status.MET)
_BEST_FIRST = (Status.MET, Status.CONFLICTING, Status.UNDOCUMENTED, Status.CONTRADICTED)
_NEGATED = {
    Status.MET: Status.CONTRADICTED,
    Status.CONTRADICTED: Status.MET,
    Status.UNDOCUMENTED: Status.UNDOCUMENTED,
    Status.CONFLICTING: Status.CONFLICTING,
    Status.NOT_APPLICABLE: Status.NOT_APPLICABLE,
}


def _first(statuses: Iterable[Status], order: tuple[Status, ...]) -> Status:
    present = set()
    for status in statuses:
        # nothing outweighs it, so what comes after need not be worked out
        if status is order[0]:
            return status
        present.add(status)
    for status in order:
        if status in present:
            return status
    return Status.NOT_APPLICABLE
