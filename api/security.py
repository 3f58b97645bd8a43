"""Around every answer: headers, an identifier, a line in the log; and which pages of other sites may read answers (CORS).

See https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

import logging
from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mtus.api.access import LOOPBACK_PAGE, SHARED, is_below
from mtus.api.errors import ApiError, answer_to
from mtus.api.guard import Guard, read_rules
from mtus.api.head import AnswerHead
from mtus.api.told import told

ACCESS_LOG: Final = "mtus.access"
REQUEST_ID: Final = "Request-Id"
_LOG = logging.getLogger(ACCESS_LOG)
# What a page does not say of itself: it shows nothing but what it holds, and no browser keeps it.
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KEPT: Final = {"Cache-Control": "no-cache"}
_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}


def add_security(app: FastAPI, environment: Mapping[str, str]) -> None:
    """Put what guards the service around ``app``.

    ``MTUS_ALLOWED_ORIGINS`` in ``environment`` names the origins whose pages may ask, separated by spaces, or is ``*`` for all; pages from
    this machine always may. ``MTUS_TLS=1`` says that browsers reach the service over TLS alone.
    """
    rules = read_rules(environment)
    app.add_middleware(Guard, rules=rules)
    app.add_middleware(AnswerHead)
    app.add_middleware(_Shared, origins=sorted(rules.origins))
    app.add_middleware(_WithHeaders, more=_TLS if environment.get("MTUS_TLS", "") == "1" else {})


class _Cors(CORSMiddleware):
    """CORS whose refusals are problem details, like all others."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a browser that asks before it sends."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        refused = answer_to(
            ApiError(
                403,
                "foreign-page",
                "A page from elsewhere may not ask so.",
                "Whoever runs the service lists the pages that may in MTUS_ALLOWED_ORIGINS; GET, HEAD and POST are for them.",
            )
        )
        refused.headers["Vary"] = response.headers.get("Vary", "Origin")
        return refused


class _Shared:
    """CORS for what queries read, and for nothing else."""

    def __init__(self, app: ASGIApp, origins: list[str]) -> None:
        self._app = app
        self._cors = _Cors(
            app, allow_origins=origins, allow_origin_regex=LOOPBACK_PAGE, allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Accept", "Authorization", "Content-Type"], expose_headers=["Answer-Cut-After", REQUEST_ID],
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._cors if is_below(scope.get("path", ""), SHARED) else self._app)(scope, receive, send)


class _WithHeaders:
    def __init__(self, app: ASGIApp, more: dict[str, str]) -> None:
        self._app = app
        self._more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = told(scope)
        standing = HEADERS | (_KEPT if scope["path"].startswith("/static/") else {}) | self._more

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = seen.id
                for name, value in standing.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            _LOG.info("answered", extra={"fields": seen.fields(scope["method"])})
