"""``/guideline.html`` and below, ``/examples/{name}.html``: the guideline browser, and the example cases with their determinations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.deps import shipped_knowledge
from mtus.api.determination_page import determination_page
from mtus.api.determination_work import changes_of
from mtus.api.example_cases import Example, examples
from mtus.api.guideline_pages import browser
from mtus.api.pages import missing_page
from mtus.reasoner.knowledge import Knowledge

router = APIRouter(include_in_schema=False)
_MOST_WORDS = 200
Known = Annotated[Knowledge, Depends(shipped_knowledge)]


@router.get("/guideline.html")
async def guidelines(knowledge: Known, find: str = "") -> Response:
    """Show the editions, and what is found where words are looked for."""
    return browser(knowledge).index(find[:_MOST_WORDS])


@router.get("/guideline/{edition}.html")
async def edition(edition: str, knowledge: Known) -> Response:
    """Show one edition: its sections and how much of them is encoded."""
    return browser(knowledge).edition(edition) or missing_page("edition", edition, "/guideline.html")


@router.get("/guideline/{edition}/{name}.html")
async def part(edition: str, name: str, knowledge: Known) -> Response:
    """Show a section or a provision; a criterion leads to its provision."""
    found = await run_in_threadpool(browser(knowledge).part, edition, name)
    return found or missing_page("section, provision or criterion", name, f"/guideline/{edition}.html")


@router.get("/examples/{name}.html")
async def example(name: str, knowledge: Known) -> Response:
    """Show the determination of an example case; it is not kept."""
    found = next((one for one in await run_in_threadpool(examples, knowledge) if one.name == name), None)
    if found is None:
        return missing_page("example", name, "/")
    return await run_in_threadpool(_example, found, knowledge)


def _example(found: Example, knowledge: Knowledge) -> Response:
    changes = changes_of(found.content, "", knowledge)
    note = "An example that ships with the reasoner. It is determined here and now, and not kept."
    return determination_page(found.determination, knowledge, changes=changes, notes=(note,))
