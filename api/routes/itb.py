"""Validation as the ITB's RDF validator offers it, so that its clients work here unchanged.

Conventions: https://www.itb.ec.europa.eu/docs/guides/latest/validatingRDF/index.html (REST API). A domain is a guideline; a validation type
is an edition of it, which is taken to be the one in force. A completed validation is 200 whatever it found.
"""

import base64
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request, Response

from mtus.api.answering import BODY, JSON, NOT_ACCEPTABLE, Described, answer, chosen, content, problem
from mtus.api.body import read_body, refuse_other_types
from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.determining import determiner
from mtus.api.examples import turtle_case
from mtus.api.formats import REPORT_TYPES
from mtus.api.itb_request import domain_info, domains, item_schema, read_item, read_items
from mtus.api.validating import report_for
from mtus.reasoner.knowledge import Knowledge

router = APIRouter(tags=["validation"])

_NO_DOMAIN: Final[Described] = {404: problem("There is no such domain; /{domain}/api/info knows those that there are.")}
_ONE: Final[Described] = {
    200: {"description": "The validation was completed: a sh:ValidationReport.", "content": content(tuple(REPORT_TYPES))},
    **_NO_DOMAIN, **BODY, **NOT_ACCEPTABLE,
}  # fmt: skip
_MANY: Final[Described] = {
    200: {"description": "One report for each item, in their order, Base64-encoded.",
          "content": content([JSON], [{"report": "", "reportSyntax": "text/turtle"}])},
    **_NO_DOMAIN, **BODY, **NOT_ACCEPTABLE,
}  # fmt: skip
_INFO: Final[Described] = {200: {"description": "The domain and its validation types.", "content": content([JSON])}, **_NO_DOMAIN}
_EXAMPLE: Final = {"contentToValidate": turtle_case(), "embeddingMethod": "STRING", "contentSyntax": "text/turtle"}


def _body(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema, "example": example}}}}


@router.post("/{domain}/api/validate", operation_id="itbValidate", summary="Validate (ITB)", response_class=Response, responses=_ONE,
             openapi_extra=_body(item_schema(), _EXAMPLE))  # fmt: skip
async def validate_one(request: Request, domain: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Validate the content in the body. `reportSyntax` goes before `Accept`. Addresses are refused: nothing is ever fetched."""
    item = read_item(await _json(request, domain, knowledge), domain, knowledge)
    kind = item.report_syntax or chosen(request, tuple(REPORT_TYPES))
    report: bytes = await determiner(request).run(report_for, item.content, item.syntax, kind, item.edition)
    return answer(report, kind)


@router.post("/{domain}/api/validateMultiple", operation_id="itbValidateMultiple", summary="Validate several (ITB)",
             response_class=Response, responses=_MANY,
             openapi_extra=_body({"type": "array", "items": item_schema(), "minItems": 1}, [_EXAMPLE]))  # fmt: skip
async def validate_many(request: Request, domain: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Validate several contents; what one of them cannot be validated for, refuses all."""
    items = read_items(await _json(request, domain, knowledge), domain, knowledge)
    reports = []
    for item in items:
        kind = item.report_syntax or "text/turtle"
        report: bytes = await determiner(request).run(report_for, item.content, item.syntax, kind, item.edition, item.place)
        reports.append({"report": base64.b64encode(report).decode(), "reportSyntax": kind})
    return answer(orjson.dumps(reports), JSON)


@router.get("/{domain}/api/info", operation_id="itbInfo", summary="Get the validation types of a domain (ITB)", response_class=Response,
            responses=_INFO)  # fmt: skip
async def get_info(domain: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Give the domain and its validation types, which are the editions whose provisions are encoded."""
    return answer(orjson.dumps(domain_info(domain, knowledge)), JSON)


@router.get("/api/info", operation_id="itbInfoOfAll", summary="Get all domains (ITB)", response_class=Response,
            responses={200: {"description": "All domains.", "content": content([JSON])}})  # fmt: skip
async def get_all(knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Give all domains with their validation types."""
    return answer(orjson.dumps([domain_info(name, knowledge) for name in domains(knowledge)]), JSON)


async def _json(request: Request, domain: str, knowledge: Knowledge) -> bytes:
    domain_info(domain, knowledge)
    refuse_other_types(request, (JSON,))
    return await read_body(request, case_limits())
