"""Shapes evaluated directly on the graph of one case: the fast engine, and the one that can say which facts it read.

It evaluates the part of SHACL that :mod:`mtus.reasoner.shape_model` supports, on cases whose terms and literals the loader has
checked. Each shape is turned into small functions once: whether a node conforms, which is asked most and stops at the first failure,
and what fails, which is asked where something does. Both rest on the same tests of values. The tests hold the engine against pySHACL
and a second engine, row by row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, TypeAlias

from mtus.reasoner.comparison import ORDERS, comparable, ordered
from mtus.reasoner.component_queries import ComponentQuery, Solver, component_query
from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import TYPE, local_name
from mtus.reasoner.paths import Path, Predicate, values
from mtus.reasoner.paths import Sequence as Steps
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import Constraint, Shape, integer

Failures: TypeAlias = Iterable[tuple[str, Term | None]]
# Whether one node conforms.
Test: TypeAlias = Callable[["Evaluator", Term], bool]
# Whether a focus node with its value nodes conforms to one constraint.
Holds: TypeAlias = Callable[["Evaluator", Term, Sequence[Term]], bool]
# What fails of one constraint, given the focus node and its value nodes.
Check: TypeAlias = Callable[["Evaluator", Term, Sequence[Term]], Failures]

_NO_CLASSES: Final[frozenset[Term]] = frozenset()


class Evaluator:
    """Evaluates shapes on one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.forward = graph.forward
        self.classes = graph.classes()
        self.solver = Solver(graph)

    def targets(self, shapes: Iterable[Shape]) -> list[tuple[Shape, str]]:
        """Return each of ``shapes`` with each of its focus nodes."""
        return [(shape, focus) for shape in shapes for target in shape.targets for focus in self.graph.subjects(TYPE, target)]

    def rows(self, shapes: Iterable[Shape]) -> list[Row]:
        """Return one row for each constraint that fails at a focus node of ``shapes``."""
        return self.rows_at(self.targets(shapes))

    def rows_at(self, targets: list[tuple[Shape, str]]) -> list[Row]:
        """Return one row for each constraint that fails at a focus node, for the shapes and focus nodes in ``targets``."""
        failing = [(shape, focus) for shape, focus in targets if not test_of(shape)(self, focus)]
        found: list[Row] = []
        for shape, focus in failing:
            self._add_failures(shape, focus, shape.iri, found)
        return found

    def conforms(self, shape: Shape, node: Term) -> bool:
        """Return whether ``node`` conforms to ``shape``."""
        return test_of(shape)(self, node)

    def _add_failures(self, shape: Shape, focus: Term, node_shape: str, found: list[Row]) -> None:
        """Add to ``found`` what fails of ``shape`` at ``focus``."""
        plan = _plan(shape)
        nodes = [focus] if shape.path is None else values(self.graph, focus, shape.path)
        for check in plan.checks:
            for component, value in check(self, focus, nodes):
                found.append(Row(str(focus), node_shape, shape.iri, component, value))
        for inner in plan.properties:
            for node in nodes:
                self._add_failures(inner, node, node_shape, found)
        for query in plan.queries:
            if isinstance(focus, str) and self.solver.fails(query, focus):
                found.append(Row(focus, node_shape, shape.iri, query.component, focus))


# Whether something conforms


@lru_cache(maxsize=16384)
def test_of(shape: Shape) -> Test:
    """Return the function that says whether a node conforms to ``shape``."""
    inner = tuple(test_of(part) for part in shape.property_shapes)
    if shape.path is not None:
        holds = [_holds_for(c) for c in shape.constraints if c.kind != "property"]
        if inner:
            holds.append(lambda e, _, nodes: all(test(e, node) for node in nodes for test in inner))
        return _at_path(shape.path, holds)
    # a node shape has one value node, the focus node itself
    holds = [_holds_for(c) for c in shape.constraints if c.kind != "property"]
    tests = [_of_node(h) for h in holds]
    tests += inner
    tests += [partial(_passes_query, component_query(component, parameters)) for component, parameters in shape.components]
    return tests[0] if len(tests) == 1 else lambda e, node: all(test(e, node) for test in tests)


def _of_node(holds: Holds) -> Test:
    return lambda e, node: holds(e, node, (node,))


