"""Shapes evaluated directly on the graph of one case: the fast engine, and the one that can say which facts it read.

It evaluates the part of SHACL that :mod:`mtus.reasoner.shape_model` supports, on cases whose terms and literals the loader has
checked. Each shape is turned into a plan of small functions once. SPARQL-based components run on a store of the triples that
their queries can match, with their parameters bound, as SHACL section 6 asks for. The tests hold it against pySHACL and a second
engine, row by row.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from typing import Final, TypeAlias

import pyoxigraph as ox

from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import TYPE, XSD, local_name
from mtus.reasoner.paths import values
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import Component, Constraint, Shape, integer

Parameters: TypeAlias = tuple[tuple[str, Term], ...]
Failures: TypeAlias = Iterable[tuple[str, Term | None]]
# What fails of one constraint, given the focus node and its value nodes.
Check: TypeAlias = Callable[["Evaluator", Term, list[Term]], Failures]

_THIS = ox.Variable("this")
_NUMERIC = (XSD + "integer", XSD + "decimal")
_ORDERS: dict[str, Callable[[int], bool]] = {
    "minInclusive": lambda c: c >= 0, "maxInclusive": lambda c: c <= 0, "minExclusive": lambda c: c > 0, "maxExclusive": lambda c: c < 0,
    "lessThan": lambda c: c < 0, "lessThanOrEquals": lambda c: c <= 0,
}  # fmt: skip


@dataclass(frozen=True)
class _Query:
    """The query of a component in use, and the terms of the triples that it can match (None: any)."""

    component: str
    text: str
    mentioned: frozenset[str] | None


@dataclass(frozen=True)
class _Plan:
    """A shape made ready: checks on its value nodes, property shapes inside it, and queries of its SPARQL-based components."""

    checks: tuple[Check, ...]
    properties: tuple[Shape, ...]
    queries: tuple[_Query, ...]


class Evaluator:
    """Evaluates shapes on one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._store: ox.Store | None = None
        self._held: frozenset[str] | None = frozenset()
        self._solved: dict[tuple[str, str], bool] = {}

    def targets(self, shapes: Iterable[Shape]) -> list[tuple[Shape, str]]:
        """Return each of ``shapes`` with each of its focus nodes."""
        return [(shape, focus) for shape in shapes for target in shape.targets for focus in self.graph.subjects(TYPE, target)]

    def rows(self, shapes: Iterable[Shape]) -> list[Row]:
        """Return one row for each constraint that fails at a focus node of ``shapes``."""
        return self.rows_at(self.targets(shapes))

    def rows_at(self, targets: list[tuple[Shape, str]]) -> list[Row]:
        """Return one row for each constraint that fails at a focus node, for the shapes and focus nodes in ``targets``."""
        # one store for all queries that are going to run
        self._hold(query for shape, _ in targets for query in _plan(shape).queries)
        found: list[Row] = []
        for shape, focus in targets:
            self._check(shape, focus, shape.iri, found)
        return found

    def conforms(self, shape: Shape, node: Term) -> bool:
        """Return whether ``node`` conforms to ``shape``."""
        found: list[Row] = []
        self._check(shape, node, shape.iri, found)
        return not found

    def _check(self, shape: Shape, focus: Term, node_shape: str, found: list[Row]) -> None:
        """Add to ``found`` what fails of ``shape`` at ``focus``."""
        plan = _plan(shape)
        nodes = [focus] if shape.path is None else values(self.graph, focus, shape.path)
        for check in plan.checks:
            for component, value in check(self, focus, nodes):
                found.append(Row(str(focus), node_shape, shape.iri, component, value))
        for inner in plan.properties:
            for node in nodes:
                self._check(inner, node, node_shape, found)
        for query in plan.queries:
            if isinstance(focus, str) and self._has_solution(query, focus):
                found.append(Row(focus, node_shape, shape.iri, query.component, focus))

    def _has_solution(self, query: _Query, focus: str) -> bool:
        """Return whether ``query`` finds that its component fails at ``focus``."""
        key = (query.text, focus)
        if key not in self._solved:
            self._hold((query,))
            if self._store is None:
                self._store = ox.Store()
                self._store.extend(ox.Quad(_named(s), ox.NamedNode(p), _ox(o)) for s, p, o in self.graph if self._holds(p, o))
            solutions = self._store.query(query.text, substitutions={_THIS: _ox(focus)})
            assert isinstance(solutions, ox.QuerySolutions)
            self._solved[key] = next(iter(solutions), None) is not None
        return self._solved[key]

    def _hold(self, queries: Iterable[_Query]) -> None:
        """See to it that the store has, or will have, what ``queries`` can match."""
        held = self._held
        for query in queries:
            held = None if held is None or query.mentioned is None else held | query.mentioned
        if held != self._held:
            self._held, self._store = held, None

    def _holds(self, predicate: str, value: Term) -> bool:
        return self._held is None or (value if predicate == TYPE else predicate) in self._held


@lru_cache(maxsize=16384)
def _plan(shape: Shape) -> _Plan:
    checks = tuple(_check_for(c) for c in shape.constraints if c.kind != "property")
    return _Plan(checks, shape.property_shapes, tuple(_query(component, parameters) for component, parameters in shape.components))


# Constraints


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


