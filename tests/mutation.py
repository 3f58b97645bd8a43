"""Mutation of the knowledge: would a case notice it if a shape said something else?

A mutant is the knowledge with one change: a limit one step off, a constraint dropped, a path or class misspelt, a value flipped,
the two shapes of a criterion swapped, an exception, a precondition or a burden changed. It is killed where a case of its topic
comes out otherwise than its expected file says, or where the knowledge is refused. ``python -m tests.mutation`` runs all of them
and prints the score; what survives has to have its reason in ``mutation_survivors.json``.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from mtus.reasoner.assess import Assessed, Statuses, _merged, statuses_at
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.decide_case import decide_case
from mtus.reasoner.determine import Decision, ReasonKind
from mtus.reasoner.errors import KnowledgeError
from mtus.reasoner.graph import Graph, Literal, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.guideline_reader import read_guidelines
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import BASE, FIRST, MTUS, NIL, RDFS, REST, SH, TYPE, XSD, local_name
from mtus.reasoner.readings import conflicts, readings
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT
from mtus.reasoner.shape_model import Shapes, read_shapes
from mtus.reasoner.validate import failing, validate

sys.path.insert(0, str(Path(__file__).parent))
from test_cases import CaseFile, case_files, criterion_of, facts_of, observed, request_of

SURVIVORS: Final = Path(__file__).with_name("mutation_survivors.json")
LIMITS: Final = tuple(
    SH + name for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "maxCount", "qualifiedMaxCount")
)
_NESTED: Final = tuple(SH + name for name in ("property", "qualifiedValueShape", "not", "node", "or", "and"))
_LISTS: Final = tuple(MTUS + name for name in ("allOf", "anyOf", "noneOf"))
# What a shape says to people, or to the check of the shapes; no case can notice a change.
_DISPLAY: Final = {TYPE, *(SH + n for n in ("name", "message", "targetClass", "path")), MTUS + "givesStatus", MTUS + "reads"}


@dataclass(frozen=True)
class Mutant:
    """One change of the knowledge: ``removed`` triples give way to ``added`` ones.

    ``shape`` is the targeted shape in which the change lies, empty where the criterion or provision itself is changed.
    """

    id: str
    kind: str
    topic: str
    criterion: str
    shape: str
    removed: tuple[Triple, ...]
    added: tuple[Triple, ...]


def topic_of(criterion: Criterion, knowledge: Knowledge) -> str:
    """Return the folder of the topic of ``criterion``; sections and folders share their names."""
    return local_name(knowledge.provision_of(criterion).section)


def shapes_of(criterion: Criterion) -> dict[str, str]:
    """Return the shapes of ``criterion``, targeted each, with what they are."""
    named = {"on-file": criterion.on_file, "holds": criterion.holds, "alternative": criterion.alternative}
    return {iri: name for name, iri in named.items() if iri}


def nodes_of(graph: Graph, shape: str) -> dict[str, str]:
    """Return the nodes of ``shape``, itself and all below it, each with a name that stays the same from run to run."""
    found = {shape: local_name(shape)}
    agenda = [shape]
    while agenda:
        node = agenda.pop(0)
        for predicate in _NESTED:
            below = [n for head in graph.nodes(node, predicate) for n in (graph.list_items(head) or [head])]
            for number, child in enumerate(sorted(below), 1):
                path = graph.node(child, SH + "path") or ""
                hint = local_name(path) if not path.startswith("_:") else ""
                suffix = f"{local_name(predicate)}{f'({hint})' if hint else number if len(below) > 1 else ''}"
                found.setdefault(child, local_name(child) if not child.startswith("_:") else f"{found[node]}/{suffix}")
                agenda.append(child)
    return found


def stepped(value: Literal, step: int) -> Literal:
    """Return ``value`` one step up (+1) or down (-1): a day, a whole, or half a unit of a small measure."""
    if value.datatype == XSD + "date":
        return Literal((date.fromisoformat(value.value) + timedelta(days=step)).isoformat(), value.datatype)
    if value.datatype == XSD + "integer":
        return Literal(str(int(value.value) + step), value.datatype)
    number = float(value.value)
    return Literal(str(number + step * (1 if number >= 10 else 0.5)), value.datatype)


def is_number(value: Term) -> bool:
    return isinstance(value, Literal) and value.datatype in (XSD + "integer", XSD + "decimal", XSD + "date")


def parameters(graph: Graph) -> tuple[str, ...]:
    """Return the parameters of all constraint components."""
    return tuple(
        sorted(
            path
            for component in graph.subjects(TYPE, SH + "ConstraintComponent")
            for node in graph.nodes(component, SH + "parameter")
            for path in graph.nodes(node, SH + "path")
        )
    )


@cache
def mutants() -> tuple[Mutant, ...]:
    """Return all mutants of the knowledge, in a stable order."""
    knowledge = load_knowledge()
    found: list[Mutant] = []
    for criterion in knowledge.guidelines.criteria.values():
        topic = topic_of(criterion, knowledge)
        for shape in shapes_of(criterion):
            for kind, name, removed, added in _of_shape(knowledge, shape):
                found.append(Mutant(f"{kind} {name}", kind, topic, criterion.iri, shape, removed, added))
        for kind, name, removed, added in _of_criterion(knowledge, criterion):
            found.append(Mutant(f"{kind} {local_name(criterion.iri)} {name}".strip(), kind, topic, criterion.iri, "", removed, added))
    for provision in knowledge.guidelines.provisions.values():
        if local_name(provision.stance) != "sets-conditions":
            triple = (provision.iri, MTUS + "takesStance", provision.stance)
            neutral = (provision.iri, MTUS + "takesStance", BASE + "stance/sets-conditions")
            found.append(Mutant(f"stance {provision.id}", "stance", local_name(provision.section), "", "", (triple,), (neutral,)))
    assert len({m.id for m in found}) == len(found), "two mutants have the same name"
    return tuple(found)


_Change = tuple[str, str, tuple[Triple, ...], tuple[Triple, ...]]


def _of_shape(knowledge: Knowledge, shape: str) -> Iterator[_Change]:
    graph = knowledge.shapes
    known = parameters(graph)
    for node, name in nodes_of(graph, shape).items():
        for predicate, value in _said(graph, node):
            triple = (node, predicate, value)
            what = f"{name} {local_name(predicate)}"
            if predicate == SH + "targetClass":
                yield "misspelt target", what, (triple,), ((node, predicate, f"{value}X"),)
            elif predicate == SH + "path":
                yield from _paths(graph, name, triple)
            elif predicate in _DISPLAY:
                continue
            elif predicate in LIMITS or (predicate in known and is_number(value)):
                assert isinstance(value, Literal)
                for step in (1, -1):
                    other = stepped(value, step)
                    yield "limit", f"{what} {value.value} to {other.value}", (triple,), ((node, predicate, other),)
                yield "dropped constraint", f"{what} {value.value}", (triple,), ()
            elif predicate == SH + "qualifiedMinCount":
                assert isinstance(value, Literal)
                for count in sorted({"0", str(int(value.value) - 1), str(int(value.value) + 1)}):
                    yield "qualified count", f"{what} {count}", (triple,), ((node, predicate, Literal(count, value.datatype)),)
            elif predicate == SH + "minCount":
                assert isinstance(value, Literal)
                yield "limit", f"{what} 1 to 2", (triple,), ((node, predicate, Literal("2", value.datatype)),)
                yield "dropped constraint", what, (triple,), ()
            elif predicate == SH + "hasValue":
                yield "flipped value", what, (triple,), ((node, predicate, _other_value(knowledge, value)),)
                yield "dropped constraint", what, (triple,), ()
            elif predicate == SH + "class" or (predicate in known and isinstance(value, str)):
                detail = f"{what} {local_name(str(value))}"
                yield "misspelt class", detail, (triple,), ((node, predicate, f"{value}X"),)
                yield "dropped constraint", detail, (triple,), ()
                for wider in _wider(knowledge, str(value)) if predicate == SH + "class" else ():
                    yield "wider class", f"{detail} to {local_name(wider)}", (triple,), ((node, predicate, wider),)
            elif predicate == SH + "qualifiedValueShape":
                gone = [(node, SH + p, v) for p in ("qualifiedMinCount", "qualifiedMaxCount") for v in graph.objects(node, SH + p)]
                yield "dropped constraint", what, (triple, *gone), ()
            elif predicate == SH + "in":
                yield (
                    "flipped value",
                    what,
                    ((str(value), FIRST, graph.objects(value, FIRST)[0]),),
                    ((str(value), FIRST, _other_value(knowledge, graph.objects(value, FIRST)[0])),),
                )
                yield "dropped constraint", what, (triple,), ()
            else:
                below = nodes_of(graph, shape).get(str(value), "")
                yield "dropped constraint", f"{what} {below}".strip(), (triple,), ()


def _said(graph: Graph, node: str) -> list[tuple[str, Term]]:
    said = [(p, o) for s, p, o in graph if s == node]
    return sorted(said, key=lambda pair: (pair[0], pair[1] if isinstance(pair[1], str) else pair[1].value))


def _paths(graph: Graph, name: str, triple: Triple) -> Iterator[_Change]:
    node, predicate, path = triple
    assert isinstance(path, str)
    if not path.startswith("_:"):
        yield "misspelt path", f"{name} {local_name(path)}", (triple,), ((node, predicate, f"{path}X"),)
        return
    steps = graph.list_items(path)
    for number, step in enumerate(steps):
        rest = steps[:number] + steps[number + 1 :]
        head, added = _list(rest, f"_:without{number}")
        yield "removed path step", f"{name} {local_name(step)}", (triple,), ((node, predicate, head), *added)


def _list(items: list[str], name: str) -> tuple[str, list[Triple]]:
    if len(items) == 1:
        return items[0], []
    triples: list[Triple] = []
    for number, item in enumerate(items):
        following = f"{name}x{number + 1}" if number + 1 < len(items) else NIL
        triples += [(f"{name}x{number}", FIRST, item), (f"{name}x{number}", REST, following)]
    return f"{name}x0", triples


def _other_value(knowledge: Knowledge, value: Term) -> Term:
    """Return another value of the same vocabulary."""
    if isinstance(value, Literal):
        return Literal("false" if value.value == "true" else "true", value.datatype)
    kinds = knowledge.ontology.types(value)
    return next(
        i for i in sorted(knowledge.vocabulary.individuals) if i != value and set(kinds) & set(knowledge.ontology.types(i)) - {_NAMED}
    )


_NAMED: Final = "http://www.w3.org/2002/07/owl#NamedIndividual"


def _wider(knowledge: Knowledge, cls: str) -> list[str]:
    return sorted(c for c in knowledge.ontology.nodes(cls, RDFS + "subClassOf") if c.startswith(MTUS))


def _of_criterion(knowledge: Knowledge, c: Criterion) -> Iterator[_Change]:
    graph = knowledge.shapes
    if c.on_file and c.holds:
        on_file, holds = (c.iri, MTUS + "onFileShape", c.on_file), (c.iri, MTUS + "holdsShape", c.holds)
        yield "swapped shapes", "", (on_file, holds), ((c.iri, MTUS + "onFileShape", c.holds), (c.iri, MTUS + "holdsShape", c.on_file))
        yield "dropped shape", "holds", (holds,), ()
    for name in ("precondition", "exception", "appliesTo"):
        yield from ((f"dropped {name}", "", ((c.iri, MTUS + name, v),), ()) for v in graph.objects(c.iri, MTUS + name))
    if local_name(c.role) != "part":
        role = (c.iri, MTUS + "hasRole", c.role)
        yield "changed role", "", (role,), ((c.iri, MTUS + "hasRole", BASE + "role/part"),)
    if local_name(c.role) == "requirement":
        burden = (c.iri, MTUS + "hasBurden", c.burden)
        others = [n for n in ("requester", "claims-administrator", "nobody") if n != local_name(c.burden)]
        for other in others:
            yield "changed burden", f"to {other}", (burden,), ((c.iri, MTUS + "hasBurden", f"{BASE}burden/{other}"),)
    for predicate in _LISTS:
        for head in graph.nodes(c.iri, predicate):
            items = graph.list_items(head)
            for other in _LISTS:
                if other != predicate and (len(items) > 1 or other == MTUS + "noneOf"):
                    change = f"{local_name(predicate)} to {local_name(other)}"
                    yield "changed list", change, ((c.iri, predicate, head),), ((c.iri, other, head),)
            for number, item in enumerate(items):
                rest = items[:number] + items[number + 1 :]
                if rest:
                    added = [(f"_:list{n}", FIRST, i) for n, i in enumerate(rest)]
                    added += [(f"_:list{n}", REST, f"_:list{n + 1}" if n + 1 < len(rest) else NIL) for n in range(len(rest))]
                    yield "dropped part", local_name(item), ((c.iri, predicate, head),), ((c.iri, predicate, "_:list0"), *added)


# Running them


def changed(graph: Iterable[Triple], mutant: Mutant) -> Graph:
    """Return ``graph`` with the change of ``mutant``."""
    removed = set(mutant.removed)
    return Graph([*(t for t in graph if t not in removed), *mutant.added])


@cache
def _parts(shape: str) -> tuple[Triple, ...]:
    """Return all triples of ``shape`` and of the constraint components."""
    graph = load_knowledge().shapes
    by_subject: dict[str, list[Triple]] = _by_subject()
    components = [n for c in graph.subjects(TYPE, SH + "ConstraintComponent") for n in (c, graph.node(c, SH + "nodeValidator") or "")]
    found: dict[Triple, None] = {}
    agenda = [shape, *components]
    seen = set(agenda)
    while agenda:
        for triple in by_subject.get(agenda.pop(), ()):
            found[triple] = None
            value = triple[2]
            follows = isinstance(value, str) and value not in seen and (value.startswith("_:") or triple[1] in _NESTED)
            if follows:
                assert isinstance(value, str)
                seen.add(value)
                agenda.append(value)
    return tuple(found)


@cache
def _by_subject() -> dict[str, list[Triple]]:
    found: dict[str, list[Triple]] = {}
    for triple in load_knowledge().shapes:
        found.setdefault(triple[0], []).append(triple)
    return found


def knowledge_with(mutant: Mutant) -> Knowledge:
    """Return the knowledge with the change of ``mutant``; raises :class:`KnowledgeError` where it is refused."""
    knowledge = load_knowledge()
    if mutant.shape:
        # the other shapes are as they were, so only this one is read again
        read = read_shapes(changed(_parts(mutant.shape), mutant))
        model = Shapes({**knowledge.shape_model.targeted, mutant.shape: read.targeted[mutant.shape]}, knowledge.shape_model.all | read.all)
        knowledge = replace(knowledge, shape_model=model)
    if not mutant.shape or mutant.kind == "misspelt target":
        knowledge = replace(knowledge, guidelines=read_guidelines(changed([*knowledge.ontology, *knowledge.shapes], mutant)))
    return knowledge


@dataclass(frozen=True)
class World:
    """One way to read the facts of a case: all of them, or those left after a disagreement is resolved."""

    evaluator: Evaluator
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Prepared:
    """A case with everything that does not depend on the shape that is changed."""

    case: CaseFile
    request: str
    whole: World
    worlds: tuple[World, ...]
    inferred: Inferred
    decision: Decision
    outcome: dict[str, Any]

    def outcome_with(self, knowledge: Knowledge, shape: str) -> dict[str, Any]:
        """Return what comes out under ``knowledge``, of whose shapes only ``shape`` (or none) differs."""
        rows = {id(world): self._rows(world, knowledge, shape) for world in (self.whole, *self.worlds)}
        same_criteria = knowledge.guidelines is load_knowledge().guidelines
        if same_criteria and all(rows[id(world)] == world.rows for world in (self.whole, *self.worlds)):
            return self.outcome
        found = [statuses_at(w.evaluator.graph, failing(rows[id(w)], knowledge), (self.request,), knowledge) for w in self.worlds]
        return _outcome(self.case, self.inferred, found, rows[id(self.whole)], knowledge)[1]

    def _rows(self, world: World, knowledge: Knowledge, shape: str) -> tuple[Row, ...]:
        if not shape:
            return world.rows
        again = world.evaluator.rows([knowledge.shape_model.targeted[shape]])
        kept = [row for row in world.rows if row.node_shape != shape]
        return tuple(sorted({*kept, *again}, key=lambda r: (r.focus, r.source_shape, r.component, str(r.value))))


def _outcome(
    case: CaseFile, inferred: Inferred, found: list[Statuses], rows: tuple[Row, ...], knowledge: Knowledge
) -> tuple[Decision, dict[str, Any]]:
    """Return the decision, and what an expected file says: status, grounds, answer and kinds of reason."""
    facts = facts_of(case.path)
    request = request_of(case, facts)
    statuses = found[0] if len(found) == 1 else _merged(found)
    decided = decide_case(Assessed(facts, inferred, rows, statuses, ()), (request,), knowledge)[request]
    criterion = knowledge.guidelines.criteria[criterion_of(case, knowledge).iri]
    reasons = decided.decision.reasons
    given = {reason.kind for reason in reasons if reason.about == criterion.iri}
    answer = {
        "answer": decided.decision.answer,
        "reasons": {r.kind for r in reasons},
        "given": given,
        "listed": criterion.iri in decided.criteria,
        "provisions": {r.about for r in reasons if r.kind in (ReasonKind.RECOMMENDED, ReasonKind.NOT_RECOMMENDED)},
    }
    return decided.decision, observed(criterion, request, statuses, rows, knowledge) | answer


@cache
def prepared() -> tuple[Prepared, ...]:
    """Return all cases, inferred and validated once."""
    knowledge = load_knowledge()
    return tuple(_prepare(case, knowledge) for case in case_files())


def _prepare(case: CaseFile, knowledge: Knowledge) -> Prepared:
    facts = facts_of(case.path)
    request = request_of(case, facts)
    found = conflicts(facts, knowledge.vocabulary)
    inferred = infer(facts.triples, knowledge.rules, knowledge.background)
    whole = _world(inferred, knowledge)
    worlds = [whole]
    if found:
        kept = ([t for t in facts.triples if t[0] not in gone and t[2] not in gone] for gone in readings(found, facts, DEFAULT))
        worlds = [_world(infer(triples, knowledge.rules, knowledge.background), knowledge) for triples in kept]
    statuses = [statuses_at(w.evaluator.graph, failing(w.rows, knowledge), (request,), knowledge) for w in worlds]
    return Prepared(case, request, whole, tuple(worlds), inferred, *_outcome(case, inferred, statuses, whole.rows, knowledge))


def _world(inferred: Inferred, knowledge: Knowledge) -> World:
    rows = validate(inferred.graph, knowledge)
    return World(Evaluator(inferred.graph), tuple(sorted(rows, key=lambda r: (r.focus, r.source_shape, r.component, str(r.value)))))


def killer(mutant: Mutant) -> str:
    """Return what kills ``mutant``: the name of a case, or the refusal of the knowledge; empty where it survives."""
    try:
        knowledge = knowledge_with(mutant)
    except KnowledgeError as error:
        return f"refused: {error.problems[0].code}"
    about = local_name(mutant.criterion)
    cases = sorted((p for p in prepared() if p.case.topic == mutant.topic), key=lambda p: p.case.expected["criterion"] != about)
    for case in cases:
        if case.outcome_with(knowledge, mutant.shape) != case.outcome:
            return case.case.name
    return ""


def explained() -> dict[str, str]:
    """Return the mutants that may survive, with the reason."""
    return dict(json.loads(SURVIVORS.read_text(encoding="utf-8")))


def main() -> int:
    """Run all mutants, or those of one topic; print the score and what survives."""
    from rich.progress import track

    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutation of the shapes against all case files.")
    parser.add_argument("--topic", help="only this topic, such as massage-therapy")
    parser.add_argument("--kind", help="only this kind of change, such as limit")
    chosen = parser.parse_args()
    tried = [m for m in mutants() if chosen.topic in (None, m.topic) and chosen.kind in (None, m.kind)]
    survived = [m for m in track(tried, description="mutants") if not killer(m)]
    kinds: dict[str, list[int]] = {}
    for mutant in tried:
        kinds.setdefault(mutant.kind, [0, 0])[0] += 1
    for mutant in survived:
        kinds[mutant.kind][1] += 1
    for kind, (number, alive) in sorted(kinds.items()):
        print(f"{kind:20} {number - alive:5} of {number:5} killed")
    reasons = explained()
    for mutant in survived:
        print(f"survived: {mutant.id}: {reasons.get(mutant.id, 'NOT EXPLAINED')}")
    stale = [m.id for m in tried if m.id in reasons and m not in survived]
    for identifier in stale:
        print(f"killed, though listed as a survivor: {identifier}")
    print(f"{len(tried)} mutants, {len(tried) - len(survived)} killed, score {100 * (1 - len(survived) / max(1, len(tried))):.1f} %")
    return 1 if stale or any(m.id not in reasons for m in survived) else 0


if __name__ == "__main__":
    raise SystemExit(main())
