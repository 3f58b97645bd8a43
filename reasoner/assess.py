"""Assess every criterion against every request: from rows of validation to statuses.

What gives a criterion its status stands in :mod:`mtus.reasoner.status_functions`. Where facts on file disagree, the case is assessed
once for each way to resolve the disagreement, and a criterion that does not come out the same each time is conflicting.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from mtus.reasoner.closure import ClosedGraph, closure
from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.infer import Inferred
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.readings import Conflict, conflicts, readings
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.status_functions import RequestStatuses, StatusFunction, status_functions
from mtus.reasoner.validate import Engine, Failed, Verdicts, decisive, failing


@dataclass(frozen=True)
class Statuses:
    """Statuses by (criterion, request): as the guideline is read, and under the alternative readings of vague words.

    They are worked out when they are asked for. ``kinds`` are the classes of each request that hold however disagreements on file are
    resolved.
    """

    read: "Table"
    alternative: "Table"
    kinds: Mapping[str, frozenset[Term]]


@dataclass(frozen=True)
class Assessed:
    """A case with everything known about it before it is decided; ``failed`` where no facts disagree and nobody asks for rows."""

    facts: Facts
    inferred: Inferred
    rows: tuple[Row, ...]
    statuses: Statuses
    conflicts: tuple[Conflict, ...]
    failed: Failed | None = None


def assess(facts: Facts, requests: tuple[str, ...], inferred: Inferred, rows: tuple[Row, ...], knowledge: Knowledge, *,
           engine: Engine = "compiled", settings: Settings = DEFAULT) -> Assessed:  # fmt: skip
    """Return the statuses of all criteria for all ``requests``.

    ``rows`` are those of the whole case; they are used as they are where no facts disagree.
    """
    found = conflicts(facts, knowledge.vocabulary)
    if not found:
        statuses = statuses_at(inferred.graph, failing(rows, knowledge), requests, knowledge)
        return Assessed(facts, inferred, rows, statuses, ())
    return Assessed(facts, inferred, rows, _in_all_readings(facts, found, requests, knowledge, engine=engine, settings=settings), found)


def assess_closed(facts: Facts, requests: tuple[str, ...], graph: ClosedGraph, knowledge: Knowledge, *,
                  settings: Settings = DEFAULT) -> Assessed:  # fmt: skip
    """Do what :func:`assess` does, without reasons for inferences and without rows, neither of which an answer needs."""
    found = conflicts(facts, knowledge.vocabulary)
    if not found:
        return without_conflicts(facts, requests, graph, knowledge)
    statuses = _in_all_readings(facts, found, requests, knowledge, settings=settings)
    return Assessed(facts, Inferred(graph, {}), (), statuses, found)


def without_conflicts(facts: Facts, requests: tuple[str, ...], graph: ClosedGraph, knowledge: Knowledge, *,
                      failed: Failed | None = None) -> Assessed:  # fmt: skip
    """Do what :func:`assess_closed` does where no facts disagree; ``failed`` where it is known what fails."""
    failed = failed or Verdicts(graph, knowledge)
    return Assessed(facts, Inferred(graph, {}), (), statuses_at(graph, failed, requests, knowledge), (), failed)


def _in_all_readings(facts: Facts, found: tuple[Conflict, ...], requests: tuple[str, ...], knowledge: Knowledge, *,
                     engine: Engine = "compiled", settings: Settings) -> Statuses:  # fmt: skip
    worlds = []
    for removed in readings(found, facts, settings):
        graph = closure(_as_read(facts, found, removed), knowledge.closure_rules)
        failed = Verdicts(graph, knowledge) if engine == "compiled" else failing(decisive(graph, knowledge, engine), knowledge)
        worlds.append(statuses_at(graph, failed, requests, knowledge))
    return _merged(worlds)


def _as_read(facts: Facts, found: tuple[Conflict, ...], removed: frozenset[str]) -> list[Triple]:
    """Return the facts without the statements that a reading sets aside; what refers to one refers to its alternative then.

    The alternatives are about the same thing, so that a finding about a course stays one whichever statement of the course is right.
    """
    instead: dict[Term, str] = {}
    for conflict in found:
        kept = next(statement for statement in conflict.statements if statement not in removed)
        instead |= {statement: kept for statement in conflict.statements if statement in removed}
    return [(s, p, instead.get(o, o)) for s, p, o in facts.triples if s not in removed]


class StatusesOf(Protocol):
    """The statuses of all criteria for one request."""

    def status(self, iri: str) -> Status:
        """Return the status of a criterion."""
        ...

    def statuses(self, iris: Iterable[str]) -> tuple[Status, ...]:
        """Return the statuses of some criteria, in their order."""
        ...

    def differs(self) -> bool:
        """Return whether these can be others than those of the guideline as it is read."""
        ...


class Table(Mapping[tuple[str, str], Status]):
    """Statuses of all criteria for some requests, each worked out when it is asked for."""

    def __init__(self, criteria: Iterable[str], by_request: Mapping[str, StatusesOf]) -> None:
        self._criteria = criteria
        self._by_request = by_request

    def of(self, request: str) -> StatusesOf:
        """Return the statuses for one request."""
        return self._by_request[request]

    def __getitem__(self, key: tuple[str, str]) -> Status:
        criterion, request = key
        return self._by_request[request].status(criterion)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((criterion, request) for request in self._by_request for criterion in self._criteria)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Agreed:
    """The statuses for one request in which all readings of the file agree."""

    def __init__(self, readings: list[StatusesOf]) -> None:
        self._readings = readings

    def status(self, iri: str) -> Status:
        return _agreed({reading.status(iri) for reading in self._readings})

    def statuses(self, iris: Iterable[str]) -> tuple[Status, ...]:
        return tuple([self.status(iri) for iri in iris])

    def differs(self) -> bool:
        return any(reading.differs() for reading in self._readings)


def _merged(worlds: list[Statuses]) -> Statuses:
    kinds = {request: frozenset.intersection(*(world.kinds[request] for world in worlds)) for request in worlds[0].kinds}
    criteria = list(dict.fromkeys(criterion for criterion, _ in worlds[0].read))
    read = Table(criteria, {request: _Agreed([world.read.of(request) for world in worlds]) for request in kinds})
    return Statuses(read, Table(criteria, {r: _Agreed([world.alternative.of(r) for world in worlds]) for r in kinds}), kinds)


def _agreed(found: set[Status]) -> Status:
    """Return the status in all readings; a criterion that is met wherever it applies is met, since no reading breaks it."""
    if found == {Status.MET, Status.NOT_APPLICABLE}:
        return Status.MET
    return next(iter(found)) if len(found) == 1 else Status.CONFLICTING


def statuses_at(graph: Graph, failed: Failed, requests: tuple[str, ...], knowledge: Knowledge) -> Statuses:
    """Return the statuses of all criteria for all ``requests`` in the one reading of the facts that ``graph`` is, by what ``failed``."""
    criteria = knowledge.guidelines.criteria
    kinds = {request: graph.classes_of(request) for request in requests}
    read = {request: _Request(knowledge, failed.at(request), kinds[request]) for request in requests}
    return Statuses(Table(criteria, read), Table(criteria, {request: _Otherwise(found) for request, found in read.items()}), kinds)


class _Request(RequestStatuses):
    """The statuses for one request as the guideline is read, or under the alternative readings of vague words."""

    def __init__(self, knowledge: Knowledge, fails: Mapping[str, bool], types: frozenset[Term], *, alternative: bool = False) -> None:
        super().__init__(_functions(knowledge, alternative=alternative), types, fails)
        self.knowledge = knowledge
        self.alternative = alternative

    @cached_property
    def otherwise(self) -> "_Request | None":
        """The statuses under the alternative readings, None where no other reading makes a difference."""
        if not any(self._reads_otherwise(c) for c in self.knowledge.read_otherwise):
            return None
        return _Request(self.knowledge, self.fails, self.types, alternative=True)

    def _reads_otherwise(self, criterion: Criterion) -> bool:
        """Return whether the other reading of ``criterion`` gives another status of the criterion itself."""
        if criterion.target not in self.types or self.fails[criterion.on_file]:
            return False
        return self.fails[criterion.alternative] != self.fails[criterion.holds]

    def status(self, iri: str) -> Status:
        return self[iri]

    def statuses(self, iris: Iterable[str]) -> tuple[Status, ...]:
        return tuple([self[iri] for iri in iris])

    def differs(self) -> bool:
        return self.alternative


class _Otherwise:
    """The statuses for one request under the alternative readings of vague words."""

    def __init__(self, read: _Request) -> None:
        self._read = read

    @property
    def _statuses(self) -> _Request:
        return self._read if self._read.otherwise is None else self._read.otherwise

    def status(self, iri: str) -> Status:
        return self._statuses.status(iri)

    def statuses(self, iris: Iterable[str]) -> tuple[Status, ...]:
        return self._statuses.statuses(iris)

    def differs(self) -> bool:
        return self._read.otherwise is not None


def _functions(knowledge: Knowledge, *, alternative: bool) -> Mapping[str, StatusFunction]:
    """Return the functions of all criteria; made once."""
    criteria = knowledge.guidelines.criteria.values()
    return knowledge.once((status_functions, alternative), lambda: status_functions(criteria, alternative=alternative))
