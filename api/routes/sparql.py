"""``/sparql``: the SPARQL 1.1 Protocol, read-only, with a page for people at the same address.

A request without a query is answered with the service description or with the page, whichever the client prefers.
"""

from typing import Any, Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request, Response

from mtus.api.answering import HTML, JSON, chosen, preferred, problem, problem_or_page
from mtus.api.errors import ApiError, status_of_query
from mtus.api.formats import serialize
from mtus.api.pages import page
from mtus.api.protocol import DIRECT, FORM, Asked, read_asked
from mtus.api.service_description import service_description, sparql_examples
from mtus.api.store import Archive, archive
from mtus.reasoner.case_graphs import KNOWLEDGE_GRAPHS
from mtus.reasoner.errors import MtusError, QueryError
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_results import GRAPH_TYPES, TABLE_TYPES, Answer
from mtus.reasoner.sparql_text import QueryText, read_query

router = APIRouter(tags=["queries"])

CUT_HEADER: Final = "Answer-Cut-After"
# The words of the parameter ``format``, for links and for clients that cannot set a header.
FORMATS: Final = {
    "json": "application/sparql-results+json", "xml": "application/sparql-results+xml", "csv": "text/csv",
    "tsv": "text/tab-separated-values", "turtle": "text/turtle", "n-triples": "application/n-triples",
    "rdf-xml": "application/rdf+xml", "json-ld": "application/ld+json", "html": HTML,
}  # fmt: skip
_GRAPHS: Final = "SELECT DISTINCT ?g WHERE { GRAPH ?g { } }"
_TEXT: Final = {"schema": {"type": "string"}}
# What the standards say of the JSON formats: an answer is an object, a graph an object or a list of them.
_JSON_SCHEMAS: Final = {
    "application/sparql-results+json": {"schema": {"type": "object", "required": ["head"]}},
    JSON: {"schema": {"type": "object", "required": ["head"]}},
    "application/ld+json": {"schema": {"type": ["object", "array"]}},
}
# The formats of a graph, for the description of a route that gives one.
GRAPH_CONTENT: Final = {kind: _JSON_SCHEMAS.get(kind, _TEXT) for kind in GRAPH_TYPES}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer; without a query, the service description or the page.",
        "headers": {CUT_HEADER: {"description": "How many rows the answer has, where it was cut.", "schema": {"type": "integer"}}},
        "content": {kind: _JSON_SCHEMAS.get(kind, _TEXT) for kind in (*TABLE_TYPES, JSON, *GRAPH_TYPES, HTML)},
    },
    400: problem_or_page("There is no query, or two, or one that is wrong, or an update."),
    406: problem("The client accepts no format that the answer has."),
    413: problem_or_page("The query or its answer is too large."),
    415: problem("The body is no query."),
    503: problem_or_page("The query was stopped by a limit, all processes are busy, or the store is not there."),
}
_EXAMPLE: Final = "SELECT ?case WHERE { ?case a <https://w3id.org/mtus/ontology/Case> }"
_PARAMETERS: Final = [
    {"name": "query", "in": "query", "description": "A SPARQL 1.1 query.", "schema": {"type": "string"}, "example": _EXAMPLE},
    *(
        {"name": f"{name}-graph-uri", "in": "query", "description": f"A {name} graph; may be repeated.",
         "schema": {"type": "array", "items": {"type": "string", "format": "uri"}}}
        for name in ("default", "named")
    ),
    {"name": "format", "in": "query", "description": "Instead of Accept.", "schema": {"type": "string", "enum": list(FORMATS)}},
]  # fmt: skip
_BODY: Final = {
    "required": True,
    "content": {
        FORM: {"schema": {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}},
        DIRECT: {**_TEXT, "example": _EXAMPLE},
    },
}


@router.get("/sparql", operation_id="queryGet", summary="Ask a query", response_class=Response, responses=_RESPONSES,
            openapi_extra={"parameters": _PARAMETERS})  # fmt: skip
async def query_get(request: Request) -> Response:
    """Answer the query in the URL; without one, describe the service, or show the query page."""
    return await _answered(request)


@router.post("/sparql", operation_id="queryPost", summary="Ask a query", response_class=Response, responses=_RESPONSES,
             openapi_extra={"parameters": _PARAMETERS[1:], "requestBody": _BODY})  # fmt: skip
async def query_post(request: Request) -> Response:
    """Answer the query in the body, a form or the query itself."""
    return await _answered(request)


@router.get("/.well-known/sparql-examples", operation_id="getSparqlExamples", summary="Get example queries", response_class=Response,
            responses={200: {"description": "The stored queries.", "content": GRAPH_CONTENT},
                       406: _RESPONSES[406]})  # fmt: skip
async def get_examples(request: Request) -> Response:
    """Give the stored queries as examples in RDF."""
    kind = accepted(request, tuple(GRAPH_TYPES))
    triples = sparql_examples(_endpoint(request), archive(request).queries.values())
    return Response(serialize(triples, kind), media_type=kind, headers={"Vary": "Accept"})


