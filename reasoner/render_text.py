"""The determination as a letter that a physician could sign, and the trace as a tree.

The letter says only what the trace holds: every sentence comes from a shape's message, a provision's statement or a fact on
file, each with its citation. It says *recommended* throughout, because only a physician may deny care.
"""

from collections.abc import Callable, Iterable
from textwrap import fill

from mtus.reasoner.describe import day
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination, Source, TracedReason, UsedFact

WIDTH = 100
# How a style is put around a text: a name such as "contradicted" or "heading", and the text.
Style = Callable[[str, str], str]


def plain(_: str, text: str) -> str:
    """Return ``text`` without any style."""
    return text


def to_letter(determination: Determination, knowledge: Knowledge, style: Style = plain) -> str:
    """Return the letter for ``determination``; ``style`` may put colours around its parts."""
    return _Letter(determination, knowledge, style).write()


def to_tree(request: RequestDetermination, knowledge: Knowledge, style: Style = plain) -> str:
    """Return the complete trace of one request as an indented tree."""
    return _Tree(knowledge, style).write(request)


def where(sources: Iterable[Source]) -> str:
    """Return sources in words: ``progress note, 18 August 2015, plan``."""
    told = ["; ".join([", ".join(part for part in (s.label, day(s.date)) if part)]) for s in sources]
    places = list(dict.fromkeys(s.place for s in sources if s.place))
    return "; ".join(told) + (f" ({'; '.join(places)})" if places else "")


class _Letter:
    def __init__(self, determination: Determination, knowledge: Knowledge, style: Style) -> None:
        self.d = determination
        self.label = knowledge.vocabulary.label
        self.style = style
        self.lines: list[str] = []

    def write(self) -> str:
        self._head()
        for number, request in enumerate(self.d.requests, 1):
            self._request(number, request)
        self._foot()
        return "\n".join(self.lines).rstrip() + "\n"

    def _head(self) -> None:
        d = self.d
        self._line(self.style("heading", "RECOMMENDED DETERMINATION"))
        if d.is_synthetic:
            self._line("The facts of this case are invented (synthetic).")
        self._line(f"Case: {d.label}")
        self._line(f"Stage: {self.label(d.stage)}")
        count = len(d.requests)
        scope = "for the request" if count == 1 else f"for all {count} requests"
        overall = "mixed, see each request" if d.overall == "mixed" else f"{self.label(d.overall)}, {scope}"
        self._line(f"Recommended disposition: {overall}")
        self._line()
        self._line("Documents searched:")
        for document in d.documents:
            date = f", {day(document.date)}" if document.date else ""
            kind = f" ({document.kind})" if document.kind and document.kind != document.label else ""
            self._line(f"{document.label}{kind}{date}", 1, "- ")
        for disagreement in d.disagreements:
            self._line("These statements on file disagree; both are kept: " + "; ".join(disagreement.labels) + ".")
        self._line()

    def _request(self, number: int, r: RequestDetermination) -> None:
        answer = local_name(r.answer)
        self._line(self.style("heading", f"{number}. {r.label}"))
        recommendation = f"Recommended answer: {self.label(r.answer)}"
        disposition = local_name(r.disposition)
        self._line(self.style(answer, recommendation) + (f" (recommended disposition: {self.label(r.disposition)})" if disposition != "open" else ""))
        self._editions(r)
        self._line()
        relied = [reason for reason in r.reasons if reason.relied_on]
        further = [reason for reason in r.reasons if not reason.relied_on]
        if r.suggestion:
            s = r.suggestion
            self._line(f"{s.label[0].upper()}{s.label[1:]}: {s.requested}. A smaller quantity, {s.supported}, would be supported; "
                       "this is a suggestion and grants nothing.")  # fmt: skip
        self._grounds("Why:" if answer != "supported" else "Recommended by:", relied, r)
        if answer == "supported":
            self._met(r)
        self._grounds("Also, not relied on here because the wording of the criterion is not confirmed:", further, r)
        if answer not in ("supported",):
            self._met(r)
        self._advice(r)
        if r.hangs_on:
            self._line("The answer hangs on the reading of vague words alone: under the other reading named in the trace it would be different.")
        if r.next_step:
            self._line(f"Next step of the medical evidence search sequence (8 CCR 9792.21.1): {r.next_step}")
        self._line()

    def _editions(self, r: RequestDetermination) -> None:
        for selection in r.editions:
            if selection.edition:
                dates = ", ".join(f"{self.label(d.basis)} {day(d.date)}" for d in selection.dates)
                self._line(f"Guideline in force: {selection.label} (by {dates}).")

    def _grounds(self, title: str, reasons: list[TracedReason], r: RequestDetermination) -> None:
        if not reasons:
            return
        self._line(title)
        found = {a.criterion: a for a in r.criteria}
        for reason in reasons:
            kind = local_name(reason.kind)
            tag = "" if kind == "recommended" else self.style(kind, f"[{self.label(reason.kind)}] ")
            cited = f" ({reason.citation.text}{self._unverified(reason)})" if reason.citation else ""
            self._line(f"{tag}{reason.text}{cited}", 1, "- ")
            assessment = found.get(reason.about)
            if assessment:
                self._basis(assessment)

    def _unverified(self, reason: TracedReason) -> str:
        confidence = local_name(reason.confidence)
        return "" if confidence == "confirmed" else f"; from general knowledge, confidence {confidence}, not verified"

    def _basis(self, a: Assessment) -> None:
        """Write what a reason rests on: the provision, the facts, what was sought, and the reading of vague words."""
        status = local_name(a.status)
        if status == "contradicted":
            self._line(f"The guideline: {a.citation.statement}", 3)
            for fact in a.facts:
                self._line(f"On file: {fact.label} — {where(fact.stated_in)}" if fact.stated_in else f"On file: {fact.label}", 3)
        for sought in a.sought:
            if sought.usual_documents:
                self._line(f"Such facts usually stand in: {', '.join(sought.usual_documents)}.", 3)
        if a.reading and status == "contradicted":
            words = "; ".join(f"{label} {value}" for label, value in a.reading.parameters)
            self._line(f"“{a.reading.words}” is read as: {a.reading.label}" + (f" ({words})." if words else "."), 3)
        if status == "contradicted":
            for part in a.parts:
                if part.relation == "exception":
                    verb = "does not hold" if local_name(part.status) == "contradicted" else "is not on file"
                    self._line(f"What would lift this {verb}: that {part.requirement}.", 3)

    def _met(self, r: RequestDetermination) -> None:
        met = [a for a in r.criteria if local_name(a.status) == "met" and local_name(a.effect) != "noted"]
        if not met or not (r.recommended_by or any(local_name(a.role) == "requirement" for a in met)):
            return
        self._line("What is met:")
        for a in met:
            facts = "; ".join(_short(fact) for fact in a.facts)
            self._line(f"{a.label} ({a.citation.text})" + (f": {facts}" if facts else ""), 1, "- ")

    def _advice(self, r: RequestDetermination) -> None:
        advice = [a for a in r.criteria if local_name(a.effect) == "noted" and local_name(a.status) in ("contradicted", "undocumented")]
        if advice:
            self._line("Advice of the guideline, without effect on the answer:")
        for a in advice:
            self._line(f"{a.message} ({a.citation.text})", 1, "- ")

    def _foot(self) -> None:
        receipt = self.d.receipt
        self._line(self.style("heading", "Review by a physician"))
        self._line("This is a recommendation. Only a physician may deny or modify care, and nothing here is final before one has signed.")
        for field in ("Name or identifier", "Role and specialty", "State of licence", "Date", "Agreed or overridden, and why"):
            self._line(f"{field}: ____________________", 1)
        self._line()
        self._line(self.style("small", f"Determination {local_name(self.d.id)}"))
        self._line(self.style("small", f"Facts {receipt.case_digest}"))
        self._line(self.style("small", f"Knowledge {receipt.knowledge_digest}"))
        self._line(self.style("small", f"mtus-reasoner {receipt.reasoner_version}"))

    def _line(self, text: str = "", indent: int = 0, bullet: str = "") -> None:
        start = " " * indent + bullet
        self.lines.append(fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False, break_on_hyphens=False))


