"""``POST /reviews``: a stored determination and a filled form in, the review or the signed letter out.

Nothing is kept: whoever asks keeps the determination and the review. The determination itself never changes.
"""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.body import NAME, read_body
from mtus.api.deps import shipped_knowledge
from mtus.api.errors import PROBLEM_JSON, ApiError
from mtus.api.formats import media_type, negotiate
from mtus.reasoner.errors import review_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_review import review_to_json, review_to_json_ld, review_to_turtle
from mtus.reasoner.render_signed import to_signed_letter
from mtus.reasoner.replay import refuse_altered
from mtus.reasoner.review import SignedReview
from mtus.reasoner.review_form import form_from, json_of
from mtus.reasoner.review_make import make_review
from mtus.reasoner.stored import one_determination, read_stored
from mtus.reasoner.trace import Determination

router = APIRouter(tags=["reviews"])

# The media types of an answer; the first is the default.
ANSWER_TYPES: Final = ("application/json", "application/ld+json", "text/turtle", "text/plain")
_BODY_TYPE: Final = "application/json"
# Says why a determination could not be computed again before it was reviewed.
NOTE: Final = "Mtus-Not-Replayed"
_PROBLEM: Final[dict[str, Any]] = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The review, which names the determination and its digest; as plain text the signed letter.",
        "content": {kind: {"schema": {"type": "string" if kind.startswith("text/") else "object"}} for kind in ANSWER_TYPES},
        "headers": {
            NOTE: {
                "description": "Why the determination was not replayed before it was reviewed: it holds no facts, or was made with "
                "other knowledge or another release. Absent where it was, and came out identical.",
                "schema": {"type": "string"},
            }
        },
    },
    400: {"description": "The body cannot be read as JSON.", **_PROBLEM},
    406: {"description": "The client accepts no format that a review has.", **_PROBLEM},
    413: {"description": "The body is too large.", **_PROBLEM},
    415: {"description": "The media type of the body is not JSON.", **_PROBLEM},
    422: {"description": "The determination was altered, the review does not fit it, or its reviewer may not decide so.", **_PROBLEM},
    500: {"description": "The service failed; nothing was signed.", **_PROBLEM},
}
BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": "A stored determination and the filled form of a review.",
    "content": {
        _BODY_TYPE: {
            "schema": {
                "type": "object",
                "properties": {
                    "determination": {
                        "type": ["object", "string"],
                        "description": "The determination as JSON or JSON-LD, or as a text that holds its Turtle or TriG.",
                    },
                    "review": {"type": "object"},
                },
                "required": ["determination", "review"],
                "additionalProperties": False,
            }
        }
    },
}


@router.post("/reviews", operation_id="reviewDetermination", summary="Review a determination", response_class=Response,
             responses=_RESPONSES, openapi_extra={"requestBody": BODY})  # fmt: skip
async def review_determination(request: Request, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Review a stored determination: agree with it, or override it criterion by criterion.

    The determination is computed again where that is possible, and refused where it was altered. Only a physician may deny or modify
    care; others may agree to what is supported. `Accept` chooses between the review and, as plain text, the signed letter.
    """
    kind = negotiate(",".join(request.headers.getlist("accept")), ANSWER_TYPES)
    if kind is None:
        raise ApiError(406, "not-acceptable", "There is no such format of a review.", f"A review is given as {', '.join(ANSWER_TYPES)}.")
    sent, charset = media_type(request.headers.get("content-type", ""))
    if sent != _BODY_TYPE or charset not in ("", "utf-8", "utf8"):
        detail = f"Send the determination and the review as {_BODY_TYPE}, in UTF-8."
        raise ApiError(415, "unsupported-media-type", "The body cannot be read.", detail, {"Accept-Post": _BODY_TYPE})
    content = await read_body(request, request.app.state.limits)
    text, note = await run_in_threadpool(_review, content, kind, knowledge)
    headers = {"Vary": "Accept"} | ({NOTE: note} if note else {})
    return Response(text.encode(), media_type=kind, headers=headers)


def _review(content: bytes, kind: str, knowledge: Knowledge) -> tuple[str, str]:
    """Return the answer as ``kind``, and why the determination could not be computed again, empty where it was."""
    determination, filled = _parts(content)
    stored = one_determination(read_stored(determination, f"{NAME}#/determination", knowledge))
    note = refuse_altered(stored, knowledge, "The determination")
    review = make_review(stored.determination, form_from(filled, f"{NAME}#/review"), knowledge, f"{NAME}#/review")
    return _written(stored.determination, review, kind, knowledge), note


def _parts(content: bytes) -> tuple[bytes, Any]:
    body = json_of(content, NAME)
    if not isinstance(body, dict) or body.keys() != {"determination", "review"}:
        raise review_error("review-body", NAME, "The body is an object with the keys determination and review, and no others.",
                           "Send both; /openapi.json has an example.")  # fmt: skip
    determination = body["determination"]
    return determination.encode() if isinstance(determination, str) else orjson.dumps(determination), body["review"]


def _written(determination: Determination, review: SignedReview, kind: str, knowledge: Knowledge) -> str:
    if kind == "text/plain":
        return to_signed_letter(determination, review, knowledge)
    forms = {"application/json": review_to_json, "application/ld+json": review_to_json_ld, "text/turtle": review_to_turtle}
    return forms[kind](review, knowledge)
