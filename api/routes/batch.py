"""``POST /batch``: many cases in, one line of NDJSON out for each, in their order, while the others are still worked on."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from mtus.api.answering import FAILED, JSON, NOT_ACCEPTABLE, STORE, Described, chosen, problem
from mtus.api.batch_body import NDJSON, cases_in
from mtus.api.body import refuse_other_types
from mtus.api.determining import Determined, determine_sent, determiner
from mtus.api.errors import problem_details
from mtus.api.keeper import Keeper, keeper
from mtus.reasoner.formats import ANY_JSON
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.stored_cases import Outcome

router = APIRouter(tags=["determinations"])

# How many cases are worked on at once; enough for all processors, and little memory.
_AT_ONCE: Final = 16
# What a line says of each request.
_SHOWN: Final = ("request", "label", "answer", "disposition")
COUNT: Final = "Mtus-Cases"
_EXAMPLE: Final = (
    '{"line": 1, "status": 201, "id": "https://w3id.org/mtus/determination/801988d4b41f346ad4605d83ff8b5496", '
    '"url": "/determinations/801988d4b41f346ad4605d83ff8b5496", "case": "https://w3id.org/mtus/case/c-1", "requests": []}\n'
)
_RESPONSES: Final[Described] = {
    200: {
        "description": "One line a case, in their order: its answers, or the problem that it has. `status` is that of the case alone.",
        "headers": {COUNT: {"description": "How many lines follow; fewer say that the answer broke off.", "schema": {"type": "integer"}}},
        "content": {NDJSON: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    400: problem("The body is no list of cases."),
    413: problem("The batch is too large for one request."),
    415: problem("The body is neither NDJSON nor JSON."),
    422: problem("A parameter is wrong."),
    **NOT_ACCEPTABLE, **STORE, **FAILED,
}  # fmt: skip
# One element that is no case spoils no other, so the schema of the whole asks nothing of it.
_CASE: Final = {"description": "A case in plain JSON or JSON-LD; anything else is answered with its problem, in its line."}
_BODY: Final = {
    "required": True,
    "description": "A case in plain JSON or JSON-LD a line, or a JSON array of them.",
    "content": {NDJSON: {"schema": {"type": "string"}}, JSON: {"schema": {"type": "array", "items": _CASE}}},
}


@router.post("/batch", operation_id="determineBatch", summary="Determine many cases", response_class=Response, responses=_RESPONSES,
             openapi_extra={"requestBody": _BODY})  # fmt: skip
async def post_batch(
    request: Request,
    *,
    keep: Annotated[bool, Query(description="Whether to keep the determinations.")] = True,
    replace: Annotated[bool, Query(description="Whether to replace what is stored of a case, where that is something else.")] = False,
    full: Annotated[bool, Query(description="Whether a line holds the whole determination instead of its answers.")] = False,
) -> Response:
    """Determine many cases, and keep their determinations. A case that is wrong has its problem in its line; the others go on."""
    chosen(request, (NDJSON,))
    kind = refuse_other_types(request, (NDJSON, JSON))
    cases = await cases_in(request, kind)
    lines = _lines(request, cases, keep=keep, replace=replace, full=full)
    return StreamingResponse(lines, media_type=NDJSON, headers={"Vary": "Accept", COUNT: str(len(cases))})


async def _lines(request: Request, cases: list[tuple[int, bytes]], *, keep: bool, replace: bool, full: bool) -> AsyncIterator[bytes]:
    """Yield the line of each case: several are determined at once, and kept in their order, so that the same batch does the same."""
    kept = keeper(request)
    waiting: deque[tuple[int, asyncio.Task[Determined]]] = deque()

    async def first() -> bytes:
        number, task = waiting.popleft()
        line = await _line(request, kept if keep else None, task, replace=replace, full=full)
        return orjson.dumps({"line": number, **line}, option=orjson.OPT_APPEND_NEWLINE)

    try:
        for number, case in cases:
            run = determiner(request).run(determine_sent, case, ANY_JSON, kept.journal if keep else "")
            waiting.append((number, asyncio.create_task(run)))
            if len(waiting) >= _AT_ONCE:
                yield await first()
        while waiting:
            yield await first()
    finally:
        # the client went away; what was kept by then stays
        for _, task in waiting:
            task.cancel()


async def _line(request: Request, kept: Keeper | None, task: asyncio.Task[Determined], *, replace: bool, full: bool) -> dict[str, Any]:
    try:
        found = await task
        status = 200 if kept is None else await _kept(kept, found, replace=replace)
    except Exception as error:  # whatever it is, the case has a line, and the others go on
        told = await problem_details(request, error)
        return {"status": told["status"], "problem": told}
    submission = found.submission
    line: dict[str, Any] = {"status": status, "id": DETERMINATION + submission.name, "case": submission.case}
    if kept is not None:
        line["url"] = f"/determinations/{submission.name}"
    if full:
        return {**line, "determination": orjson.Fragment(submission.json)}
    requests = orjson.loads(submission.json).get("requests", ())
    return {**line, "requests": [{key: one[key] for key in _SHOWN if key in one} for one in requests]}


async def _kept(kept: Keeper, found: Determined, *, replace: bool) -> int:
    if found.is_kept:
        return 200
    return 200 if await kept.put(found.submission, replace=replace) is Outcome.UNCHANGED else 201
