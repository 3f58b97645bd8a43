"""``POST /validate``: a case in RDF or plain JSON in, a standard SHACL validation report out.

The report covers all shapes: those of a well-formed case, and those of every criterion. What cannot be validated at all (it does not
parse, uses terms of which nothing is known, or contradicts itself) is a problem and no report.
"""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from mtus.api.answering import answer, chosen, problem
from mtus.api.body import read_body, syntax_of
from mtus.api.deps import case_limits
from mtus.api.determining import determiner
from mtus.api.examples import REPORT, json_case, turtle_case
from mtus.api.formats import INPUT_TYPES, REPORT_TYPES
from mtus.api.validating import report_for
from mtus.reasoner.settings import DEFAULT

router = APIRouter(tags=["validation"])

_TEXT: Final = {"schema": {"type": "string"}}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The validation was completed, whatever it found: a sh:ValidationReport.",
        "content": {kind: dict(_TEXT) for kind in REPORT_TYPES} | {"text/turtle": {**_TEXT, "example": REPORT}},
    },
    400: problem("The body cannot be read in its format."),
    406: problem("The client accepts no format that a report has."),
    413: problem("The body is too large to be one case."),
    415: problem("The media type of the body is missing or not known."),
    422: problem("The body can be read and not validated: unknown terms, wrong values, contradictory facts."),
    500: problem("The service failed; that says nothing about the case."),
}


def case_body() -> dict[str, Any]:
    """Return how the OpenAPI description has a body that is one case."""
    content = {kind: dict(_TEXT) for kind in INPUT_TYPES}
    content["text/turtle"]["example"] = turtle_case()  # type: ignore[assignment]
    content["application/json"] = {"schema": {"type": "object"}, "example": json_case()}
    content["application/ld+json"] = {"schema": {"type": "object"}}
    return {"required": True, "description": f"One case, of at most {DEFAULT.max_bytes:,} bytes.", "content": content}


@router.post("/validate", operation_id="validateCase", summary="Validate a case", response_class=Response, responses=_RESPONSES,
             openapi_extra={"requestBody": case_body()})  # fmt: skip
async def validate_case(request: Request) -> Response:
    """Validate the case in the body against all shapes.

    The answer is 200 with a standard SHACL validation report whatever the validation found. Results of a shape that belongs to a
    criterion carry its status, its provision and the burden of documentation as well. `Accept` chooses the format of the report.
    """
    kind = chosen(request, tuple(REPORT_TYPES))
    syntax = syntax_of(request)
    content = await read_body(request, case_limits())
    report: bytes = await determiner(request).run(report_for, content, syntax, kind)
    return answer(report, kind)
