"""A concordance as text for people: the table of requests, the measures with their denominators, and what to look into."""

from collections.abc import Iterable, Iterator
from textwrap import fill

from rich.table import Column, Table
from rich.text import Text

from mtus.reasoner.agreement import Estimate, Measure, Undefined
from mtus.reasoner.concordance import Concordance, Row
from mtus.reasoner.concordance_summary import FEW_IN_ALL, FEW_OF_AN_OUTCOME, NOT_COVERED, Share, Summary, summaries
from mtus.reasoner.describe import counted
from mtus.reasoner.grounds import fact_in_words, facts_of
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import REASON, SKOS, local_name
from mtus.reasoner.trace import Assessment, RequestDetermination, TracedReason

_WIDTH = 100
_NO, _YES, _UNKNOWN = "no", "yes", "not stated"


def to_text(found: Concordance, knowledge: Knowledge) -> Iterator[Table | str]:
    """Yield the parts of the report, each a table or a text without a last line break."""
    looked_at = f"{counted(found.entries, 'case')}, {counted(len(found.rows), 'request')}"
    yield f"{looked_at}: recommended determinations beside human decisions."
    if found.rows:
        yield _table(found.rows)
    if found.failures:
        yield _failures(found)
    label = knowledge.vocabulary.label
    for summary in summaries(found.rows, knowledge):
        yield f"\nStage: {label(summary.stage)}"
        yield "\n".join(_counts(summary, knowledge))
        yield _confusion(summary)
        yield "\n".join(_measures(summary, knowledge))
    for title, rows in sections(found):
        if rows:
            yield f"\n{title}"
        for row in rows:
            yield "\n".join(_Looked(row, knowledge).lines())
    yield "\nOnly a physician may deny or modify care; every determination here is a recommendation."


