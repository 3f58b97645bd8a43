"""``/graphs``: the Graph Store Protocol for reading (https://www.w3.org/TR/sparql11-http-rdf-update/#http-get).

A graph is named in the query string: ``?graph=IRI``, or ``?default`` for all graphs together. Nothing is written here.
"""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from mtus.api.answering import problem
from mtus.api.errors import ApiError
from mtus.api.protocol import refuse_bad_iri
from mtus.api.routes.sparql import CUT_HEADER, GRAPH_CONTENT, accepted, answer_headers
from mtus.api.store import archive
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_results import GRAPH_TYPES
from mtus.reasoner.store import ALL_GRAPHS, Dataset

router = APIRouter(tags=["queries"])

_ALL: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The graph.",
        "headers": {CUT_HEADER: {"description": "How many triples the answer has, where it was cut.", "schema": {"type": "integer"}}},
        "content": GRAPH_CONTENT,
    },
    400: problem("No graph is named, or two, or what is named is no IRI."),
    404: problem("There is no graph of this name."),
    406: problem("The client accepts no format of a graph."),
}
_PARAMETERS: Final = [
    {"name": "graph", "in": "query", "description": "The name of a graph.", "schema": {"type": "string", "format": "uri"},
     "example": "https://w3id.org/mtus/ontology"},
    {"name": "default", "in": "query", "description": "All graphs together, instead of one.", "allowEmptyValue": True,
     "schema": {"type": "string"}},
]  # fmt: skip


@router.get("/graphs", operation_id="getGraph", summary="Get a graph", response_class=Response, responses=_RESPONSES,
            openapi_extra={"parameters": _PARAMETERS})  # fmt: skip
async def get_graph(request: Request) -> Response:
    """Give one graph of the store, or all together."""
    names = request.query_params.getlist("graph")
    wants_default = "default" in request.query_params
    if len(names) + wants_default != 1:
        raise ApiError(400, "one-graph", "A request names exactly one graph.", "Name it as ?graph=IRI, or ask for ?default.")
    kind = accepted(request, tuple(GRAPH_TYPES))
    dataset = ALL_GRAPHS
    if names:
        refuse_bad_iri(names[0])
        dataset = Dataset(default=(names[0],), named=())
    answer = await archive(request).answer(QueryRequest(_ALL, dataset, graph_type=kind))
    if names and not answer.rows:
        raise ApiError(404, "no-graph", "There is no graph of this name.", f"Nothing is stored as {names[0][:200]}.")
    return Response(answer.content, media_type=kind, headers=answer_headers(answer))
