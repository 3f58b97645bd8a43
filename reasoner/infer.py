"""Infer what the things of a case are: the compiled axioms applied to its facts, each new triple with its axiom.

The graph that comes out holds the facts, what the ontology says of the individuals they mention, and what follows. OWL
is read under the open world: inference only adds. See https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from mtus.reasoner.axiom_index import index_of
from mtus.reasoner.axioms import Axiom, Definition, Rules
from mtus.reasoner.errors import CaseError, Problem
from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.namespaces import TYPE, local_name

_NONE: Final[frozenset[Term]] = frozenset()
_EMPTY: Final[dict[str, list[Term]]] = {}


class Derivation(NamedTuple):
    """Why an inferred triple holds: the axiom, and the triples that it was applied to."""

    axiom: Axiom
    premises: tuple[Triple, ...]


@dataclass(frozen=True)
class Inferred:
    """Facts and conclusions in one graph; ``derivations`` has one entry for each conclusion."""

    graph: Graph
    derivations: Mapping[Triple, Derivation]

    def support(self, triple: Triple) -> tuple[Triple, ...]:
        """Return the stated triples that ``triple`` rests on, itself where it was stated."""
        stated: dict[Triple, None] = {}
        agenda = [triple]
        seen = set(agenda)
        while agenda:
            current = agenda.pop()
            derivation = self.derivations.get(current)
            if derivation is None:
                stated[current] = None
            else:
                fresh = [p for p in derivation.premises if p not in seen]
                seen.update(fresh)
                agenda += fresh
        return tuple(stated)


def infer(facts: Iterable[Triple], rules: Rules, background: Mapping[str, tuple[Triple, ...]]) -> Inferred:
    """Apply ``rules`` to ``facts`` until nothing new follows.

    ``background`` is what the ontology states of its individuals; it is added for those that the facts mention. Raises
    :class:`CaseError` where the facts contradict a disjointness axiom, naming the facts and the axiom.
    """
    closure = _Closure(rules, background)
    for triple in facts:
        closure.state(triple)
    closure.run()
    closure.refuse_clash()
    return Inferred(closure.graph, closure.derivations)


class _Closure:
    def __init__(self, rules: Rules, background: Mapping[str, tuple[Triple, ...]]) -> None:
        self.rules = rules
        self.index = index_of(rules)
        self.background = background
        self.graph = Graph()
        self.derivations: dict[Triple, Derivation] = {}
        self.agenda: deque[Triple] = deque()
        self.mentioned: set[str] = set()
        # the classes of each thing so far, which is what definitions ask for most
        self.types: dict[str, set[Term]] = {}

    def state(self, triple: Triple) -> None:
        if self.graph.add(triple):
            self.agenda.append(triple)
            subject, predicate, value = triple
            if predicate == TYPE:
                self.types.setdefault(subject, set()).add(value)
            if isinstance(value, str) and value in self.background and value not in self.mentioned:
                self.mentioned.add(value)
                for known in self.background[value]:
                    self.state(known)

    def conclude(self, triple: Triple, axiom: Axiom, *premises: Triple) -> None:
        if self.graph.add(triple):
            self.derivations[triple] = Derivation(axiom, premises)
            self.agenda.append(triple)
            if triple[1] == TYPE:
                self.types.setdefault(triple[0], set()).add(triple[2])

    def run(self) -> None:
        while self.agenda:
            triple = self.agenda.popleft()
            if triple[1] == TYPE:
                self._type(triple)
            else:
                self._property(triple)

    def _type(self, triple: Triple) -> None:
        subject, _, cls = triple
        found = self.index.of_class.get(cls)
        if found is None:
            return
        for sup, axiom in found.super_classes:
            self.conclude((subject, TYPE, sup), axiom, triple)
        for prop, value, axiom in found.implied_values:
            self.conclude((subject, prop, value), axiom, triple)
        for definition in found.definitions:
            self._try(definition, subject)
        for prop, definition in found.fillers:
            for other in tuple(self.graph.subjects(prop, subject)):
                self._try(definition, other)

    def _property(self, triple: Triple) -> None:
        subject, prop, value = triple
        found = self.index.of_property.get(prop)
        if found is None:
            return
        for sup, axiom in found.super_properties:
            self.conclude((subject, sup, value), axiom, triple)
        for cls, axiom in found.domains:
            self.conclude((subject, TYPE, cls), axiom, triple)
        for definition in found.values.get(value, ()):
            self._try(definition, subject)
        if not isinstance(value, str):
            return
        if found.links:
            # in the order in which they were found, not that of a set: which axiom comes first shows in the trace
            for filler in tuple(self.graph.objects(value, TYPE)):
                for definition in found.links.get(filler, ()):
                    self._try(definition, subject)
        for inverse, axiom in found.inverses:
            self.conclude((value, inverse, subject), axiom, triple)
        if found.transitive is not None:
            axiom = found.transitive
            for further in tuple(self.graph.nodes(value, prop)):
                self.conclude((subject, prop, further), axiom, triple, (value, prop, further))
            for earlier in tuple(self.graph.subjects(prop, subject)):
                self.conclude((earlier, prop, value), axiom, (earlier, prop, subject), triple)
        for parts, position, head, axiom in found.chains:
            self._chain(parts, position, head, axiom, triple)

    def _chain(self, parts: tuple[str, ...], position: int, head: str, axiom: Axiom, triple: Triple) -> None:
        """Complete the chain around ``triple``, which stands at ``position``."""
        left: list[tuple[str, tuple[Triple, ...]]] = [(triple[0], (triple,))]
        for part in reversed(parts[:position]):
            left = [(s, ((s, part, node), *path)) for node, path in left for s in self.graph.subjects(part, node)]
        for start, before in left:
            right: list[tuple[Term, tuple[Triple, ...]]] = [(triple[2], before)]
            for part in parts[position + 1 :]:
                right = [
                    (o, (*path, (node, part, o))) for node, path in right if isinstance(node, str) for o in self.graph.objects(node, part)
                ]
            for end, path in right:
                self.conclude((start, head, end), axiom, *path)

    def _try(self, definition: Definition, subject: str) -> None:
        types = self.types.get(subject, _NONE)
        if definition.head in types or not types.issuperset(definition.classes):
            return
        graph = self.graph
        for prop, value in definition.values:
            if (subject, prop, value) not in graph:
                return
        links: list[Triple] = []
        for prop, filler in definition.some:
            # most of what is tried fails here, so the table is looked at directly
            for found in graph.forward.get(prop, _EMPTY).get(subject, ()):
                if found.__class__ is str and filler in self.types.get(found, _NONE):
                    links += [(subject, prop, found), (found, TYPE, filler)]
                    break
            else:
                return
        classes = ((subject, TYPE, cls) for cls in definition.classes)
        values = ((subject, prop, value) for prop, value in definition.values)
        self.conclude((subject, TYPE, definition.head), definition.axiom, *classes, *values, *links)

    def refuse_clash(self) -> None:
        problems: list[Problem] = []
        for first, others in self.rules.disjoint.items():
            for subject in self.graph.subjects(TYPE, first):
                for second, axiom in others:
                    if first < second and second in self.types[subject]:
                        problems.append(self._clash(subject, first, second, axiom))
        if problems:
            raise CaseError(tuple(problems))

    def _clash(self, subject: str, first: str, second: str, axiom: Axiom) -> Problem:
        inferred = Inferred(self.graph, self.derivations)
        facts = dict.fromkeys(inferred.support((subject, TYPE, first)) + inferred.support((subject, TYPE, second)))
        told = "; ".join(f"{local_name(s)} {local_name(p)} {local_name(o) if isinstance(o, str) else o.value}" for s, p, o in facts)
        return Problem(
            "contradictory-facts",
            subject,
            f"The facts make it both {local_name(first)} and {local_name(second)}, but {axiom.text}. They are: {told}.",
            "Correct the fact that is wrong, or describe two different things.",
        )
