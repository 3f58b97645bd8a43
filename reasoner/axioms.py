"""Compile the OWL axioms of the ontology into rules for one pass over a case.

What is supported is the part of OWL 2 RL (https://www.w3.org/TR/owl2-profiles/#OWL_2_RL) that the ontology uses: class and
property hierarchies, defined classes (intersections, unions, someValuesFrom and hasValue on the left), domains, inverses,
symmetry, transitivity, property chains and disjointness. Existential restrictions on the right add no type to a named
individual and are left to the description-logic reasoner. Any other axiom stops the loading: an axiom that run time
does not see would make the two reasoners disagree silently.
"""

from dataclasses import dataclass, field
from typing import TypeVar

from mtus.reasoner.errors import knowledge_error
from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.namespaces import OWL, RDF, RDFS, TYPE, local_name

_K = TypeVar("_K")
_T = TypeVar("_T")

# What may stand in the ontology without being a rule: declarations and annotations.
_SILENT = {OWL + name for name in ("inverseOf", "imports", "versionInfo", "members", "onProperty", "someValuesFrom",
                                   "hasValue", "intersectionOf", "unionOf", "equivalentClass", "disjointWith",
                                   "propertyChainAxiom")}  # fmt: skip
_DECLARATIONS = {OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "Ontology",
                                         "NamedIndividual", "Restriction", "AllDisjointClasses", "TransitiveProperty",
                                         "SymmetricProperty")}  # fmt: skip
_LISTS_OF_NAMES = {OWL + "members", OWL + "propertyChainAxiom"}
_BETWEEN_NAMES = {OWL + "disjointWith", OWL + "inverseOf", RDFS + "domain", RDFS + "subPropertyOf"}


@dataclass(frozen=True)
class Axiom:
    """An axiom that a rule was compiled from: its IRI-like name for traces, and its words."""

    kind: str
    subject: str
    text: str


@dataclass(frozen=True)
class Definition:
    """A sufficient condition for a class: named classes, existentials and values that together entail ``head``."""

    head: str
    classes: tuple[str, ...]
    some: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, Term], ...]
    axiom: Axiom


@dataclass(eq=False)  # there is one object for an ontology, and what is worked out from it is kept by it
class Rules:
    """Compiled axioms, indexed by what triggers them. See :func:`compile_rules`.

    Definitions are found by a class of the thing itself (``by_class``), by a value that it has (``by_value``), by a property and a
    class of what the property leads to (``by_link``), and by that class alone (``by_filler``, with the property); ``without_class`` are
    those that name no class of the thing itself.
    """

    super_classes: dict[str, list[tuple[str, Axiom]]] = field(default_factory=dict)
    implied_values: dict[str, list[tuple[str, Term, Axiom]]] = field(default_factory=dict)
    super_properties: dict[str, list[tuple[str, Axiom]]] = field(default_factory=dict)
    inverses: dict[str, list[tuple[str, Axiom]]] = field(default_factory=dict)
    domains: dict[str, list[tuple[str, Axiom]]] = field(default_factory=dict)
    transitive: dict[str, Axiom] = field(default_factory=dict)
    chains: dict[str, list[tuple[tuple[str, ...], int, str, Axiom]]] = field(default_factory=dict)
    by_class: dict[str, list[Definition]] = field(default_factory=dict)
    without_class: list[Definition] = field(default_factory=list)
    by_filler: dict[str, list[tuple[str, Definition]]] = field(default_factory=dict)
    by_link: dict[tuple[str, str], list[Definition]] = field(default_factory=dict)
    by_value: dict[tuple[str, Term], list[Definition]] = field(default_factory=dict)
    disjoint: dict[str, list[tuple[str, Axiom]]] = field(default_factory=dict)


def compile_rules(ontology: Graph) -> Rules:
    """Compile ``ontology`` into :class:`Rules`; raise :class:`KnowledgeError` for an axiom outside the supported part."""
    compiler = _Compiler(ontology)
    compiler.run()
    return compiler.rules


