"""The terms of the ontology as the loader and the renderers need them: classes, properties, labels, datatypes."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from mtus.reasoner.graph import Graph
from mtus.reasoner.namespaces import MTUS, OWL, PREF_LABEL, RDFS, SKOS, TYPE, local_name


@dataclass(frozen=True)
class Property:
    """A property of the ontology.

    ``label`` names its value (skos:altLabel, a noun) where there is such a label, else the property itself.
    ``datatype`` is empty for object properties. ``values_from`` is the vocabulary class whose individuals are its values,
    where there is one; with ``names_kinds`` its values are the names of the classes below it instead. ``day_number`` is the property
    that holds a date as a day number. ``is_reading`` marks values that are what a statement says, ``is_provenance`` where it comes
    from, ``is_derived`` what only the loader may state.
    """

    iri: str
    label: str
    json_name: str
    datatype: str
    values_from: str
    names_kinds: bool
    unit: str
    day_number: str
    is_reading: bool
    is_provenance: bool
    is_derived: bool


@dataclass(frozen=True)
class Vocabulary:
    """Classes, properties and individuals that a case may use, and the labels of everything."""

    classes: frozenset[str]
    properties: dict[str, Property]
    individuals: frozenset[str]
    labels: dict[str, str]
    definitions: dict[str, str]

    def label(self, iri: str) -> str:
        """Return the English label of ``iri``, or its local name where it has none."""
        return self.labels.get(iri) or local_name(iri)

    def nearest(self, iri: str, among: Iterable[str]) -> str | None:
        """Return the term ``among`` that is spelt most like ``iri``, or None where none comes near."""
        names = {local_name(term).lower(): term for term in sorted(among)}
        found = get_close_matches(local_name(iri).lower(), names, n=1, cutoff=0.6)
        return names[found[0]] if found else None


def read_vocabulary(ontology: Graph, knowledge: Graph) -> Vocabulary:
    """Read the vocabulary from the ``ontology``; labels also from the rest of the ``knowledge``."""
    classes = frozenset(c for c in ontology.subjects(TYPE, OWL + "Class") if c.startswith(MTUS))
    individuals = frozenset(ontology.subjects(TYPE, OWL + "NamedIndividual"))
    labels: dict[str, str] = {}
    definitions: dict[str, str] = {}
    for graph in (knowledge, ontology):
        for subject in {triple[0] for triple in graph.with_predicate(PREF_LABEL)}:
            labels[subject] = graph.text(subject, PREF_LABEL) or ""
        for subject in {triple[0] for triple in graph.with_predicate(SKOS + "definition")}:
            definitions[subject] = graph.text(subject, SKOS + "definition") or ""
    declared = [*ontology.subjects(TYPE, OWL + "ObjectProperty"), *ontology.subjects(TYPE, OWL + "DatatypeProperty")]
    properties = {iri: _property(ontology, iri, labels) for iri in declared}
    return Vocabulary(classes, properties, individuals, labels, definitions)


def _property(graph: Graph, iri: str, labels: dict[str, str]) -> Property:
    def flag(name: str) -> bool:
        return graph.text(iri, MTUS + name) == "true"

    return Property(
        iri=iri,
        label=graph.text(iri, SKOS + "altLabel") or labels.get(iri) or local_name(iri),
        json_name=graph.text(iri, MTUS + "jsonName") or local_name(iri),
        datatype=(graph.node(iri, RDFS + "range") or "") if OWL + "DatatypeProperty" in graph.types(iri) else "",
        values_from=graph.node(iri, MTUS + "valuesFrom") or graph.node(iri, MTUS + "namesKindOf") or "",
        names_kinds=bool(graph.nodes(iri, MTUS + "namesKindOf")),
        unit=graph.text(iri, MTUS + "unit") or "",
        day_number=graph.node(iri, MTUS + "hasDayNumber") or "",
        is_reading=flag("isReadingValue"),
        is_provenance=flag("isProvenance"),
        is_derived=flag("isDerivedValue"),
    )
