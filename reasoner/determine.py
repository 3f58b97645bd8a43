"""From statuses to the answer for a request: a total, pure function whose order of precedence is a table.

See docs/explanation/semantics.md for the table in words. Nothing here knows a treatment, a page or a number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from mtus.reasoner.kleene import Status
from mtus.reasoner.namespaces import ANSWER, REASON


class Answer(Enum):
    """The answer for a request; the value is the name in the vocabulary."""

    SUPPORTED = "supported"
    SUPPORTED_IN_PART = "supported-in-part"
    NOT_SUPPORTED = "not-supported"
    NOT_ADDRESSED = "not-addressed"
    INDETERMINATE = "indeterminate"

    @property
    def iri(self) -> str:
        """The IRI of the answer."""
        return ANSWER + self.value


class ReasonKind(Enum):
    """Why an answer is as it is; the value is the name in the vocabulary."""

    CONTRADICTED = "contradicted"
    NOT_RECOMMENDED = "not-recommended"
    UNDOCUMENTED = "undocumented"
    DERIVATIVE = "derivative"
    QUANTITY = "quantity"
    EDITION_AMBIGUOUS = "edition-ambiguous"
    EDITION_NOT_ENCODED = "edition-not-encoded"
    SECTION_NOT_ENCODED = "section-not-encoded"
    CONFLICTING = "conflicting"
    OUT_OF_SCOPE = "out-of-scope"
    PRIMARY_OPEN = "primary-open"
    OPEN_BURDEN = "open-burden"
    NO_PROVISION = "no-provision"
    RECOMMENDED = "recommended"

    @property
    def iri(self) -> str:
        """The IRI of the kind of reason."""
        return REASON + self.value


class Reason(NamedTuple):
    """One ground of an answer: its kind, and the criterion, provision, section, edition or request that it is about."""

    kind: ReasonKind
    about: str


class Finding(NamedTuple):
    """A criterion that applies: its status, and the effect that missing documentation has by its burden (blocks, leaves-open, noted)."""

    criterion: str
    status: Status
    effect: str
    is_scope: bool = False


@dataclass(frozen=True)
class Situation:
    """Everything that the answer for one request depends on.

    ``ambiguous`` and ``not_encoded`` name editions (or guidelines); ``recommending`` and ``not_recommending`` provisions in
    force, ``disputed`` provisions that do not recommend the treatment if one of the statements that disagree on file is right;
    ``silent_sections`` sections in force that speak of the treatment and are not encoded; ``primaries`` the answers of the requests
    that this one accompanies. ``is_spoken_of``: some encoded provision in force is about the treatment.
    """

    ambiguous: tuple[str, ...] = ()
    not_encoded: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    recommending: tuple[str, ...] = ()
    not_recommending: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    silent_sections: tuple[str, ...] = ()
    primaries: tuple[tuple[str, Answer], ...] = ()
    is_spoken_of: bool = False


@dataclass(frozen=True)
class Decision:
    """The answer and every reason for it."""

    answer: Answer
    reasons: tuple[Reason, ...]


def decide(situation: Situation) -> Decision:
    """Return the answer for ``situation``: the first rule of :data:`PRECEDENCE` that has reasons, with all of them."""
    for answer, rule in PRECEDENCE:
        reasons = rule(situation)
        if reasons:
            return Decision(answer, tuple(reasons))
    return Decision(Answer.NOT_ADDRESSED, (Reason(ReasonKind.NO_PROVISION, ""),))


def _reasons(kind: ReasonKind, about: tuple[str, ...]) -> list[Reason]:
    return [Reason(kind, iri) for iri in about]


def _ambiguous(s: Situation) -> list[Reason]:
    return _reasons(ReasonKind.EDITION_AMBIGUOUS, s.ambiguous)


def _not_encoded(s: Situation) -> list[Reason]:
    return _reasons(ReasonKind.EDITION_NOT_ENCODED, s.not_encoded)


def _fallen(s: Situation) -> list[Reason]:
    """Reasons of a request that falls with its primary: that one, and its own beside it."""
    fallen = [Reason(ReasonKind.DERIVATIVE, request) for request, answer in s.primaries if answer is Answer.NOT_SUPPORTED]
    return fallen + (_blocked(s) if fallen and not _out_of_scope(s) else [])


def _out_of_scope(s: Situation) -> list[Reason]:
    """Return the scope criteria that do not hold; asked only where the guideline speaks of the treatment at all."""
    if not s.is_spoken_of:
        return []
    return [
        Reason(ReasonKind.OUT_OF_SCOPE, f.criterion)
        for f in s.findings
        if f.is_scope and f.status not in (Status.MET, Status.NOT_APPLICABLE)
    ]


def _blocked(s: Situation) -> list[Reason]:
    counted = [f for f in s.findings if not f.is_scope and f.effect != "noted"]
    contradicted = [Reason(ReasonKind.CONTRADICTED, f.criterion) for f in counted if f.status is Status.CONTRADICTED]
    undocumented = [
        Reason(ReasonKind.UNDOCUMENTED, f.criterion) for f in counted if f.status is Status.UNDOCUMENTED and f.effect == "blocks"
    ]
    return contradicted + _reasons(ReasonKind.NOT_RECOMMENDED, s.not_recommending) + undocumented


def _conflicting(s: Situation) -> list[Reason]:
    found = [Reason(ReasonKind.CONFLICTING, f.criterion) for f in s.findings if f.status is Status.CONFLICTING and f.effect != "noted"]
    return found + _reasons(ReasonKind.CONFLICTING, s.disputed)


def _open_burden(s: Situation) -> list[Reason]:
    return [
        Reason(ReasonKind.OPEN_BURDEN, f.criterion) for f in s.findings if f.status is Status.UNDOCUMENTED and f.effect == "leaves-open"
    ]


def _primary_open(s: Situation) -> list[Reason]:
    open_answers = (Answer.INDETERMINATE, Answer.SUPPORTED_IN_PART)
    return [Reason(ReasonKind.PRIMARY_OPEN, request) for request, answer in s.primaries if answer in open_answers]


def _primary_not_addressed(s: Situation) -> list[Reason]:
    return [Reason(ReasonKind.PRIMARY_OPEN, request) for request, answer in s.primaries if answer is Answer.NOT_ADDRESSED]


def _section_not_encoded(s: Situation) -> list[Reason]:
    return _reasons(ReasonKind.SECTION_NOT_ENCODED, s.silent_sections) if not s.recommending else []


def _recommended(s: Situation) -> list[Reason]:
    return _reasons(ReasonKind.RECOMMENDED, s.recommending)


# In this order. What comes first decides; a failure of ours (ambiguity, missing knowledge) is never a denial, and a denial
# needs a reason that stands whatever the open questions turn out to be.
PRECEDENCE: tuple[tuple[Answer, Callable[[Situation], list[Reason]]], ...] = (
    (Answer.INDETERMINATE, _ambiguous),
    (Answer.INDETERMINATE, _not_encoded),
    (Answer.NOT_SUPPORTED, _fallen),
    (Answer.INDETERMINATE, _out_of_scope),
    (Answer.NOT_SUPPORTED, _blocked),
    (Answer.INDETERMINATE, _conflicting),
    (Answer.INDETERMINATE, _open_burden),
    (Answer.INDETERMINATE, _primary_open),
    (Answer.NOT_ADDRESSED, _primary_not_addressed),
    (Answer.INDETERMINATE, _section_not_encoded),
    (Answer.SUPPORTED, _recommended),
)
