"""Decide all requests of an assessed case: gather each one's situation, primaries first, and look whether less would be supported."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final, NamedTuple

from mtus.reasoner.assess import Assessed
from mtus.reasoner.determine import Answer, Decision, Finding, Reason, ReasonKind, Situation, decide
from mtus.reasoner.editions import EditionSelection, select_editions
from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.guideline import Criterion, Provision
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, XSD, local_name
from mtus.reasoner.remembered import Remembered

# A decision with its findings takes some kilobytes.
_MOST_DECISIONS: Final = 5_000


@dataclass(frozen=True)
class Suggestion:
    """A smaller quantity that would be supported: the property of the request, what it asks for, and how much would be supported."""

    prop: str
    requested: int
    supported: int


@dataclass(frozen=True)
class Decided:
    """One request with its decision and all that went into it."""

    request: str
    decision: Decision
    situation: Situation
    editions: tuple[EditionSelection, ...]
    criteria: tuple[str, ...]
    hangs_on: tuple[str, ...]
    suggestion: Suggestion | None = None


def requests_of(graph: Graph, case: str) -> tuple[str, ...]:
    """Return the requests of ``case``, each after those that it accompanies, else in order of their names."""
    return with_primaries(graph, sorted(graph.nodes(case, MTUS + "hasRequest")))


def with_primaries(graph: Graph, names: Iterable[str]) -> tuple[str, ...]:
    """Return the requests ``names``, each after those that it accompanies, which are there too."""
    ordered: dict[str, None] = {}
    # without recursion, since a chain of requests may have any length
    agenda = [(name, False) for name in reversed(list(names))]
    while agenda:
        request, primaries_are_there = agenda.pop()
        if primaries_are_there:
            ordered[request] = None
        elif request not in ordered:
            agenda.append((request, True))
            agenda += [(primary, False) for primary in sorted(graph.nodes(request, MTUS + "isDerivativeOf"), reverse=True)]
    return tuple(ordered)


def decide_case(assessed: Assessed, requests: tuple[str, ...], knowledge: Knowledge,
                known: Mapping[str, Decided] | None = None) -> dict[str, Decided]:  # fmt: skip
    """Return the decision for each of ``requests``, which have to come in the order of :func:`requests_of`.

    ``known`` are decisions that were made before and may be referred to.
    """
    decided: dict[str, Decided] = dict(known or {})
    for request in requests:
        decided[request] = _decide_one(assessed, request, knowledge, decided)
    return decided


@dataclass(frozen=True)
class _Scope:
    """What the editions in force say about requests of some classes: criteria, provisions by stance, and sections not encoded."""

    criteria: tuple[Criterion, ...]
    recommending: tuple[Provision, ...]
    not_recommending: tuple[Provision, ...]
    is_spoken_of: bool
    silent_sections: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The IRIs of the criteria."""
        return tuple(criterion.iri for criterion in self.criteria)


def _scope(types: frozenset[Term], in_force: frozenset[str], knowledge: Knowledge) -> _Scope:
    """Return the scope of requests of ``types``; worked out once for each combination that occurs."""
    scopes: Remembered[tuple[frozenset[Term], frozenset[str]], _Scope] = knowledge.once(
        _Scope, lambda: Remembered(lambda key: _new_scope(key[0], key[1], knowledge))
    )
    return scopes[types, in_force]


def _new_scope(types: frozenset[Term], in_force: frozenset[str], knowledge: Knowledge) -> _Scope:
    speaking = [
        p for p in knowledge.guidelines.provisions.values()
        if p.edition in in_force and p.speaks_of in types and p.speaks_of != MTUS + "TreatmentRequest"
    ]  # fmt: skip
    sections = knowledge.guidelines.sections.values()
    return _Scope(
        criteria=tuple(_criteria(types, in_force, knowledge)),
        recommending=tuple(p for p in speaking if local_name(p.stance) == "recommends"),
        not_recommending=tuple(p for p in speaking if local_name(p.stance) == "does-not-recommend"),
        is_spoken_of=bool(speaking),
        silent_sections=tuple(s.iri for s in sections if s.edition in in_force and not s.is_encoded and types.intersection(s.speaks_of)),
    )


def _criteria(types: frozenset[Term], in_force: frozenset[str], knowledge: Knowledge) -> Iterable[Criterion]:
    """Yield the criteria that stand for themselves and whose provision is in force and about the request."""
    for criterion in knowledge.requirements:
        provision = knowledge.provision_of(criterion)
        target = criterion.target or provision.speaks_of
        if provision.edition in in_force and target in types and provision.speaks_of in types:
            yield criterion


def criteria_for(graph: Graph, request: str, knowledge: Knowledge) -> tuple[Criterion, ...]:
    """Return the criteria that stand for themselves and whose provision is in force and about ``request``."""
    in_force = _in_force(select_editions(graph, request, knowledge))
    return _scope(graph.classes_of(request), in_force, knowledge).criteria


def _in_force(editions: tuple[EditionSelection, ...]) -> frozenset[str]:
    return frozenset(selection.edition.iri for selection in editions if selection.edition)


