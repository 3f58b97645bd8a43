"""The trace as RDF (PROV-O), made from its JSON-LD, so that all forms come from one structure."""

from collections.abc import Iterable
from typing import Any, Final

import pyoxigraph as ox

from mtus.reasoner.namespaces import BASE, CASE, DCTERMS, DETERMINATION, GUIDELINE, MTUS, PROV, RDF, RDFS, SKOS, XSD, local_name
from mtus.reasoner.render_json import to_json_ld
from mtus.reasoner.trace import Determination

_SCHEMES: Final = ("answer", "status", "reason", "disposition", "role", "burden", "confidence", "kind", "effect", "basis")
PREFIXES: Final = {
    **{name: f"{BASE}{name}/" for name in _SCHEMES},
    "mtus": MTUS, "guideline": GUIDELINE, "case": CASE, "determination": DETERMINATION, "cp": GUIDELINE + "chronic-pain-2009/",
    "prov": PROV, "dcterms": DCTERMS, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD,
}  # fmt: skip


def to_triples(determination: Determination) -> ox.Dataset:
    """Return the trace as triples; equal traces give equal bytes.

    Blank nodes have their canonical names (RDFC-1.0) after the name of the determination, so that several traces may stand in one file.
    """
    dataset = ox.Dataset(ox.parse(to_json_ld(determination), format=ox.RdfFormat.JSON_LD))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    own = f"d{local_name(determination.id)[:12]}"

    def named(term: Any) -> Any:
        return ox.BlankNode(own + term.value) if isinstance(term, ox.BlankNode) else term

    return ox.Dataset(ox.Quad(named(q.subject), q.predicate, named(q.object)) for q in dataset)


def to_turtle(determination: Determination) -> str:
    """Return the trace as Turtle."""
    triples = sorted((q.triple for q in to_triples(determination)), key=str)
    return write_rdf(triples, ox.RdfFormat.TURTLE)


def write_rdf(statements: Iterable[ox.Triple] | Iterable[ox.Quad], form: ox.RdfFormat) -> str:
    """Return ``statements`` as text in ``form``, in the order given, with the prefixes of the project."""
    written = ox.serialize(statements, format=form, prefixes=PREFIXES)
    assert written is not None  # it is None only where it went to a file
    return written.decode()
