"""``/``: what there is here, and the determinations that are kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.deps import shipped_knowledge
from mtus.api.example_cases import examples
from mtus.api.keeper import keeper
from mtus.api.pages import page
from mtus.reasoner.knowledge import Knowledge

router = APIRouter(include_in_schema=False)
_MOST = 50


@router.get("/")
async def start(
    request: Request,
    knowledge: Annotated[Knowledge, Depends(shipped_knowledge)],
    after: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
) -> Response:
    """Show the start page; ``after`` is the name of the last determination on the page before."""
    found = await keeper(request).listed(after, _MOST + 1)
    shown = await run_in_threadpool(examples, knowledge)
    return page(
        "start.html", listed=found[:_MOST], following=found[_MOST - 1].name if len(found) > _MOST else "", after=after, examples=shown
    )
