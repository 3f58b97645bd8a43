"""Answers of queries in the formats of the W3C, cut at a limit of rows, and saying so where they were.

Tables: JSON (https://www.w3.org/TR/sparql11-results-json/), XML (https://www.w3.org/TR/rdf-sparql-XMLres/), CSV and TSV
(https://www.w3.org/TR/sparql11-results-csv-tsv/). Graphs: Turtle, N-Triples, RDF/XML, JSON-LD. That an answer was cut stands in its head
as a link (JSON, XML) or in a comment (Turtle, N-Triples, RDF/XML); CSV, TSV and JSON-LD have no place for it, and only the header of the
HTTP response says it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson
import pyoxigraph as ox

from mtus.reasoner.errors import query_error
from mtus.reasoner.namespaces import BASE, SH
from mtus.reasoner.render_rdf import PREFIXES
from mtus.reasoner.settings import QUERIES, QuerySettings
from mtus.reasoner.store import Solutions

# Formats of tables and truth values, and of graphs, by media type; the first of each is the default.
TABLE_TYPES: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPH_TYPES: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
# The page about answers that were cut; what the head of a cut answer links to.
CUT: Final = BASE + "problem/answer-cut"
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_PREFIXES: Final = {**PREFIXES, "sh": SH}


@dataclass(frozen=True)
class Answer:
    """An answer as text: its media type, how many rows (or triples) it has, and whether there were more."""

    media_type: str
    content: bytes
    rows: int
    is_cut: bool


def write_answer(found: Solutions, table_type: str, graph_type: str, settings: QuerySettings = QUERIES) -> Answer:
    """Return ``found`` in one of :data:`TABLE_TYPES` or :data:`GRAPH_TYPES`, whichever fits, with at most ``max_rows`` rows.

    Raises :class:`QueryError` where the text would be larger than ``max_answer_bytes``.
    """
    if isinstance(found, ox.QueryTriples):
        answer = _graph(found, graph_type, settings)
    elif isinstance(found, ox.QueryBoolean):
        answer = Answer(table_type, _written(found.serialize(format=TABLE_TYPES[table_type])), 1, False)
    else:
        answer = _table(found, table_type, settings)
    if len(answer.content) > settings.max_answer_bytes:
        raise _too_large(settings)
    return answer


def rows_of(found: ox.QuerySolutions, settings: QuerySettings = QUERIES) -> tuple[list[dict[str, Any]], bool]:
    """Return at most ``max_rows`` rows as the bindings of SPARQL JSON, and whether there were more."""
    names = [variable.value for variable in found.variables]
    bindings: list[dict[str, Any]] = []
    size = 0
    for row in islice(found, settings.max_rows):
        binding = {name: _json_term(term) for name, term in zip(names, row, strict=True) if term is not None}
        size += sum(len(term["value"]) if isinstance(term["value"], str) else 100 for term in binding.values())
        if size > settings.max_answer_bytes:
            raise _too_large(settings)
        bindings.append(binding)
    return bindings, next(found, None) is not None


def _table(found: ox.QuerySolutions, kind: str, settings: QuerySettings) -> Answer:
    names = [variable.value for variable in found.variables]
    bindings, is_cut = rows_of(found, settings)
    head: dict[str, Any] = {"vars": names}
    if is_cut and kind == "application/sparql-results+json":
        head["link"] = [CUT]
    content = orjson.dumps({"head": head, "results": {"bindings": bindings}})
    if kind != "application/sparql-results+json":
        read = ox.parse_query_results(content, ox.QueryResultsFormat.JSON)
        content = _written(read.serialize(format=TABLE_TYPES[kind]))
        if is_cut and kind == "application/sparql-results+xml":
            content = content.replace(b"</head>", f'<link href="{CUT}"/></head>'.encode(), 1)
    return Answer(kind, content, len(bindings), is_cut)


def _graph(found: ox.QueryTriples, kind: str, settings: QuerySettings) -> Answer:
    triples = list(_limited(found, settings))
    is_cut = next(found, None) is not None
    content = _written(ox.serialize(triples, format=GRAPH_TYPES[kind], prefixes=_PREFIXES))
    if is_cut:
        said = f"Cut after {len(triples)} triples; there are more."
        if kind in ("text/turtle", "application/n-triples"):
            content = f"# {said}\n".encode() + content
        elif kind == "application/rdf+xml":
            content = content.replace(b"?>", f"?>\n<!-- {said} -->".encode(), 1)
    return Answer(kind, content, len(triples), is_cut)


def _limited(found: ox.QueryTriples, settings: QuerySettings) -> Iterator[ox.Triple]:
    size = 0
    for triple in islice(found, settings.max_rows):
        size += len(triple.object.value) if isinstance(triple.object, ox.Literal) else 0
        if size > settings.max_answer_bytes:
            raise _too_large(settings)
        yield triple


def _json_term(term: object) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Literal):
        if term.language:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        own = {} if term.datatype.value == _STRING else {"datatype": term.datatype.value}
        return {"type": "literal", "value": term.value, **own}
    assert isinstance(term, ox.Triple)
    parts = (("subject", term.subject), ("predicate", term.predicate), ("object", term.object))
    return {"type": "triple", "value": {name: _json_term(part) for name, part in parts}}


def _written(content: bytes | None) -> bytes:
    assert content is not None  # it is None only where it went to a file
    return content


def _too_large(settings: QuerySettings) -> Exception:
    return query_error("answer-too-large", "query", f"The answer would have more than {settings.max_answer_bytes:,} bytes.",
                       "Ask for fewer columns or rows, or raise the limit MTUS_MAX_ANSWER_BYTES.")  # fmt: skip
