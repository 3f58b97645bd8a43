"""The review of a determination: who decided what, as an entity of its own beside the determination, which never changes.

Field names are the JSON keys in snake case, as in :mod:`mtus.reasoner.trace`; tuples of plain texts are sets, sorted.
"""

from dataclasses import dataclass, field

from mtus.reasoner.namespaces import BASE

REVIEW = BASE + "review/"
REVIEWER_ROLE = BASE + "reviewer-role/"
REVIEW_OUTCOME = BASE + "review-outcome/"
DISPOSITION = BASE + "disposition/"
AGREED = REVIEW_OUTCOME + "agreed"
OVERRIDDEN = REVIEW_OUTCOME + "overridden"


def _of(vocabulary: str) -> str:
    """Return a field whose value is from ``vocabulary``, empty where none is stated."""
    value: str = field(default="", metadata={"vocabulary": vocabulary})
    return value


@dataclass(frozen=True)
class Reviewer:
    """Who reviewed: a name or identifier, the role, and for a physician the states of licence (two letters) and the specialties."""

    id: str = ""
    name: str = ""
    role: str = _of("reviewer-role")
    licence_states: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Override:
    """One criterion that the reviewer sees otherwise, or the kind of a reason that is no criterion, with reason and evidence seen.

    ``recommended_status`` is the status in the determination, ``status`` the one that the reviewer finds; both are empty where no
    criterion is named.
    """

    id: str = ""
    criterion: str = ""
    reason_kind: str = ""
    recommended_status: str = _of("status")
    status: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestReview:
    """What was decided on one request, beside what had been recommended; ``approved_part`` in words where it was modified."""

    id: str
    request: str
    recommended_answer: str = _of("answer")
    recommended_disposition: str = _of("disposition")
    outcome: str = _of("review-outcome")
    decision: str = _of("disposition")
    approved_part: str = ""
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class SignedReview:
    """A review: of which determination (identifier and digest), by whom, when (ISO date or date-time), and what was decided."""

    id: str
    determination: str
    determination_digest: str
    reviewer: Reviewer
    reviewed_at: str
    requests: tuple[RequestReview, ...]
    outcome: str = _of("review-outcome")
