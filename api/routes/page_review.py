"""``/determinations/{name}/review.html``: a determination is reviewed on a page; the review is kept beside it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.keeper import keeper
from mtus.api.pages import missing_page
from mtus.api.posted import posted_form
from mtus.api.review_page import review_form, review_page
from mtus.reasoner.errors import ReviewError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_review import review_to_json
from mtus.reasoner.replay import refuse_altered
from mtus.reasoner.review import SignedReview
from mtus.reasoner.review_make import make_review
from mtus.reasoner.stored import Stored

router = APIRouter(include_in_schema=False)
Known = Annotated[Knowledge, Depends(shipped_knowledge)]


@router.get("/determinations/{name}/review.html")
async def show_review(request: Request, name: str, knowledge: Known) -> Response:
    """Show the form of a review."""
    stored = await keeper(request).find(name)
    if stored is None:
        return missing_page("determination", name, "/")
    return await run_in_threadpool(review_page, stored.determination, {}, knowledge)


@router.post("/determinations/{name}/review.html")
async def sign_review(request: Request, name: str, knowledge: Known) -> Response:
    """Sign the review that was filled in; say what is wrong with it, and keep what was entered, where it cannot be signed."""
    values = await posted_form(request)
    kept = keeper(request)
    stored = await kept.stored(name)
    try:
        review = await run_in_threadpool(_signed, stored, values, knowledge)
    except ReviewError as error:
        return await run_in_threadpool(review_page, stored.determination, values, knowledge, error)
    determination = local_name(stored.determination.id)
    await kept.put_review(local_name(review.id), determination, review_to_json(review, knowledge).encode())
    return RedirectResponse(f"/determinations/{determination}.html#review", status_code=303)


def _signed(stored: Stored, values: dict[str, list[str]], knowledge: Knowledge) -> SignedReview:
    refuse_altered(stored, knowledge, "The determination", case_limits())
    return make_review(stored.determination, review_form(stored.determination, values), knowledge, "form")