def _passes_query(query: ComponentQuery, evaluator: Evaluator, node: Term) -> bool:
    return not (isinstance(node, str) and evaluator.solver.fails(query, node))


def _at_path(path: Path, holds: list[Holds]) -> Test:
    """Return the test of a focus node whose value nodes are at ``path``."""
    nodes_at = _values_at(path)
    if len(holds) == 1:
        only = holds[0]
        return lambda e, focus: only(e, focus, nodes_at(e, focus))

    def test(e: Evaluator, focus: Term) -> bool:
        nodes = nodes_at(e, focus)
        for h in holds:  # noqa: SIM110
            if not h(e, focus, nodes):
                return False
        return True

    return test


def _values_at(path: Path) -> Callable[[Evaluator, Term], Sequence[Term]]:
    if isinstance(path, Predicate) and path.iri != TYPE:
        iri = path.iri

        def at(e: Evaluator, focus: Term) -> Sequence[Term]:
            table = e.forward.get(iri)
            return table.get(focus, ()) if table is not None else ()  # type: ignore[call-overload, no-any-return]

        return at
    if isinstance(path, Steps) and all(isinstance(step, Predicate) and step.iri != TYPE for step in path.steps):
        steps = [step.iri for step in path.steps if isinstance(step, Predicate)]

        def along(e: Evaluator, focus: Term) -> Sequence[Term]:
            found: Sequence[Term] = (focus,)
            for iri in steps:
                table = e.forward.get(iri)
                if table is None:
                    return ()
                found = [o for node in found if node in table for o in table[node]]  # type: ignore[index]
            return list(dict.fromkeys(found)) if len(found) > 1 else found

        return along
    return lambda e, focus: values(e.graph, focus, path)


def _holds_for(c: Constraint) -> Holds:
    """Return whether one constraint holds for the value nodes: by their number, as a set, or each of them."""
    match c.kind:
        case "qualified":
            return partial(_is_qualified, c, _all_of(c.shapes))
        case "minCount":
            low = integer(c.values[0])
            return lambda _e, _f, nodes: len(nodes) >= low
        case "maxCount":
            high = integer(c.values[0])
            return lambda _e, _f, nodes: len(nodes) <= high
        case "hasValue":
            value = c.values[0]
            return lambda _e, _f, nodes: value in nodes
        case "lessThan" | "lessThanOrEquals" | "equals" | "disjoint":
            check = _check_for(c)
            return lambda e, focus, nodes: not check(e, focus, nodes)
        case _:
            return partial(_all_pass, _test_for(c))


def _all_pass(test: Test, e: Evaluator, _: Term, nodes: Sequence[Term]) -> bool:
    # a loop is twice as fast as all() with a generator, and this is what is asked most
    for node in nodes:  # noqa: SIM110
        if not test(e, node):
            return False
    return True


def _is_qualified(c: Constraint, test: Test, e: Evaluator, _: Term, nodes: Sequence[Term]) -> bool:
    if c.maximum is None and c.minimum == 1:
        for node in nodes:  # noqa: SIM110
            if test(e, node):
                return True
        return False
    count = sum(1 for node in nodes if test(e, node))
    return (c.minimum is None or count >= c.minimum) and (c.maximum is None or count <= c.maximum)


def _all_of(shapes: tuple[Shape, ...]) -> Test:
    tests = tuple(test_of(shape) for shape in shapes)
    return tests[0] if len(tests) == 1 else lambda e, node: all(test(e, node) for test in tests)


# What fails


@dataclass(frozen=True)
class _Plan:
    """A shape made ready: checks on its value nodes, property shapes inside it, and queries of its SPARQL-based components."""

    checks: tuple[Check, ...]
    properties: tuple[Shape, ...]
    queries: tuple[ComponentQuery, ...]


@lru_cache(maxsize=16384)
def _plan(shape: Shape) -> _Plan:
    checks = tuple(_check_for(c) for c in shape.constraints if c.kind != "property")
    return _Plan(checks, shape.property_shapes, tuple(component_query(component, parameters) for component, parameters in shape.components))