def _short(fact: UsedFact) -> str:
    return f"{fact.label} — {where(fact.stated_in)}" if fact.stated_in else fact.label


class _Tree:
    def __init__(self, knowledge: Knowledge, style: Style) -> None:
        self.label = knowledge.vocabulary.label
        self.style = style
        self.lines: list[str] = []

    def write(self, r: RequestDetermination) -> str:
        self.lines.append(self.style("heading", r.label) + " — " + self.style(local_name(r.answer), self.label(r.answer)))
        branches: list[tuple[str, list[object]]] = [
            ("Edition", [f"{s.label or 'none or several'}: " + "; ".join(f"{self.label(d.basis)} {day(d.date)}" for d in s.dates) for s in r.editions]),
            ("What the request is, by inference", [f"{i.conclusion} [{i.axiom}] from {'; '.join(i.rests_on)}" for i in r.inferences]),
            ("Reasons", [f"{self.label(x.kind)}: {x.text}" + ("" if x.relied_on else " (not relied on)") for x in r.reasons]),
            ("Criteria", list(r.criteria)),
        ]
        present = [(title, items) for title, items in branches if items]
        for position, (title, items) in enumerate(present):
            self._branch("", position == len(present) - 1, title, items)
        return "\n".join(self.lines) + "\n"

    def _branch(self, prefix: str, is_last: bool, title: str, items: list[object]) -> None:
        self.lines.append(f"{prefix}{'└─ ' if is_last else '├─ '}{title}")
        inner = prefix + ("   " if is_last else "│  ")
        for position, item in enumerate(items):
            last = position == len(items) - 1
            if isinstance(item, Assessment):
                self._branch(inner, last, self._title(item), self._children(item))
            elif isinstance(item, tuple):
                self._branch(inner, last, item[0], list(item[1]))
            else:
                self.lines.append(f"{inner}{'└─ ' if last else '├─ '}{item}")

    def _title(self, a: Assessment) -> str:
        status = self.style(local_name(a.status), self.label(a.status))
        relation = f"{a.relation}: " if a.relation else ""
        return f"{relation}[{status}] {local_name(a.criterion)}: that {a.requirement} ({a.citation.text})"

    def _children(self, a: Assessment) -> list[object]:
        found: list[object] = [f"provision: {a.citation.statement} [{self.label(a.confidence)}; {a.citation.source}]"]
        if a.message:
            found.append(f"says: {a.message}")
        if a.reading:
            words = "; ".join(f"{label} = {value}" for label, value in a.reading.parameters)
            other = f"; under the other reading: {self.label(a.reading.other_status)}" if a.reading.other_status else ""
            found.append(f"reading of “{a.reading.words}”: {a.reading.label} ({words}){other}")
        for fact in a.facts:
            text = f"fact: {fact.label} — {where(fact.stated_in)}" if fact.stated_in else f"fact: {fact.label}"
            inferred = [f"inferred: {i.conclusion} [{i.axiom}]" for i in fact.inferences]
            found.append((text, inferred) if inferred else text)
        for sought in a.sought:
            usual = f"; usually in: {', '.join(sought.usual_documents)}" if sought.usual_documents else ""
            found.append(f"sought in {len(a.searched)} documents: {sought.message}{usual}")
        return [*found, *a.parts]
