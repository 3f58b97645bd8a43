"""The shapes graph as objects: what each shape targets, where it looks and what it asks.

Only the part of SHACL that the knowledge uses is modelled. A shape that uses more, or an unknown word in the SHACL namespace,
is refused when the knowledge is loaded: passed over silently, it could never fail.
"""

from dataclasses import dataclass, field
from functools import cached_property

from mtus.reasoner.errors import KnowledgeError, Problem
from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import RDF, SH, TYPE, local_name
from mtus.reasoner.paths import Path, read_path

# Parameters whose value is a shape, a list of shapes, or plain.
_SHAPE_VALUED = ("node", "property", "not")
_LIST_VALUED = ("and", "or", "xone")
_PLAIN = ("class", "datatype", "nodeKind", "hasValue", "minCount", "maxCount", "minInclusive", "maxInclusive", "minExclusive",
          "maxExclusive", "lessThan", "lessThanOrEquals", "equals", "disjoint")  # fmt: skip
_QUALIFIED = ("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount")
_DESCRIPTIVE = ("path", "name", "message", "severity", "targetClass", "description", "order", "parameter", "nodeValidator",
                "select", "labelTemplate", "inversePath", "in")  # fmt: skip
_VOCABULARY = {SH + name for name in (*_SHAPE_VALUED, *_LIST_VALUED, *_PLAIN, *_QUALIFIED, *_DESCRIPTIVE)}


@dataclass(frozen=True)
class Component:
    """A SPARQL-based constraint component: its parameters and its SELECT query."""

    iri: str
    parameters: tuple[str, ...]
    select: str


@dataclass(frozen=True, eq=False)  # a shape is itself: comparing by value would walk the whole shape at every look-up
class Constraint:
    """One constraint of a shape: the local name of the SHACL parameter, and its values, plain or shapes."""

    kind: str
    values: tuple[Term, ...] = ()
    shapes: tuple["Shape", ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, eq=False)
class Shape:
    """A node shape (``path`` is None) or a property shape; there is one object for each, so that comparing and hashing cost nothing."""

    iri: str
    path: Path | None
    targets: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    components: tuple[tuple[Component, tuple[tuple[str, Term], ...]], ...]
    name: str
    message: str

    @cached_property
    def property_shapes(self) -> tuple["Shape", ...]:
        """The property shapes that the shape has directly."""
        return tuple(shape for c in self.constraints if c.kind == "property" for shape in c.shapes)


@dataclass
class Shapes:
    """All node shapes with a target, and every shape that was met, by IRI."""

    targeted: dict[str, Shape] = field(default_factory=dict)
    all: dict[str, Shape] = field(default_factory=dict)


