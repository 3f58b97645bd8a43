"""Differences between determinations, as text and as JSON: by request, through which provision, by criterion."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from mtus.reasoner.difference import AnswerChange, CriterionChange, Difference, ReasonGiven, ValueChange
from mtus.reasoner.diffs import CaseDiff
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name

# What it means that a part of the receipt differs.
_MEANS = {
    "case digest": "the facts are not those that were determined",
    "knowledge digest": "it was determined with other knowledge",
    "reasoner": "it was determined by another release",
}
# How many values that differ elsewhere are shown in the text; the JSON has all.
SHOWN = 5


def to_lines(found: Difference, knowledge: Knowledge, *, in_full: bool = True) -> list[str]:
    """Return ``found`` as lines of text; ``in_full``: whether what differs beside answers and criteria is worth saying."""
    return list(_Writer(knowledge).lines(found, in_full=in_full))


def to_data(found: Difference) -> dict[str, Any]:
    """Return ``found`` as plain JSON data; values of vocabularies are written by their local names, as in the trace."""
    data: dict[str, Any] = _plain(found)
    return data


def diffs_to_text(found: Sequence[CaseDiff], knowledge: Knowledge) -> str:
    """Return the differences of several cases as text: those that differ one by one, the others counted."""
    lines: list[str] = []
    for one in found:
        if one.differs:
            lines += [f"{one.case}: {one.before} → {one.after}", *_refusals(one), *to_lines(one.difference, knowledge, in_full=False)]
    same = [one for one in found if not one.differs]
    refused = sum(bool(one.refused[0]) for one in same)
    if same:
        names = f" ({same[0].case})" if len(same) == 1 else ""
        lines.append(f"No answer and no criterion differs in {len(same)} of {len(found)} case{'s' * (len(found) > 1)}{names}.")
    elsewhere = sum(bool(one.difference.others) for one in same)
    if elsewhere:
        lines.append(f"In {elsewhere} of them something else in the trace differs, such as its wording; --format json lists it.")
    if refused:
        lines.append(f"{refused} of them {'is' if refused == 1 else 'are'} refused by both.")
    return "\n".join(lines) + "\n"


def diff_to_data(one: CaseDiff) -> dict[str, Any]:
    """Return the difference of one case as plain JSON data."""
    refused = {key: text for key, text in zip(("before", "after"), one.refused, strict=True) if text}
    named = {"case": one.case, "before": one.before, "after": one.after, "differs": one.differs}
    return {**named, **({"refused": refused} if refused else {}), **to_data(one.difference)}


def _refusals(one: CaseDiff) -> list[str]:
    return [f" - refused by {name}: {text}" for name, text in zip((one.before, one.after), one.refused, strict=True) if text]


class _Writer:
    def __init__(self, knowledge: Knowledge) -> None:
        self.label = knowledge.vocabulary.label
        # what people know by its label; all else that a reason is about they know by the last part of its name
        self.titled = {**knowledge.guidelines.editions, **knowledge.guidelines.sections}.keys()

    def lines(self, found: Difference, *, in_full: bool) -> Iterator[str]:
        criteria: dict[str, list[CriterionChange]] = {}
        for change in found.criteria:
            criteria.setdefault(change.request, []).append(change)
        for answer in found.answers:
            yield from self._answer(answer)
            yield from self._criteria(criteria.pop(answer.request, []))
        for others in criteria.values():
            yield f" - {others[0].label}: the answer is the same"
            yield from self._criteria(others)
        if in_full and found.receipt:
            yield " - Receipt"
            for value in found.receipt:
                means = _MEANS.get(value.place)
                yield f"    - {_value(value)}" + (f" ({means})" if means else "")
        if in_full and found.others:
            count = len(found.others)
            yield f" - Elsewhere in the trace, {count} value{'s differ' if count > 1 else ' differs'}" + (
                ", such as" if count > SHOWN else ""
            )
            yield from (f"    - {_value(change)}" for change in found.others[:SHOWN])

    def _answer(self, a: AnswerChange) -> Iterator[str]:
        answers = f"{self._named(a.before) or 'not there'} → {self._named(a.after) or 'not there'}"
        dispositions = ""
        if a.disposition_before != a.disposition_after and a.disposition_before and a.disposition_after:
            dispositions = f" (disposition {self._named(a.disposition_before)} → {self._named(a.disposition_after)})"
        yield f" - {a.label}: {answers}{dispositions}"
        yield from (f"    - no longer {self._reason(reason)}" for reason in a.reasons_gone)
        yield from (f"    - now {self._reason(reason)}" for reason in a.reasons_come)

    def _reason(self, reason: ReasonGiven) -> str:
        about = self.label(reason.about) if reason.about in self.titled else local_name(reason.about)
        return f"[{self.label(reason.kind)}] {'; '.join(part for part in (about, reason.provision) if part)}"

    def _criteria(self, changes: list[CriterionChange]) -> Iterator[str]:
        for c in changes:
            status = {"added": self._named(c.after), "removed": f"was {self._named(c.before)}"}.get(
                c.change, f"{self._named(c.before)} → {self._named(c.after)}"
            )
            yield f"    - {c.change}: {local_name(c.criterion)}, {status} ({c.provision})"

    def _named(self, values: str) -> str:
        """Return values of a vocabulary, more than one where a file contradicts itself, by their labels."""
        return ", ".join(self.label(value) for value in values.split(", ")) if values else ""


def _value(change: ValueChange) -> str:
    before, after = (text if len(text) <= 80 else text[:77] + "…" for text in (change.before, change.after))
    return f"{change.place}: {before or '(nothing)'} → {after or '(nothing)'}"


def _plain(node: Any) -> Any:
    if is_dataclass(node):
        return {_camel(field.name): _named(node, field.name) for field in fields(node)}
    return [_plain(item) for item in node] if isinstance(node, tuple) else node


def _named(node: Any, name: str) -> Any:
    value = getattr(node, name)
    if isinstance(node, AnswerChange | CriterionChange) and name.endswith(("before", "after")):
        return ", ".join(local_name(part) for part in value.split(", "))
    return local_name(value) if isinstance(node, ReasonGiven) and name == "kind" else _plain(value)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
