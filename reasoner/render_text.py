"""The determination as a letter that a physician could sign.

The letter says only what the trace holds: every sentence comes from a shape's message, a provision's statement or a fact on
file, and stands under its citation. It says *recommended* throughout, because only a physician may deny care.
"""

from collections.abc import Iterable

from mtus.reasoner.describe import day
from mtus.reasoner.grounds import below_what_is_met, decisive, fact_in_words, facts_of, open_condition, requirement_in_words
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import Lines, Style, plain
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Assessment, Citation, Determination, EditionDate, RequestDetermination, TracedReason
from mtus.reasoner.wording import unknown

# What a reviewer fills in.
SLOT = ("Name or identifier", "Role and specialty", "State of licence", "Date", "Agreed or overridden, and why")
# Lines to write: what is tagged, the sentence, and the lines below it.
_Item = tuple[str, str, list[str]]


def to_letter(determination: Determination, knowledge: Knowledge, style: Style = plain) -> str:
    """Return the letter for ``determination``; ``style`` may put colours around its parts."""
    return Letter(determination, knowledge, style).write()


class Letter(Lines):
    """A letter while it is being written; :mod:`mtus.reasoner.render_signed` says some of its parts otherwise."""

    def __init__(self, determination: Determination, knowledge: Knowledge, style: Style) -> None:
        super().__init__(style)
        self.d = determination
        self.label = knowledge.vocabulary.label
        self.items = {request.request: number for number, request in enumerate(determination.requests, 1)}
        self.documents = {document.id: document.label for document in determination.documents}
        self.unverified: dict[str, dict[str, None]] = {}

    def write(self) -> str:
        """Return the text of the letter."""
        self._head()
        for number, request in enumerate(self.d.requests, 1):
            self._request(number, request)
        self._foot()
        return self.text()

    def _head(self) -> None:
        d = self.d
        self.line(self.style("heading", self._title()))
        if d.is_synthetic:
            self.line("The facts of this case are invented (synthetic).")
        self.line(f"Case: {d.label}")
        self.line(f"Stage: {self.label(d.stage)}")
        self.line(self._disposition())
        self.line()
        self.line("Documents searched (“on file” means: in one of these):")
        for document in d.documents:
            kind = document.kind if document.kind != document.label else ""
            self.line(", ".join(part for part in (document.label, day(document.date)) if part) + (f" ({kind})" if kind else ""), 1, "- ")
        if d.disagreements:
            self.line("Statements on file that disagree; all are kept, and none is preferred:")
        for disagreement in d.disagreements:
            self.line("; but ".join(disagreement.labels), 1, "- ")
        self.line()

    def _title(self) -> str:
        return "RECOMMENDED DETERMINATION"

    def _disposition(self) -> str:
        return f"Recommended disposition: {self._for_all([request.disposition for request in self.d.requests])}"

    def _for_all(self, dispositions: list[str]) -> str:
        """Return the dispositions of all requests in words, in one where they are the same."""
        if len(set(dispositions)) > 1:
            return f"mixed ({'; '.join(f'request {number} {self._disposed(each)}' for number, each in enumerate(dispositions, 1))})"
        return self._disposed(dispositions[0]) + ("" if len(dispositions) == 1 else f", for all {len(dispositions)} requests")

    def _disposed(self, disposition: str) -> str:
        return self.label(disposition)

    def _request(self, number: int, r: RequestDetermination) -> None:
        answer = local_name(r.answer)
        self.line(self.style("heading", f"{number}. {r.label[:1].upper()}{r.label[1:]}"))
        self._answer(r)
        self._editions(r)
        if answer not in ("supported", "not-addressed"):
            for citation in r.recommended_by:
                self.line(f"In principle: {citation.statement} ({self._cited(citation, citation.confidence)})")
        self.line()
        if r.suggestion:
            s = r.suggestion
            self.line(f"{s.label[0].upper()}{s.label[1:]}: {s.requested}. A smaller quantity, {s.supported}, would be supported; "
                       "this is a suggestion and grants nothing.")  # fmt: skip
        self._reasons(self._why(r), [x for x in r.reasons if x.relied_on], r)
        self._reasons("Further reasons, not relied on because they are not verified:", [x for x in r.reasons if not x.relied_on], r)
        self._met(r)
        self._advice(r)
        if r.hangs_on:
            self._hanging(r)
        if r.next_step:
            self.line(f"Next step of the medical evidence search sequence (8 CCR 9792.21.1): {r.next_step}")
        self.line()

    def _answer(self, r: RequestDetermination) -> None:
        recommended = self.style(local_name(r.answer), f"Recommended answer: {self.label(r.answer)}")
        disposition = "" if local_name(r.disposition) == "open" else f" (recommended disposition: {self.label(r.disposition)})"
        self.line(recommended + disposition)

    def _why(self, r: RequestDetermination) -> str:
        return "Recommended by:" if local_name(r.answer) == "supported" else "Why:"

    def _editions(self, r: RequestDetermination) -> None:
        for selection in r.editions:
            if selection.edition:
                dates = "; ".join(self._date(d) for d in selection.dates)
                self.line(f"Guideline in force: {selection.label}, {dates}.")

    def _date(self, d: EditionDate) -> str:
        if d.taken_from:
            lent = f"{'year' if d.year else 'date'} of the {self.documents[d.taken_from]}"
            return f"by {self.label(d.basis)} {day(d.date) or d.year} (the {lent}, as the request bears none)"
        return f"by {self.label(d.basis)} {day(d.date)}"

    # Reasons

    def _reasons(self, title: str, reasons: list[TracedReason], r: RequestDetermination) -> None:
        if not reasons:
            return
        self.line(title)
        assessed = {a.criterion: a for a in r.criteria}
        groups: dict[str, list[_Item]] = {}
        conditional: dict[tuple[str, str], tuple[list[_Item], int, list[str]]] = {}
        for reason in reasons:
            kind = local_name(reason.kind)
            tag = "" if kind == "recommended" else self.style(kind, f"[{self.label(reason.kind)}] ")
            heading = self._heading(reason.citation, reason.confidence)
            group = groups.setdefault(heading, [])
            a = assessed.get(reason.about)
            condition = open_condition(a) if a and kind in ("undocumented", "conflicting") else None
            if a and condition:
                # criteria with the same open precondition are said in one sentence
                begin = unknown(condition.requirement, conflicting=local_name(condition.status) == "conflicting")
                items, position, required = conditional.setdefault((heading, begin), (group, len(group), []))
                required.append(a.requirement)
                item: _Item = (tag, f"{begin}. If so, it is required that {'; that '.join(required)}.", [])
                items[position : position + 1] = [item]
                continue
            number = self.items.get(reason.about)
            text = f"{reason.text} See request {number}." if number else reason.text
            group.append((tag, text, list(self._basis(a)) if a else []))
        self._groups(groups)

    def _basis(self, a: Assessment) -> Iterable[str]:
        """Yield what a reason rests on: the provision, the facts, where what is missing usually stands, and the reading of vague words."""
        status = local_name(a.status)
        if status == "contradicted":
            yield f"The guideline: {a.citation.statement}"
        if status in ("contradicted", "conflicting"):
            disputed = [part for part in a.parts if part.relation == "exception" and local_name(part.status) == "conflicting"]
            yield from dict.fromkeys(f"On file: {fact_in_words(fact)}" for part in (a, *disputed) for fact in facts_of(part))
        parts = decisive(a)
        if parts != (a,):
            yield from dict.fromkeys(part.message for part in parts if part.message)
        usual = dict.fromkeys(document for part in parts for sought in part.sought for document in sought.usual_documents)
        if usual:
            yield f"Usually documented in: {', '.join(usual)}."
        if a.reading and status == "contradicted":
            words = "; ".join(f"{label}: {value}" for label, value in a.reading.parameters)
            yield f"“{a.reading.words}” is read as: {a.reading.label}" + (f" ({words})." if words else ".")
            if a.reading.other_status and a.reading.other_status != a.status:
                yield f"Under the other reading that is on record for these words, this criterion is {self.label(a.reading.other_status)}."
        for part in a.parts if status == "contradicted" else ():
            if part.relation == "exception" and local_name(part.status) != "not-applicable":
                standing = "the facts on file speak against that" if local_name(part.status) == "contradicted" else "that is not on file"
                yield f"An exception is made where {part.requirement}; {standing} ({self._cited(part.citation, part.confidence)})."

    # What is met, and advice

    def _met(self, r: RequestDetermination) -> None:
        met = [a for a in r.criteria if local_name(a.status) == "met" and local_name(a.effect) != "noted"]
        if not met or not (r.recommended_by or any(local_name(a.role) == "requirement" for a in met)):
            return
        # criteria that the same facts meet are said together
        groups: dict[str, dict[tuple[str, ...], list[str]]] = {}
        for a in met:
            facts = "; ".join(fact_in_words(fact) for fact in facts_of(a))
            same = groups.setdefault(self._heading(a.citation, a.confidence), {})
            told = f"On file: {facts}" if facts else "Nothing on file is against it."
            same.setdefault((told, *below_what_is_met(a)), []).append(requirement_in_words(a))
        self.line("What is met:")
        for heading, found in groups.items():
            self._groups({heading: [("", f"{' '.join(required)} {said[0]}", list(said[1:])) for said, required in found.items()]})

    def _advice(self, r: RequestDetermination) -> None:
        groups: dict[str, list[_Item]] = {}
        for a in r.criteria:
            if local_name(a.effect) == "noted" and local_name(a.status) in ("contradicted", "undocumented"):
                groups.setdefault(self._heading(a.citation, a.confidence), []).append(("", a.message, []))
        if groups:
            self.line("Advice of the guideline, without effect on the answer:")
            self._groups(groups)

    def _hanging(self, r: RequestDetermination) -> None:
        readings = {a.criterion: a.reading for a in r.criteria if a.reading}
        words = dict.fromkeys(f"“{readings[iri].words}”" for iri in r.hangs_on if iri in readings)
        named = f" ({'; '.join(words)})" if words else ""
        self.line(f"The answer hangs on the reading of vague words alone{named}: under the other reading on record it would be different.")

    def _foot(self) -> None:
        if self.unverified:
            self.line(self.style("heading", "What is marked as not verified rests on"))
            for origin, cited in self.unverified.items():
                self.line(f"{origin}: {'; '.join(cited)}", 1, "- ")
            self.line()
        self._slot()
        self.line()
        for line in self._receipt():
            self.line(self.style("small", line))

    def _slot(self) -> None:
        self.line(self.style("heading", "Review by a physician"))
        self.line("This is a recommendation. Only a physician may deny or modify care, and nothing here is final before one has signed.")
        for field in SLOT:
            self.line(f"{field}: ____________________", 1)

    def _receipt(self) -> list[str]:
        """Return the last lines: from what the determination can be computed again."""
        receipt = self.d.receipt
        return [
            f"Determination {local_name(self.d.id)}",
            f"Facts {receipt.case_digest}",
            f"Knowledge {receipt.knowledge_digest}",
            f"mtus-reasoner {receipt.reasoner_version}",
        ]

    # Citations

    def _heading(self, citation: Citation | None, confidence: str) -> str:
        return self._cited(citation, confidence) if citation else ""

    def _cited(self, citation: Citation, confidence: str) -> str:
        """Return a citation, marked where its wording is not confirmed; what it rests on is kept for the foot of the letter."""
        if local_name(confidence) == "confirmed":
            return citation.text
        origin = "our reading of a confirmed provision" if local_name(citation.confidence) == "confirmed" else citation.source
        self.unverified.setdefault(origin, {})[citation.text] = None
        return f"{citation.text} [not verified; confidence {self.label(confidence)}]"

    # Lines

    def _groups(self, groups: dict[str, list[_Item]]) -> None:
        """Write items under the citation that they share."""
        for heading, items in groups.items():
            indent = 1
            if heading:
                self.line(f"{heading}:", 1)
                indent = 2
            for tag, text, below in items:
                self.line(f"{tag}{text}", indent, "- ")
                for line in below:
                    self.line(line, indent + 2)