def accepted(request: Request, offered: tuple[str, ...], asked: str = "") -> str:
    """Return the media type of ``offered`` that the client prefers; ``asked`` is the parameter ``format``, which goes first.

    Raises :class:`ApiError`: 406 where it accepts none, 400 where ``format`` names none.
    """
    if asked:
        if FORMATS.get(asked) not in offered:
            known = ", ".join(word for word, kind in FORMATS.items() if kind in offered)
            raise ApiError(400, "bad-format", "There is no such format of this answer.", f"The format '{asked[:100]}' is none of {known}.")
        return FORMATS[asked]
    return chosen(request, offered)


def answer_headers(answer: Answer) -> dict[str, str]:
    """Return the headers of an answer: it depends on Accept, is kept nowhere, and says where it was cut."""
    return {"Vary": "Accept", "Cache-Control": "no-store", **({CUT_HEADER: str(answer.rows)} if answer.is_cut else {})}


async def _answered(request: Request) -> Response:
    found = archive(request)
    asked = await read_asked(request, found.settings)
    if asked.query is None:
        return await _without_query(request, found, asked)
    prefers_page = asked.format == "html" or (not asked.format and accepted_quietly(request) == HTML)
    if prefers_page:
        return await _query_page(found, asked)
    text = read_query(asked.query, found.settings)
    offered = (*GRAPH_TYPES,) if text.gives_graph else (*TABLE_TYPES, JSON)
    kind = accepted(request, (*offered, HTML), asked.format)
    answer = await found.answer(_request(asked, text, kind))
    return Response(answer.content, media_type=kind, headers=answer_headers(answer))


def accepted_quietly(request: Request) -> str | None:
    """Return the media type that the client prefers among all that an answer may have, or None."""
    return preferred(request, (*TABLE_TYPES, JSON, *GRAPH_TYPES, HTML))


def _request(asked: Asked, text: QueryText, kind: str) -> QueryRequest:
    table = kind if kind in TABLE_TYPES else FORMATS["json"]
    return QueryRequest(text.text, asked.dataset(names_dataset=text.names_dataset), table, kind if kind in GRAPH_TYPES else "text/turtle")


async def _without_query(request: Request, found: Archive, asked: Asked) -> Response:
    offered = (*GRAPH_TYPES, HTML)
    kind = FORMATS.get(asked.format) if asked.format else preferred(request, offered)
    if kind not in offered:
        # what it accepts is the format of an answer, so it forgot to ask
        raise ApiError(400, "one-query", "A request asks exactly one query.", "The request has no query.")
    if kind == HTML:
        return _page(found, "")
    names = await found.rows(_GRAPHS)
    others = sorted({row["g"]["value"] for row in names["results"]["bindings"]} - {*KNOWLEDGE_GRAPHS})
    room = found.settings.max_listed_graphs - len(KNOWLEDGE_GRAPHS)
    graphs = (*KNOWLEDGE_GRAPHS, *others[:room])
    triples = service_description(_endpoint(request), graphs, is_cut=len(others) > room)
    return Response(serialize(triples, kind), media_type=kind, headers={"Vary": "Accept"})


async def _query_page(found: Archive, asked: Asked) -> Response:
    """Return the page with the query and its answer, or with what is wrong."""
    assert asked.query is not None
    try:
        text = read_query(asked.query, found.settings)
        answer = await found.answer(_request(asked, text, FORMATS["json"]))
    except MtusError as error:
        if not isinstance(error, QueryError):
            raise
        return _page(found, asked.query, status=status_of_query(error), problem_list=error.problems)
    shown: dict[str, Any] = {"rows": answer.rows, "is_cut": answer.is_cut, "boolean": None, "graph": None, "columns": [], "bindings": []}
    if text.gives_graph:
        shown["graph"] = answer.content.decode()
    else:
        read = orjson.loads(answer.content)
        shown |= {"boolean": read["boolean"]} if "boolean" in read else _table(read)
    words = ("turtle", "json-ld") if text.gives_graph else ("csv", "json", "xml")
    shown["links"] = [(word, f"/sparql?{urlencode(_parameters(asked, word))}") for word in words]
    return _page(found, asked.query, answer=shown, headers=answer_headers(answer))


def _parameters(asked: Asked, word: str) -> list[tuple[str, str]]:
    graphs = [("default-graph-uri", g) for g in asked.default_graphs] + [("named-graph-uri", g) for g in asked.named_graphs]
    return [("query", asked.query or ""), *graphs, ("format", word)]


def _table(read: dict[str, Any]) -> dict[str, Any]:
    return {"columns": read["head"]["vars"], "bindings": read["results"]["bindings"]}


def _page(found: Archive, query: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    stored = sorted(found.queries.values(), key=lambda q: q.title)
    links = ((q, urlencode({"query": q.bound({}), "format": "html"})) for q in stored)
    examples = [{"name": q.name, "title": q.title, "link": f"/sparql?{link}"} for q, link in links]
    shown = {"query": query or _EXAMPLE, "examples": examples, "answer": None, "problem_list": (), **values}
    limits = {"seconds": found.settings.query_seconds, "rows_limit": found.settings.max_rows}
    return page("sparql.html", status=status, headers=headers, **shown, **limits)


def _endpoint(request: Request) -> str:
    return str(request.url.replace(path="/sparql", query="", fragment=""))
