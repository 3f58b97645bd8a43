"""The pages for people: start, determinations, the case form, the guideline browser. Not part of the API, so not in its description."""

from fastapi import APIRouter

from mtus.api.routes import page_determination, page_determine, page_guideline, page_review, page_start

router = APIRouter(include_in_schema=False)
# One flat list: the errors look up which methods an address knows.
for part in (page_start, page_determine, page_guideline, page_review, page_determination):
    router.routes.extend(part.router.routes)
