"""The trace as RDF (PROV-O), made from its JSON-LD, so that all forms come from one structure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import pyoxigraph as ox

from mtus.reasoner.canonical import digest
from mtus.reasoner.graph import from_quads
from mtus.reasoner.namespaces import BASE, CASE, DCTERMS, DETERMINATION, GUIDELINE, MTUS, PROV, RDF, RDFS, SKOS, XSD, local_name
from mtus.reasoner.render_json import to_json_ld
from mtus.reasoner.trace import Determination

_SCHEMES: Final = ("answer", "status", "reason", "disposition", "role", "burden", "confidence", "kind", "effect", "basis")
PREFIXES: Final = {
    **{name: f"{BASE}{name}/" for name in _SCHEMES},
    "mtus": MTUS, "guideline": GUIDELINE, "case": CASE, "determination": DETERMINATION, "cp": GUIDELINE + "chronic-pain-2009/",
    "prov": PROV, "dcterms": DCTERMS, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD,
}  # fmt: skip


def canonical(json_ld: str) -> ox.Dataset:
    """Return ``json_ld`` as triples whose blank nodes have their canonical names (RDFC-1.0)."""
    dataset = ox.Dataset(ox.parse(json_ld, format=ox.RdfFormat.JSON_LD))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def canonical_trace(determination: Determination) -> ox.Dataset:
    """Return the trace as triples whose blank nodes have their canonical names (RDFC-1.0)."""
    return canonical(to_json_ld(determination))


def determination_digest(determination: Determination) -> str:
    """Return the digest of ``determination``: the SHA-256 of its trace as canonical N-Quads (RDFC-1.0).

    It is the same whatever the format that the determination was stored in, and whether or not the facts are stored with it: those
    are covered by their own digest, which the trace holds.
    """
    return digest(from_quads(canonical_trace(replace(determination, stated_facts=""))))


def to_triples(determination: Determination) -> ox.Dataset:
    """Return the trace as triples; equal traces give equal bytes.

    Blank nodes have their canonical names after the name of the determination, so that several traces may stand in one file.
    """
    dataset = canonical_trace(determination)
    own = f"d{local_name(determination.id)[:12]}"

    def named(term: Any) -> Any:
        return ox.BlankNode(own + term.value) if isinstance(term, ox.BlankNode) else term

    return ox.Dataset(ox.Quad(named(q.subject), q.predicate, named(q.object)) for q in dataset)


def to_turtle(determination: Determination) -> str:
    """Return the trace as Turtle."""
    return write_turtle(to_triples(determination))


def write_turtle(quads: Iterable[ox.Quad]) -> str:
    """Return ``quads`` as Turtle, in a stable order."""
    return write_rdf(sorted((q.triple for q in quads), key=str), ox.RdfFormat.TURTLE)


def write_rdf(statements: Iterable[ox.Triple] | Iterable[ox.Quad], form: ox.RdfFormat) -> str:
    """Return ``statements`` as text in ``form``, in the order given, with the prefixes of the project."""
    written = ox.serialize(statements, format=form, prefixes=PREFIXES)
    assert written is not None  # it is None only where it went to a file
    return written.decode()
