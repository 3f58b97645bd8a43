"""Assess every criterion against every request: from rows of validation to statuses.

A criterion whose on-file shape fails is undocumented; else one whose holds shape fails is contradicted; else it is met. Composed
criteria follow :mod:`mtus.reasoner.kleene`. Where facts on file disagree, the case is assessed once for each way to resolve the
disagreement, and a criterion that does not come out the same each time is conflicting.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.kleene import Status, all_of, any_of, given, none_of, unless
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.readings import Conflict, conflicts, readings
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.validate import Engine, decisive, failing


@dataclass(frozen=True)
class Statuses:
    """Statuses by (criterion, request): as the guideline is read, and under the alternative readings of vague words.

    ``kinds`` are the classes of each request that hold however disagreements on file are resolved.
    """

    read: Mapping[tuple[str, str], Status]
    alternative: Mapping[tuple[str, str], Status]
    kinds: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Assessed:
    """A case with everything known about it before it is decided."""

    facts: Facts
    inferred: Inferred
    rows: tuple[Row, ...]
    statuses: Statuses
    conflicts: tuple[Conflict, ...]


def assess(facts: Facts, requests: tuple[str, ...], inferred: Inferred, rows: tuple[Row, ...], knowledge: Knowledge, *,
           engine: Engine = "compiled", settings: Settings = DEFAULT) -> Assessed:  # fmt: skip
    """Return the statuses of all criteria for all ``requests``.

    ``rows`` are those of the whole case; they are used as they are where no facts disagree.
    """
    found = conflicts(facts, knowledge.vocabulary)
    if not found:
        statuses = statuses_at(inferred.graph, rows, requests, knowledge)
        return Assessed(facts, inferred, rows, statuses, ())
    worlds = []
    for removed in readings(found, facts, settings):
        world = infer(_as_read(facts, found, removed), knowledge.rules, knowledge.background)
        worlds.append(statuses_at(world.graph, decisive(world.graph, knowledge, engine), requests, knowledge))
    return Assessed(facts, inferred, rows, _merged(worlds), found)


def _as_read(facts: Facts, found: tuple[Conflict, ...], removed: frozenset[str]) -> list[Triple]:
    """Return the facts without the statements that a reading sets aside; what refers to one refers to its alternative then.

    The alternatives are about the same thing, so that a finding about a course stays one whichever statement of the course is right.
    """
    instead: dict[Term, str] = {}
    for conflict in found:
        kept = next(statement for statement in conflict.statements if statement not in removed)
        instead |= {statement: kept for statement in conflict.statements if statement in removed}
    return [(s, p, instead.get(o, o)) for s, p, o in facts.triples if s not in removed]


def _merged(worlds: list[Statuses]) -> Statuses:
    def merge(tables: list[Mapping[tuple[str, str], Status]]) -> dict[tuple[str, str], Status]:
        keys = tables[0].keys()
        return {k: _agreed({table[k] for table in tables}) for k in keys}

    kinds = {request: frozenset.intersection(*(world.kinds[request] for world in worlds)) for request in worlds[0].kinds}
    return Statuses(merge([w.read for w in worlds]), merge([w.alternative for w in worlds]), kinds)


def _agreed(found: set[Status]) -> Status:
    """Return the status in all readings; a criterion that is met wherever it applies is met, since no reading breaks it."""
    if found == {Status.MET, Status.NOT_APPLICABLE}:
        return Status.MET
    return next(iter(found)) if len(found) == 1 else Status.CONFLICTING


def statuses_at(graph: Graph, rows: tuple[Row, ...], requests: tuple[str, ...], knowledge: Knowledge) -> Statuses:
    """Return the statuses of all criteria for all ``requests`` in the one reading of the facts that ``graph`` and its ``rows`` are."""
    failed = failing(rows, knowledge)
    read_otherwise = [c for c in knowledge.guidelines.criteria.values() if c.alternative]
    read: dict[tuple[str, str], Status] = {}
    alternative: dict[tuple[str, str], Status] = {}
    for request in requests:
        types = frozenset(graph.types(request))
        found = _Table(knowledge, failed, request, types, alternative=False).all()
        differs = any(((c.alternative, request) in failed) != ((c.holds, request) in failed) for c in read_otherwise)
        other = _Table(knowledge, failed, request, types, alternative=True).all() if differs else found
        read.update(((iri, request), status) for iri, status in found.items())
        alternative.update(((iri, request), status) for iri, status in other.items())
    return Statuses(read, alternative, {request: frozenset(graph.types(request)) for request in requests})


class _Table:
    """Statuses of all criteria for one request."""

    def __init__(
        self, knowledge: Knowledge, failed: frozenset[tuple[str, str]], request: str, types: frozenset[str], *, alternative: bool
    ) -> None:
        self.criteria = knowledge.guidelines.criteria
        self.failed = failed
        self.request = request
        self.types = types
        self.alternative = alternative
        self.known: dict[str, Status] = {}

    def all(self) -> dict[str, Status]:
        for iri in self.criteria:
            self.status(iri)
        return self.known

    def status(self, iri: str) -> Status:
        if iri not in self.known:
            self.known[iri] = self._status(self.criteria[iri])
        return self.known[iri]

    def _status(self, criterion: Criterion) -> Status:
        for cls in (criterion.target, criterion.applies_to):
            if cls and cls not in self.types:
                return Status.NOT_APPLICABLE
        status = self._composed(criterion) if not criterion.on_file else self._tested(criterion)
        if criterion.exception:
            status = unless(status, self.status(criterion.exception))
        if criterion.precondition:
            status = given(self.status(criterion.precondition), status)
        return status

    def _tested(self, criterion: Criterion) -> Status:
        if (criterion.on_file, self.request) in self.failed:
            return Status.UNDOCUMENTED
        holds = criterion.alternative if self.alternative and criterion.alternative else criterion.holds
        return Status.CONTRADICTED if (holds, self.request) in self.failed else Status.MET

    def _composed(self, criterion: Criterion) -> Status:
        parts = []
        if criterion.all_of:
            parts.append(all_of(self.status(iri) for iri in criterion.all_of))
        if criterion.any_of:
            parts.append(any_of(self.status(iri) for iri in criterion.any_of))
        if criterion.none_of:
            parts.append(none_of(self.status(iri) for iri in criterion.none_of))
        return all_of(parts)
