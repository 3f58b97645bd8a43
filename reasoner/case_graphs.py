"""A determined case as named graphs: facts, inferences, validation report, determination and trace.

**Each triple stands in one graph.** So the graphs of a case, of all cases and of the knowledge may be queried as if they were one,
and a count counts nothing twice: SPARQL engines that offer the union of all graphs do not always merge it. A triple that would stand in
two graphs stands in the first of: knowledge, facts, inferences, determination, trace.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pyoxigraph as ox

from mtus.reasoner.assess import Assessed
from mtus.reasoner.graph import Triple, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, PROV, TYPE, local_name
from mtus.reasoner.render_json import name_of, to_json_ld
from mtus.reasoner.render_rdf import write_rdf
from mtus.reasoner.report import REPORT, validation_report
from mtus.reasoner.trace import Determination
from mtus.reasoner.validate import validate

ONTOLOGY_GRAPH: Final = BASE + "ontology"
ONTOLOGY_INFERENCES_GRAPH: Final = BASE + "ontology-inferences"
GUIDELINE_GRAPH: Final = BASE + "guideline"
SHAPES_GRAPH: Final = BASE + "shape"
# What is no case's own: the releases of the reasoner that computed determinations.
REASONER_GRAPH: Final = BASE + "reasoner"
KNOWLEDGE_GRAPHS: Final = (ONTOLOGY_GRAPH, ONTOLOGY_INFERENCES_GRAPH, GUIDELINE_GRAPH, SHAPES_GRAPH)

# Where the determination ends and the trace begins: what is reached only through these is trace.
_INTO_TRACE: Final = frozenset(
    MTUS + name for name in ("hasAssessment", "hasInference", "searchedDocument", "hasDisagreement", "isRecommendedBy")
)
# What the guideline graph holds, by class; all else in shapes/ is shapes.
_GUIDELINE_CLASSES: Final = frozenset(
    MTUS + name
    for name in ("Guideline", "Edition", "Section", "Provision", "Criterion", "Interpretation", "Source", "DispositionRule")
)  # fmt: skip
_AGENT: Final = BASE + "reasoner/"


@dataclass(frozen=True)
class CaseGraphs:
    """Everything that is stored of one case.

    ``case`` and ``determination`` are their IRIs; the latter is a digest of facts, knowledge and versions, so it tells whether two are
    the same. ``requests`` are the IRIs of the requests, ``case_digest`` the digest of the facts. ``graphs`` are the quads by the name
    of their graph, ``shared`` the quads that other cases may state too.
    """

    case: str
    determination: str
    case_digest: str
    requests: tuple[str, ...]
    graphs: Mapping[str, tuple[ox.Quad, ...]]
    shared: tuple[ox.Quad, ...]

    @property
    def quads(self) -> tuple[ox.Quad, ...]:
        """All quads, those that mark the case as stored last."""
        return tuple(quad for graph in self.graphs.values() for quad in graph)


def graph_names(case: str, determination: str) -> tuple[str, ...]:
    """Return the names of the graphs of a case, the determination last: its presence says that all others are there."""
    own = (f"{determination}/{name}" for name in ("inferences", "report", "trace"))
    return (f"{case}/facts", *own, determination)


def case_graphs(determination: Determination, assessed: Assessed, knowledge: Knowledge) -> CaseGraphs:
    """Return the named graphs of a determined case, each triple in one of them, each graph in a stable order.

    Blank nodes of the case have the IRIs that the trace gives them; the others have canonical names after graph and determination.
    """
    facts, inferences, report, trace, answer = graph_names(determination.case, determination.id)
    derived = (t for t in (*assessed.facts.derived, *assessed.inferred.derivations) if t not in knowledge.own_inferences)
    stated = _quads(_named(assessed.facts.stated, determination), facts)
    inferred = _quads(_named(derived, determination), inferences)
    said = {quad.triple for quad in (*stated, *inferred)}
    # the facts stand in their graph, and not as a text in the trace too
    parsed = ox.parse(to_json_ld(replace(determination, stated_facts="")), format=ox.RdfFormat.JSON_LD)
    told = [quad.triple for quad in parsed if quad.triple not in said]
    shared = [t for t in told if isinstance(t.subject, ox.NamedNode) and t.subject.value.startswith(_AGENT)]
    own = _reached(determination.id, told)
    elsewhere = {*own, *shared}
    rest = [t for t in told if t not in elsewhere]
    found = {
        facts: stated,
        inferences: inferred,
        report: _quads(_report(determination, assessed, knowledge, report), report),
        trace: _in(rest, trace),
        answer: _in(own, answer),
    }
    return CaseGraphs(
        determination.case,
        determination.id,
        determination.receipt.case_digest,
        tuple(request.request for request in determination.requests),
        {name: canonical_graph(quads, determination.id) for name, quads in found.items()},
        tuple(sorted(_in(shared, REASONER_GRAPH), key=str)),
    )


def canonical_graph(quads: Iterable[ox.Quad], determination: str) -> tuple[ox.Quad, ...]:
    """Return the ``quads`` of one graph of a ``determination``, sorted, with canonical names for blank nodes (RDFC-1.0).

    The names begin with the graph and the determination, so that no two graphs have the same ones.
    """
    found = list(quads)
    if any(isinstance(term, ox.BlankNode) for quad in found for term in (quad.subject, quad.object)):
        graph = found[0].graph_name
        dataset = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in found)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        own = f"d{local_name(determination)[:12]}{str(graph)[1:-1].removeprefix(determination)[1:2]}"

        def named(term: Any) -> Any:
            return ox.BlankNode(own + term.value) if isinstance(term, ox.BlankNode) else term

        found = [ox.Quad(named(q.subject), q.predicate, named(q.object), graph) for q in dataset]
    return tuple(sorted(found, key=str))


def to_trig(determination: Determination, assessed: Assessed, knowledge: Knowledge) -> str:
    """Return facts, inferences, report, determination and trace as TriG, each in a graph of its own."""
    found = case_graphs(determination, assessed, knowledge)
    return write_rdf((*found.quads, *found.shared), ox.RdfFormat.TRIG)


def to_n_quads(determination: Determination, assessed: Assessed, knowledge: Knowledge) -> bytes:
    """Return the same as :func:`to_trig`, as N-Quads: one line a statement, so that many cases can stand in one file."""
    found = case_graphs(determination, assessed, knowledge)
    return "".join(f"{quad} .\n" for quad in (*found.quads, *found.shared)).encode()


def knowledge_graphs(knowledge: Knowledge) -> dict[str, tuple[ox.Quad, ...]]:
    """Return ontology, what follows for its own individuals, guidelines and shapes as graphs by name."""
    guideline = {s for cls in _GUIDELINE_CLASSES for s in knowledge.shapes.subjects(TYPE, cls)}
    agenda = list(guideline)
    outgoing: dict[str, list[str]] = {}
    for subject, _, value in knowledge.shapes:
        if isinstance(value, str) and value.startswith("_:"):
            outgoing.setdefault(subject, []).append(value)
    while agenda:
        for node in outgoing.get(agenda.pop(), ()):
            if node not in guideline:
                guideline.add(node)
                agenda.append(node)
    shapes = [t for t in knowledge.shapes if t not in knowledge.ontology]
    return {
        ONTOLOGY_GRAPH: tuple(_quads(knowledge.ontology, ONTOLOGY_GRAPH)),
        ONTOLOGY_INFERENCES_GRAPH: tuple(
            _quads((t for t in knowledge.own_inferences if t not in knowledge.ontology), ONTOLOGY_INFERENCES_GRAPH)
        ),
        GUIDELINE_GRAPH: tuple(_quads((t for t in shapes if t[0] in guideline), GUIDELINE_GRAPH)),
        SHAPES_GRAPH: tuple(_quads((t for t in shapes if t[0] not in guideline), SHAPES_GRAPH)),
    }


def _reached(root: str, triples: Iterable[ox.Triple]) -> dict[ox.Triple, None]:
    """Return the triples that are reached from ``root`` without a step into the trace."""
    outgoing: dict[object, list[ox.Triple]] = {}
    for triple in triples:
        outgoing.setdefault(triple.subject, []).append(triple)
    found: dict[ox.Triple, None] = {}
    agenda: list[object] = [ox.NamedNode(root)]
    seen: set[object] = set(agenda)
    while agenda:
        for triple in outgoing.get(agenda.pop(), ()):
            if triple.predicate.value in _INTO_TRACE or triple.predicate.value.startswith(PROV):
                continue
            found[triple] = None
            if triple.object not in seen and isinstance(triple.object, ox.NamedNode | ox.BlankNode):
                seen.add(triple.object)
                agenda.append(triple.object)
    return found


def _report(determination: Determination, assessed: Assessed, knowledge: Knowledge, name: str) -> Iterator[Triple]:
    """Return the validation report, which has the name of its graph."""
    rows = validate(assessed.inferred.graph, knowledge)
    for subject, predicate, value in validation_report(rows, knowledge, assessed.statuses.read):
        named = name if value == REPORT else name_of(value, determination) if isinstance(value, str) else value
        yield name if subject == REPORT else subject, predicate, named


def _named(triples: Iterable[Triple], determination: Determination) -> Iterator[Triple]:
    for s, p, o in triples:
        yield name_of(s, determination), p, name_of(o, determination) if isinstance(o, str) else o


def _quads(triples: Iterable[Triple], graph: str) -> list[ox.Quad]:
    return _in((quad.triple for quad in ox.parse(n_triples(triples), format=ox.RdfFormat.N_TRIPLES)), graph)


def _in(triples: Iterable[ox.Triple], graph: str) -> list[ox.Quad]:
    name = ox.NamedNode(graph)
    return [ox.Quad(t.subject, t.predicate, t.object, name) for t in triples]