class _Compiler:
    def __init__(self, ontology: Graph) -> None:
        self.graph = ontology
        self.rules = Rules()

    def run(self) -> None:
        self._refuse_unsupported()
        for sub, _, sup in self.graph.with_predicate(RDFS + "subClassOf"):
            if isinstance(sup, str):
                self._sub_class(sub, sup)
        for left, _, right in self.graph.with_predicate(OWL + "equivalentClass"):
            if isinstance(right, str):
                self._sub_class(left, right)
                self._sub_class(right, left)
        for sub, _, sup in self.graph.with_predicate(RDFS + "subPropertyOf"):
            if isinstance(sup, str) and not self._is_annotation(sub):
                self._append(
                    self.rules.super_properties,
                    sub,
                    (sup, self._axiom("subPropertyOf", sub, f"{self._name(sub)} implies {self._name(sup)}")),
                )
        self._properties()
        self._disjointness()

    def _properties(self) -> None:
        graph, rules = self.graph, self.rules
        for left, _, right in graph.with_predicate(OWL + "inverseOf"):
            if isinstance(right, str):
                axiom = self._axiom("inverseOf", left, f"{self._name(left)} is the inverse of {self._name(right)}")
                self._append(rules.inverses, left, (right, axiom))
                self._append(rules.inverses, right, (left, axiom))
        for prop in graph.subjects(TYPE, OWL + "SymmetricProperty"):
            self._append(rules.inverses, prop, (prop, self._axiom("SymmetricProperty", prop, f"{self._name(prop)} is symmetric")))
        for prop in graph.subjects(TYPE, OWL + "TransitiveProperty"):
            rules.transitive[prop] = self._axiom("TransitiveProperty", prop, f"{self._name(prop)} is transitive")
        for prop, _, cls in graph.with_predicate(RDFS + "domain"):
            if isinstance(cls, str):
                axiom = self._axiom("domain", prop, f"whatever {self._name(prop)} something is a {self._name(cls)}")
                self._append(rules.domains, prop, (cls, axiom))
        for prop, _, head in graph.with_predicate(OWL + "propertyChainAxiom"):
            if isinstance(head, str):
                parts = tuple(graph.list_items(head))
                text = " then ".join(self._name(part) for part in parts) + f" implies {self._name(prop)}"
                axiom = self._axiom("propertyChainAxiom", prop, text)
                for position, part in enumerate(parts):
                    self._append(rules.chains, part, (parts, position, prop, axiom))

    def _disjointness(self) -> None:
        pairs = [(a, b) for a, _, b in self.graph.with_predicate(OWL + "disjointWith") if isinstance(b, str)]
        for node in self.graph.subjects(TYPE, OWL + "AllDisjointClasses"):
            members = [m for head in self.graph.nodes(node, OWL + "members") for m in self.graph.list_items(head)]
            pairs += [(a, b) for i, a in enumerate(members) for b in members[i + 1 :]]
        for a, b in pairs:
            axiom = self._axiom("disjointWith", a, f"nothing is both a {self._name(a)} and a {self._name(b)}")
            self._append(self.rules.disjoint, a, (b, axiom))
            self._append(self.rules.disjoint, b, (a, axiom))

    def _sub_class(self, sub: str, sup: str) -> None:
        """Compile sub ⊑ sup, where at most one of both is anonymous."""
        if sub.startswith("_:"):
            kind = "equivalentClass" if (sup, OWL + "equivalentClass", sub) in self.graph else "subClassOf"
            axiom = self._axiom(kind, sup, f"definition of {self._name(sup)}")
            for classes, some, values in self._left(sub, sup):
                self._define(Definition(sup, classes, some, values, axiom))
        elif sup.startswith("_:"):
            self._right(sub, sup)
        elif sub != sup:
            text = f"every {self._name(sub)} is a {self._name(sup)}"
            self._append(self.rules.super_classes, sub, (sup, self._axiom("subClassOf", sub, text)))

    def _left(self, node: str, owner: str) -> list[tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[tuple[str, Term], ...]]]:
        """Return the alternatives (a union gives several) of conjunctions that the expression ``node`` stands for."""
        graph = self.graph
        if not node.startswith("_:"):
            return [((node,), (), ())]
        union = graph.node(node, OWL + "unionOf")
        if union:
            return [alternative for item in graph.list_items(union) for alternative in self._left(item, owner)]
        intersection = graph.node(node, OWL + "intersectionOf")
        if intersection:
            result: list[tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[tuple[str, Term], ...]]] = [((), (), ())]
            for item in graph.list_items(intersection):
                result = [(a[0] + b[0], a[1] + b[1], a[2] + b[2]) for a in result for b in self._left(item, owner)]
            return result
        prop = graph.node(node, OWL + "onProperty")
        some, value = graph.node(node, OWL + "someValuesFrom"), graph.objects(node, OWL + "hasValue")
        if prop and value:
            return [((), (), ((prop, value[0]),))]
        if prop and some:
            if not some.startswith("_:"):
                return [((), ((prop, some),), ())]
            for classes, more, values in self._left(some, owner):
                self._define(
                    Definition(some, classes, more, values, self._axiom("equivalentClass", owner, f"definition of {self._name(owner)}"))
                )
            return [((), ((prop, some),), ())]
        raise self._unsupported(owner, "a class expression on the left side")

    def _right(self, sub: str, node: str) -> None:
        graph = self.graph
        axiom = self._axiom("subClassOf", sub, f"definition of {self._name(sub)}")
        intersection, prop = graph.node(node, OWL + "intersectionOf"), graph.node(node, OWL + "onProperty")
        if intersection:
            for item in graph.list_items(intersection):
                if item.startswith("_:"):
                    self._right(sub, item)
                elif item != sub:
                    self._append(self.rules.super_classes, sub, (item, axiom))
        elif prop and graph.objects(node, OWL + "hasValue"):
            self._append(self.rules.implied_values, sub, (prop, graph.objects(node, OWL + "hasValue")[0], axiom))
        elif not (graph.node(node, OWL + "unionOf") or (prop and graph.node(node, OWL + "someValuesFrom"))):
            raise self._unsupported(sub, "a class expression on the right side")

    def _define(self, definition: Definition) -> None:
        rules = self.rules
        if not definition.classes:
            rules.without_class.append(definition)
        for cls in definition.classes:
            self._append(rules.by_class, cls, definition)
        for prop, filler in definition.some:
            self._append(rules.by_link, (prop, filler), definition)
            self._append(rules.by_filler, filler, (prop, definition))
        for prop, value in definition.values:
            self._append(rules.by_value, (prop, value), definition)

    def _refuse_unsupported(self) -> None:
        for subject, predicate, value in self.graph:
            if predicate.startswith(OWL) and predicate not in _SILENT:
                raise self._unsupported(subject, f"owl:{local_name(predicate)}")
            if predicate == TYPE and isinstance(value, str) and value.startswith(OWL) and value not in _DECLARATIONS:
                raise self._unsupported(subject, f"owl:{local_name(value)}")
            if isinstance(value, str) and self._is_anonymous(subject, predicate, value):
                raise self._unsupported(subject, f"{local_name(predicate)} of something without a name")
            if predicate == RDFS + "range" and OWL + "ObjectProperty" in self.graph.types(subject):
                raise self._unsupported(subject, "rdfs:range on an object property, which would make sh:class tests unfailable")

    def _is_anonymous(self, subject: str, predicate: str, value: str) -> bool:
        """Return whether an expression without a name stands where the rules need a name, so that it would never fire."""
        if predicate in _LISTS_OF_NAMES:
            return any(item.startswith("_:") for item in self.graph.list_items(value))
        if predicate == OWL + "onProperty":
            return value.startswith("_:")
        if predicate in (RDFS + "subClassOf", OWL + "equivalentClass"):
            return subject.startswith("_:") and value.startswith("_:")
        return predicate in _BETWEEN_NAMES and (subject.startswith("_:") or value.startswith("_:"))

    def _unsupported(self, subject: str, what: str) -> Exception:
        return knowledge_error(
            "axiom-not-supported", subject, f"{what} is outside the part of OWL 2 RL that the rules support.",
            "Say it with a defined class or a property chain, or extend reasoner/axioms.py and its tests.",
        )  # fmt: skip

    def _is_annotation(self, prop: str) -> bool:
        return OWL + "AnnotationProperty" in self.graph.types(prop)

    def _name(self, iri: str) -> str:
        return self.graph.text(iri, "http://www.w3.org/2004/02/skos/core#prefLabel") or local_name(iri)

    @staticmethod
    def _axiom(kind: str, subject: str, text: str) -> Axiom:
        return Axiom(kind, subject, text)

    @staticmethod
    def _append(index: dict[_K, list[_T]], key: _K, value: _T) -> None:
        index.setdefault(key, []).append(value)


def background(ontology: Graph) -> dict[str, tuple[Triple, ...]]:
    """Return what the ontology itself states about its individuals: types and links, by individual.

    These triples are added to a case that mentions the individual, for example the region of a spinal level.
    """
    known: dict[str, list[Triple]] = {}
    individuals = set(ontology.subjects(TYPE, OWL + "NamedIndividual"))
    annotations = set(ontology.subjects(TYPE, OWL + "AnnotationProperty"))
    for triple in ontology:
        subject, predicate, value = triple
        if subject not in individuals or predicate in annotations or not isinstance(value, str):
            continue
        if predicate == TYPE and value.startswith((OWL, RDF, "http://www.w3.org/2004/02/skos/core#")):
            continue
        if predicate == TYPE or OWL + "ObjectProperty" in ontology.types(predicate):
            known.setdefault(subject, []).append(triple)
    return {individual: tuple(triples) for individual, triples in known.items()}
