"""A determined case as named graphs: facts, inferences, validation report, determination and trace.

**Each triple stands in one graph.** So the graphs of a case, of all cases and of the knowledge may be queried as if they were one,
and a count counts nothing twice: SPARQL engines that offer the union of all graphs do not always merge it. A triple that would stand in
two graphs stands in the first of: knowledge, facts, inferences, determination, trace.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.assess import Assessed
from mtus.reasoner.graph import Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, PROV, TYPE, local_name
from mtus.reasoner.own_json_ld import trace_triples
from mtus.reasoner.rdfc import Written
from mtus.reasoner.render_json import name_of, to_dict
from mtus.reasoner.render_rdf import write_rdf
from mtus.reasoner.report import REPORT, validation_report
from mtus.reasoner.trace import Determination
from mtus.reasoner.validate import validate
from mtus.reasoner.written import Graphs, canonical_statements, n_quads, quads_of, written, written_quad

ONTOLOGY_GRAPH: Final = BASE + "ontology"
ONTOLOGY_INFERENCES_GRAPH: Final = BASE + "ontology-inferences"
GUIDELINE_GRAPH: Final = BASE + "guideline"
SHAPES_GRAPH: Final = BASE + "shape"
# What is no case's own: the releases of the reasoner that computed determinations.
REASONER_GRAPH: Final = BASE + "reasoner"
KNOWLEDGE_GRAPHS: Final = (ONTOLOGY_GRAPH, ONTOLOGY_INFERENCES_GRAPH, GUIDELINE_GRAPH, SHAPES_GRAPH)

# Where the determination ends and the trace begins: what is reached only through these is trace.
_INTO_TRACE: Final = frozenset(
    f"<{MTUS}{name}>" for name in ("hasAssessment", "hasInference", "searchedDocument", "hasDisagreement", "isRecommendedBy")
)
# What the guideline graph holds, by class; all else in shapes/ is shapes.
_GUIDELINE_CLASSES: Final = frozenset(
    MTUS + name
    for name in ("Guideline", "Edition", "Section", "Provision", "Criterion", "Interpretation", "Source", "DispositionRule")
)  # fmt: skip
_AGENT: Final = f"<{BASE}reasoner/"
_OF_PROV: Final = f"<{PROV}"


@dataclass(frozen=True)
class CaseGraphs:
    """Everything that is stored of one case.

    ``case`` and ``determination`` are their IRIs; the latter is a digest of facts, knowledge and versions, so it tells whether two are
    the same. ``requests`` are the IRIs of the requests, ``case_digest`` the digest of the facts. ``graphs`` are the statements by the
    name of their graph, the graph that marks the case as stored last; ``shared`` are those that other cases may state too.
    """

    case: str
    determination: str
    case_digest: str
    requests: tuple[str, ...]
    graphs: Graphs
    shared: Graphs


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
    stated = _named(assessed.facts.stated, determination)
    inferred = _named(derived, determination)
    said = {*stated, *inferred}
    # the facts stand in their graph, and not as a text in the trace too
    told = dict.fromkeys(t for t in trace_triples(to_dict(replace(determination, stated_facts=""))) if t not in said)
    shared = [t for t in told if t[0].startswith(_AGENT)]
    own = _reached(f"<{determination.id}>", told)
    elsewhere = {*own, *shared}
    found: dict[str, Iterable[Written]] = {
        facts: stated,
        inferences: inferred,
        report: map(written, _report(determination, assessed, knowledge, report)),
        trace: (t for t in told if t not in elsewhere),
        answer: own,
    }
    return CaseGraphs(
        determination.case,
        determination.id,
        determination.receipt.case_digest,
        tuple(request.request for request in determination.requests),
        {name: canonical_statements(triples, _blank_prefix(name, determination.id)) for name, triples in found.items()},
        {REASONER_GRAPH: canonical_statements(shared)},
    )


def canonical_graph(quads: Iterable[ox.Quad], name: str, determination: str) -> tuple[ox.Quad, ...]:
    """Return the ``quads`` of the graph ``name`` of a ``determination``, sorted, with the names of blank nodes that it is stored with."""
    found = canonical_statements(map(written_quad, quads), _blank_prefix(name, determination))
    return tuple(quads_of({name: found}))


def _blank_prefix(graph: str, determination: str) -> str:
    """Return how the names of blank nodes begin in a ``graph`` of a ``determination``, so that no two graphs have the same ones."""
    return f"d{local_name(determination)[:12]}{graph.removeprefix(determination)[1:2]}"


def to_trig(determination: Determination, assessed: Assessed, knowledge: Knowledge) -> str:
    """Return facts, inferences, report, determination and trace as TriG, each in a graph of its own."""
    found = case_graphs(determination, assessed, knowledge)
    return write_rdf(quads_of({**found.graphs, **found.shared}), ox.RdfFormat.TRIG)


def to_n_quads(found: CaseGraphs) -> bytes:
    """Return all graphs of a case as N-Quads: one line a statement, so that many cases can stand in one file."""
    return n_quads({**found.graphs, **found.shared}).encode()


def knowledge_graphs(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
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
    graphs: dict[str, Iterable[Triple]] = {
        ONTOLOGY_GRAPH: knowledge.ontology,
        ONTOLOGY_INFERENCES_GRAPH: (t for t in knowledge.own_inferences if t not in knowledge.ontology),
        GUIDELINE_GRAPH: (t for t in shapes if t[0] in guideline),
        SHAPES_GRAPH: (t for t in shapes if t[0] not in guideline),
    }
    return {name: tuple(" ".join(written(triple)) for triple in triples) for name, triples in graphs.items()}


def _reached(root: str, triples: Iterable[Written]) -> dict[Written, None]:
    """Return the triples that are reached from ``root`` without a step into the trace."""
    outgoing: dict[str, list[Written]] = {}
    for triple in triples:
        outgoing.setdefault(triple[0], []).append(triple)
    found: dict[Written, None] = {}
    agenda = [root]
    seen = set(agenda)
    while agenda:
        for triple in outgoing.get(agenda.pop(), ()):
            if triple[1] in _INTO_TRACE or triple[1].startswith(_OF_PROV):
                continue
            found[triple] = None
            # a literal is no subject, so nothing goes out from it
            if triple[2] not in seen:
                seen.add(triple[2])
                agenda.append(triple[2])
    return found


def _report(determination: Determination, assessed: Assessed, knowledge: Knowledge, name: str) -> Iterator[Triple]:
    """Return the validation report, which has the name of its graph."""
    rows = validate(assessed.inferred.graph, knowledge)
    for subject, predicate, value in validation_report(rows, knowledge, assessed.statuses.read):
        named = name if value == REPORT else name_of(value, determination) if isinstance(value, str) else value
        yield name if subject == REPORT else subject, predicate, named


def _named(triples: Iterable[Triple], determination: Determination) -> list[Written]:
    return [written((name_of(s, determination), p, name_of(o, determination) if isinstance(o, str) else o)) for s, p, o in triples]