def read_shapes(graph: Graph) -> Shapes:
    """Read the shapes of ``graph``; raise :class:`KnowledgeError` for what is not supported and for words that SHACL does not know."""
    _refuse_unknown_words(graph)
    reader = _Reader(graph)
    shapes = Shapes()
    for iri in sorted({triple[0] for triple in graph.with_predicate(SH + "targetClass")}):
        shapes.targeted[iri] = reader.shape(iri)
    for iri in sorted(graph.subjects(TYPE, SH + "PropertyShape")):
        reader.shape(iri)
    if reader.problems:
        raise KnowledgeError(tuple(reader.problems))
    shapes.all = reader.known
    return shapes


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[str, Shape] = {}
        self.problems: list[Problem] = []
        self.components = [self._component(iri) for iri in sorted(graph.subjects(TYPE, SH + "ConstraintComponent"))]

    def shape(self, iri: str) -> Shape:
        if iri not in self.known:
            self.known[iri] = self._read(iri)
        return self.known[iri]

    def _read(self, iri: str) -> Shape:
        graph = self.graph
        constraints: list[Constraint] = []
        for kind in _SHAPE_VALUED:
            nodes = graph.nodes(iri, SH + kind)
            if nodes:
                constraints.append(Constraint(kind, shapes=tuple(self.shape(node) for node in sorted(nodes))))
        for kind in _LIST_VALUED:
            constraints += [
                Constraint(kind, shapes=tuple(self.shape(i) for i in graph.list_items(head))) for head in graph.nodes(iri, SH + kind)
            ]
        for kind in _PLAIN:
            constraints += [Constraint(kind, values=(value,)) for value in graph.objects(iri, SH + kind)]
        constraints += [Constraint("in", values=tuple(_items(graph, head))) for head in graph.nodes(iri, SH + "in")]
        constraints += self._qualified(iri)
        path_node = graph.node(iri, SH + "path")
        path = read_path(graph, path_node) if path_node else None
        if path_node and path is None:
            self._refuse(iri, "a path other than properties, their inverses, and sequences of them")
        used = tuple(self._used_components(iri))
        if path_node and used:
            self._refuse(iri, f"the component {local_name(used[0][0].iri)} on a property shape")
        return Shape(
            iri=iri,
            path=path,
            targets=tuple(graph.nodes(iri, SH + "targetClass")),
            constraints=tuple(constraints),
            components=used,
            name=graph.text(iri, SH + "name") or "",
            message=graph.text(iri, SH + "message") or "",
        )

    def _qualified(self, iri: str) -> list[Constraint]:
        shapes = tuple(self.shape(node) for node in self.graph.nodes(iri, SH + "qualifiedValueShape"))
        if not shapes:
            return []
        low, high = self.graph.text(iri, SH + "qualifiedMinCount"), self.graph.text(iri, SH + "qualifiedMaxCount")
        return [Constraint("qualified", shapes=shapes, minimum=int(low) if low else None, maximum=int(high) if high else None)]

    def _used_components(self, iri: str) -> list[tuple[Component, tuple[tuple[str, Term], ...]]]:
        used = []
        for component in self.components:
            bound = [(p, self.graph.objects(iri, p)) for p in component.parameters]
            if all(found for _, found in bound):
                used.append((component, tuple((p, found[0]) for p, found in bound)))
        return used

    def _component(self, iri: str) -> Component:
        graph = self.graph
        parameters = [path for node in graph.nodes(iri, SH + "parameter") for path in graph.nodes(node, SH + "path")]
        select = graph.text(graph.node(iri, SH + "nodeValidator") or "", SH + "select")
        if select is None or not parameters:
            self._refuse(iri, "a component without parameters, or without a SELECT query as its node validator,")
        return Component(iri, tuple(sorted(parameters)), select or "")

    def _refuse(self, iri: str, what: str) -> None:
        why = f"{what[0].upper()}{what[1:]} is outside the part of SHACL that is evaluated here."
        remedy = "Say it with what is supported, or extend reasoner/shape_model.py and reasoner/compiled.py with their tests."
        self.problems.append(Problem("shacl-not-supported", iri, why, remedy))


def _items(graph: Graph, head: str) -> list[Term]:
    """Return the items, literals included, of the RDF list at ``head``."""
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    items: list[Term] = []
    node: str | None = head
    while node is not None and node != rdf + "nil":
        items += graph.objects(node, rdf + "first")
        node = graph.node(node, rdf + "rest")
    return items


def _refuse_unknown_words(graph: Graph) -> None:
    why = "is no word of SHACL that this project uses; engines pass over it silently."
    remedy = "Correct the spelling, or add the word to reasoner/shape_model.py with its tests."
    problems = [
        Problem("unknown-shacl-word", subject, f"sh:{local_name(predicate)} {why}", remedy)
        for subject, predicate, _ in graph
        if predicate.startswith(SH) and predicate not in _VOCABULARY
    ]
    referred = {value for _, predicate, value in graph if predicate.startswith((SH, RDF)) and predicate != TYPE}
    for iri in graph.subjects(TYPE, SH + "NodeShape"):
        if iri not in referred and not graph.objects(iri, SH + "targetClass"):
            problems.append(
                Problem(
                    "shape-without-target",
                    iri,
                    "The shape targets nothing and no shape refers to it, so it could never fail.",
                    "Give it a sh:targetClass.",
                )
            )
    if problems:
        raise KnowledgeError(tuple(problems))


def integer(value: Term) -> int:
    """Return the whole number in ``value``, such as the limit of sh:minCount."""
    return int(value.value) if isinstance(value, Literal) else 0