def sections(found: Concordance) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Return the rows to look into: those that disagree, and those that are not covered."""
    disagreeing = tuple(row for row in found.rows if row.comparison and not row.gap and not row.comparison.agrees)
    return (("Where the two do not agree", disagreeing), ("Not covered", tuple(row for row in found.rows if row.gap)))


def agreement(row: Row) -> tuple[str, str, str]:
    """Return whether outcome, leading kind of reason, and pages and provisions agree: yes, no, not stated, or not covered."""
    c = row.comparison
    if c is None or row.gap:
        return (_UNKNOWN if c is None else NOT_COVERED,) * 3
    cited = c.human.pages or c.human.relied_on
    return (
        _YES if c.outcome_agrees else _NO,
        (_YES if c.reason_agrees else _NO) if c.human.reason_kind else _UNKNOWN,
        (_YES if c.citation_agrees else _NO) if cited else _UNKNOWN,
    )


def _table(rows: Iterable[Row]) -> Table:
    table = Table(
        Column("Case", overflow="fold"),
        "Request",
        "Outcome: human / here",
        "Reason: human / here",
        "Pages and provisions found here",
        "Remarks",
    )
    for row in rows:
        c = row.comparison
        outcome, reason, cited = agreement(row)
        if c is None:
            cells = ["no human decision"] + ["—"] * 2
        elif row.gap:
            cells = [f"{c.human.disposition} / {NOT_COVERED}", f"{c.human.reason_kind or _UNKNOWN} / —", "—"]
        else:
            ours = ", ".join(c.reason_kinds)
            cells = [f"{c.human.disposition} / {c.disposition}: {outcome}", f"{c.human.reason_kind or _UNKNOWN} / {ours}: {reason}", cited]
        table.add_row(Text(row.entry), Text(row.label), *cells, "; ".join(_remarks(row)) or "—")
    return table


def _remarks(row: Row) -> Iterator[str]:
    if row.gap:
        yield row.gap.replace("-", " ")
    if row.comparison and row.comparison.human.set_aside:
        yield "set aside later"
    if row.known_in_part:
        yield "known in part"


def _failures(found: Concordance) -> Table:
    table = Table("Case that could not be used", "What is wrong", "How to mend it")
    for failure in found.failures:
        for problem in failure.problems:
            table.add_row(Text(failure.entry), Text(f"{problem.code} at {problem.where}: {problem.why}"), Text(problem.remedy))
    return table


def _counts(s: Summary, knowledge: Knowledge) -> Iterator[str]:
    yield f"Requests with a human decision: {len(s.decided)} of {len(s.rows)}."
    kinds = "; ".join(f"{knowledge.vocabulary.label(REASON + kind)} {count}" for kind, count in s.gaps.items())
    yield f"Covered by the knowledge: {_share(s.coverage)}." + (f" Not covered: {sum(s.gaps.values())} ({kinds})." if kinds else "")
    if s.set_aside:
        yield f"Human decisions set aside later, which are no reference any more and are not counted: {len(s.set_aside)}."
    yield f"Counted in the measures of agreement (covered, and with a human decision that stands): {len(s.counted)}."


def _confusion(s: Summary) -> Table:
    table = Table("Outcome: human ↓ here →", *s.outcomes, NOT_COVERED, title="Decisions that stand", title_justify="left")
    for human, counts in s.confusion:
        table.add_row(human, *map(str, counts))
    return table


def _measures(s: Summary, knowledge: Knowledge) -> Iterator[str]:
    yield f"Agreement on the outcome: {_share(s.outcome)}; with what is not covered as no agreement: {_share(s.outcome_of_all)}."
    if s.always:
        word, share = s.always
        note = knowledge.ontology.text(s.stage, SKOS + "scopeNote")
        yield _filled(
            f"  This says nothing by itself: to answer “{word}” always would agree in {share.part} of {share.whole}. {note or ''}".rstrip(),
            "  ",
        )
    yield _filled(f"Balanced accuracy (mean of the shares found of each human outcome): {measure(s.balanced_accuracy)}.")
    yield _filled(f"Cohen's kappa (agreement beyond chance): {measure(s.kappa)}.")
    yield f"Agreement on the leading kind of reason: {_share(s.reason)}."
    yield f"Pages and provisions of the human decision all found here: {_share(s.citation)}."
    if s.is_small:
        yield _filled(f"Warning: {counted(len(s.counted), 'request')} counted. Below {FEW_IN_ALL} requests, or {FEW_OF_AN_OUTCOME} of an "
                      "outcome, these numbers are too small to mean anything; they show that the comparison works.")  # fmt: skip


def _share(share: Share) -> str:
    found = share.measure
    return f"{share.part} of {share.whole}" + (f" = {measure(found)}" if isinstance(found, Estimate) else "")


def measure(found: Measure) -> str:
    """Return a measure in words: its value and interval to two digits, or that it is undefined and why."""
    if isinstance(found, Undefined):
        return f"undefined, because {found.why}"
    value = f"{found.value:.2f}"
    return value if found.low is None or found.high is None else f"{value} (95 %: {found.low:.2f} to {found.high:.2f})"


def _filled(text: str, indent: str = "") -> str:
    return fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


class _Looked:
    """One row with the human reason and ours: the reasons, and below them the criteria with their facts."""

    def __init__(self, row: Row, knowledge: Knowledge) -> None:
        self.row = row
        self.label = knowledge.vocabulary.label

    def lines(self) -> Iterator[str]:
        yield f"- {self.row.entry}: {self.row.label}"
        c = self.row.comparison
        if c:
            named = ", ".join((*(f"p. {page}" for page in c.human.pages), *c.human.relied_on))
            told = [part for part in (c.human.reason_kind or "no kind of reason known", named) if part]
            yield self._line(f"Human: {c.human.disposition} ({'; '.join(told)}). {_sentence(c.human.reason)}".rstrip())
            if c.human.set_aside:
                yield self._line(f"Set aside later: {_sentence(c.human.set_aside)}")
            if c.missed and not self.row.gap:
                yield self._line(f"Relied on there, no reason here: {', '.join(c.missed)}.")
        for trace in self.row.trace.requests if self.row.trace else ():
            yield from self._ours(trace)

    def _ours(self, r: RequestDetermination) -> Iterator[str]:
        yield self._line(f"Here: {self.label(r.answer)} (recommended disposition: {self.label(r.disposition)}).")
        for reason in r.reasons:
            yield self._line(self._reason(reason), 2)
        for a in () if self.row.gap else r.criteria:
            if local_name(a.status) != "not-applicable" and local_name(a.effect) != "noted":
                yield from self._criterion(a)

    def _reason(self, reason: TracedReason) -> str:
        cited = f" ({reason.citation.text})" if reason.citation else ""
        return f"- [{self.label(reason.kind)}] {reason.text}{cited}" + ("" if reason.relied_on else " (not relied on)")

    def _criterion(self, a: Assessment) -> Iterator[str]:
        yield self._line(f"- criterion {local_name(a.criterion)}, {self.label(a.status)}: {a.requirement}", 2)
        for fact in facts_of(a):
            yield self._line(f"on file: {fact_in_words(fact)}", 4)
        for sought in a.sought:
            yield self._line(f"not on file: {sought.message}", 4)

    def _line(self, text: str, indent: int = 1) -> str:
        first = "  " * indent
        return fill(text, _WIDTH, initial_indent=first, subsequent_indent=first + "  ", break_long_words=False, break_on_hyphens=False)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "." if text else ""
