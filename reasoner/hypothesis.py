"""A case as it would be with some changes made: its graph, and the statuses of criteria for one request, worked out when asked for.

Trying hundreds of changes by running the whole reasoner each time would take long. So only what follows from the facts is worked out,
and only the shapes that a question needs are tried. What is found this way is verified by the whole reasoner before anybody is told
(:mod:`mtus.reasoner.whatif`).
"""

from collections.abc import Set
from functools import cached_property

from mtus.reasoner.assess import StatusesOf, statuses_at
from mtus.reasoner.case_terms import CaseTerms, case_terms
from mtus.reasoner.changes import Change, apply_changes, facts_to_add
from mtus.reasoner.closure import ClosedGraph, closure
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.decide_case import criteria_for
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Term
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.more_facts import More, with_facts
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.validate import Verdicts

NOTED = "noted"


class Hypothesis:
    """The case of ``facts`` with ``changes`` made, seen from ``request``."""

    def __init__(self, facts: Facts, request: str, knowledge: Knowledge, changes: frozenset[Change] = frozenset(), *,
                 more: More | None = None, before: Verdicts | None = None) -> None:  # fmt: skip
        """Work out what follows from the changed facts; raise :class:`CaseError` where they contradict one another.

        Where ``more`` has what follows, ``before`` are the verdicts on the graph that it was made from.
        """
        self.facts = facts
        self.request = request
        self.knowledge = knowledge
        self.changes = changes
        if more is None:
            self.graph: ClosedGraph = closure(apply_changes(facts, changes, self.terms).triples, knowledge.closure_rules)
            self.verdicts = Verdicts(self.graph, knowledge)
        else:
            self.graph = more.graph
            self.verdicts = Verdicts(self.graph, knowledge, before=before, changed=more.changed)
        self._statuses: StatusesOf = statuses_at(self.graph, self.verdicts, (request,), knowledge).read.of(request)

    @property
    def terms(self) -> CaseTerms:
        """What a case may say."""
        return case_terms(self.knowledge)

    @cached_property
    def types(self) -> frozenset[Term]:
        """The classes of the request."""
        return self.graph.classes_of(self.request)

    @cached_property
    def evaluator(self) -> Evaluator:
        """Tries shapes on the changed case."""
        return Evaluator(self.graph)

    def changes_with(self, change: Change | None) -> frozenset[Change]:
        """Return the changes made and ``change``, which takes the place of one that settles the same."""
        if change is None:
            return self.changes
        return frozenset(c for c in self.changes if not (c.slot and c.slot == change.slot)) | {change}

    def with_change(self, change: Change) -> "Hypothesis | None":
        """Return the case with ``change`` made as well, or None where the facts would contradict one another."""
        changes = self.changes_with(change)
        more = self._more(change) if changes > self.changes else None
        try:
            return Hypothesis(self.facts, self.request, self.knowledge, changes, more=more, before=self.verdicts)
        except CaseError:
            return None

    def may_change(self, change: Change, properties: Set[str]) -> bool:
        """Return whether there may be other values of one of ``properties`` with ``change`` made as well."""
        more = self._more(change)
        return more is None or not more.changed.isdisjoint(properties)

    def _more(self, change: Change) -> More | None:
        """Return what follows with ``change`` made as well; None where that has to be worked out from the start, or is contradictory."""
        added = facts_to_add(change, self.graph, self.terms)
        return None if added is None else with_facts(self.graph, added, self.knowledge.closure_rules)

    def criteria(self) -> list[Criterion]:
        """Return the criteria in force for the request that can stand against it."""
        return [c for c in criteria_for(self.graph, self.request, self.knowledge) if local_name(c.effect) != NOTED]

    def status(self, criterion: str) -> Status:
        """Return the status of ``criterion``."""
        return self._statuses.status(criterion)

    def fails(self, shape: str) -> bool:
        """Return whether the targeted ``shape``, an IRI, fails at the request."""
        return self.verdicts.fails(shape, self.request)

    def lacks(self, shape: Shape) -> bool:
        """Return whether the request does not conform to ``shape``, a part of a targeted shape."""
        return not self.evaluator.conforms(shape, self.request)
