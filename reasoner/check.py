"""All checks of the knowledge in one run: what ``mtus check`` does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import pyoxigraph as ox

from mtus.reasoner.competency import Question, ask, example_facts, question_store, read_questions, unexpected
from mtus.reasoner.errors import MtusError
from mtus.reasoner.graph import Graph
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lint_rules import decision_rules
from mtus.reasoner.meta import meta_problems
from mtus.reasoner.ontology_check import classify, same_subsumptions, same_types
from mtus.reasoner.quality import QualityCheck, read_quality_checks, store_of, violations
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import read_shapes
from mtus.reasoner.validate import Engine, validate


@dataclass(frozen=True)
class CheckResult:
    """What one check found: ``details`` are the violations with the remedy, or where all is well what was counted."""

    name: str
    ok: bool
    details: tuple[str, ...]
    seconds: float


Outcome = tuple[bool, tuple[str, ...]]


def run_checks(knowledge: Knowledge, *, with_java: bool) -> list[CheckResult]:
    """Run every check of ``knowledge`` and return a result each.

    ``with_java`` adds HermiT, which needs a Java. A check that cannot run fails with the reason; nothing is raised for it.
    """
    return [_run(name, check) for name, check in _checks(knowledge, with_java=with_java)]


def check_meta_shapes(knowledge: Knowledge) -> Outcome:
    """Run shapes/meta by our engine and by pySHACL, the reference; both have to find the same, and nothing."""
    graph = _everything(knowledge)
    ours, reference = (meta_rows(knowledge, engine) for engine in ("compiled", "pyshacl"))
    problems = [str(problem) for problem in meta_problems(ours, graph, knowledge.meta_shapes)]
    differences = sorted(_comparable(ours) ^ _comparable(reference))
    problems += [f"Only one of compiled and pyshacl finds {' '.join(difference)}." for difference in differences]
    return not problems, tuple(problems)


def meta_rows(knowledge: Knowledge, engine: Engine) -> tuple[Row, ...]:
    """Return what fails when ontology, shapes and decision rules are validated against shapes/meta by ``engine``."""
    about_knowledge = replace(knowledge, shapes=knowledge.meta_shapes, shape_model=read_shapes(knowledge.meta_shapes))
    return validate(_everything(knowledge), about_knowledge, engine)


def _everything(knowledge: Knowledge) -> Graph:
    return Graph([*knowledge.ontology, *knowledge.shapes, *knowledge.lint_shapes])


def check_decision_rules(knowledge: Knowledge) -> Outcome:
    """Read and compile the rules about decisions, as the linter does; what is refused is told by :func:`run_checks`."""
    rules = decision_rules(knowledge)
    return True, (f"{len(rules.requirements)} rules, {len(rules.guidelines.provisions)} provisions on decisions.",)


def _comparable(rows: tuple[Row, ...]) -> set[tuple[str, str, str]]:
    """Return ``rows`` without the names of blank nodes, which each engine chooses."""
    return {("a blank node" if row.focus.startswith("_:") else row.focus, row.source_shape, row.component) for row in rows}


def _checks(knowledge: Knowledge, *, with_java: bool) -> Iterator[tuple[str, Callable[[], Outcome]]]:
    yield "meta-shapes", partial(check_meta_shapes, knowledge)
    yield "decision-rules", partial(check_decision_rules, knowledge)
    stated = store_of(knowledge.ontology, knowledge.shapes, knowledge.lint_shapes)
    for check in read_quality_checks():
        yield f"quality/{check.name}", partial(_quality, check, stated)
    with_case = question_store(knowledge)
    for question in read_questions():
        yield f"competency/{question.name}", partial(_competency, question, with_case)
    if with_java:
        yield "hermit", partial(check_with_hermit, knowledge)


def _quality(check: QualityCheck, store: ox.Store) -> Outcome:
    found = violations(check, store)
    return not found, (check.problem, *found, check.remedy) if found else ()


def _competency(question: Question, store: ox.Store) -> Outcome:
    lines = unexpected(question, ask(question, store))
    return not lines, (question.question, *lines) if lines else ()


def check_with_hermit(knowledge: Knowledge) -> Outcome:
    """Let HermiT prove the ontology consistent, classify it, and type the case of 2015; our rules have to find the same. Needs a Java."""
    found = classify(knowledge)
    if not found.consistent:
        return False, ("The ontology contradicts itself.",)
    if found.unsatisfiable:
        return False, tuple(f"Nothing can be a {cls}." for cls in found.unsatisfiable)
    differences = (*same_subsumptions(knowledge, found), *same_types([example_facts(knowledge)], knowledge))
    if differences:
        return False, tuple(str(difference) for difference in differences)
    counted = f"{len(knowledge.vocabulary.classes)} classes, {len(found.subsumptions)} subsumptions"
    return True, (f"Consistent; {counted}, and the rules find the same.",)


def _run(name: str, check: Callable[[], Outcome]) -> CheckResult:
    start = perf_counter()
    try:
        ok, details = check()
    except (MtusError, SyntaxError) as error:
        ok, details = False, (str(error),)
    return CheckResult(name, ok, details, perf_counter() - start)