def _qualified(c: Constraint, evaluator: Evaluator, _: Term, nodes: list[Term]) -> Failures:
    count = sum(1 for node in nodes if all(evaluator.conforms(shape, node) for shape in c.shapes))
    failures: list[tuple[str, Term | None]] = []
    if c.minimum is not None and count < c.minimum:
        failures.append(("QualifiedMinCount", None))
    if c.maximum is not None and count > c.maximum:
        failures.append(("QualifiedMaxCount", None))
    return failures


def _min_count(limit: int, _e: Evaluator, _f: Term, nodes: list[Term]) -> Failures:
    return (("MinCount", None),) if len(nodes) < limit else ()


def _max_count(limit: int, _e: Evaluator, _f: Term, nodes: list[Term]) -> Failures:
    return (("MaxCount", None),) if len(nodes) > limit else ()


def _has_value(value: Term, _e: Evaluator, _f: Term, nodes: list[Term]) -> Failures:
    return () if value in nodes else (("HasValue", None),)


def _compared(c: Constraint, evaluator: Evaluator, focus: Term, nodes: list[Term]) -> Failures:
    others = evaluator.graph.objects(focus, str(c.values[0]))
    return [(_component(c.kind), node) for node in nodes for other in others if not _ordered(c.kind, node, other)]


def _sets(c: Constraint, evaluator: Evaluator, focus: Term, nodes: list[Term]) -> Failures:
    others = evaluator.graph.objects(focus, str(c.values[0]))
    if c.kind == "disjoint":
        return [("Disjoint", node) for node in nodes if node in others]
    return [("Equals", node) for node in dict.fromkeys([*nodes, *others]) if (node in nodes) != (node in others)]


def _each(component: str, test: Callable[[Evaluator, Term], bool], evaluator: Evaluator, _: Term, nodes: list[Term]) -> Failures:
    return [(component, node) for node in nodes if not test(evaluator, node)]


def _test_for(c: Constraint) -> Callable[[Evaluator, Term], bool]:
    """Return the test of one value node."""
    match c.kind:
        case "class":
            return lambda evaluator, node: isinstance(node, str) and (node, TYPE, c.values[0]) in evaluator.graph
        case "datatype":
            return lambda _, node: isinstance(node, Literal) and node.datatype == c.values[0]
        case "nodeKind":
            kinds = _KINDS[local_name(str(c.values[0]))]
            return lambda _, node: _kind(node) in kinds
        case "in":
            return lambda _, node: node in c.values
        case "not":
            return lambda evaluator, node: not any(evaluator.conforms(shape, node) for shape in c.shapes)
        case "and" | "node":
            return lambda evaluator, node: all(evaluator.conforms(shape, node) for shape in c.shapes)
        case "or":
            return lambda evaluator, node: any(evaluator.conforms(shape, node) for shape in c.shapes)
        case "xone":
            return lambda evaluator, node: sum(1 for shape in c.shapes if evaluator.conforms(shape, node)) == 1
        case _:
            return lambda _, node: _ordered(c.kind, node, c.values[0])


def _component(kind: str) -> str:
    return kind[0].upper() + kind[1:]


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


# SPARQL-based components

_VARIABLE: Final = re.compile(r"[$?](\w+)")
_PREFIX: Final = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_NAME: Final = re.compile(r"<([^<>\s]*)>|\b([\w-]*):([\w.-]*\w)|\ba\b")
_TEXT: Final = re.compile(r"(<[^<>\s]*>)|\"[^\"]*\"|'[^']*'|#.*")
# A variable for a predicate or a class, a path that may match more than it names, or a question about other graphs.
_OPEN: Final = re.compile(
    r"[?$]\w+\s+[?$]\w+\s+\S|\ba\s+[?$]|\ba\s[^;.}]*,|[\w>)][*+?](?=[\s/|)])|!\s*[\w<(^]|\bGRAPH\b|\bSERVICE\b", re.IGNORECASE
)


def _query(component: Component, parameters: Parameters) -> _Query:
    text = bound_query(component.select, parameters)
    return _Query(local_name(component.iri), text, mentioned_terms(text))


@lru_cache(maxsize=1024)
def bound_query(select: str, parameters: Parameters) -> str:
    """Return ``select`` with its parameters (a name and a value each) put in: SHACL's pre-binding for constants."""
    terms = {local_name(path): str(_ox(value)) for path, value in parameters}
    return _VARIABLE.sub(lambda match: terms.get(match.group(1), match.group(0)), select)


@lru_cache(maxsize=1024)
def mentioned_terms(query: str) -> frozenset[str] | None:
    """Return the terms that ``query`` names: the triples that it can match have one of them as predicate, or as class.

    None where the query could match other triples too, or where that is not plain to see.
    """
    text = _TEXT.sub(lambda match: match.group(1) or " ", query)
    prefixes = dict(_PREFIX.findall(text))
    body = _PREFIX.sub(" ", text)
    if _OPEN.search(body):
        return None
    found: set[str] = set()
    for iri, prefix, name in _NAME.findall(body):
        if name and prefix not in prefixes:
            return None
        if iri or name:
            found.add(iri or prefixes[prefix] + name)
    return None if TYPE in found else frozenset(found)


def _named(term: str) -> ox.NamedNode:
    # a blank node put into a query would be read as a variable, so in the store it has a name
    return ox.NamedNode("urn:blank:" + term[2:] if term.startswith("_:") else term)


def _ox(term: Term) -> ox.NamedNode | ox.Literal:
    if isinstance(term, str):
        return _named(term)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))