def _check_for(c: Constraint) -> Check:
    """Return the check for one constraint: on the number of value nodes, on their set, or on each of them."""
    match c.kind:
        case "qualified":
            return partial(_qualified, c)
        case "minCount":
            return partial(_min_count, integer(c.values[0]))
        case "maxCount":
            return partial(_max_count, integer(c.values[0]))
        case "hasValue":
            return partial(_has_value, c.values[0])
        case "lessThan" | "lessThanOrEquals":
            return partial(_compared, c)
        case "equals" | "disjoint":
            return partial(_sets, c)
        case _:
            return partial(_each, _component(c.kind), _test_for(c))


def _qualified(c: Constraint, evaluator: Evaluator, _: Term, nodes: Sequence[Term]) -> Failures:
    count = sum(1 for node in nodes if all(evaluator.conforms(shape, node) for shape in c.shapes))
    failures: list[tuple[str, Term | None]] = []
    if c.minimum is not None and count < c.minimum:
        failures.append(("QualifiedMinCount", None))
    if c.maximum is not None and count > c.maximum:
        failures.append(("QualifiedMaxCount", None))
    return failures


def _min_count(limit: int, _e: Evaluator, _f: Term, nodes: Sequence[Term]) -> Failures:
    return (("MinCount", None),) if len(nodes) < limit else ()


def _max_count(limit: int, _e: Evaluator, _f: Term, nodes: Sequence[Term]) -> Failures:
    return (("MaxCount", None),) if len(nodes) > limit else ()


def _has_value(value: Term, _e: Evaluator, _f: Term, nodes: Sequence[Term]) -> Failures:
    return () if value in nodes else (("HasValue", None),)


def _compared(c: Constraint, evaluator: Evaluator, focus: Term, nodes: Sequence[Term]) -> Failures:
    others = evaluator.graph.objects(focus, str(c.values[0]))
    return [(_component(c.kind), node) for node in nodes for other in others if not ordered(c.kind, node, other)]


def _sets(c: Constraint, evaluator: Evaluator, focus: Term, nodes: Sequence[Term]) -> Failures:
    others = evaluator.graph.objects(focus, str(c.values[0]))
    if c.kind == "disjoint":
        return [("Disjoint", node) for node in nodes if node in others]
    return [("Equals", node) for node in dict.fromkeys([*nodes, *others]) if (node in nodes) != (node in others)]


def _each(component: str, test: Test, evaluator: Evaluator, _: Term, nodes: Sequence[Term]) -> Failures:
    return [(component, node) for node in nodes if not test(evaluator, node)]


def _component(kind: str) -> str:
    return kind[0].upper() + kind[1:]


# The test of one value node


def _test_for(c: Constraint) -> Test:
    match c.kind:
        case "class":
            cls = c.values[0]
            return lambda e, node: cls in e.classes.get(node, _NO_CLASSES)  # type: ignore[call-overload, no-any-return]  # a literal has none
        case "datatype":
            return lambda _, node: isinstance(node, Literal) and node.datatype == c.values[0]
        case "nodeKind":
            kinds = _KINDS[local_name(str(c.values[0]))]
            return lambda _, node: _kind(node) in kinds
        case "in":
            return lambda _, node: node in c.values
        case "not":
            return lambda e, node: not any(e.conforms(shape, node) for shape in c.shapes)
        case "and" | "node":
            return _all_of(c.shapes)
        case "or":
            return lambda e, node: any(e.conforms(shape, node) for shape in c.shapes)
        case "xone":
            return lambda e, node: sum(1 for shape in c.shapes if e.conforms(shape, node)) == 1
        case _:
            return _within(c)


def _within(c: Constraint) -> Test:
    """Return the test of a value against a limit."""
    limit, kind = comparable(c.values[0]), c.kind

    def test(_: Evaluator, node: Term) -> bool:
        value = comparable(node)
        return value is not None and type(value) is type(limit) and ORDERS[kind]((value > limit) - (value < limit))  # type: ignore[operator]

    return test


_KINDS = {
    "IRI": ("IRI",), "BlankNode": ("BlankNode",), "Literal": ("Literal",), "BlankNodeOrIRI": ("BlankNode", "IRI"),
    "BlankNodeOrLiteral": ("BlankNode", "Literal"), "IRIOrLiteral": ("IRI", "Literal"),
}  # fmt: skip


def _kind(node: Term) -> str:
    if isinstance(node, Literal):
        return "Literal"
    return "BlankNode" if node.startswith("_:") else "IRI"
