"""The trace as RDF (PROV-O), made from its JSON-LD, so that all forms come from one structure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import pyoxigraph as ox

from mtus.reasoner.assess import Assessed
from mtus.reasoner.canonical import digest
from mtus.reasoner.graph import Triple, from_quads, n_triples
from mtus.reasoner.namespaces import BASE, CASE, DCTERMS, DETERMINATION, GUIDELINE, MTUS, PROV, RDF, RDFS, SKOS, XSD, local_name
from mtus.reasoner.render_json import name_of, to_json_ld
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
    return _write(sorted((q.triple for q in quads), key=str), ox.RdfFormat.TURTLE)


def to_trig(determination: Determination, assessed: Assessed) -> str:
    """Return facts, inferences and trace as TriG, each in a graph of its own.

    The graphs are named after the case (``…/facts``) and the determination (``…/inferences``, and the determination itself). Blank
    nodes of the case have the names that the trace gives them. The facts stand in their graph alone, and not as a text in the trace too.
    """
    return _write(_quads(determination, assessed), ox.RdfFormat.TRIG)


def to_n_quads(determination: Determination, assessed: Assessed) -> bytes:
    """Return the same as :func:`to_trig`, as N-Quads: one line a statement, so that the traces of many cases can stand in one file."""
    return "".join(f"{quad} .\n" for quad in _quads(determination, assessed)).encode()


def _quads(determination: Determination, assessed: Assessed) -> list[ox.Quad]:
    trace = to_triples(replace(determination, stated_facts=""))
    quads = [
        *_graph(assessed.facts.stated, f"{determination.case}/facts", determination),
        *_graph(assessed.inferred.derivations, f"{determination.id}/inferences", determination),
        *(ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(determination.id)) for q in trace),
    ]
    return sorted(quads, key=lambda q: (str(q.graph_name), str(q)))


def _write(statements: Iterable[ox.Triple] | Iterable[ox.Quad], form: ox.RdfFormat) -> str:
    written = ox.serialize(statements, format=form, prefixes=PREFIXES)
    assert written is not None  # it is None only where it went to a file
    return written.decode()


def _graph(triples: Iterable[Triple], name: str, determination: Determination) -> list[ox.Quad]:
    named = ((name_of(s, determination), p, name_of(o, determination) if isinstance(o, str) else o) for s, p, o in triples)
    parsed = ox.parse(n_triples(named), format=ox.RdfFormat.N_TRIPLES)
    return [ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(name)) for q in parsed]
