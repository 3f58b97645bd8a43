"""Errors over HTTP: RFC 9457 problem details for whatever goes wrong, the framework's own errors included.

Nothing of the machine leaks: what fails inside is logged, and the client reads that it is our fault.
"""

import json
import logging
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from mtus.api.problem_page import for_people
from mtus.reasoner.describe import counted
from mtus.reasoner.errors import CaseError, EngineError, MtusError, Problem, QueryError, ReviewError, StoredError, StoreError
from mtus.reasoner.namespaces import BASE

PROBLEM_JSON: Final = "application/problem+json"
# Each kind of problem is a page of the manual.
PROBLEM_TYPES: Final = BASE + "problem/"

_LOG = logging.getLogger(__name__)
# Codes of a body that cannot be read at all; every other mistake in a case is one in what it says.
_UNREADABLE: Final = frozenset(
    ("syntax", "not-utf-8", "empty-case", "json-shape", "json-depth", "xml-depth", "repeated-key", "doctype", "remote-context")
)  # fmt: skip


# Queries that have no answer: the status by the code of the problem; whatever is not listed is the client's to mend.
_QUERY_STATUS: Final = {
    "query-too-long": 413, "answer-too-large": 413, "unknown-query": 404,
    "query-time": 503, "query-memory": 503, "queries-busy": 503, "query-process": 503, "store-failed": 503,
}  # fmt: skip
_PLACE: Final = re.compile(r"line (\d+), column (\d+)$")


@dataclass
class ApiError(Exception):
    """An answer other than success: status, kind (the last part of its type), detail, and headers where the status asks for some.

    ``problem`` says the place and the remedy, where the mistake has a place.
    """

    status: int
    kind: str
    title: str
    detail: str
    headers: dict[str, str] | None = None
    problem: Problem | None = None


def add_handlers(app: FastAPI) -> None:
    """Make ``app`` answer every error with problem details; a browser that looks for a page gets them as one."""
    app.add_exception_handler(ApiError, for_people(_api_error))
    app.add_exception_handler(MtusError, for_people(_mtus_error))
    app.add_exception_handler(HTTPException, for_people(_http_error))
    app.add_exception_handler(RequestValidationError, for_people(_validation_error))
    app.add_exception_handler(ClientDisconnect, _client_gone)
    app.add_exception_handler(Exception, for_people(unexpected))


