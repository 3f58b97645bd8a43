"""The trace as RDF (PROV-O), made from its JSON and the JSON-LD context, so that all forms come from one structure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pyoxigraph as ox

from mtus.reasoner.canonical import digest
from mtus.reasoner.graph import from_quads
from mtus.reasoner.namespaces import BASE, CASE, DCTERMS, DETERMINATION, GUIDELINE, MTUS, PROV, RDF, RDFS, SKOS, XSD, local_name
from mtus.reasoner.own_json_ld import trace_triples
from mtus.reasoner.render_json import to_dict
from mtus.reasoner.trace import Determination
from mtus.reasoner.written import canonical_statements

_SCHEMES: Final = ("answer", "status", "reason", "disposition", "role", "burden", "confidence", "kind", "effect", "basis")
PREFIXES: Final = {
    **{name: f"{BASE}{name}/" for name in _SCHEMES},
    "mtus": MTUS, "guideline": GUIDELINE, "case": CASE, "determination": DETERMINATION, "cp": GUIDELINE + "chronic-pain-2009/",
    "prov": PROV, "dcterms": DCTERMS, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD,
}  # fmt: skip


def canonical(data: Mapping[str, Any], prefix: str = "") -> ox.Dataset:
    """Return ``data``, plain JSON data under the context of a trace, as triples.

    The names of blank nodes are ``prefix`` and their canonical names (RDFC-1.0).
    """
    lines = "".join(f"{statement} .\n" for statement in canonical_statements(trace_triples(data), prefix))
    return ox.Dataset(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))


def determination_digest(determination: Determination) -> str:
    """Return the digest of ``determination``: the SHA-256 of its trace as canonical N-Quads (RDFC-1.0).

    It is the same whatever the format that the determination was stored in, and whether or not the facts are stored with it: those
    are covered by their own digest, which the trace holds.
    """
    return digest(from_quads(canonical(to_dict(replace(determination, stated_facts="")))))


def to_triples(determination: Determination) -> ox.Dataset:
    """Return the trace as triples; equal traces give equal bytes.

    Blank nodes have their canonical names after the name of the determination, so that several traces may stand in one file.
    """
    return canonical(to_dict(determination), f"d{local_name(determination.id)[:12]}")


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
