"""Every case file of the rules about decisions is linted, and the status of its rule is the one in its name.

A case file is called ``<provision>-<what is special>__<status>.ttl``. Beside it stands ``<same>.expected.json``: the rule, the thing that
it is held against, and where it is not kept, the shapes that fail with their values, so that a case cannot fail for another reason. The
same is computed by the other engines, whose rows have to be the same; and every number of a rule is moved, which a case has to notice.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from full_agreement import comparable, with_focus_nodes
from mutation import stepped

from mtus.reasoner.graph import Graph, Literal, Triple
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lint import LintReport, LintResult, lint_facts
from mtus.reasoner.lint_graph import lint_graph
from mtus.reasoner.lint_rules import decision_rules, rules_from
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import MTUS, SH, TYPE, XSD, local_name
from mtus.reasoner.validate import Engine, validate

ROOT: Final = Path(__file__).resolve().parent.parent
CASES: Final = ROOT / "shapes" / "lint" / "cases"
EXPECTED: Final = ".expected.json"
STATUSES: Final = {"found", "in-order", "not-determinable", "not-applicable"}
LIMITS: Final = tuple(SH + name for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive"))


@dataclass(frozen=True)
class LintCase:
    """A case file and what it expects."""

    path: Path
    expected: Mapping[str, Any]

    @property
    def status(self) -> str:
        return self.path.stem.rsplit("__", 1)[-1]


@cache
def lint_cases() -> tuple[LintCase, ...]:
    found = [(path, path.with_name(path.stem + EXPECTED)) for path in sorted(CASES.glob("*.ttl"))]
    return tuple(LintCase(path, json.loads(expected.read_text("utf-8"))) for path, expected in found if expected.exists())


@cache
def facts_of(path: Path) -> Facts:
    return load_case(path.read_bytes(), load_knowledge(), name=path.name)


@cache
def graph_of(path: Path) -> Graph:
    """Return what the rules look at for a case file."""
    knowledge, facts = load_knowledge(), facts_of(path)
    return lint_graph(facts, infer(facts.triples, knowledge.rules, knowledge.background).graph, knowledge)


def result_at(report: LintReport, node: str, rule: str) -> LintResult:
    """Return the result of ``rule`` at ``node``, both by local name."""
    (subject,) = [s for s in report.subjects if local_name(s.node) == node]
    return next(r for r in subject.results if local_name(r.rule) == rule)


def observed(result: LintResult, node: str) -> dict[str, Any]:
    """Return what came out, in the form of an expected file."""
    found: dict[str, Any] = {"rule": local_name(result.rule), "at": node, "status": local_name(result.status)}
    if result.rows:
        found["severity"] = local_name(result.severity)
        found["broken"] = [
            {"shape": local_name(row.source_shape), **({"value": row.value.value} if isinstance(row.value, Literal) else {})}
            for row in result.rows
        ]
    return found


@pytest.mark.parametrize("case", lint_cases(), ids=lambda case: case.path.stem)
def test_case(case: LintCase) -> None:
    report = lint_facts(facts_of(case.path), load_knowledge())
    found = observed(result_at(report, case.expected["at"], case.expected["rule"]), case.expected["at"])
    assert found == dict(case.expected)
    assert found["status"] == case.status
    if case.status in ("found", "not-determinable"):
        assert found["broken"]
        assert found["severity"] == "Info" if case.status == "not-determinable" else found["severity"] in ("Violation", "Warning")


def test_names_and_orphans() -> None:
    problems = []
    names = {path.name for path in CASES.iterdir()}
    for name in sorted(names):
        stem = name.removesuffix(EXPECTED).removesuffix(".ttl")
        if "__" not in stem or stem.rsplit("__", 1)[-1] not in STATUSES:
            problems.append(f"{name}: the name has to end in __ and one of {sorted(STATUSES)}")
        partner = stem + (".ttl" if name.endswith(EXPECTED) else EXPECTED)
        if partner not in names:
            problems.append(f"{name}: {partner} is missing")
    assert problems == []
    assert len(lint_cases()) > 100


def test_cases_are_labelled_synthetic_and_say_what_is_special() -> None:
    seen: dict[tuple[frozenset[tuple[str, str, str]], str], str] = {}
    for case in lint_cases():
        facts = facts_of(case.path)
        said = {p: o for s, p, o in facts.stated if s == facts.case}
        note = said[MTUS + "note"]
        assert said[MTUS + "synthetic"] == Literal("true", XSD + "boolean"), case.path.name
        assert isinstance(note, Literal), case.path.name
        assert 20 < len(note.value) < 140, case.path.name
        stated = frozenset(
            (local_name(s), p, o.value if isinstance(o, Literal) else o.removeprefix(facts.case.removesuffix("case")))
            for s, p, o in facts.stated
            if p != MTUS + "note"
        )
        key = (stated, case.expected["rule"])
        assert key not in seen, f"{case.path.name} states the same facts about the same rule as {seen.get(key)}"
        seen[key] = case.path.name


def test_a_file_is_named_after_the_provision_of_its_rule() -> None:
    for case in lint_cases():
        provision = case.expected["rule"].split(".")[0].lower()
        assert case.path.name.startswith(f"{provision}-"), case.path.name


# Coverage


def statuses_needed(rule: str) -> set[str]:
    """Return the statuses that a rule can come out with; the one about statements that disagree always applies, and can always be told."""
    return {"found", "in-order"} if rule.startswith("FIL-1.") else {
        "found", "in-order", "not-applicable", *(() if rule.startswith(("FIL-3.", "FIL-4.")) else ("not-determinable",)),
    }  # fmt: skip


def test_each_rule_has_a_case_for_each_status() -> None:
    rules = decision_rules(load_knowledge())
    seen: dict[str, set[str]] = {}
    for case in lint_cases():
        seen.setdefault(case.expected["rule"], set()).add(case.status)
    needed = {local_name(rule.iri): statuses_needed(local_name(rule.iri)) for rule in rules.requirements}
    assert {rule: sorted(statuses - seen.get(rule, set())) for rule, statuses in needed.items() if statuses - seen.get(rule, set())} == {}
    assert set(seen) == set(needed)


def test_every_shape_that_can_tell_something_fails_in_a_case() -> None:
    """Each message that people may read is read in some expected file."""
    rules = decision_rules(load_knowledge())
    told = {broken["shape"] for case in lint_cases() for broken in case.expected.get("broken", ())}
    weighed = {local_name(s) for s, _, _ in rules.shapes.with_predicate(SH + "severity")}
    assert sorted(weighed - told - set(NEVER_TOLD)) == []
    assert sorted(set(NEVER_TOLD) - weighed) == []


# Shapes whose failure is never told, with the reason.
NEVER_TOLD = {
    "DEC-2.schedule-cited.holds.cited": "a precondition that does not hold makes the rule not applicable",
    "DEC-4.nothing.on-file.thing": "nothing has to be on file for it",
    "DEC-7.in-force.holds.decided": "a precondition that does not hold makes the rule not applicable",
    "TIM.prospective.holds.stage": "a precondition that does not hold makes the rule not applicable",
    "TIM.no-exception.holds.exception": "a precondition that does not hold makes the rule not applicable",
    "TIM.no-exception.on-file.exception": "nothing has to be on file for it",
    "FIL-1.agreement.on-file.finding": "nothing has to be on file for it",
    "FIL-3.work.on-file.finding": "the rule is about files with such a statement",
    "FIL-4.places.on-file.finding": "the rule is about files with such a statement",
}


# Mutation: each number of a rule has a case on both sides of it


def numbers() -> Iterator[tuple[str, Triple, Literal]]:
    """Yield, for each number or date of a shape, its name, its triple, and the same one step up and one step down."""
    for triple in decision_rules(load_knowledge()).shapes:
        node, predicate, value = triple
        if predicate in LIMITS and isinstance(value, Literal):
            for step in (1, -1):
                yield f"{local_name(node)} {local_name(predicate)} {value.value}{step:+}", triple, moved(local_name(node), value, step)


def moved(node: str, value: Literal, step: int) -> Literal:
    """Return ``value`` one step up or down; hours move by 24, since a case states days."""
    if ".hours" in node:
        return Literal(str(int(value.value) + 24 * step), value.datatype)
    return stepped(value, step)


@pytest.mark.parametrize(("name", "triple", "other"), list(numbers()), ids=lambda v: v if isinstance(v, str) else "")
def test_a_number_that_is_moved_is_noticed(name: str, triple: Triple, other: Literal) -> None:
    knowledge = load_knowledge()
    shapes = Graph((s, p, other) if (s, p, o) == triple else (s, p, o) for s, p, o in knowledge.lint_shapes)
    changed = rules_from(shapes, knowledge)
    about = local_name(triple[0]).split(".")[0]
    cases = [case for case in lint_cases() if case.expected["rule"].split(".")[0] == about]
    assert any(
        observed(result_at(lint_facts(facts_of(c.path), knowledge, rules=changed), c.expected["at"], c.expected["rule"]), c.expected["at"])
        != dict(c.expected)
        for c in cases
    )


def test_both_ends_of_a_count_have_the_same_limit() -> None:
    shapes = decision_rules(load_knowledge()).shapes
    procedure = "https://w3id.org/mtus/rule/"
    days = [shapes.text(procedure + f"TIM-1.{part}.days", SH + "maxInclusive") for part in ("counted.holds", "hour.on-file")]
    hours = [
        shapes.text(procedure + "TIM-3.counted.holds.hours", SH + "maxExclusive"),
        shapes.text(procedure + "TIM-3.hour.on-file.hours", SH + "maxInclusive"),
    ]
    assert days == ["5", "5"]
    assert hours == ["72", "72"]


# Engines


def test_the_second_engine_gives_the_same_rows() -> None:
    rules = decision_rules(load_knowledge())
    differing = [case.path.name for case in lint_cases() if not same_rows(graph_of(case.path), rules, "shifty")]
    assert differing == []


# pySHACL is the slowest, so it sees every second case here.
@pytest.mark.parametrize("path", [case.path for case in lint_cases()[::2]], ids=lambda path: path.stem)
def test_the_reference_engine_gives_the_same_rows(path: Path) -> None:
    assert same_rows(graph_of(path), decision_rules(load_knowledge()), "pyshacl")


def same_rows(graph: Graph, rules: Knowledge, engine: Engine) -> bool:
    others = with_focus_nodes(rules, graph) if engine == "pyshacl" else rules
    return comparable(validate(graph, rules)) == comparable(validate(graph, others, engine))


def test_the_engines_are_compared_where_something_fails_and_where_nothing_does() -> None:
    rules = decision_rules(load_knowledge())
    failed, passed = set(), set()
    for case in lint_cases()[::2]:
        graph = graph_of(case.path)
        broken = {(row.node_shape, row.focus) for row in validate(graph, rules)}
        for shape in rules.shape_model.targeted.values():
            for focus in {node for target in shape.targets for node in graph.subjects(TYPE, target)}:
                (failed if (shape.iri, focus) in broken else passed).add(local_name(shape.iri))
    assert len(failed) > 25
    assert len(passed) > 35


def test_another_engine_lints_alike() -> None:
    path = next(case.path for case in lint_cases() if case.path.stem == "tim-1-six-days-by-day__found")
    facts, knowledge = facts_of(path), load_knowledge()
    told = [
        [(s.node, r.rule, r.status, r.messages, r.facts) for s in lint_facts(facts, knowledge, engine).subjects for r in s.results]
        for engine in ("compiled", "shifty")
    ]
    assert told[0] == told[1]
