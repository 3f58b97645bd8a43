"""Whether something conforms to a shape: each shape turned into a small function once.

This is what is asked most, and the functions stop at the first failure. What fails is told by :mod:`mtus.reasoner.compiled`, with the
same tests of values.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from mtus.reasoner.comparison import ORDERS, comparable, ordered
from mtus.reasoner.component_queries import ComponentQuery, component_query
from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.namespaces import TYPE, local_name
from mtus.reasoner.paths import Inverse, Path, Predicate, values
from mtus.reasoner.paths import Sequence as Steps
from mtus.reasoner.shape_model import Constraint, Shape, integer

if TYPE_CHECKING:
    from mtus.reasoner.compiled import Evaluator

Failures: TypeAlias = Iterable[tuple[str, Term | None]]
# Whether one node conforms.
Test: TypeAlias = Callable[["Evaluator", Term], bool]
# Whether a focus node with its value nodes conforms to one constraint.
Holds: TypeAlias = Callable[["Evaluator", Term, Sequence[Term]], bool]

NO_CLASSES: Final[frozenset[Term]] = frozenset()
# Constraints on each value node by itself.
_ON_NODES: Final = ("class", "datatype", "nodeKind", "in", "not", "and", "node", "or", "xone", "minInclusive", "maxInclusive",
                    "minExclusive", "maxExclusive")  # fmt: skip
# Constraints that hold where there is no value node.
_VACUOUS: Final = (*_ON_NODES, "maxCount", "lessThan", "lessThanOrEquals", "disjoint")


@lru_cache(maxsize=16384)
def test_of(shape: Shape) -> Test:
    """Return the function that says whether a node conforms to ``shape``."""
    constraints = [c for c in shape.constraints if c.kind != "property"]
    inner = [test_of(part) for part in shape.property_shapes]
    if shape.path is not None:
        return _at_path(shape.path, constraints, inner)
    # a node shape has one value node, the focus node itself
    tests = [value_test(c) if c.kind in _ON_NODES else _of_node(holds_for(c)) for c in constraints]
    tests += inner
    tests += [partial(_passes_query, component_query(component, parameters)) for component, parameters in shape.components]
    return _every(tests)


def _every(tests: Sequence[Test]) -> Test:
    """Return the test that passes where all ``tests`` do."""
    match tests:
        case [only]:
            return only
        case [first, second]:
            return lambda e, node: first(e, node) and second(e, node)

    def every(e: "Evaluator", node: Term) -> bool:
        # a loop is twice as fast as all() with a generator, and this is what is asked most
        for test in tests:  # noqa: SIM110
            if not test(e, node):
                return False
        return True

    return every


def _of_node(holds: Holds) -> Test:
    return lambda e, node: holds(e, node, (node,))


def _passes_query(query: ComponentQuery, evaluator: "Evaluator", node: Term) -> bool:
    return not (isinstance(node, str) and evaluator.solver.fails(query, node))


def _at_path(path: Path, constraints: Sequence[Constraint], inner: Sequence[Test]) -> Test:
    """Return the test of a focus node whose value nodes are at ``path``."""
    if isinstance(path, Predicate) and path.iri != TYPE and len(constraints) == 1 and not inner:
        short = _short(path.iri, constraints[0])
        if short is not None:
            return short
    holds = [holds_for(c) for c in constraints]
    if inner:
        holds.append(partial(_all_pass, _every(inner)))
    nodes_at = _values_at(path)
    may_be_absent = all(c.kind in _VACUOUS for c in constraints)

    def test(e: "Evaluator", focus: Term) -> bool:
        nodes = nodes_at(e, focus)
        # most properties that a case shape limits are not stated of most things
        if may_be_absent and not nodes:
            return True
        for h in holds:  # noqa: SIM110
            if not h(e, focus, nodes):
                return False
        return True

    return test


def _short(iri: str, c: Constraint) -> Test | None:
    """Return a short way to test one constraint on the values of one property, where there is one."""
    if c.kind == "minCount" and integer(c.values[0]) == 1:
        return lambda e, focus: (table := e.forward.get(iri)) is not None and focus in table
    if c.kind == "hasValue":
        value = c.values[0]
        return lambda e, focus: (table := e.forward.get(iri)) is not None and value in table.get(focus, ())
    if c.kind != "qualified" or c.maximum is not None or c.minimum != 1:
        return None
    classes = frozenset(d.values[0] for shape in c.shapes if shape.path is None for d in shape.constraints if d.kind == "class")
    if not classes:
        return None
    if len(c.shapes) == 1 and len(classes) == len(c.shapes[0].constraints) == 1 and not c.shapes[0].components:
        (cls,) = classes
        return lambda e, focus: cls in e.classes_at(iri, focus)
    test = _all_of(c.shapes)

    def qualified(e: "Evaluator", focus: Term) -> bool:
        if not classes <= e.classes_at(iri, focus):
            return False
        for node in e.forward[iri][focus]:  # noqa: SIM110
            if test(e, node):
                return True
        return False

    return qualified


def _values_at(path: Path) -> Callable[["Evaluator", Term], Sequence[Term]]:
    if isinstance(path, Predicate) and path.iri != TYPE:
        iri = path.iri

        def at(e: "Evaluator", focus: Term) -> Sequence[Term]:
            table = e.forward.get(iri)
            return table.get(focus, ()) if table is not None else ()

        return at
    if isinstance(path, Steps) and all(isinstance(step, Predicate) and step.iri != TYPE for step in path.steps):
        steps = [step.iri for step in path.steps if isinstance(step, Predicate)]

        def along(e: "Evaluator", focus: Term) -> Sequence[Term]:
            found: Sequence[Term] = (focus,)
            for iri in steps:
                table = e.forward.get(iri)
                if table is None:
                    return ()
                found = [o for node in found if node in table for o in table[node]]
            return list(dict.fromkeys(found)) if len(found) > 1 else found

        return along
    if isinstance(path, Inverse):
        inverted = path.iri
        return lambda e, focus: e.graph.subjects(inverted, focus)
    return lambda e, focus: values(e.graph, focus, path)


def holds_for(c: Constraint) -> Holds:
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
            return lambda e, focus, nodes: not failing_pairs(c, e, focus, nodes)
        case _:
            return partial(_all_pass, value_test(c))


def _all_pass(test: Test, e: "Evaluator", _: Term, nodes: Sequence[Term]) -> bool:
    for node in nodes:  # noqa: SIM110
        if not test(e, node):
            return False
    return True


def _is_qualified(c: Constraint, test: Test, e: "Evaluator", _: Term, nodes: Sequence[Term]) -> bool:
    count = sum(1 for node in nodes if test(e, node))
    return (c.minimum is None or count >= c.minimum) and (c.maximum is None or count <= c.maximum)


def _all_of(shapes: tuple[Shape, ...]) -> Test:
    return _every([test_of(shape) for shape in shapes])


def failing_pairs(c: Constraint, evaluator: "Evaluator", focus: Term, nodes: Sequence[Term]) -> Failures:
    """Return what fails of a constraint that compares the value nodes with the values of another property."""
    others = evaluator.graph.objects(focus, str(c.values[0]))
    if c.kind == "disjoint":
        return [("Disjoint", node) for node in nodes if node in others]
    if c.kind == "equals":
        return [("Equals", node) for node in dict.fromkeys([*nodes, *others]) if (node in nodes) != (node in others)]
    return [(component_name(c.kind), node) for node in nodes for other in others if not ordered(c.kind, node, other)]


def component_name(kind: str) -> str:
    """Return the name of the constraint component whose parameter is ``kind``."""
    return kind[0].upper() + kind[1:]


def value_test(c: Constraint) -> Test:
    """Return the test of one value node."""
    match c.kind:
        case "class":
            cls = c.values[0]
            return lambda e, node: cls in e.classes.get(node, NO_CLASSES)
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

    def test(_: "Evaluator", node: Term) -> bool:
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
