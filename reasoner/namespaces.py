"""The namespaces that the code names, and how IRIs are shortened for people."""

from typing import Final

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SH: Final = "http://www.w3.org/ns/shacl#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
PROV: Final = "http://www.w3.org/ns/prov#"

BASE: Final = "https://w3id.org/mtus/"
MTUS: Final = BASE + "ontology/"
CASE: Final = BASE + "case/"
# The shapes below this IRI say what a well-formed case is.
CASE_SHAPES: Final = BASE + "shape/case/"
DETERMINATION: Final = BASE + "determination/"
ANSWER: Final = BASE + "answer/"
STATUS: Final = BASE + "status/"
REASON: Final = BASE + "reason/"
GUIDELINE: Final = BASE + "guideline/"

TYPE: Final = RDF + "type"
FIRST: Final = RDF + "first"
REST: Final = RDF + "rest"
NIL: Final = RDF + "nil"
PREF_LABEL: Final = SKOS + "prefLabel"


def local_name(iri: str) -> str:
    """Return the part of ``iri`` after the last ``#`` or ``/``."""
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
