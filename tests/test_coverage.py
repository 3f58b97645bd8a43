"""Every criterion, every number and every line of logic that matters has a case; what is missing is listed.

Whether a case stands exactly at a limit, or just beyond it, is not read off its name: the limit is moved by one step, and the case
has to notice.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import pytest
from mutation import LIMITS, Mutant, _parts, changed, is_number, nodes_of, parameters, prepared, shapes_of, stepped, topic_of
from test_cases import SHAPES, case_files

from mtus.reasoner.graph import Graph
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.shape_model import read_shapes

KNOWLEDGE = load_knowledge()
CRITERIA = {local_name(c.iri): c for c in KNOWLEDGE.guidelines.criteria.values()}
TOPICS = sorted({topic_of(c, KNOWLEDGE) for c in CRITERIA.values()})

# What no case can show, with the reason.
UNREACHABLE = {
    "TPI-6.course-before undocumented": "it applies to renewals only, and a renewal has a received course on file",
    "PM-2.sparingly.alternative maxAtOnce 1 at": "one modality at once is the requested one; there are never fewer",
}


def of_topic(topic: str) -> list[Criterion]:
    return [c for c in CRITERIA.values() if topic_of(c, KNOWLEDGE) == topic]


def missing(gaps: Iterable[str]) -> list[str]:
    return [gap for gap in gaps if gap not in UNREACHABLE]


@cache
def can_be(name: str, status: str) -> bool:
    """Return whether the criterion can come out as ``status`` by its shapes or by its parts, preconditions aside."""
    c = CRITERIA[name]
    if c.on_file:
        return status != "contradicted" or bool(c.holds)
    negated = {"met": "contradicted", "contradicted": "met"}
    parts = [(p, status) for p in (*c.all_of, *c.any_of)] + [(p, negated.get(status, status)) for p in c.none_of]
    return any(can_be(local_name(part), needed) for part, needed in parts)


def statuses_needed(c: Criterion) -> Iterator[str]:
    name = local_name(c.iri)
    yield from (status for status in ("met", "contradicted", "undocumented") if can_be(name, status))
    if c.precondition or c.applies_to:
        yield "not-applicable"


def missing_statuses(topic: str) -> Iterator[str]:
    seen = {(case.expected["criterion"], case.status) for case in case_files()}
    for c in of_topic(topic):
        name = local_name(c.iri)
        yield from (f"{name} {status}" for status in statuses_needed(c) if (name, status) not in seen)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_criterion_has_a_case_for_each_status(topic: str) -> None:
    assert not missing(missing_statuses(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_facts_that_disagree(topic: str) -> None:
    assert any(case.status == "conflicting" for case in case_files() if case.topic == topic)


def test_cases_lie_in_the_topic_of_their_criterion() -> None:
    wrong = [case.name for case in case_files() if topic_of(CRITERIA[case.expected["criterion"]], KNOWLEDGE) != case.topic]
    assert not wrong
    assert {folder.parent.name for folder in SHAPES.glob("*/*/cases")} == set(TOPICS)


def test_requirements_are_listed_in_the_trace_of_their_cases() -> None:
    """A criterion that applies and is not in the trace is dead: its provision does not speak of the request."""
    dead = [case.name for case in case_files() if case.expected.get("listed") is False and case.status != "not-applicable"]
    assert not dead


def test_each_part_is_referred_to() -> None:
    used = {local_name(part) for c in CRITERIA.values() for part in c.parts}
    parts = {name for name, c in CRITERIA.items() if local_name(c.role) == "part"}
    assert parts <= used, f"nothing refers to {sorted(parts - used)}"


def lines(name: str) -> list[tuple[str, dict[str, str]]]:
    """Return status and statuses of the parts, for each case about the criterion."""
    return [(case.expected["status"], case.expected.get("parts", {})) for case in case_files() if case.expected["criterion"] == name]


def missing_conditions(topic: str) -> Iterator[str]:
    for c in of_topic(topic):
        name = local_name(c.iri)
        if c.precondition:
            found = {parts.get(local_name(c.precondition)) for _, parts in lines(name)}
            yield from (f"{name} precondition {status}" for status in ("met", "contradicted", "undocumented") if status not in found)
        if c.exception:
            pairs = {(status, parts.get(local_name(c.exception))) for status, parts in lines(name)}
            if ("met", "met") not in pairs:
                yield f"{name} exception met"
            if not {("contradicted", status) for status in ("undocumented", "contradicted", "not-applicable")} & pairs:
                yield f"{name} exception not met"


@pytest.mark.parametrize("topic", TOPICS)
def test_preconditions_and_exceptions_apply_fail_and_are_unknown(topic: str) -> None:
    assert not missing(missing_conditions(topic))


def missing_parts(topic: str) -> Iterator[str]:
    for c in of_topic(topic):
        for members, is_all in ((c.all_of, True), (c.any_of, False)):
            names = [local_name(m) for m in members]
            for part in names:
                others = [name for name in names if name != part]
                if is_all:
                    alone = any(
                        p[part] != "met" and all(p[o] in ("met", "not-applicable") for o in others) for _, p in lines(local_name(c.iri))
                    )
                else:
                    alone = any(p[part] == "met" and all(p[o] != "met" for o in others) for _, p in lines(local_name(c.iri)))
                if not alone:
                    yield f"{local_name(c.iri)} decided by {part}"


@pytest.mark.parametrize("topic", TOPICS)
def test_each_part_of_a_composed_criterion_decides_alone(topic: str) -> None:
    """In an all-of each part fails once while the others hold; in an any-of each holds once while the others do not."""
    assert not missing(missing_parts(topic))


def numbers(c: Criterion) -> Iterator[tuple[str, str, str, str]]:
    """Yield (label, shape, node, predicate) for each number of a criterion."""
    graph = KNOWLEDGE.shapes
    known = parameters(graph)
    for shape in shapes_of(c):
        for node, name in nodes_of(graph, shape).items():
            for predicate in (*LIMITS, *known):
                for value in graph.objects(node, predicate):
                    if is_number(value):
                        yield f"{name} {local_name(predicate)} {value.value}", shape, node, predicate  # type: ignore[union-attr]


def sides(shape: str, node: str, predicate: str) -> set[str]:
    """Return on which sides of a number there is a case that a step of one would move: ``at`` the limit, ``beyond`` it."""
    value = KNOWLEDGE.shapes.objects(node, predicate)[0]
    as_is = read_shapes(Graph(_parts(shape))).targeted[shape]
    found = set()
    for step in (1, -1):
        moved = Mutant("", "", "", "", shape, ((node, predicate, value),), ((node, predicate, stepped(value, step)),))  # type: ignore[arg-type]
        other = read_shapes(changed(_parts(shape), moved)).targeted[shape]
        for case in prepared():
            if as_is.targets[0] in case.inferred.graph.types(case.request):
                conforms = case.whole.evaluator.conforms(as_is, case.request)
                if conforms != case.whole.evaluator.conforms(other, case.request):
                    found.add("at" if conforms else "beyond")
    return found


@cache
def missing_sides(topic: str) -> tuple[str, ...]:
    found = []
    for c in of_topic(topic):
        for label, shape, node, predicate in numbers(c):
            there = sides(shape, node, predicate)
            found += [f"{label} {side}" for side in ("at", "beyond") if side not in there]
    return tuple(found)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_number_has_a_case_at_the_limit_and_one_beyond(topic: str) -> None:
    assert not missing(missing_sides(topic))


def test_each_stance_decides_a_case() -> None:
    stated = {p.id for p in KNOWLEDGE.guidelines.provisions.values() if local_name(p.stance) != "sets-conditions"}
    decided = {
        local_name(reason.about)
        for case in prepared()
        for reason in case.decision.reasons
        if reason.kind.value in ("recommended", "not-recommended")
    }
    assert stated <= decided, f"no case turns on {sorted(stated - decided)}"


def test_nothing_is_excused_that_is_covered() -> None:
    gaps = {g for topic in TOPICS for f in (missing_statuses, missing_conditions, missing_parts, missing_sides) for g in f(topic)}
    assert set(UNREACHABLE) == gaps