async def answer_to_any(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to ``error``, for what happens before a route is reached."""
    if isinstance(error, ApiError):
        return answer_to(error)
    return await (_mtus_error if isinstance(error, MtusError) else unexpected)(request, error)


def status_of(problems: tuple[Problem, ...]) -> int:
    """Return the status for a case with these problems: 413 too large, 400 not readable, 422 readable and wrong."""
    codes = {problem.code for problem in problems}
    if "case-too-large" in codes:
        return 413
    return 400 if codes <= _UNREADABLE else 422


def status_of_query(error: MtusError) -> int:
    """Return the status for a query that has no answer; 503 where it was stopped or the store is not there."""
    default = 503 if isinstance(error, StoreError) else 400
    return _QUERY_STATUS.get(error.problems[0].code, default)


async def problem_details(request: Request, error: Exception) -> dict[str, Any]:
    """Return the problem details for ``error``, as the answer to ``request`` would have them."""
    handler = _api_error if isinstance(error, ApiError) else _mtus_error if isinstance(error, MtusError) else unexpected
    details: dict[str, Any] = json.loads(bytes((await handler(request, error)).body))
    return details


async def _api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return answer_to(error)


def answer_to(error: ApiError) -> JSONResponse:
    """Return ``error`` as problem details."""
    problems = [_told(error.problem)] if error.problem else None
    return _answer(error.status, error.kind, error.title, error.detail, problems=problems, headers=error.headers)


async def _mtus_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MtusError)
    if isinstance(error, QueryError | StoreError) or (error.problems and error.problems[0].code in _QUERY_STATUS):
        return _query_error(error)
    if not isinstance(error, CaseError):
        return await unexpected(request, error)
    status = status_of(error.problems)
    noun = "review" if isinstance(error, ReviewError) else "determination" if isinstance(error, StoredError) else "case"
    kind = {400: f"unreadable-{noun}", 413: "case-too-large"}.get(status, f"invalid-{noun}")
    problems = [_told(problem) for problem in error.problems]
    return _answer(status, kind, error.title, f"{counted(len(problems), 'problem')}: {error.problems[0].why}", problems=problems)


def _told(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "place": problem.where, "why": problem.why, "remedy": problem.remedy}


def _query_error(error: MtusError) -> JSONResponse:
    problem, status = error.problems[0], status_of_query(error)
    # where the store is, is nobody's business out there
    is_query = isinstance(error, QueryError)
    why = problem.why
    if isinstance(error, EngineError):
        # what the engine says stands after the colon: names of files, for whoever runs the service
        _LOG.error("the store failed", exc_info=error, extra={"fields": {"reason": why}})
        why = why.partition(":")[0].rstrip(".") + "."
    found = _PLACE.search(problem.where) if is_query else None
    more = {"line": int(found[1]), "column": int(found[2])} if found else {}
    told = [_told(replace(problem, where=problem.where if is_query else "store", why=why))]
    headers = {"Retry-After": "1"} if problem.code == "queries-busy" else None
    return _answer(status, problem.code, error.title, why, problems=told, headers=headers, **more)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        # the framework names the methods of the first route at this address; an address may have several
        error.headers = {"Allow": ", ".join(_methods(request)) or "GET, HEAD"}
    kind = status.phrase.lower().replace(" ", "-")
    details = {404: "There is nothing at this address; /openapi.json lists what there is.", 405: "This address does not know this method."}
    return _answer(status.value, kind, status.phrase, details.get(status.value, status.phrase), headers=dict(error.headers or {}))


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [
        {"code": "bad-parameter", "place": "/".join(str(step) for step in e["loc"]), "why": e["msg"], "remedy": "See /openapi.json."}
        for e in error.errors()
    ]
    detail = f"{counted(len(problems), 'parameter')} wrong: {problems[0]['why']}."
    return _answer(422, "bad-parameter", "A parameter of the request is wrong.", detail, problems=problems)


async def _client_gone(request: Request, error: Exception) -> JSONResponse:
    """Answer a client that went away while it sent its body: nobody reads it, and it is no fault of ours, so no error is logged."""
    return _answer(400, "bad-request", "The request ended too soon.", "The connection ended before the body was complete.")


async def unexpected(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to what nobody expected, and log it; the address stays out of the log, as it may hold facts."""
    route = getattr(request.scope.get("route"), "path", "a request")
    _LOG.error("%s %s failed", request.method, route, exc_info=error)
    return _answer(500, "internal-error", "The service failed; no answer was given.",
                   "The fault is ours and says nothing about the case. Try again, and report it where it lasts.")  # fmt: skip


def _methods(request: Request) -> list[str]:
    """Return the methods that the address of ``request`` knows."""
    routes = [route for route in request.app.state.routes if route.path_regex.fullmatch(request.url.path)]
    known = {method for route in routes for method in route.methods or ()}
    return sorted(known | {"HEAD"} if "GET" in known else known)


def _answer(status: int, kind: str, title: str, detail: str, *, problems: list[dict[str, str]] | None = None,
            headers: dict[str, str] | None = None, **more: int) -> JSONResponse:  # fmt: skip
    body: dict[str, Any] = {"type": PROBLEM_TYPES + kind, "title": title, "status": status, "detail": detail, **more}
    if problems is not None:
        body["problems"] = problems
    return _ProblemResponse(body, status_code=status, headers=headers)


class _ProblemResponse(JSONResponse):
    """Problem details; half of a surrogate pair, which a request may hold and UTF-8 does not, is written as JSON escapes it."""

    media_type = PROBLEM_JSON

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
