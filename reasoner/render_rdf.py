"""The trace as RDF (PROV-O), made from its JSON-LD, so that all forms come from one structure."""

from typing import Final

import pyoxigraph as ox

from mtus.reasoner.assess import Assessed
from mtus.reasoner.graph import Triple, n_triples
from mtus.reasoner.namespaces import BASE, CASE, DETERMINATION, GUIDELINE, MTUS, PROV, RDF, RDFS, SKOS, XSD
from mtus.reasoner.render_json import to_json_ld
from mtus.reasoner.trace import Determination

PREFIXES: Final = {
    "mtus": MTUS, "answer": BASE + "answer/", "status": BASE + "status/", "reason": BASE + "reason/", "disposition": BASE + "disposition/",
    "role": BASE + "role/", "burden": BASE + "burden/", "confidence": BASE + "confidence/", "kind": BASE + "kind/", "effect": BASE + "effect/",
    "basis": BASE + "basis/", "guideline": GUIDELINE, "case": CASE, "determination": DETERMINATION, "cp": GUIDELINE + "chronic-pain-2009/",
    "prov": PROV, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD,
}  # fmt: skip


def to_triples(determination: Determination) -> ox.Dataset:
    """Return the trace as triples, blank nodes with their canonical names, so that equal traces give equal bytes."""
    quads = ox.parse(to_json_ld(determination), format=ox.RdfFormat.JSON_LD)
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def to_turtle(determination: Determination) -> str:
    """Return the trace as Turtle."""
    triples = sorted((q.triple for q in to_triples(determination)), key=str)
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES).decode()


def to_trig(determination: Determination, assessed: Assessed) -> str:
    """Return facts, inferences and trace as TriG, each in a graph of its own.

    The graphs are named after the case (``…/facts``) and the determination (``…/inferences``, and the determination itself).
    """
    derived = list(assessed.inferred.derivations)
    quads = [
        *_graph(assessed.facts.stated, f"{determination.case}/facts"),
        *_graph(derived, f"{determination.id}/inferences"),
        *(ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(determination.id)) for q in to_triples(determination)),
    ]
    return ox.serialize(sorted(quads, key=lambda q: (str(q.graph_name), str(q))), format=ox.RdfFormat.TRIG, prefixes=PREFIXES).decode()


def _graph(triples: tuple[Triple, ...] | list[Triple], name: str) -> list[ox.Quad]:
    parsed = ox.parse(n_triples(triples), format=ox.RdfFormat.N_TRIPLES)
    return [ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(name)) for q in parsed]
