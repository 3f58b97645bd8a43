"""What differs between two determinations of one case: answers, criteria, receipt, and whatever else.

A status belongs to a criterion of a request, wherever in the tree it stands; so criteria are compared by request and criterion. The
rest is compared value by value, each at its place, with the name of the determination left out of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_json import POSITION, all_assessments, to_dict
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination, TracedReason

# Told by itself, or following from what is.
_TOLD = ("answer", "disposition", "status", "receipt", "wasGeneratedBy", POSITION)


@dataclass(frozen=True)
class ReasonGiven:
    """A reason as it is told in a difference: its kind, what it is about, the provision as cited, and its words."""

    kind: str
    about: str
    provision: str
    text: str


@dataclass(frozen=True)
class AnswerChange:
    """An answer, or its disposition, that changed (empty where the request is in one only), with the reasons gone and come."""

    request: str
    label: str
    before: str
    after: str
    disposition_before: str
    disposition_after: str
    reasons_gone: tuple[ReasonGiven, ...]
    reasons_come: tuple[ReasonGiven, ...]


@dataclass(frozen=True)
class CriterionChange:
    """A criterion of a request that is assessed in one only (``added``, ``removed``), or with another status (``changed``)."""

    request: str
    label: str
    criterion: str
    change: str
    before: str
    after: str
    provision: str
    requirement: str


@dataclass(frozen=True)
class ValueChange:
    """Another value that differs: where it stands, before and after (empty where there is none)."""

    place: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """All that differs between two determinations; empty where they are the same."""

    answers: tuple[AnswerChange, ...] = ()
    criteria: tuple[CriterionChange, ...] = ()
    receipt: tuple[ValueChange, ...] = ()
    others: tuple[ValueChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answers or self.criteria or self.receipt or self.others)


def difference(before: Determination, after: Determination) -> Difference:
    """Return how ``after`` differs from ``before``."""
    if before == after:
        return Difference()
    return Difference(
        answers=tuple(_answers(before, after)),
        criteria=tuple(_criteria(before, after)),
        receipt=tuple(_values(_receipt(before), _receipt(after))),
        others=tuple(_values(dict(_leaves(before)), dict(_leaves(after)))),
    )


def _pairs(before: Determination, after: Determination) -> Iterator[tuple[RequestDetermination | None, RequestDetermination | None]]:
    """Yield the requests of both, in the order of the first, then those that only the second has."""
    first, second = ({request.request: request for request in d.requests} for d in (before, after))
    for iri in dict.fromkeys((*first, *second)):
        yield first.get(iri), second.get(iri)


def _answers(before: Determination, after: Determination) -> Iterator[AnswerChange]:
    for old, new in _pairs(before, after):
        some = old or new
        assert some is not None, "a pair has at least one request"
        gone, come = _reasons(old), _reasons(new)
        change = AnswerChange(
            request=some.request,
            label=some.label,
            before=old.answer if old else "",
            after=new.answer if new else "",
            disposition_before=old.disposition if old else "",
            disposition_after=new.disposition if new else "",
            reasons_gone=tuple(reason for reason in gone if reason not in come),
            reasons_come=tuple(reason for reason in come if reason not in gone),
        )
        if (change.before, change.disposition_before) != (change.after, change.disposition_after):
            yield change


def _reasons(request: RequestDetermination | None) -> list[ReasonGiven]:
    return [_given(reason) for reason in request.reasons] if request else []


def _given(reason: TracedReason) -> ReasonGiven:
    return ReasonGiven(reason.kind, reason.about, reason.citation.text if reason.citation else "", reason.text)


def _criteria(before: Determination, after: Determination) -> Iterator[CriterionChange]:
    for old, new in _pairs(before, after):
        first, second = _assessed(old), _assessed(new)
        some = old or new
        assert some is not None, "a pair has at least one request"
        for criterion in dict.fromkeys((*first, *second)):
            was, now = first.get(criterion, []), second.get(criterion, [])
            status, status_now = (", ".join(dict.fromkeys(a.status for a in found)) for found in (was, now))
            if status == status_now:
                continue
            told = (now or was)[0]
            yield CriterionChange(
                request=some.request,
                label=some.label,
                criterion=criterion,
                change="changed" if was and now else "added" if now else "removed",
                before=status,
                after=status_now,
                provision=told.citation.text,
                requirement=told.requirement,
            )


def _assessed(request: RequestDetermination | None) -> dict[str, list[Assessment]]:
    found: dict[str, list[Assessment]] = {}
    for a in all_assessments(request) if request else ():
        found.setdefault(a.criterion, []).append(a)
    return found


def _receipt(determination: Determination) -> dict[str, str]:
    receipt = determination.receipt
    named = {"case digest": receipt.case_digest, "knowledge digest": receipt.knowledge_digest, "reasoner": receipt.reasoner_version}
    return named | dict(receipt.engines) | {"determination": local_name(determination.id)}


def _values(before: dict[str, str], after: dict[str, str]) -> Iterator[ValueChange]:
    for place in dict.fromkeys((*before, *after)):
        old, new = before.get(place, ""), after.get(place, "")
        if old != new:
            yield ValueChange(place, old, new)


def _leaves(determination: Determination) -> Iterator[tuple[str, str]]:
    """Yield every value of the trace that nothing else tells, by its place; things in lists are placed by their names."""
    yield from _walk({key: value for key, value in to_dict(determination).items() if key != "id"}, "", determination.id)


def _walk(data: Any, place: str, own: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in _TOLD:
                yield from _walk(value, f"{place}/{key}", own)
    elif isinstance(data, list):
        names = [item.get("id") or item.get("about") if isinstance(item, dict) else None for item in data]
        for number, (name, item) in enumerate(zip(names, data, strict=True)):
            # by its name, so that one thing more does not make all that follow differ
            yield from _walk(item, f"{place}/{local_name(name) if name and names.count(name) == 1 else number}", own)
    else:
        yield place, str(data).removeprefix(own)
