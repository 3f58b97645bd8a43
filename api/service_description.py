"""What the endpoint says of itself: the service description (https://www.w3.org/TR/sparql11-service-description/) and its examples."""

from collections.abc import Iterable, Sequence
from typing import Final

from mtus.reasoner.graph import Literal, Triple
from mtus.reasoner.namespaces import RDFS, SH, TYPE, XSD
from mtus.reasoner.stored_queries import StoredQuery

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_SCHEMA: Final = "https://schema.org/"
_RESULT_FORMATS: Final = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples", "RDF_XML", "JSON-LD",
)  # fmt: skip


def service_description(endpoint: str, graphs: Sequence[str], *, is_cut: bool) -> list[Triple]:
    """Return the description of the service at ``endpoint`` with the named ``graphs``; ``is_cut`` where there are more."""
    service, dataset, default = "_:service", "_:dataset", "_:default"
    triples: list[Triple] = [
        (service, TYPE, SD + "Service"),
        (service, SD + "endpoint", endpoint),
        (service, SD + "supportedLanguage", SD + "SPARQL11Query"),
        (service, SD + "feature", SD + "UnionDefaultGraph"),
        *((service, SD + "resultFormat", _FORMATS + name) for name in _RESULT_FORMATS),
        (service, SD + "defaultDataset", dataset),
        (dataset, TYPE, SD + "Dataset"),
        (dataset, SD + "defaultGraph", default),
        (default, TYPE, SD + "Graph"),
        (default, RDFS + "comment", Literal("All named graphs together.")),
    ]
    if is_cut:
        why = "There are more named graphs: those of all stored cases. SELECT ?g WHERE { GRAPH ?g { } } names them."
        triples.append((dataset, RDFS + "comment", Literal(why)))
    for number, name in enumerate(graphs):
        node = f"_:named{number}"
        triples += [
            (dataset, SD + "namedGraph", node),
            (node, TYPE, SD + "NamedGraph"),
            (node, SD + "name", name),
            (node, SD + "graph", f"{node}graph"),
            (f"{node}graph", TYPE, SD + "Graph"),
        ]
    return triples


def sparql_examples(endpoint: str, queries: Iterable[StoredQuery]) -> list[Triple]:
    """Return the stored queries, with the defaults of their parameters, as examples in the way of SHACL's SPARQL executables."""
    triples: list[Triple] = []
    for query in queries:
        node = f"{endpoint.removesuffix('/sparql')}/queries/{query.name}"
        triples += [
            (node, TYPE, SH + "SPARQLExecutable"),
            (node, TYPE, SH + "SPARQLSelectExecutable"),
            (node, RDFS + "label", Literal(query.title, XSD + "string")),
            (node, RDFS + "comment", Literal(f"{query.question} Of: {query.denominator}.")),
            (node, SH + "select", Literal(query.bound({}))),
            (node, _SCHEMA + "target", endpoint),
        ]
    return triples
