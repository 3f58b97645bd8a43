"""A case as it would be with some changes made: its graph, and the statuses of criteria for one request, worked out when asked for.

Trying hundreds of changes by running the whole reasoner each time would take seconds. So facts are added to a copy of what was
inferred before, and only the shapes that a question needs are tried. What is found this way is verified by the whole reasoner
before anybody is told (:mod:`mtus.reasoner.whatif`).
"""

from mtus.reasoner.assess import Table
from mtus.reasoner.case_terms import CaseTerms, case_terms
from mtus.reasoner.changes import Change, apply_changes
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.decide_case import criteria_for
from mtus.reasoner.editions import select_editions
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.infer import Closure
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts, day_numbers
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.shape_model import Shape

NOTED = "noted"


class Failures:
    """Which shapes fail at which focus nodes of one graph, found when asked for."""

    def __init__(self, evaluator: Evaluator, knowledge: Knowledge) -> None:
        self.evaluator = evaluator
        self.shapes = knowledge.shape_model.all
        self.known: dict[tuple[str, str], bool] = {}

    def __contains__(self, pair: object) -> bool:
        assert isinstance(pair, tuple)
        if pair not in self.known:
            shape, focus = pair
            self.known[pair] = bool(shape) and not self.evaluator.conforms(self.shapes[shape], focus)
        return self.known[pair]


class Hypothesis:
    """The case of ``facts`` with ``changes`` made, seen from ``request``."""

    def __init__(self, facts: Facts, request: str, knowledge: Knowledge, closure: Closure, changes: frozenset[Change]) -> None:
        self.facts = facts
        self.request = request
        self.knowledge = knowledge
        self.closure = closure
        self.changes = changes
        self.evaluator = Evaluator(closure.graph)
        types = frozenset(closure.graph.types(request))
        self.table = Table(knowledge, Failures(self.evaluator, knowledge), request, types, alternative=False)

    @classmethod
    def start(cls, facts: Facts, request: str, knowledge: Knowledge) -> "Hypothesis":
        """Return the case as it is."""
        closure = Closure(knowledge.rules, knowledge.background)
        closure.extend(facts.triples)
        return cls(facts, request, knowledge, closure, frozenset())

    @property
    def graph(self) -> Graph:
        """Facts and inferences, with the changes made."""
        return self.closure.graph

    @property
    def terms(self) -> CaseTerms:
        """What a case may say."""
        return case_terms(self.knowledge)

    def changes_with(self, change: Change | None) -> frozenset[Change]:
        """Return the changes made and ``change``, which takes the place of one that settles the same."""
        if change is None:
            return self.changes
        return frozenset(c for c in self.changes if not (c.slot and c.slot == change.slot)) | {change}

    def with_change(self, change: Change) -> "Hypothesis | None":
        """Return the case with ``change`` made as well, or None where the facts would contradict one another."""
        changes = self.changes_with(change)
        try:
            if change.removed or len(changes) <= len(self.changes):
                # what was inferred from what is taken away has to go too
                changed = apply_changes(self.facts, changes, self.terms)
                closure = Closure(self.knowledge.rules, self.knowledge.background)
                closure.extend(changed.triples)
            else:
                closure = self.closure.copy()
                closure.extend((*change.added, *day_numbers(change.added, self.terms)))
        except CaseError:
            return None
        return Hypothesis(self.facts, self.request, self.knowledge, closure, changes)

    def criteria(self) -> list[Criterion]:
        """Return the criteria in force for the request that can stand against it."""
        editions = select_editions(self.graph, self.request, self.knowledge)
        found = criteria_for(self.graph, self.request, editions, self.knowledge)
        return [c for c in found if local_name(c.effect) != NOTED]

    def status(self, criterion: str) -> Status:
        """Return the status of ``criterion``."""
        return self.table.status(criterion)

    def fails(self, shape: Shape) -> bool:
        """Return whether ``shape`` fails at the request."""
        return not self.evaluator.conforms(shape, self.request)
