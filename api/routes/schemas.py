"""`/schemas` and `/context`: the JSON Schemas of what is sent, and the JSON-LD contexts of what is sent and given."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Response

from mtus.api.answering import FAILED, Described, content, problem
from mtus.api.deps import shipped_knowledge
from mtus.api.errors import ApiError
from mtus.reasoner.case_json import json_ld_context
from mtus.reasoner.json_schema import case_schema
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_json import trace_context
from mtus.reasoner.render_review import review_context
from mtus.reasoner.review_schema import review_schema

router = APIRouter(tags=["schemas"])

_SCHEMA, _LD = "application/schema+json", "application/ld+json"
_SCHEMAS: Final[dict[str, Callable[[Knowledge], Any]]] = {"case.json": case_schema, "review.json": review_schema}
_CONTEXTS: Final[dict[str, Callable[[Knowledge], Any]]] = {
    "case.jsonld": lambda knowledge: json_ld_context(knowledge.vocabulary),
    "determination.jsonld": lambda _: trace_context(),
    "review.jsonld": lambda _: review_context(),
}


def _described(kind: str, meaning: str, names: dict[str, Any]) -> Described:
    return {200: {"description": f"{meaning}: {', '.join(names)}.", "content": content([kind])},
            404: problem(f"There is none of this name; there are {', '.join(names)}."), **FAILED}  # fmt: skip


@router.get("/schemas/{name}", operation_id="getSchema", summary="Get a JSON Schema", response_class=Response,
            responses=_described(_SCHEMA, "The schema", _SCHEMAS))  # fmt: skip
def get_schema(name: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Give the JSON Schema of a case or of a review."""
    return Response(orjson.dumps(_found(name, _SCHEMAS)(knowledge)), media_type=_SCHEMA)


@router.get("/context/{name}", operation_id="getContext", summary="Get a JSON-LD context", response_class=Response,
            responses=_described(_LD, "The context", _CONTEXTS))  # fmt: skip
def get_context(name: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Give the JSON-LD context of cases, determinations or reviews; whoever sends JSON-LD writes it into the document."""
    return Response(orjson.dumps({"@context": _found(name, _CONTEXTS)(knowledge)}), media_type=_LD)


def _found(name: str, known: dict[str, Callable[[Knowledge], Any]]) -> Callable[[Knowledge], Any]:
    if name not in known:
        raise ApiError(404, "no-schema", "There is no such schema or context.", f"There are {', '.join(known)}.")
    return known[name]