class _Read(NamedTuple):
    """What a decision depends on, apart from the requests that it accompanies. No name of a thing of the case is in it.

    ``types`` are the classes of the request, ``agreed`` those that hold in all readings of the file; ``statuses`` are those of the criteria
    of the scope, in order.
    """

    types: frozenset[Term]
    agreed: frozenset[Term]
    in_force: frozenset[str]
    ambiguous: tuple[str, ...]
    not_encoded: tuple[str, ...]
    statuses: tuple[Status, ...]


def _decide_one(assessed: Assessed, request: str, knowledge: Knowledge, decided: Mapping[str, Decided]) -> Decided:
    graph = assessed.inferred.graph
    editions = select_editions(graph, request, knowledge)
    types, in_force = graph.classes_of(request), _in_force(editions)
    scope = _scope(types, in_force, knowledge)
    statuses, other = assessed.statuses.read.of(request), assessed.statuses.alternative.of(request)
    read = _Read(
        types,
        assessed.statuses.kinds[request],
        in_force,
        tuple([s.guideline for s in editions if s.is_ambiguous]),
        tuple([_missing(s) for s in editions if not s.is_ambiguous and not (s.edition and s.edition.is_encoded)]),
        statuses.statuses(scope.names),
    )
    situation, decision = _decisions(knowledge)[read]
    names = sorted(graph.nodes(request, MTUS + "isDerivativeOf"))
    if names:
        situation = replace(situation, primaries=tuple((name, decided[name].decision.answer) for name in names))
        decision = decide(situation)
    hangs_on: tuple[str, ...] = ()
    if other.differs():
        changed = other.statuses(scope.names)
        hangs_on = tuple(name for name, before, now in zip(scope.names, read.statuses, changed, strict=True) if before is not now)
        if hangs_on and decide(replace(situation, findings=_findings(scope, changed, knowledge))).answer is decision.answer:
            hangs_on = ()
    return Decided(request, decision, situation, editions, scope.names, hangs_on)


def _decisions(knowledge: Knowledge) -> Remembered[_Read, tuple[Situation, Decision]]:
    """Return what is decided, looked up: half of all requests are decided by what another one had too."""
    return knowledge.once(_Read, lambda: Remembered(partial(_decision, knowledge), _MOST_DECISIONS))


def _decision(knowledge: Knowledge, read: _Read) -> tuple[Situation, Decision]:
    scope = _scope(read.types, read.in_force, knowledge)
    situation = Situation(
        ambiguous=read.ambiguous,
        not_encoded=read.not_encoded,
        findings=_findings(scope, read.statuses, knowledge),
        recommending=tuple(p.iri for p in scope.recommending if p.speaks_of in read.agreed),
        not_recommending=tuple(p.iri for p in scope.not_recommending if p.speaks_of in read.agreed),
        disputed=tuple(p.iri for p in scope.not_recommending if p.speaks_of not in read.agreed),
        silent_sections=scope.silent_sections,
        is_spoken_of=scope.is_spoken_of,
    )
    return situation, decide(situation)


def _findings(scope: _Scope, statuses: tuple[Status, ...], knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return a finding for each criterion of ``scope``; there is one object for a criterion with a status."""
    criteria = knowledge.guidelines.criteria

    def finding(key: tuple[str, Status]) -> Finding:
        criterion = criteria[key[0]]
        return Finding(criterion.iri, key[1], criterion.effect_name, criterion.is_scope)

    known: Remembered[tuple[str, Status], Finding] = knowledge.once(Finding, lambda: Remembered(finding))
    return tuple([known[key] for key in zip(scope.names, statuses, strict=True)])


def _missing(selection: EditionSelection) -> str:
    return selection.edition.iri if selection.edition else selection.guideline


def suggest_less(decided: Decided, graph: Graph, knowledge: Knowledge, answer_with: Callable[[str, int], Answer]) -> Decided:
    """Return ``decided`` with a suggestion where only too large a quantity stands against it and a smaller one is supported.

    ``answer_with(property, quantity)`` runs the whole reasoner with the request changed; the largest supported quantity is
    found by halving, since less is never worse.
    """
    if decided.decision.answer is not Answer.NOT_SUPPORTED:
        return decided
    reasons = decided.decision.reasons
    limited = {knowledge.guidelines.criteria[r.about].limits_quantity for r in reasons if r.kind is ReasonKind.CONTRADICTED}
    if any(r.kind is not ReasonKind.CONTRADICTED for r in reasons) or len(limited) != 1:
        return decided
    prop = limited.pop()
    stated = next((v for v in graph.objects(decided.request, prop) if isinstance(v, Literal) and v.datatype == XSD + "integer"), None)
    if not prop or stated is None:
        return decided
    low, high = 0, int(stated.value)
    while high - low > 1:
        middle = (low + high) // 2
        if answer_with(prop, middle) is Answer.SUPPORTED:
            low = middle
        else:
            high = middle
    if low == 0:
        return decided
    quantity = tuple(Reason(ReasonKind.QUANTITY, r.about) for r in reasons)
    return replace(decided, decision=Decision(Answer.SUPPORTED_IN_PART, quantity), suggestion=Suggestion(prop, int(stated.value), low))
