"""``/determinations/{name}/review``: a physician's review of a determination that is kept here, which is kept beside it for good."""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.answering import BODY, JSON, NOT_ACCEPTABLE, STORE, Described, answer, chosen, content
from mtus.api.body import NAME, read_body, refuse_other_types
from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.keeper import keeper, name_of_determination
from mtus.api.routes.determinations import NO_DETERMINATION, OF_DETERMINATION
from mtus.api.routes.reviews import ANSWER_TYPES, NOTE, review_written
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_review import review_to_json
from mtus.reasoner.replay import refuse_altered
from mtus.reasoner.review import SignedReview
from mtus.reasoner.review_form import form_from_json
from mtus.reasoner.review_make import make_review
from mtus.reasoner.stored import Stored
from mtus.reasoner.stored_cases import Outcome

router = APIRouter(tags=["reviews"])

_NOTE: Final = {NOTE: {"description": "Why the determination was not computed again before it was reviewed.", "schema": {"type": "string"}}}
_POSTED: Final[Described] = {
    200: {"description": "The same review was there already.", "headers": _NOTE, "content": content(ANSWER_TYPES)},
    201: {"description": "The review is kept.", "headers": _NOTE, "content": content(ANSWER_TYPES)},
    **NO_DETERMINATION, **BODY, **NOT_ACCEPTABLE, **STORE,
}  # fmt: skip
_GOT: Final[Described] = {
    200: {"description": "The reviews, the oldest first.", "content": content([JSON], {"reviews": []})},
    **NO_DETERMINATION, **NOT_ACCEPTABLE, **STORE,
}  # fmt: skip


def _form() -> dict[str, Any]:
    """Return how the OpenAPI description has the body; its schema is that of a review, at ``/schemas/review.json``."""
    return {"required": True, "description": "The filled form of a review; /schemas/review.json is its schema.",
            "content": {JSON: {"schema": {"type": "object"}}}}  # fmt: skip


@router.post(OF_DETERMINATION + "/review", operation_id="reviewKeptDetermination", summary="Review a determination that is kept here",
             response_class=Response, responses=_POSTED, status_code=201, openapi_extra={"requestBody": _form()})  # fmt: skip
async def post_review(request: Request, name: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Review a determination: agree with it, or override it criterion by criterion. The review is kept; the determination never changes.

    Only a physician may deny or modify care; others may agree to what is supported. `Accept` chooses between the review and, as plain text,
    the signed letter.
    """
    kind = chosen(request, ANSWER_TYPES)
    refuse_other_types(request, (JSON,), "the review")
    body = await read_body(request, case_limits())
    name = name_of_determination(name)
    kept = keeper(request)
    stored = await kept.stored(name)
    review, note = await run_in_threadpool(_made, stored, body, knowledge)
    outcome = await kept.put_review(local_name(review.id), name, review_to_json(review, knowledge).encode())
    text = await run_in_threadpool(review_written, stored.determination, review, kind, knowledge)
    headers = {NOTE: note} if note else {}
    return answer(text, kind, status=200 if outcome is Outcome.UNCHANGED else 201, Location=f"/determinations/{name}/review", **headers)


@router.get(OF_DETERMINATION + "/review", operation_id="getReviews", summary="Get the reviews of a determination", response_class=Response,
            responses=_GOT)  # fmt: skip
async def get_reviews(request: Request, name: str) -> Response:
    """Give the reviews of a determination, the oldest first; an empty list where nobody has reviewed it yet."""
    chosen(request, (JSON,))
    name = name_of_determination(name)
    kept = keeper(request)
    found = await kept.reviews(name)
    if not found:
        # whether there is nothing to review, or no review
        await kept.json(name)
    return answer(orjson.dumps({"reviews": [orjson.Fragment(one) for one in found]}), JSON)


def _made(stored: Stored, content: bytes, knowledge: Knowledge) -> tuple[SignedReview, str]:
    """Return the review that is filled into the form in ``content``, and why the determination could not be computed again."""
    note = refuse_altered(stored, knowledge, "The determination", case_limits())
    return make_review(stored.determination, form_from_json(content, NAME), knowledge, NAME), note
