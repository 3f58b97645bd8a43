"""Validate the graph of one case against the shapes: one function, three engines.

``compiled`` is the engine at run time (docs/decisions/0004-validation-engine.md has the measurements), ``pyshacl`` the reference
that the tests compare it with, ``shifty`` the second opinion. All give the same rows; a failure of an engine is an error, never
a row.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from functools import lru_cache
from typing import Any, Final, Protocol
from typing import Literal as Choice

import rdflib

from mtus.reasoner.case_shapes import CaseShapes
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.component_queries import component_query
from mtus.reasoner.conformance import Test, test_of
from mtus.reasoner.errors import EngineError, engine_error
from mtus.reasoner.graph import Graph, Literal, Term, Triple, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import SH, XSD, local_name
from mtus.reasoner.paths import steps_of
from mtus.reasoner.remembered import Remembered
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import Shape

Engine = Choice["compiled", "shifty", "pyshacl"]
# Constraints whose value is a property or a class.
_NAMING: Final = ("class", "lessThan", "lessThanOrEquals", "equals", "disjoint")
ENGINES: Final[tuple[Engine, ...]] = ("compiled", "shifty", "pyshacl")


def validate(graph: Graph, knowledge: Knowledge, engine: Engine = "compiled") -> tuple[Row, ...]:
    """Return what fails when ``graph`` (facts and inferences of one case) is validated against the shapes.

    Rows are sorted. Raises :class:`EngineError` where the engine fails.
    """
    return tuple(sorted(set(_ENGINES[engine](graph, knowledge)), key=_order))


def decisive(graph: Graph, knowledge: Knowledge, engine: Engine = "compiled") -> tuple[Row, ...]:
    """Return the rows that an answer depends on: those of :func:`validate`, less what cannot matter.

    Where the facts of a criterion are not on file, it is undocumented whatever its holds shape says, so that shape is not
    tried. The other engines have no way to leave anything out, and give all rows.
    """
    if engine != "compiled":
        return validate(graph, knowledge, engine)
    first, second = knowledge.shapes_in_turn
    evaluator = Evaluator(graph)
    rows = _evaluated(evaluator, evaluator.targets(first))
    missing = {(row.node_shape, row.focus) for row in rows}
    left = [(shape, focus) for on_file, shape in second for _, focus in evaluator.targets((shape,)) if (on_file, focus) not in missing]
    return tuple(sorted({*rows, *_evaluated(evaluator, left)}, key=_order))


class Failed(Protocol):
    """Says which targeted shapes fail at which of their focus nodes."""

    def at(self, focus: str) -> Mapping[str, bool]:
        """Return whether each shape that targets ``focus`` fails there, by the IRI of the shape."""
        ...


class FailedRows(frozenset[tuple[str, str]]):
    """What fails according to the rows of an engine: pairs of targeted shape and focus node."""

    def at(self, focus: str) -> Mapping[str, bool]:
        """Return whether each shape fails at ``focus``."""
        return Remembered(lambda shape: (shape, focus) in self)


class Verdicts:
    """What fails in a graph, asked of the compiled shapes one by one.

    ``before`` are the verdicts on a graph that differs from ``graph`` only in triples with one of the terms ``changed``, as their
    property or as the class that they state: they hold for shapes that read none of these.
    """

    def __init__(self, graph: Graph, knowledge: Knowledge, *, before: Failed | None = None, changed: Set[str] = frozenset()) -> None:
        self._knowledge = knowledge
        self._evaluator = Evaluator(graph)
        self._before = before
        self._changed = changed
        self._known: dict[str, _VerdictsAt] = {}

    def at(self, focus: str) -> Mapping[str, bool]:
        """Return whether each shape that targets ``focus`` fails there; it is asked when that is looked up."""
        found = self._known.get(focus)
        if found is None:
            before = self._before.at(focus) if self._before is not None else None
            found = self._known[focus] = _VerdictsAt(self._knowledge, self._evaluator, focus, before, self._changed)
        return found

    def fails(self, shape: str, focus: str) -> bool:
        """Return whether the targeted shape ``shape`` fails at ``focus``, which it targets."""
        return self.at(focus)[shape]


class _VerdictsAt(dict[str, bool]):
    """The verdicts at one focus node. They do not know whose they are: a circle would keep every case in memory."""

    def __init__(
        self, knowledge: Knowledge, evaluator: Evaluator, focus: str, before: Mapping[str, bool] | None, changed: Set[str]
    ) -> None:
        super().__init__()
        self._shapes = knowledge.shape_model.targeted
        self._tests = _targeted_tests(knowledge)
        self._evaluator = evaluator
        self._focus = focus
        self._before = before
        self._changed = changed

    def __missing__(self, shape: str) -> bool:
        read = terms_read(self._shapes[shape]) if self._before is not None else None
        if self._before is not None and read is not None and read.isdisjoint(self._changed):
            found = self._before[shape]
        else:
            try:
                found = not self._tests[shape](self._evaluator, self._focus)
            except _FAILURES as error:
                raise _engine_failed(error) from error
        self[shape] = found
        return found


def _targeted_tests(knowledge: Knowledge) -> dict[str, Test]:
    """Return the test of each targeted shape; made once."""
    return knowledge.once(_targeted_tests, lambda: {iri: test_of(shape) for iri, shape in knowledge.shape_model.targeted.items()})


@lru_cache(maxsize=16384)
def terms_read(shape: Shape) -> frozenset[str] | None:
    """Return the properties and classes on whose triples it can depend what ``shape`` finds at a focus node (None: on any)."""
    found = set(steps_of(shape.path)) if shape.path is not None else set()
    for component, parameters in shape.components:
        mentioned = component_query(component, parameters).mentioned
        if mentioned is None:
            return None
        found |= mentioned
    for c in shape.constraints:
        if c.kind in _NAMING:
            found |= {str(value) for value in c.values}
        for inner in c.shapes:
            read = terms_read(inner)
            if read is None:
                return None
            found |= read
    return frozenset(found)


def reads(shape: Shape, predicate: str) -> bool:
    """Return whether what ``shape`` finds can depend on the values of ``predicate``."""
    read = terms_read(shape)
    return read is None or predicate in read


def case_rows(graph: Graph, knowledge: Knowledge, *, reading: str = "") -> tuple[Row, ...]:
    """Return the rows of the shapes of a well-formed case, sorted; none for a case that is well formed.

    Only the shapes that read the property ``reading`` are tried where it is named.
    """
    evaluator = Evaluator(graph)
    try:
        failing_at = _case_shapes(knowledge, reading).failing(evaluator)
        return tuple(sorted(set(evaluator.rows_at(failing_at)), key=_order)) if failing_at else ()
    except _FAILURES as error:
        raise _engine_failed(error) from error


def _case_shapes(knowledge: Knowledge, reading: str) -> CaseShapes:
    """Return the case shapes, or those that read the property ``reading``; made once for each that is asked for."""
    read = (shape for shape in knowledge.case_shapes if not reading or reads(shape, reading))
    return knowledge.once((CaseShapes, reading), lambda: CaseShapes(read))


_FAILURES = (ValueError, SyntaxError, ArithmeticError)


def _engine_failed(error: Exception) -> EngineError:
    return engine_error("engine-failed", "compiled shapes", str(error), "Report the case; no answer was given.")


def _evaluated(evaluator: Evaluator, targets: list[tuple[Shape, str]]) -> list[Row]:
    try:
        return evaluator.rows_at(targets)
    except _FAILURES as error:
        raise _engine_failed(error) from error


def report(graph: Graph, knowledge: Knowledge) -> tuple[bool, rdflib.Graph]:
    """Return whether ``graph`` conforms, and the standard ``sh:ValidationReport`` as an rdflib graph."""
    conforms, found = _run_pyshacl(n_triples(graph), _pyshacl_shapes(knowledge))
    return conforms, found


def failing(rows: Iterable[Row], knowledge: Knowledge) -> FailedRows:
    """Return the (targeted shape, focus node) pairs that fail."""
    owner = _owners(knowledge)
    return FailedRows((row.node_shape or owner[row.source_shape], row.focus) for row in rows)


def _order(row: Row) -> tuple[str, ...]:
    value = row.value.value if isinstance(row.value, Literal) else row.value or ""
    return (row.focus, row.source_shape, row.component, value)


def _compiled(graph: Graph, knowledge: Knowledge) -> Iterable[Row]:
    evaluator = Evaluator(graph)
    return _evaluated(evaluator, evaluator.targets(knowledge.shape_model.targeted.values()))


def _shifty(graph: Graph, knowledge: Knowledge) -> Iterable[Row]:
    try:
        # inference is ours, and the focus nodes are those of the case alone
        conforms, found, text = _prepared_shifty(knowledge).validate(
            n_triples(graph), graph_mode="data", infer=False, on_unsupported="error"
        )
    except Exception as error:  # the engine raises many kinds; none of them is an answer
        raise engine_error("engine-failed", "shifty", str(error), "Report the case; no answer was given.") from error
    return report_rows(found, conforms, text, "shifty")


def _pyshacl(graph: Graph, knowledge: Knowledge) -> Iterable[Row]:
    conforms, found = _run_pyshacl(n_triples(graph), _pyshacl_shapes(knowledge))
    return report_rows(found, conforms, "", "pyshacl")


_ENGINES: dict[str, Callable[[Graph, Knowledge], Iterable[Row]]] = {"compiled": _compiled, "shifty": _shifty, "pyshacl": _pyshacl}


@lru_cache(maxsize=4)
def _shifty_for(digest: str, shapes: bytes) -> Any:
    import shifty  # noqa: PLC0415  only the second engine needs it

    return shifty.PreparedValidator(shapes)


def _prepared_shifty(knowledge: Knowledge) -> Any:
    return _shifty_for(knowledge.digest, knowledge.shapes_text)


@lru_cache(maxsize=4)
def _parsed_shapes(shapes: bytes) -> rdflib.Graph:
    return rdflib.Graph().parse(data=shapes, format="nt")


def _pyshacl_shapes(knowledge: Knowledge) -> rdflib.Graph:
    return _parsed_shapes(knowledge.shapes_text)


def _run_pyshacl(data: bytes, shapes: rdflib.Graph) -> tuple[bool, rdflib.Graph]:
    import pyshacl  # noqa: PLC0415  slow to import, and not needed to determine a case

    try:
        conforms, found, text = pyshacl.validate(
            rdflib.Graph().parse(data=data, format="nt"),
            shacl_graph=shapes,
            inference="none",
            advanced=False,
            meta_shacl=False,
            do_owl_imports=False,
        )
    except Exception as error:  # a failure must not look like a result
        raise engine_error("engine-failed", "pyshacl", str(error), "Report the case; no answer was given.") from error
    # pySHACL gives some failures back as a result that does not conform
    if not isinstance(found, rdflib.Graph) or text.startswith("Validation Failure"):
        raise engine_error("engine-failed", "pyshacl", text[:500], "Report the case; no answer was given.")
    return conforms, found


def report_rows(found: rdflib.Graph, conforms: bool, text: str, engine: str) -> list[Row]:
    """Return the rows of the validation report in ``found``, which ``engine`` made; raise :class:`EngineError` where it is no report."""
    sh = rdflib.Namespace(SH)
    # only the results of the report itself: pySHACL types the details inside a result alike
    results = list(found.objects(None, sh.result))
    if conforms != (not results):
        raise engine_error(
            "engine-failed", engine, f"It says conforms={conforms} and gives {len(results)} results. {text[:300]}", "Report the case."
        )
    rows = []
    for result in results:
        component = local_name(str(found.value(result, sh.sourceConstraintComponent))).removesuffix("ConstraintComponent")
        value = found.value(result, sh.value)
        rows.append(
            Row(_term_text(found.value(result, sh.focusNode)), "", _term_text(found.value(result, sh.sourceShape)), component, _term(value))
        )
    return rows


def _term(node: Any) -> Term | None:
    if node is None:
        return None
    if isinstance(node, rdflib.Literal):
        datatype = str(node.datatype) if node.datatype else XSD + "string"
        return Literal(str(node), datatype, node.language or "")
    return _term_text(node)


def _term_text(node: Any) -> str:
    return f"_:{node}" if isinstance(node, rdflib.BNode) else str(node)


def _owners(knowledge: Knowledge) -> dict[str, str]:
    return _owner_index(tuple(knowledge.shape_model.targeted.values()))


@lru_cache(maxsize=4)
def _owner_index(shapes: tuple[Any, ...]) -> dict[str, str]:
    """Map each property shape to the targeted shape that it belongs to."""
    owners: dict[str, str] = {}
    for shape in shapes:
        owners[shape.iri] = shape.iri
        for part in shape.property_shapes:
            owners[part.iri] = shape.iri
    return owners


def as_triples(graph: rdflib.Graph) -> Iterable[Triple]:
    """Yield the triples of an rdflib graph in our own form."""
    for subject, predicate, value in graph:
        term = _term(value)
        assert term is not None
        yield _term_text(subject), str(predicate), term
