"""Headers that every answer has, and which pages of other sites may ask this service (CORS).

See https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages that a browser loaded from this machine. Facts of patients must not be open to whatever page a person happens to visit.
_LOOPBACK: Final = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
# What a page does not say of itself: it shows nothing but what it holds.
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def add_security(app: FastAPI, environment: Mapping[str, str]) -> None:
    """Add headers and CORS to ``app``.

    ``MTUS_ALLOWED_ORIGINS`` in ``environment`` names the origins whose pages may ask, separated by spaces, or is ``*`` for all; pages from
    this machine always may.
    """
    origins = environment.get("MTUS_ALLOWED_ORIGINS", "").split()
    app.add_middleware(
        CORSMiddleware, allow_origins=origins, allow_origin_regex=_LOOPBACK, allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["Accept", "Content-Type"], expose_headers=["Answer-Cut-After"],
    )  # fmt: skip
    app.add_middleware(_WithHeaders)


class _WithHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
