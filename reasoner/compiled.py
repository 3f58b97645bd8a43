"""Shapes evaluated directly on the graph of one case: the fast engine, and the one that can say which facts it read.

It evaluates the part of SHACL that :mod:`mtus.reasoner.shape_model` supports, on cases whose terms and literals the loader has
checked. Whether something conforms is asked first (:mod:`mtus.reasoner.conformance`), and what fails only where something does. The
tests hold the engine against pySHACL and a second engine, row by row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

from mtus.reasoner.component_queries import ComponentQuery, Solver, component_query
from mtus.reasoner.conformance import NO_CLASSES, Failures, Test, component_name, failing_pairs, test_of, value_test
from mtus.reasoner.graph import Graph, Term
from mtus.reasoner.namespaces import TYPE
from mtus.reasoner.paths import values
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import Constraint, Shape, integer

# What fails of one constraint, given the focus node and its value nodes.
Check: TypeAlias = Callable[["Evaluator", Term, Sequence[Term]], Failures]


class Evaluator:
    """Evaluates shapes on one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.forward = graph.forward
        self.classes = graph.classes()
        self.solver = Solver(graph)
        self._classes_at: dict[str, dict[Term, frozenset[Term]]] = {}

    def classes_at(self, predicate: str, focus: Term) -> frozenset[Term]:
        """Return all classes of which ``focus`` has a value under ``predicate``."""
        known = self._classes_at.setdefault(predicate, {})
        found = known.get(focus)
        if found is None:
            nodes = self.forward.get(predicate, {}).get(focus, ())
            found = known[focus] = NO_CLASSES.union(*[self.classes.get(node, NO_CLASSES) for node in nodes])
        return found

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
        case "lessThan" | "lessThanOrEquals" | "equals" | "disjoint":
            return partial(failing_pairs, c)
        case _:
            return partial(_each, component_name(c.kind), value_test(c))


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


def _each(component: str, test: Test, evaluator: Evaluator, _: Term, nodes: Sequence[Term]) -> Failures:
    return [(component, node) for node in nodes if not test(evaluator, node)]
