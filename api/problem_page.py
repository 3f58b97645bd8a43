"""Errors for people: who asks for a page and not for data gets the same problem details as a page, with a way on."""

import json
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response

from mtus.api.formats import negotiate
from mtus.api.pages import page

Handler = Callable[[Request, Exception], Awaitable[Response]]
_JSON: Final = "application/problem+json"
_HTML: Final = "text/html"


def for_people(handler: Handler) -> Handler:
    """Return ``handler`` of errors so that a browser gets its problem details as a page.

    That is where the address is one of a page, or of nothing; the operations of the API describe their own answers.
    """

    async def answer(request: Request, error: Exception) -> Response:
        found = await handler(request, error)
        return _page(found) if _is_for_people(request) else found

    return answer


def _is_for_people(request: Request) -> bool:
    if getattr(request.scope.get("route"), "include_in_schema", False):
        return False
    accepted = ",".join(request.headers.getlist("accept"))
    return negotiate(accepted, (_JSON, "application/json", _HTML)) == _HTML


def _page(found: Response) -> Response:
    headers = {name: value for name, value in found.headers.items() if name not in ("content-type", "content-length")}
    return page("problem.html", status=found.status_code, headers=headers, told={"problems": [], **json.loads(bytes(found.body))})
