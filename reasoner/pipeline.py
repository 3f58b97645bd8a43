"""The whole flow, one call a step: load, infer, validate, assess, decide, explain. Start reading here."""

from dataclasses import replace

from mtus.reasoner.assess import Assessed, assess
from mtus.reasoner.decide_case import Decided, decide_case, requests_of, suggest_less
from mtus.reasoner.determine import Answer
from mtus.reasoner.errors import CaseError, Problem
from mtus.reasoner.explain import explain
from mtus.reasoner.graph import Literal
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import CASE, MTUS, XSD
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.trace import Determination
from mtus.reasoner.validate import Engine, decisive

_CASE_SHAPES = "https://w3id.org/mtus/shape/case/"


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


def determine_facts(facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT) -> Determination:
    """Return the recommended determination of loaded ``facts``."""
    return determine_loaded(facts, knowledge, engine, settings)[0]


def determine_loaded(
    facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT
) -> tuple[Determination, Assessed]:
    """Do what :func:`determine_facts` does, and return the facts and inferences beside the determination."""
    assessed, requests = examine(facts, knowledge, engine, settings)
    decided = _decide(assessed, requests, knowledge, engine, settings)
    return explain(assessed, tuple(decided.values()), knowledge), assessed


def check_case(facts: Facts, knowledge: Knowledge, engine: Engine = "compiled") -> tuple[Inferred, tuple[Row, ...]]:
    """Infer and validate; raise :class:`CaseError` where the case is not well formed."""
    inferred = infer(facts.triples, knowledge.rules, knowledge.background)
    rows = decisive(inferred.graph, knowledge, engine)
    problems = tuple(_problem(row, facts, knowledge) for row in rows if row.source_shape.startswith(_CASE_SHAPES))
    if problems:
        raise CaseError(problems)
    return inferred, rows


def examine(
    facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", settings: Settings = DEFAULT
) -> tuple[Assessed, tuple[str, ...]]:
    """Return the assessed case and its requests, primaries first."""
    inferred, rows = check_case(facts, knowledge, engine)
    requests = requests_of(inferred.graph, facts.case)
    return assess(facts, requests, inferred, rows, knowledge, engine=engine, settings=settings), requests


def _decide(assessed: Assessed, requests: tuple[str, ...], knowledge: Knowledge, engine: Engine, settings: Settings) -> dict[str, Decided]:
    decided = decide_case(assessed, requests, knowledge)
    for request in requests:

        def answer_with(prop: str, quantity: int, request: str = request) -> Answer:
            changed = _with_quantity(assessed.facts, request, prop, quantity)
            again, order = examine(changed, knowledge, engine, settings)
            return decide_case(again, order, knowledge)[request].decision.answer

        smaller = suggest_less(decided[request], assessed.inferred.graph, knowledge, answer_with)
        if smaller is not decided[request]:
            decided[request] = smaller
            # what accompanies it has to be looked at again
            for later in requests[requests.index(request) + 1 :]:
                decided[later] = decide_case(assessed, (later,), knowledge, decided)[later]
    return decided


def _with_quantity(facts: Facts, request: str, prop: str, quantity: int) -> Facts:
    """Return ``facts`` where ``request`` asks for ``quantity`` instead."""
    value = Literal(str(quantity), XSD + "integer")
    stated = tuple((s, p, value if (s, p) == (request, prop) else o) for s, p, o in facts.stated)
    return replace(facts, stated=stated)


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
