"""``/``: what there is here, and the determinations that are kept."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from mtus.api.deps import shipped_knowledge
from mtus.api.example_cases import examples
from mtus.api.keeper import keeper
from mtus.api.pages import page
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE

router = APIRouter(include_in_schema=False)
_MOST = 50


# What a case or a determination can be called, as it stands in its receipt.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


@router.get("/")
async def start(
    request: Request,
    knowledge: Annotated[Knowledge, Depends(shipped_knowledge)],
    after: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
    find: str = "",
) -> Response:
    """Show the start page, or lead to the determination that ``find`` names by itself or by its case.

    ``after`` is the name of the last determination on the page before.
    """
    find = find.strip()
    if _NAME.fullmatch(find):
        kept = keeper(request)
        name = await kept.of_case(CASE + find) or (find if await kept.find(find) else None)
        if name:
            return RedirectResponse(f"/determinations/{name}.html", status_code=303)
    found = await keeper(request).listed(after, _MOST + 1)
    shown = await run_in_threadpool(examples, knowledge)
    return page(
        "start.html",
        status=404 if find else 200,
        find=find[:100],
        listed=found[:_MOST],
        following=found[_MOST - 1].name if len(found) > _MOST else "",
        after=after,
        examples=shown,
    )
