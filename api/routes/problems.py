"""`/problems`: what the kinds of problem mean, for programs; the manual has the same as a page."""

from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from mtus.api.answering import FAILED, JSON, NOT_ACCEPTABLE, Described, answer, chosen, content, problem
from mtus.api.errors import ApiError
from mtus.api.problem_types import PROBLEM_TYPES, as_data

router = APIRouter(tags=["service"])

_LIST: Final[Described] = {200: {"description": "The kinds of problem.", "content": content([JSON])}, **NOT_ACCEPTABLE, **FAILED}
_ONE: Final[Described] = {
    200: {"description": "The kind of problem.", "content": content([JSON])},
    404: problem("There is no such kind of problem."), **NOT_ACCEPTABLE, **FAILED,
}  # fmt: skip


@router.get("/problems", operation_id="listProblems", summary="List the kinds of problem", response_class=Response, responses=_LIST)
def list_problems(request: Request) -> Response:
    """List every kind of problem that an answer may have."""
    chosen(request, (JSON,))
    return answer(orjson.dumps({"problems": [as_data(kind) for kind in PROBLEM_TYPES.values()]}), JSON)


@router.get("/problems/{code}", operation_id="getProblem", summary="Get a kind of problem", response_class=Response, responses=_ONE)
def get_problem(request: Request, code: str) -> Response:
    """Say what a kind of problem means and how to mend it."""
    chosen(request, (JSON,))
    if code not in PROBLEM_TYPES:
        raise ApiError(404, "no-problem", "There is no such kind of problem.", f"'{code[:100]}' is none.")
    return answer(orjson.dumps(as_data(PROBLEM_TYPES[code])), JSON)
