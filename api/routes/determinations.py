"""``/determinations``: a case in, its recommended determination out, kept under an identifier that follows from what it was made from."""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from mtus.api.answering import (
    BODY,
    HTML,
    JSON,
    NOT_ACCEPTABLE,
    STORE,
    Described,
    answer,
    chosen,
    content,
    entity_tag,
    is_known,
    problem,
    unchanged,
)
from mtus.api.body import NAME, read_body, syntax_of
from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.determining import determine_sent, determiner
from mtus.api.forms import DETERMINATION_TYPES, written
from mtus.api.keeper import keeper, name_of_determination
from mtus.api.routes.validate import case_body
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.stored import one_determination, read_stored
from mtus.reasoner.stored_cases import Outcome

router = APIRouter(tags=["determinations"])

OF_DETERMINATION: Final = "/determinations/{name}"
# Where a determination is not, and a name is none.
NO_DETERMINATION: Final[Described] = {404: problem("There is no such determination.")}
_TAG: Final = {"ETag": {"description": "The digest of what it follows from: facts, knowledge, release.", "schema": {"type": "string"}}}
_LOCATION: Final = {"Location": {"description": "Where the determination is.", "schema": {"type": "string", "format": "uri-reference"}}}
_ANSWER: Final = {"content": content(DETERMINATION_TYPES)}
_POSTED: Final[Described] = {
    200: {"description": "It was there already, or was not to be kept.", "headers": {**_TAG, **_LOCATION}, **_ANSWER},
    201: {"description": "It was determined and is kept.", "headers": {**_TAG, **_LOCATION}, **_ANSWER},
    409: problem("The case is stored with other content, or a request of it belongs to another stored case."),
    **BODY, **NOT_ACCEPTABLE, **STORE,
}  # fmt: skip
_GOT: Final[Described] = {
    200: {"description": "The determination.", "headers": _TAG, **_ANSWER},
    303: {"description": "Its page, where HTML is preferred.", "headers": _LOCATION},
    304: {"description": "The client has it already."},
    **NO_DETERMINATION, **NOT_ACCEPTABLE, **STORE,
}  # fmt: skip
_LISTED: Final[Described] = {
    200: {
        "description": "One page of the list; `next` is the address of the following one.",
        "content": content([JSON], {"determinations": [{"id": DETERMINATION + "0" * 32, "case": "https://w3id.org/mtus/case/c-1",
                                                        "url": "/determinations/" + "0" * 32}]}),
    },
    422: problem("A parameter is wrong."),
    **NOT_ACCEPTABLE, **STORE,
}  # fmt: skip


@router.post("/determinations", operation_id="determineCase", summary="Determine a case", response_class=Response, responses=_POSTED,
             status_code=201, openapi_extra={"requestBody": case_body()})  # fmt: skip
async def post_determination(
    request: Request,
    knowledge: Annotated[Knowledge, Depends(shipped_knowledge)],
    *,
    keep: Annotated[bool, Query(description="Whether to keep it; `false` gives the answer alone.")] = True,
    replace: Annotated[bool, Query(description="Whether to replace what is stored of the case, where that is something else.")] = False,
) -> Response:
    """Determine the case in the body, and keep the determination.

    The same facts under the same knowledge and release give the same identifier, so sending a case again changes nothing: the answer is 200
    then, 201 where it is new, and 409 where the case is stored with other content.
    """
    kind = chosen(request, DETERMINATION_TYPES)
    syntax = syntax_of(request)
    sent = await read_body(request, case_limits())
    kept = keeper(request)
    found = await determiner(request).run(determine_sent, sent, syntax, kept.journal if keep else "")
    submission, status = found.submission, 200
    headers = {"ETag": entity_tag(submission.name)}
    if keep:
        if not found.is_kept and await kept.put(submission, replace=replace) is not Outcome.UNCHANGED:
            status = 201
        headers["Location"] = headers["Content_Location"] = f"/determinations/{submission.name}"
    body = submission.json if kind == JSON else await run_in_threadpool(_written, submission.json, kind, knowledge)
    return answer(body, kind, status=status, **headers)


@router.get("/determinations", operation_id="listDeterminations", summary="List the determinations", response_class=Response,
            responses=_LISTED)  # fmt: skip
async def list_determinations(
    request: Request,
    after: Annotated[str, Query(pattern="^([0-9a-f]{32})?$", description="The name after which the page begins, as `next` has it.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="How many a page has at most.")] = 100,
) -> Response:
    """List the determination of each stored case, page by page, in the order of their identifiers."""
    chosen(request, (JSON,))
    found = await keeper(request).listed(after, limit + 1)
    shown = found[:limit]
    listed = [{"id": DETERMINATION + one.name, "case": one.case, "url": f"/determinations/{one.name}"} for one in shown]
    data: dict[str, Any] = {"determinations": listed}
    if len(found) > limit:
        data["next"] = f"/determinations?after={shown[-1].name}&limit={limit}"
        return answer(orjson.dumps(data), JSON, Link=f'<{data["next"]}>; rel="next"')
    return answer(orjson.dumps(data), JSON)


@router.get(OF_DETERMINATION, operation_id="getDetermination", summary="Get a determination", response_class=Response, responses=_GOT)
async def get_determination(request: Request, name: str, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Response:
    """Give a determination: as JSON, JSON-LD, Turtle, TriG with all graphs, or as plain text the letter."""
    name = name_of_determination(name)
    kind = chosen(request, (*DETERMINATION_TYPES, HTML))
    if kind == HTML:
        # whether it is there, its page says
        return Response(status_code=303, headers={"Location": f"/determinations/{name}.html", "Vary": "Accept"})
    body = await keeper(request).json(name)
    tag = entity_tag(name)
    if is_known(request, tag):
        return unchanged(tag)
    if kind != JSON:
        return answer(await run_in_threadpool(_written, body, kind, knowledge), kind, ETag=tag)
    return answer(body, kind, ETag=tag)


def _written(sent: bytes, kind: str, knowledge: Knowledge) -> str:
    return written(one_determination(read_stored(sent, NAME, knowledge, case_limits())), kind, knowledge)
