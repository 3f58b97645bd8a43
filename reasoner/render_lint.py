"""What the linter found as text for people, grouped by decision, and as JSON."""

from collections.abc import Iterator
from typing import Any

import orjson

from mtus.reasoner.grounds import where
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import Lines, Style, plain
from mtus.reasoner.lint import FOUND, IN_ORDER, NOT_APPLICABLE, NOT_DETERMINABLE, STATUSES, Linted, LintFact, LintReport, LintResult
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Source

_TITLES = {FOUND: "Found", NOT_DETERMINABLE: "Not determinable (the file does not say enough)", IN_ORDER: "In order",
           NOT_APPLICABLE: "Not applicable"}  # fmt: skip
# What a terminal colours alike elsewhere.
_STYLES = {FOUND: "contradicted", NOT_DETERMINABLE: "undocumented", IN_ORDER: "met", NOT_APPLICABLE: "not-applicable"}


def to_text(report: LintReport, knowledge: Knowledge, style: Style = plain, *, everything: bool = False) -> str:
    """Return ``report`` as text: what was found and what cannot be determined; with ``everything`` also what is in order."""
    return _Text(knowledge, style, everything=everything).write(report)


class _Text(Lines):
    def __init__(self, knowledge: Knowledge, style: Style, *, everything: bool) -> None:
        self.label = knowledge.vocabulary.label
        super().__init__(style)
        self.shown = STATUSES if everything else (FOUND, NOT_DETERMINABLE)

    def write(self, report: LintReport) -> str:
        self.line(self.style("heading", "DECISION LINT"))
        if report.is_synthetic:
            self.line("The facts of this case are invented (synthetic).")
        self.line(f"Case: {report.label}")
        self.line("A finding is a question to the file, or to the one who decided. It decides nothing: only a physician may deny care.")
        for number, subject in enumerate(report.subjects, 1):
            self.line()
            self._subject(number, subject)
        self.line()
        counts = ", ".join(f"{report.count(status)} {self.label(status)}" for status in STATUSES)
        self.line(f"In all: {counts}.")
        return self.text()

    def _subject(self, number: int, subject: Linted) -> None:
        title = f"Decision on: {subject.label}" if subject.request else "The file as a whole"
        self.line(self.style("heading", f"{number}. {title}"))
        if subject.request:
            by = f", by the {subject.decided_by}" if subject.decided_by else ""
            self.line(f"{self.label(subject.outcome).capitalize()}{by} — {where(subject.stated_in)}")
        for status in self.shown:
            results = subject.with_status(status)
            if results:
                self.line()
                self.line(self.style(_STYLES[status], f"{_TITLES[status]}:"))
            for result in results:
                self._result(result, brief=status in (IN_ORDER, NOT_APPLICABLE))
        counts = [(len(subject.with_status(status)), self.label(status)) for status in STATUSES if status not in self.shown]
        if any(count for count, _ in counts):
            self.line()
            self.line(f"Besides: {', '.join(f'{count} {label}' for count, label in counts if count)}.")

    def _result(self, result: LintResult, *, brief: bool) -> None:
        weight = " (a question)" if result.severity.endswith("Warning") else ""
        self.line(f"{local_name(result.citation.provision)}{weight}: {result.requirement}.", 1, "- ")
        for message in result.messages:
            self.line(message, 3)
        for fact in result.facts:
            self.line(f"On file: {_fact(fact)}" if fact.stated_in else f"Counted: {fact.label}", 3)
        if brief:
            return
        self.line(f"{self._cited(result)}: {result.citation.statement}", 3)
        if result.reading:
            self.line(result.reading, 3)
        if result.status == FOUND:
            self.line(f"What to do: {result.remedy}", 3)

    def _cited(self, result: LintResult) -> str:
        if local_name(result.citation.confidence) != "confirmed":
            return f"{result.citation.text} [not verified; confidence {self.label(result.citation.confidence)}; {result.citation.source}]"
        if local_name(result.confidence) != "confirmed":
            return f"{result.citation.text} [confirmed; that it asks for this is our reading, confidence {self.label(result.confidence)}]"
        return f"{result.citation.text} [confirmed]"


def _fact(fact: LintFact) -> str:
    return f"{fact.label} — {where(fact.stated_in)}"


def to_json(report: LintReport) -> str:
    """Return ``report`` as JSON text: every rule against every decision, whatever its status. Empty values are left out."""
    return orjson.dumps(to_dict(report), option=orjson.OPT_INDENT_2).decode() + "\n"


def to_dict(report: LintReport) -> dict[str, Any]:
    """Return ``report`` as plain JSON data; statuses and other named values are written by their local name."""
    return {
        "case": report.case,
        "label": report.label,
        **({"synthetic": True} if report.is_synthetic else {}),
        "counts": {_key(status): report.count(status) for status in STATUSES},
        "subjects": [dict(_subject(subject)) for subject in report.subjects],
        "receipt": {
            "caseDigest": report.receipt.case_digest,
            "knowledgeDigest": report.receipt.knowledge_digest,
            "reasonerVersion": report.receipt.reasoner_version,
        },
    }


def _key(status: str) -> str:
    head, *tail = local_name(status).split("-")
    return head + "".join(part.capitalize() for part in tail)


def _subject(subject: Linted) -> Iterator[tuple[str, Any]]:
    if subject.request:
        yield "decision", subject.node
        yield "request", subject.request
        yield "label", subject.label
        yield "outcome", local_name(subject.outcome)
        if subject.decided_by:
            yield "decidedBy", subject.decided_by
        yield "statedIn", [_source(source) for source in subject.stated_in]
    else:
        yield "file", subject.node
    yield "results", [dict(_result(result)) for result in subject.results]


def _result(result: LintResult) -> Iterator[tuple[str, Any]]:
    yield "rule", result.rule
    yield "label", result.label
    yield "requirement", result.requirement
    yield "status", local_name(result.status)
    if result.severity:
        yield "severity", local_name(result.severity)
    yield "confidence", local_name(result.confidence)
    citation = result.citation
    yield (
        "provision",
        {
            "id": citation.provision,
            "citation": citation.text,
            "statement": citation.statement,
            "confidence": local_name(citation.confidence),
            "source": citation.source,
        },
    )
    if result.reading:
        yield "reading", result.reading
    if result.messages:
        yield "messages", list(result.messages)
    if result.facts:
        yield "facts", [_fact_data(fact) for fact in result.facts]
    if result.status == FOUND:
        yield "whatToDo", result.remedy
    if result.rows:
        yield "brokenShapes", list(dict.fromkeys(row.source_shape for row in result.rows))


def _fact_data(fact: LintFact) -> dict[str, Any]:
    told = {"about": fact.about, "label": fact.label}
    return {**told, "statedIn": [_source(source) for source in fact.stated_in]} if fact.stated_in else {**told, "counted": True}


def _source(source: Source) -> dict[str, str]:
    told = {"document": source.document, "label": source.label, "kind": source.kind, "date": source.date, "place": source.place}
    return {key: value for key, value in told.items() if value}
