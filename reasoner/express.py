"""Say a conclusion in facts: the axioms of the ontology read backwards.

Inference goes from facts to what things are. To propose what would have to be documented, the way back is needed: which facts, in
words that a case may state, would make a node an instance of a class, or lead from one node to another. Where several would do,
the first in the order of the ontology is taken, so that the same knowledge proposes the same facts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mtus.reasoner.axioms import Definition, Rules
from mtus.reasoner.case_terms import CaseTerms
from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import TYPE


@dataclass
class Draft:
    """Facts that are being put together; ``base`` is what the names of new nodes start with."""

    base: str
    facts: dict[Triple, None] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)

    def new_node(self) -> str:
        """Return a name that nothing bears yet."""
        node = f"{self.base}-{len(self.nodes) + 1}"
        self.nodes.append(node)
        return node

    def add(self, subject: str, predicate: str, value: Term) -> None:
        """Add one fact."""
        self.facts[subject, predicate, value] = None

    def adopt(self, other: "Draft") -> None:
        """Take over what ``other``, which was started from this one, has put together."""
        self.facts, self.nodes = other.facts, other.nodes

    def fork(self) -> "Draft":
        """Return a copy to try something on."""
        return Draft(self.base, dict(self.facts), list(self.nodes))


class Expresser:
    """Reads the axioms of one knowledge backwards."""

    def __init__(self, knowledge: Knowledge, terms: CaseTerms) -> None:
        self.terms = terms
        self.rules = knowledge.rules
        self.ontology = knowledge.ontology
        self.definitions = _definitions(knowledge.rules)
        self.below = _reversed({sub: [sup for sup, _ in sups] for sub, sups in knowledge.rules.super_classes.items()})
        self.narrower = _reversed({sub: [sup for sup, _ in sups] for sub, sups in knowledge.rules.super_properties.items()})
        self.chains = _chains(knowledge.rules)

    def make(self, draft: Draft, node: str, cls: str, graph: Graph) -> bool:
        """Add to ``draft`` facts that make ``node`` a ``cls``; return whether there are any that a case may state."""
        return self._make(draft, node, cls, graph, frozenset())

    def link(self, draft: Draft, subject: str, prop: str, value: Term, graph: Graph) -> bool:
        """Add to ``draft`` facts from which ``subject`` has ``value`` under ``prop``; return whether there are any.

        What leads there may go through things that are on file in ``graph``, such as the case of a request.
        """
        return self._link(draft, subject, prop, value, graph, frozenset())

    def _make(self, draft: Draft, node: str, cls: str, graph: Graph, seen: frozenset[str]) -> bool:
        if cls in self.terms.classes:
            draft.add(node, TYPE, cls)
            return True
        if cls in seen:
            return False
        seen |= {cls}
        for definition in self.definitions.get(cls, ()):
            attempt = draft.fork()
            if self._satisfy(attempt, node, definition, graph, seen):
                draft.adopt(attempt)
                return True
        for narrower in self.below.get(cls, ()):
            attempt = draft.fork()
            if self._make(attempt, node, narrower, graph, seen):
                draft.adopt(attempt)
                return True
        return False

    def _satisfy(self, draft: Draft, node: str, definition: Definition, graph: Graph, seen: frozenset[str]) -> bool:
        if not all(self._make(draft, node, cls, graph, seen) for cls in definition.classes):
            return False
        if not all(self._link(draft, node, prop, value, graph, frozenset()) for prop, value in definition.values):
            return False
        return all(self._some(draft, node, prop, filler, graph, seen) for prop, filler in definition.some)

    def _some(self, draft: Draft, node: str, prop: str, filler: str, graph: Graph, seen: frozenset[str]) -> bool:
        """Lead from ``node`` along ``prop`` to an individual of the vocabulary, or to a new thing, of class ``filler``."""
        use = self.terms.uses.get(prop)
        if use and use.property.values_from:
            value = next((term for term in sorted(use.terms) if self.is_a(term, filler)), None)
            return value is not None and self._link(draft, node, prop, value, graph, frozenset())
        there = draft.new_node()
        return self._make(draft, there, filler, graph, seen) and self._link(draft, node, prop, there, graph, frozenset())

    def is_a(self, individual: str, cls: str) -> bool:
        """Return whether ``individual`` of a vocabulary is a ``cls``."""
        return cls in self.terms.kinds(frozenset(self.ontology.types(individual)))

    def _link(self, draft: Draft, subject: str, prop: str, value: Term, graph: Graph, seen: frozenset[str]) -> bool:
        if self._may_state(prop):
            draft.add(subject, prop, value)
            return True
        if prop in seen:
            return False
        seen |= {prop}
        if isinstance(value, str):
            for inverse, _ in self.rules.inverses.get(prop, ()):
                if self._may_state(inverse):
                    draft.add(value, inverse, subject)
                    return True
        for narrower in self.narrower.get(prop, ()):
            if self._link(draft, subject, narrower, value, graph, seen):
                return True
        return any(self._walk(draft, subject, chain, value, graph, seen) for chain in self.chains.get(prop, ()))

    def _walk(self, draft: Draft, subject: str, chain: tuple[str, ...], value: Term, graph: Graph, seen: frozenset[str]) -> bool:
        """Follow all but the last step of ``chain`` through what is on file, and add the last."""
        nodes = [subject]
        for step in chain[:-1]:
            nodes = [there for node in nodes for there in graph.nodes(node, step)]
        return bool(nodes) and self._link(draft, nodes[0], chain[-1], value, graph, seen)

    def _may_state(self, prop: str) -> bool:
        use = self.terms.uses.get(prop)
        return use is not None and not use.property.is_derived


def _definitions(rules: Rules) -> dict[str, list[Definition]]:
    """Return the definitions of each class, in the order in which they were compiled."""
    found: dict[str, dict[Definition, None]] = {}
    indexes: Iterable[Iterable[Definition]] = (
        *rules.by_class.values(),
        *rules.by_value.values(),
        *([definition for _, definition in pairs] for pairs in rules.by_filler.values()),
    )
    for definitions in indexes:
        for definition in definitions:
            found.setdefault(definition.head, {})[definition] = None
    return {head: list(definitions) for head, definitions in found.items()}


def _reversed(above: dict[str, list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for lower, uppers in sorted(above.items()):
        for upper in uppers:
            found.setdefault(upper, []).append(lower)
    return found


def _chains(rules: Rules) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for entries in rules.chains.values():
        for parts, _, head, _ in entries:
            found.setdefault(head, {})[parts] = None
    return {head: list(parts) for head, parts in found.items()}
