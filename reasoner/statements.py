"""From a draft to a change: where a statement hangs, the kind of document that it stands in, and what it settles."""

import re

from mtus.reasoner.asked import steps_of
from mtus.reasoner.changes import ADD, Change, Value
from mtus.reasoner.drafts import Drafter
from mtus.reasoner.evidence import usual_documents
from mtus.reasoner.express import Draft
from mtus.reasoner.graph import Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, TYPE
from mtus.reasoner.paths import Path

_REQUEST = MTUS + "TreatmentRequest"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class StatementWriter:
    """Writes statements about the requests of cases, as changes."""

    def __init__(self, knowledge: Knowledge, drafter: Drafter) -> None:
        self.knowledge = knowledge
        self.drafter = drafter

    def reach(self, draft: Draft, path: Path | None, node: str, hypothesis: Hypothesis) -> bool:
        """Let ``path`` lead from the request to ``node``; return whether facts that a case may state can do that."""
        steps = steps_of(path)
        return bool(steps) and self.reach_by(draft, steps, node, hypothesis)

    def reach_by(self, draft: Draft, steps: tuple[str, ...], node: str, hypothesis: Hypothesis) -> bool:
        """Let the properties ``steps`` lead from the request to ``node``; all but the last go through what is on file."""
        owners = [hypothesis.request]
        for step in steps[:-1]:
            owners = [there for owner in owners for there in hypothesis.graph.nodes(owner, step)]
        return bool(owners) and self.drafter.express.link(draft, owners[0], steps[-1], node, hypothesis.graph)

    def owner_of(self, draft: Draft, steps: tuple[str, ...], prop: str, hypothesis: Hypothesis) -> str:
        """Return the thing on file that ``prop`` is to be stated of, or a new one where none is on file."""
        owners = [hypothesis.request]
        for number, step in enumerate(steps):
            there = [node for owner in owners for node in hypothesis.graph.nodes(owner, step)]
            if not there:
                if number < len(steps) - 1:
                    return ""
                new = draft.new_node()
                return new if self._new_owner(draft, owners[0], step, prop, new, hypothesis) else ""
            owners = there
        return next((owner for owner in owners if not hypothesis.graph.objects(owner, prop)), "")

    def _new_owner(self, draft: Draft, before: str, step: str, prop: str, new: str, hypothesis: Hypothesis) -> bool:
        classes = sorted(cls for cls in self.drafter.terms.uses[prop].used_on if cls != _REQUEST)
        return any(
            self.drafter.express.make(draft, new, cls, hypothesis.graph)
            and self.drafter.express.link(draft, before, step, new, hypothesis.graph)
            for cls in classes[:1]
        )

    def say(self, draft: Draft, node: str, prop: str, value: Term) -> None:
        """Add a value, unless what ``node`` is already says something under ``prop``."""
        if not any(s == node and p == prop for s, p, _ in draft.facts):
            draft.add(node, prop, value)

    def change(self, criterion: Criterion, draft: Draft, about: str, values: tuple[Value, ...], hypothesis: Hypothesis) -> Change | None:
        """Return the change that puts ``draft`` on file, made complete; None where no loader would take it, or it is on file already."""
        request = hypothesis.request
        if not self.drafter.complete(draft, request, hypothesis.graph):
            return None
        documents = usual_documents(self._documented(about), self.knowledge)
        if documents:
            self.drafter.put_into(draft, documents[0])
        added = tuple(t for t in self.drafter.finished(draft, request) if t not in hypothesis.graph)
        slot, way, degree = _settles(about, values, added)
        return Change(ADD, about, values, documents, added, (), (criterion.iri,), slot, way, degree) if added else None

    def _documented(self, about: str) -> str:
        """Return the class whose usual documents count: of the statement, or of the thing whose property is stated."""
        if about in self.knowledge.vocabulary.classes:
            return about
        use = self.drafter.terms.uses.get(about)
        owners = use.used_on if use else frozenset()
        return _REQUEST if _REQUEST in owners else min(owners, default="")


def _settles(about: str, values: tuple[Value, ...], added: tuple[Triple, ...]) -> tuple[str, str, float]:
    """Return what a change with ``values`` settles so that no other can, in which way, and how far it goes."""
    if not values:
        return "", "", 0
    subject = next((s for s, p, _ in added if p == values[0].prop), "")
    is_new = any(s == subject and p == TYPE for s, p, _ in added)
    slot = " ".join([about if is_new else subject, *sorted(value.prop for value in values)])
    way = " ".join(value.relation for value in values)
    number = values[0].text if len(values) == 1 and _NUMBER.fullmatch(values[0].text) else ""
    if not number or values[0].relation not in ("at least", "at most"):
        return slot, f"{way} {' '.join(value.text for value in values)}", 0
    return slot, way, float(number) * (1 if values[0].relation == "at least" else -1)
