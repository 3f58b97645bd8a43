"""``POST /reviews``: a stored determination and a filled form in, the review or the signed letter out.

Nothing is kept: whoever asks keeps the determination and the review. The determination itself never changes. The review of a determination
that is kept here is sent to it: :mod:`mtus.api.routes.kept_reviews`.
"""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.answering import JSON, JSON_LD, TEXT, TURTLE, answer, chosen, problem
from mtus.api.body import NAME, read_body, refuse_other_types
from mtus.api.deps import case_limits, shipped_knowledge
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
ANSWER_TYPES: Final = (JSON, JSON_LD, TURTLE, TEXT)
# Says why a determination could not be computed again before it was reviewed.
NOTE: Final = "Mtus-Not-Replayed"
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
    400: problem("The body cannot be read as JSON."),
    406: problem("The client accepts no format that a review has."),
    413: problem("The body is too large."),
    415: problem("The media type of the body is not JSON."),
    422: problem("The determination was altered, the review does not fit it, or its reviewer may not decide so."),
    500: problem("The service failed; nothing was signed."),
}
BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": "A stored determination and the filled form of a review.",
    "content": {
        JSON: {
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
    kind = chosen(request, ANSWER_TYPES)
    refuse_other_types(request, (JSON,), "the determination and the review")
    content = await read_body(request, case_limits())
    text, note = await run_in_threadpool(_review, content, kind, knowledge)
    headers = {NOTE: note} if note else {}
    return answer(text, kind, status=200, **headers)


def _review(content: bytes, kind: str, knowledge: Knowledge) -> tuple[str, str]:
    """Return the answer as ``kind``, and why the determination could not be computed again, empty where it was."""
    determination, filled = _parts(content)
    stored = one_determination(read_stored(determination, f"{NAME}#/determination", knowledge, case_limits()))
    note = refuse_altered(stored, knowledge, "The determination", case_limits())
    review = make_review(stored.determination, form_from(filled, f"{NAME}#/review"), knowledge, f"{NAME}#/review")
    return review_written(stored.determination, review, kind, knowledge), note


def _parts(content: bytes) -> tuple[bytes, Any]:
    body = json_of(content, NAME)
    if not isinstance(body, dict) or body.keys() != {"determination", "review"}:
        raise review_error("review-body", NAME, "The body is an object with the keys determination and review, and no others.",
                           "Send both; /openapi.json has an example.")  # fmt: skip
    determination = body["determination"]
    return determination.encode() if isinstance(determination, str) else orjson.dumps(determination), body["review"]


def review_written(determination: Determination, review: SignedReview, kind: str, knowledge: Knowledge) -> str:
    """Return a ``review`` of ``determination`` as ``kind``, one of :data:`ANSWER_TYPES`; as plain text the signed letter."""
    if kind == TEXT:
        return to_signed_letter(determination, review, knowledge)
    forms = {JSON: review_to_json, JSON_LD: review_to_json_ld, TURTLE: review_to_turtle}
    return forms[kind](review, knowledge)
