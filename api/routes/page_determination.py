"""``/determinations/{name}.html`` and the files beside it: letter, JSON, RDF, drawings, the form of a review."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.determination_page import Download, determination_page
from mtus.api.determination_work import FILES, changes_of, drawing, is_replayable
from mtus.api.errors import ApiError
from mtus.api.keeper import keeper
from mtus.api.pages import missing_page
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.stored import read_stored
from mtus.reasoner.trace import Determination

router = APIRouter(include_in_schema=False)
Known = Annotated[Knowledge, Depends(shipped_knowledge)]
_DRAWING = re.compile(r"request-(\d{1,4})\.svg")


@router.get("/determinations/{name}.html")
async def show(request: Request, name: str, knowledge: Known) -> Response:
    """Show a determination that is kept."""
    stored = await keeper(request).find(name)
    if stored is None:
        return missing_page("determination", name, "/")
    reviews = await keeper(request).reviews(local_name(stored.determination.id))
    return await run_in_threadpool(_page, stored.determination, reviews, knowledge)


@router.get("/determinations/{name}.{form}")
async def file(request: Request, name: str, form: str, knowledge: Known) -> Response:
    """Give a file of a determination; the suffix of the address, which may have several parts, chooses it."""
    name, _, form = f"{name}.{form}".partition(".")
    found = _DRAWING.fullmatch(form)
    if form not in FILES and not found:
        raise ApiError(404, "no-form", "A determination has no such form.", f"It is given as {', '.join(f'.{known}' for known in FILES)}.")
    determination = (await keeper(request).stored(name)).determination
    if found:
        number = int(found[1])
        if not 1 <= number <= len(determination.requests):
            raise ApiError(404, "no-form", "A determination has no such form.", f"It has {len(determination.requests)} requests.")
        return Response(await run_in_threadpool(drawing, determination, number, knowledge), media_type="image/svg+xml")
    chosen = FILES[form]
    if chosen.needs_facts and not is_replayable(determination, knowledge):
        raise ApiError(404, "no-form", "A determination has no such form.",
                       "It would have to be computed again, and was made with other knowledge or does not hold its facts.")  # fmt: skip
    content = await run_in_threadpool(chosen.write, determination, knowledge)
    headers = {"Content-Disposition": f'attachment; filename="determination-{local_name(determination.id)[:12]}.{form}"'}
    return Response(content, media_type=chosen.media_type, headers=headers)


def _page(determination: Determination, reviews: list[bytes], knowledge: Knowledge) -> Response:
    signed = [review for content in reviews for review in read_stored(content, "review.json", knowledge, case_limits()).reviews]
    facts, base = determination.stated_facts, f"/determinations/{local_name(determination.id)}"
    changes = changes_of(facts.encode(), "n-quads", knowledge) if facts else None
    downloads = [
        Download(form.label, f"{base}.{suffix}", form.use)
        for suffix, form in FILES.items()
        if not form.needs_facts or is_replayable(determination, knowledge)
    ]
    return determination_page(determination, knowledge, changes=changes, downloads=downloads, reviews=signed)
