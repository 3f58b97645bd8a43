"""What can be asked of a case without storing it: `/lint`, `/what-would-change`, and `/checklist` before there is one."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from mtus.api.answering import BODY, HTML, JSON, NOT_ACCEPTABLE, TEXT, Described, answer, chosen, content
from mtus.api.body import read_body, refuse_other_types, syntax_of
from mtus.api.checklists import FHIR, checklist_for, checklist_schema
from mtus.api.deps import case_limits
from mtus.api.determining import determiner
from mtus.api.routes.beneath import CHANGE_TYPES, LINT_TYPES
from mtus.api.routes.validate import case_body
from mtus.api.working import changes_of_case, linted_case

router = APIRouter(tags=["cases"])

_CHECKLIST_TYPES: Final = (JSON, FHIR, TEXT, HTML)


def _described(kinds: tuple[str, ...], meaning: str) -> Described:
    return {200: {"description": meaning, "content": content(kinds)}, **BODY, **NOT_ACCEPTABLE}


@router.post("/lint", operation_id="lintCase", summary="Check the decisions in a case",
             response_class=Response, responses=_described(LINT_TYPES, "What the rules about decisions say."),
             openapi_extra={"requestBody": case_body()})  # fmt: skip
async def lint_case(request: Request) -> Response:
    """Say what the rules about decisions say of the decisions that the case in the body describes; nothing is kept."""
    return await _asked(request, LINT_TYPES, linted_case)


@router.post("/what-would-change", operation_id="whatWouldChange", summary="Say what would change the answers", response_class=Response,
             responses=_described(CHANGE_TYPES, "All minimal sets of changes, request by request."),
             openapi_extra={"requestBody": case_body()})  # fmt: skip
async def change_case(request: Request) -> Response:
    """Say what would change the answers of the case in the body; nothing is kept."""
    return await _asked(request, CHANGE_TYPES, changes_of_case)


@router.post("/checklist", operation_id="makeChecklist", summary="Say what has to be on file", response_class=Response,
             responses=_described(_CHECKLIST_TYPES, "The checklist; as JSON with a place for each answer."),
             openapi_extra={"requestBody": {"required": True, "content": {JSON: checklist_schema()}}})  # fmt: skip
async def make_checklist(request: Request) -> Response:
    """Say what has to be on file before treatments are requested, with the page of each.

    The body names the treatments, and the date of the request or the edition. Or it holds the answers to a checklist, in our JSON filled in
    or as a FHIR QuestionnaireResponse; then the case that they state comes back as JSON.
    """
    kind = chosen(request, _CHECKLIST_TYPES)
    refuse_other_types(request, (JSON, FHIR))
    body = await read_body(request, case_limits())
    found: tuple[str, str] = await determiner(request).run(checklist_for, body, kind)
    return answer(found[0], found[1])


async def _asked(request: Request, kinds: tuple[str, ...], work: Any) -> Response:
    kind, syntax = chosen(request, kinds), syntax_of(request)
    body = await read_body(request, case_limits())
    found: str = await determiner(request).run(work, body, syntax, kind)
    return answer(found, kind)
