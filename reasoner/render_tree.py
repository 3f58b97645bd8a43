"""The trace of one request as an indented tree: everything that the letter shortens."""

from mtus.reasoner.describe import counted, day
from mtus.reasoner.grounds import fact_in_words
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import Style, plain
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Assessment, EditionTrace, Inference, RequestDetermination, TracedReason


def to_tree(request: RequestDetermination, knowledge: Knowledge, style: Style = plain) -> str:
    """Return the complete trace of ``request`` as an indented tree."""
    return _Tree(knowledge, style).write(request)


class _Tree:
    def __init__(self, knowledge: Knowledge, style: Style) -> None:
        self.label = knowledge.vocabulary.label
        self.style = style
        self.lines: list[str] = []

    def write(self, r: RequestDetermination) -> str:
        self.lines.append(self.style("heading", r.label) + " — " + self.style(local_name(r.answer), self.label(r.answer)))
        branches: list[tuple[str, list[object]]] = [
            ("Edition", [self._edition(selection) for selection in r.editions]),
            ("What the request is, by inference", [_inferred(inference) for inference in r.inferences]),
            ("Reasons", [self._reason(reason) for reason in r.reasons]),
            ("Criteria", list(r.criteria)),
        ]
        present = [(title, items) for title, items in branches if items]
        for position, (title, items) in enumerate(present):
            self._branch("", position == len(present) - 1, title, items)
        return "\n".join(self.lines) + "\n"

    def _edition(self, selection: EditionTrace) -> str:
        dates = "; ".join(f"{self.label(d.basis)} {day(d.date) or d.year}" for d in selection.dates)
        return f"{selection.label or 'none or several'}: {dates or 'no date'}"

    def _reason(self, reason: TracedReason) -> str:
        cited = f" ({reason.citation.text})" if reason.citation else ""
        return f"{self.label(reason.kind)}: {reason.text}{cited}" + ("" if reason.relied_on else " (not relied on)")

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
            text = f"fact: {fact_in_words(fact)}"
            inferred = [f"inferred: {_inferred(inference)}" for inference in fact.inferences]
            found.append((text, inferred) if inferred else text)
        documents = counted(len(a.searched), "document")
        for sought in a.sought:
            usual = f"; usually in: {', '.join(sought.usual_documents)}" if sought.usual_documents else ""
            found.append(f"sought in {documents}: {sought.message}{usual}")
        return [*found, *a.parts]


def _inferred(inference: Inference) -> str:
    return f"{inference.conclusion} [{inference.axiom}] because {'; '.join(inference.rests_on)}"
