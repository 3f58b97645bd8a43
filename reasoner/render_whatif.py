"""What would change the answers as text, JSON, JSON-LD and Turtle, all from one structure."""

from collections.abc import Sequence

from mtus.reasoner.changes import ADD
from mtus.reasoner.describe import counted
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import Lines, Style, plain
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.remedies import ChangeSet, ProposedChange, RequestChanges, WhatIf
from mtus.reasoner.render_json import dumps, object_of, trace_context
from mtus.reasoner.render_rdf import canonical, write_turtle


def to_json(found: WhatIf, *, indent: bool = False) -> str:
    """Return what would change the answers as JSON text."""
    return dumps(object_of(found), indent=indent)


def to_json_ld(found: WhatIf, *, indent: bool = False) -> str:
    """Return what would change the answers as JSON-LD 1.1."""
    return dumps({"@context": trace_context(), **object_of(found)}, indent=indent)


def to_turtle(found: WhatIf) -> str:
    """Return what would change the answers as Turtle."""
    return write_turtle(canonical(object_of(found)))


def to_text(found: WhatIf, knowledge: Knowledge, style: Style = plain) -> str:
    """Return what would change the answers in words."""
    return _Text(found, knowledge, style).write()


class _Text(Lines):
    def __init__(self, found: WhatIf, knowledge: Knowledge, style: Style) -> None:
        super().__init__(style)
        self.found = found
        self.label = knowledge.vocabulary.label
        self.names = {request.request: request.label for request in found.requests}

    def write(self) -> str:
        self.line(self.style("heading", "WHAT WOULD CHANGE THE ANSWERS"))
        self.line(f"Case: {self.found.label}")
        if not self.found.requests:
            self.line("Every request is supported; nothing has to change.")
        for request in self.found.requests:
            self.line()
            self._request(request)
        self.line()
        self.line("Each set was tried by the whole reasoner, and none holds a smaller one that would do. That a set would be enough says "
                  "nothing on whether its facts are so: only what is true can be put on file.")  # fmt: skip
        self.line(self.style("small", f"Determination {local_name(self.found.determination)}"))
        return self.text()

    def _request(self, r: RequestChanges) -> None:
        answer = self.style(local_name(r.answer), self.label(r.answer))
        self.line(f"{self.style('heading', r.label[:1].upper() + r.label[1:])} — {answer}")
        for primary in r.accompanies:
            self.line(f"It accompanies “{self.names.get(primary, primary)}”: what would make that supported has to come first.")
        if r.answer_then:
            begin = "Then" if r.accompanies else "With every criterion met"
            self.line(f"{begin} the recommended answer would be: {self.label(r.answer_then)}. {r.reason_then}")
        if r.because:
            open_answers = ("indeterminate", "not-addressed")
            told = "What is open:" if local_name(r.answer) in open_answers else "No documentation would change this:"
            self.line(told)
            for reason in r.because:
                self.line(reason, 1, "- ")
        if r.sets:
            self._sets(r)

    def _sets(self, r: RequestChanges) -> None:
        sets = r.sets
        if len(sets) == 1:
            self.line(f"This would make it supported ({_effort(sets[0])}):")
            self._changes(sets[0].changes, 1)
            return
        if r.shared:
            self.line("Needed in any case:")
            self._changes(r.shared, 1)
        self.line(
            f"And one of these {len(sets)}, the least effort first:" if r.shared else f"One of these {len(sets)}, the least effort first:"
        )
        for number, one in enumerate(sets, 1):
            self.line(f"{number}. in all {_effort(one)}:", 1)
            self._changes(r.beyond_shared(one), 3)

    def _changes(self, changes: Sequence[ProposedChange], indent: int) -> None:
        for change in changes:
            verb = "document" if local_name(change.kind) == ADD else "reduce"
            where = f" (in: {' or '.join(change.usual_documents)})" if change.usual_documents else ""
            self.line(f"{verb}: {change.label}{where}", indent, "- ")
            for (cited, settles_that_not), required in _by_citation(change).items():
                begin = "so that it is settled that this is not so" if settles_that_not else "so that"
                joined = "; ".join(required)
                self.line(f"{begin}{': ' if settles_that_not else ' '}{joined} ({cited})", indent + 2)


def _by_citation(change: ProposedChange) -> dict[tuple[str, bool], list[str]]:
    found: dict[tuple[str, bool], list[str]] = {}
    for purpose in change.purposes:
        unsure = "" if local_name(purpose.confidence) == "confirmed" else " [not verified]"
        found.setdefault((purpose.cited + unsure, purpose.settles_that_not), []).append(purpose.requirement)
    return found


def _effort(one: ChangeSet) -> str:
    parts = []
    if one.findings:
        kinds = f" ({', '.join(one.fewest_documents)})" if one.fewest_documents else ""
        parts.append(f"{counted(len(one.fewest_documents), 'document')}{kinds} with {counted(one.findings, 'finding')}")
    if one.reductions:
        parts.append(counted(one.reductions, "reduction"))
    return " and ".join(parts)
