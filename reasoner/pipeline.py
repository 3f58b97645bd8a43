"""The whole flow, one call a step: load, infer, validate, assess, decide, explain. Start reading here."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from mtus.reasoner.assess import Assessed, assess, assess_closed, without_conflicts
from mtus.reasoner.closure import ClosedGraph, closure
from mtus.reasoner.decide_case import Decided, decide_case, requests_of, suggest_less, with_primaries
from mtus.reasoner.determine import Answer
from mtus.reasoner.errors import CaseError, Problem
from mtus.reasoner.explain import explain
from mtus.reasoner.graph import Literal
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, in_order, load_case
from mtus.reasoner.namespaces import CASE, CASE_SHAPES, MTUS, XSD
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.trace import Determination
from mtus.reasoner.validate import Engine, Verdicts, case_rows, decisive

if TYPE_CHECKING:
    from mtus.reasoner.case_graphs import CaseGraphs


def determine(content: bytes, *, name: str = "case", syntax: str = "", knowledge: Knowledge | None = None, engine: Engine = "compiled",
              settings: Settings = DEFAULT) -> Determination:  # fmt: skip
    """Return the recommended determination of the case in ``content``, with its complete trace.

    ``name`` is what errors call the case, ``syntax`` its format where that is known (see :mod:`mtus.reasoner.load`). Raises
    :class:`CaseError` where the case is wrong, :class:`KnowledgeError` or :class:`EngineError` where we are.
    """
    return determine_with_facts(content, name=name, syntax=syntax, knowledge=knowledge, engine=engine, settings=settings)[0]


def determine_with_facts(content: bytes, *, name: str = "case", syntax: str = "", knowledge: Knowledge | None = None,
                         engine: Engine = "compiled", settings: Settings = DEFAULT) -> tuple[Determination, Assessed]:  # fmt: skip
    """Do what :func:`determine` does, and return the facts and inferences beside the determination."""
    knowledge = knowledge or load_knowledge()
    facts = load_case(content, knowledge, name=name, syntax=syntax, settings=settings)
    return determine_loaded(facts, knowledge, engine, settings)


def determine_facts_with_graphs(
    facts: Facts, knowledge: Knowledge, settings: Settings = DEFAULT
) -> tuple["CaseGraphs", Assessed, dict[str, Decided]]:
    """Return the graphs of loaded ``facts``, as `mtus determine --format trig` has them, with what they were made from."""
    from mtus.reasoner.case_graphs import case_graphs  # noqa: PLC0415  only who wants traces needs it

    # a trace is in the order of the facts
    ordered = replace(facts, stated=in_order(facts.stated))
    assessed, requests = examine(ordered, knowledge, settings=settings)
    decided = decide_assessed(assessed, requests, knowledge, settings)
    return case_graphs(explain(assessed, tuple(decided.values()), knowledge), assessed, knowledge), assessed, decided


def determine_facts(facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT) -> Determination:
    """Return the recommended determination of loaded ``facts``."""
    return determine_loaded(facts, knowledge, engine, settings)[0]


def determine_loaded(
    facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT
) -> tuple[Determination, Assessed]:
    """Do what :func:`determine_facts` does, and return the facts and inferences beside the determination."""
    assessed, decided = decide_all(facts, knowledge, engine, settings)
    return explain(assessed, decided, knowledge), assessed


def decide_all(
    facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT
) -> tuple[Assessed, tuple[Decided, ...]]:
    """Return the assessed case, and the decision for each request with what smaller quantity would be supported; primaries come first."""
    assessed, requests = examine(facts, knowledge, engine, settings)
    return assessed, tuple(decide_assessed(assessed, requests, knowledge, settings, engine).values())


def decide_facts(facts: Facts, knowledge: Knowledge, settings: Settings = DEFAULT, *, only: str = "") -> dict[str, Decided]:
    """Return the decision for each request of loaded ``facts``, without suggestions and without a trace.

    Where the request ``only`` is named, it and those that it accompanies are decided; the whole case is examined all the same.
    """
    assessed, requests = _examine_closed(facts, knowledge, settings)
    return decide_case(assessed, with_primaries(assessed.inferred.graph, (only,)) if only else requests, knowledge)


def check_case(facts: Facts, knowledge: Knowledge, engine: Engine = "compiled") -> tuple[Inferred, tuple[Row, ...]]:
    """Infer and validate; raise :class:`CaseError` where the case is not well formed."""
    inferred = infer(facts.triples, knowledge.rules, knowledge.background)
    rows = decisive(inferred.graph, knowledge, engine)
    _refuse(rows, facts, knowledge)
    return inferred, rows


def _refuse(rows: Iterable[Row], facts: Facts, knowledge: Knowledge) -> None:
    problems = tuple(_problem(row, facts, knowledge) for row in rows if row.source_shape.startswith(CASE_SHAPES))
    if problems:
        raise CaseError(problems)


def examine(
    facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT
) -> tuple[Assessed, tuple[str, ...]]:
    """Return the assessed case and its requests, primaries first."""
    inferred, rows = check_case(facts, knowledge, engine)
    requests = requests_of(inferred.graph, facts.case)
    return assess(facts, requests, inferred, rows, knowledge, engine=engine, settings=settings), requests


def answer_facts(facts: Facts, knowledge: Knowledge, settings: Settings = DEFAULT) -> tuple[Assessed, dict[str, Decided]]:
    """Return the decisions for all requests of loaded ``facts`` without a trace: what is not needed for an answer is not worked out.

    Raises :class:`CaseError` where the case is not well formed.
    """
    assessed, requests = _examine_closed(facts, knowledge, settings)
    return assessed, decide_assessed(assessed, requests, knowledge, settings)


def _examine_closed(facts: Facts, knowledge: Knowledge, settings: Settings) -> tuple[Assessed, tuple[str, ...]]:
    graph = closure(facts.triples, knowledge.closure_rules)
    _refuse(case_rows(graph, knowledge), facts, knowledge)
    requests = requests_of(graph, facts.case)
    return assess_closed(facts, requests, graph, knowledge, settings=settings), requests


def decide_assessed(assessed: Assessed, requests: tuple[str, ...], knowledge: Knowledge, settings: Settings = DEFAULT,
                    engine: Engine = "compiled") -> dict[str, Decided]:  # fmt: skip
    """Return the decisions of an assessed case, and where only a quantity is too large, what would be supported."""
    decided = decide_case(assessed, requests, knowledge)
    for request in requests:

        def answer_with(prop: str, quantity: int, request: str = request) -> Answer:
            again, order = _examine_with(
                assessed, request, Literal(str(quantity), XSD + "integer"), prop, knowledge=knowledge, settings=settings, engine=engine
            )
            return decide_case(again, order, knowledge)[request].decision.answer

        smaller = suggest_less(decided[request], assessed.inferred.graph, knowledge, answer_with)
        if smaller is not decided[request]:
            decided[request] = smaller
            # what accompanies it has to be looked at again
            for later in requests[requests.index(request) + 1 :]:
                decided[later] = decide_case(assessed, (later,), knowledge, decided)[later]
    return decided


def _examine_with(
    assessed: Assessed, request: str, quantity: Literal, prop: str, *, knowledge: Knowledge, settings: Settings, engine: Engine
) -> tuple[Assessed, tuple[str, ...]]:
    """Examine the case again where ``request`` asks for ``quantity`` instead; only what the answer for it depends on is needed."""
    facts, graph = assessed.facts, assessed.inferred.graph
    if isinstance(graph, ClosedGraph) and not assessed.conflicts and prop not in knowledge.closure_rules.read:
        # nothing else follows from the other quantity
        changed = graph.with_value(request, prop, quantity)
        _refuse(case_rows(changed, knowledge, reading=prop), facts, knowledge)
        requests = with_primaries(graph, (request,))
        failed = Verdicts(changed, knowledge, before=assessed.failed, changed=frozenset((prop,)))
        return without_conflicts(facts, requests, changed, knowledge, failed=failed), requests
    stated = tuple((s, p, quantity if (s, p) == (request, prop) else o) for s, p, o in facts.stated)
    other = replace(facts, stated=stated)
    return _examine_closed(other, knowledge, settings) if engine == "compiled" else examine(other, knowledge, engine, settings)


def _problem(row: Row, facts: Facts, knowledge: Knowledge) -> Problem:
    shape = row.source_shape
    graph = knowledge.shapes
    value = f" (here: {row.value.value})" if isinstance(row.value, Literal) else ""
    return Problem(
        graph.text(shape, MTUS + "errorCode") or "case-shape",
        f"{facts.name}, {row.focus.removeprefix(CASE)}",
        (knowledge.shape_model.all[shape].message or "The case is not well formed.") + value,
        graph.text(shape, MTUS + "remedy") or "Correct the case.",
    )
