"""Shapes evaluated directly on the graph of one case: the fast engine, and the one that can say which facts it read.

It evaluates the part of SHACL Core that :mod:`mtus.reasoner.shape_model` supports, on cases whose terms and literals the loader has
checked. SPARQL-based components run on a store of the same triples with their parameters bound, as SHACL section 6 asks for.
The tests hold it against pySHACL and a second engine, row by row.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache

import pyoxigraph as ox

from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import TYPE, XSD, local_name
from mtus.reasoner.paths import values
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import Component, Constraint, Shape, integer

_THIS = ox.Variable("this")
_VARIABLE = re.compile(r"[$?](\w+)")
_NUMERIC = (XSD + "integer", XSD + "decimal")
_ORDERS: dict[str, Callable[[int], bool]] = {
    "minInclusive": lambda c: c >= 0, "maxInclusive": lambda c: c <= 0, "minExclusive": lambda c: c > 0, "maxExclusive": lambda c: c < 0,
    "lessThan": lambda c: c < 0, "lessThanOrEquals": lambda c: c <= 0,
}  # fmt: skip


class Evaluator:
    """Evaluates shapes on one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._store: ox.Store | None = None

    def rows(self, shapes: Iterable[Shape]) -> list[Row]:
        """Return one row for each constraint that fails at a focus node of ``shapes``."""
        found: list[Row] = []
        for shape in shapes:
            for target in shape.targets:
                for focus in self.graph.subjects(TYPE, target):
                    self._check(shape, focus, shape.iri, focus, found)
        return found

    def conforms(self, shape: Shape, node: Term) -> bool:
        """Return whether ``node`` conforms to ``shape``."""
        found: list[Row] = []
        self._check(shape, node, shape.iri, node if isinstance(node, str) else "", found)
        return not found

    def _check(self, shape: Shape, focus: Term, node_shape: str, reported: str, found: list[Row]) -> None:
        nodes = [focus] if shape.path is None else values(self.graph, focus, shape.path)
        for constraint in shape.constraints:
            for component, value in self._failures(constraint, focus, nodes, node_shape, found):
                found.append(Row(str(focus), node_shape, shape.iri, component, value))
        for used, parameters in shape.components:
            if isinstance(focus, str) and self._component_fails(used, parameters, focus):
                found.append(Row(focus, node_shape, shape.iri, local_name(used.iri), focus))

    def _failures(self, c: Constraint, focus: Term, nodes: list[Term], node_shape: str, found: list[Row]) -> list[tuple[str, Term | None]]:
        """Return (component, value) for each failure of ``c``; rows of property shapes go to ``found`` directly."""
        match c.kind:
            case "property":
                for shape in c.shapes:
                    for node in nodes:
                        self._check(shape, node, node_shape, "", found)
                return []
            case "qualified":
                return self._qualified(c, nodes)
            case "minCount":
                return [("MinCount", None)] if len(nodes) < integer(c.values[0]) else []
            case "maxCount":
                return [("MaxCount", None)] if len(nodes) > integer(c.values[0]) else []
            case "hasValue":
                return [("HasValue", None)] if c.values[0] not in nodes else []
            case "lessThan" | "lessThanOrEquals":
                others = self.graph.objects(focus, str(c.values[0]))
                return [(_component(c.kind), node) for node in nodes for other in others if not _ordered(c.kind, node, other)]
            case "equals" | "disjoint":
                return self._sets(c, focus, nodes)
            case _:
                return [(_component(c.kind), node) for node in nodes if not self._value_conforms(c, node)]

    def _qualified(self, c: Constraint, nodes: list[Term]) -> list[tuple[str, Term | None]]:
        count = sum(1 for node in nodes if all(self.conforms(shape, node) for shape in c.shapes))
        failures: list[tuple[str, Term | None]] = []
        if c.minimum is not None and count < c.minimum:
            failures.append(("QualifiedMinCount", None))
        if c.maximum is not None and count > c.maximum:
            failures.append(("QualifiedMaxCount", None))
        return failures

    def _sets(self, c: Constraint, focus: Term, nodes: list[Term]) -> list[tuple[str, Term | None]]:
        others = self.graph.objects(focus, str(c.values[0]))
        if c.kind == "disjoint":
            return [("Disjoint", node) for node in nodes if node in others]
        return [("Equals", node) for node in dict.fromkeys([*nodes, *others]) if (node in nodes) != (node in others)]

    def _value_conforms(self, c: Constraint, node: Term) -> bool:
        match c.kind:
            case "class":
                return isinstance(node, str) and (node, TYPE, c.values[0]) in self.graph
            case "datatype":
                return isinstance(node, Literal) and node.datatype == c.values[0]
            case "nodeKind":
                return _kind(node) in _KINDS[local_name(str(c.values[0]))]
            case "in":
                return node in c.values
            case "not":
                return not any(self.conforms(shape, node) for shape in c.shapes)
            case "and" | "node":
                return all(self.conforms(shape, node) for shape in c.shapes)
            case "or":
                return any(self.conforms(shape, node) for shape in c.shapes)
            case "xone":
                return sum(1 for shape in c.shapes if self.conforms(shape, node)) == 1
            case _:
                return _ordered(c.kind, node, c.values[0])

    def _component_fails(self, component: Component, parameters: tuple[tuple[str, Term], ...], focus: str) -> bool:
        solutions = self.store.query(bound_query(component.select, parameters), substitutions={_THIS: _ox(focus)})
        assert isinstance(solutions, ox.QuerySolutions)
        return next(iter(solutions), None) is not None

    @property
    def store(self) -> ox.Store:
        """The graph as a store, made when the first component needs it."""
        if self._store is None:
            self._store = ox.Store()
            self._store.bulk_extend(ox.Quad(_ox(s), ox.NamedNode(p), _ox(o)) for s, p, o in self.graph)  # type: ignore[arg-type]
        return self._store


@lru_cache(maxsize=1024)
def bound_query(select: str, parameters: tuple[tuple[str, Term], ...]) -> str:
    """Return ``select`` with its parameters (a name and a value each) put in: SHACL's pre-binding for constants."""
    terms = {local_name(path): str(_ox(value)) for path, value in parameters}
    return _VARIABLE.sub(lambda match: terms.get(match.group(1), match.group(0)), select)


def _component(kind: str) -> str:
    return kind[0].upper() + kind[1:]


def _ox(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, str):
        return ox.BlankNode(term[2:]) if term.startswith("_:") else ox.NamedNode(term)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))


_KINDS = {
    "IRI": ("IRI",), "BlankNode": ("BlankNode",), "Literal": ("Literal",), "BlankNodeOrIRI": ("BlankNode", "IRI"),
    "BlankNodeOrLiteral": ("BlankNode", "Literal"), "IRIOrLiteral": ("IRI", "Literal"),
}  # fmt: skip


def _kind(node: Term) -> str:
    if isinstance(node, Literal):
        return "Literal"
    return "BlankNode" if node.startswith("_:") else "IRI"


def _ordered(kind: str, left: Term, right: Term) -> bool:
    """Return whether ``left`` stands to ``right`` as the constraint ``kind`` asks; incomparable values do not."""
    a, b = _comparable(left), _comparable(right)
    if a is None or b is None or type(a) is not type(b):
        return False
    return _ORDERS[kind]((a > b) - (a < b))  # type: ignore[operator]


def _comparable(term: Term) -> Decimal | str | None:
    if not isinstance(term, Literal):
        return None
    if term.datatype in _NUMERIC:
        return Decimal(term.value)
    return term.value if term.datatype in (XSD + "date", XSD + "string") else None
