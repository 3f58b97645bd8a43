"""The pages for people: start, determinations, the case form, the guideline browser. Not part of the API, so not in its description."""

from fastapi import APIRouter

from mtus.api.routes import page_determination, page_determine, page_guideline, page_review, page_start

router = APIRouter(include_in_schema=False)
router.include_router(page_start.router)
router.include_router(page_determine.router)
router.include_router(page_guideline.router)
router.include_router(page_review.router)
router.include_router(page_determination.router)
