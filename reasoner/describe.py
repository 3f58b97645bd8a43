"""Say in words what stands in the graph of a case, from the labels of the ontology alone."""

from datetime import date

from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import MTUS, TYPE, XSD, local_name
from mtus.reasoner.trace import Source
from mtus.reasoner.vocabulary import Property, Vocabulary

_ABOUT = MTUS + "deliversTreatment"
_REQUESTS = MTUS + "requestsTreatment"
_LABEL = MTUS + "label"
_MEASURED = (MTUS + "hasBaseline", MTUS + "hasFollowUp")
_SCORE, _MEASURED_ON = MTUS + "score", MTUS + "measuredOn"
_PRESENT = MTUS + "documentedPresent"


def day(text: str) -> str:
    """Return an ISO date as people write it: ``18 August 2015``; empty for an empty text."""
    if not text:
        return ""
    value = date.fromisoformat(text)
    return f"{value.day} {value:%B} {value.year}"


def counted(number: int, noun: str) -> str:
    """Return a ``number`` of things as people write it: ``1 request``, ``2 requests``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class Describer:
    """Words for the nodes and values of one graph."""

    def __init__(self, graph: Graph, stated: Graph, vocabulary: Vocabulary) -> None:
        self.graph = graph
        self.stated = stated
        self.vocabulary = vocabulary
        # the same few nodes are spoken of again and again in one trace
        self._names: dict[str, str] = {}
        self._terms: dict[str, str] = {}
        self._sources: dict[str, tuple[Source, ...]] = {}

    def name(self, node: str) -> str:
        """Return what people call ``node``: its label, or the label of its stated class, or its local name."""
        if node not in self._names:
            self._names[node] = self._name(node)
        return self._names[node]

    def _name(self, node: str) -> str:
        label = self.stated.text(node, _LABEL)
        if label:
            return label
        treatment, requested = self.stated.node(node, _ABOUT), self.stated.node(node, _REQUESTS)
        kinds = self.stated.nodes(node, TYPE)
        if treatment:
            return f"course of {self.name(treatment)}"
        if requested:
            return f"request for {self.name(requested)}"
        return self.vocabulary.label(kinds[0]) if kinds else self.vocabulary.label(node)

    def statement(self, node: str) -> str:
        """Return a statement with what it says: ``exercise programme: ongoing, 24 visits a year``."""
        treatment = self.stated.node(node, _ABOUT)
        label = self.stated.text(node, _LABEL) or self.name(treatment or node)
        stated = self._said(node)
        measured = [text for link in _MEASURED for m in self.stated.nodes(node, link) if (text := self._measurement(m))]
        # "documented present" goes without saying where something more is said
        said = [self.value(prop, value) for prop, value in stated if value != _PRESENT or (len(stated) == 1 and not measured)]
        said += [", then ".join(measured)] if measured else []
        levels = [self.term(level) for level in self.stated.objects(node, MTUS + "atLevel")]
        return label + (f" at {' and '.join(levels)}" if levels else "") + (f": {', '.join(said)}" if said else "")

    def _measurement(self, node: str) -> str:
        """Return what was measured, and when: ``60 on 3 November 2014``."""
        value, on = self.stated.text(node, _SCORE), day(self.stated.text(node, _MEASURED_ON) or "")
        return f"{value} on {on}" if value and on else value or on

    def _said(self, node: str) -> list[tuple[Property, Term]]:
        found = []
        for iri, prop in self.vocabulary.properties.items():
            if prop.is_reading:
                found += [(prop, value) for value in self.stated.objects(node, iri)]
        return sorted(found, key=lambda pair: (bool(pair[0].datatype), pair[0].label))

    def value(self, prop: Property, value: Term) -> str:
        """Return a value with what it measures: ``24 visits a year``, ``ongoing``, ``count 2``."""
        if isinstance(value, str):
            return self.term(value)
        if value.datatype == XSD + "boolean":
            return prop.label if value.value == "true" else f"not: {prop.label}"
        return f"{value.value} {prop.unit}" if prop.unit else f"{prop.label} {self.term(value)}"

    def pair(self, predicate: str, value: Term) -> str:
        """Return a single value of a thing: ``visits requested: 12``."""
        prop = self.vocabulary.properties.get(predicate)
        return f"{prop.label if prop else local_name(predicate)}: {self.term(value)}"

    def term(self, value: Term) -> str:
        """Return one value: a date as people write it, an individual by its label."""
        if isinstance(value, Literal):
            return day(value.value) if value.datatype == XSD + "date" else value.value
        if value not in self._terms:
            self._terms[value] = self._node(value)
        return self._terms[value]

    def _node(self, node: str) -> str:
        label = self.stated.text(node, _LABEL) or self.vocabulary.labels.get(node)
        return label or (self.name(node) if self.stated.nodes(node, TYPE) else local_name(node))

    def sources(self, node: str) -> tuple[Source, ...]:
        """Return where the statement ``node`` stands."""
        if node not in self._sources:
            place = self.stated.text(node, MTUS + "place") or ""
            self._sources[node] = tuple(self.document(document, place) for document in self.stated.nodes(node, MTUS + "statedIn"))
        return self._sources[node]

    def document(self, document: str, place: str = "") -> Source:
        """Return ``document`` as a source."""
        kinds = self.stated.nodes(document, TYPE)
        kind = self.vocabulary.label(kinds[0]) if kinds else ""
        return Source(document, self.name(document), kind, self.stated.text(document, MTUS + "documentDate") or "", place)

    def triple(self, subject: str, predicate: str, value: Term) -> str:
        """Return a triple as a short sentence."""
        if predicate == TYPE:
            kind = self.vocabulary.label(str(value))
            return f"“{self.term(subject)}” is a {kind}" if self.term(subject) != kind else f"“{kind}” is stated"
        prop = self.vocabulary.properties.get(predicate)
        return f"“{self.term(subject)}” {prop.label if prop else local_name(predicate)} {self.term(value)}"
