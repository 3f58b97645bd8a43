"""The door of the service: each request is looked at before any route sees it, and recorded after it.

In this order: the name that the service is called by, the origin of the page that asks, the key, how often the client asks, the role, how
large the body is, how long it takes; and for what is submitted or reviewed, the line in the audit log, without which there is no answer.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mtus.api.access import LOOPBACK_PAGE, OPERATIONS, PUBLIC, SHARED, Access, find_route, is_below, operation_name
from mtus.api.audit import FILE_VARIABLE as AUDIT_VARIABLE
from mtus.api.audit import append, audit_file
from mtus.api.errors import ApiError, answer_to_any
from mtus.api.keys import Key
from mtus.api.limits import Exchange, Rates, Running
from mtus.api.told import told
from mtus.reasoner.errors import StoreError
from mtus.reasoner.settings import ServiceSettings, service_settings

_LOG = logging.getLogger(__name__)
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Rules:
    """What the environment says about requests; counting and recording are for where keys are needed, unless their settings are set."""

    settings: ServiceSettings
    access: Access
    origins: frozenset[str]
    audit: Path
    is_always_counted: bool
    is_always_recorded: bool


def read_rules(environment: Mapping[str, str]) -> Rules:
    """Return the rules that ``environment`` sets; raise :class:`StoreError` for a setting that makes no sense."""
    return Rules(
        service_settings(environment), Access(environment), frozenset(environment.get("MTUS_ALLOWED_ORIGINS", "").split()),
        audit_file(environment), any(f"MTUS_{name}" in environment for name in ("REQUESTS_PER_SECOND", "REQUEST_BURST")),
        AUDIT_VARIABLE in environment,
    )  # fmt: skip


class Guard:
    """Let the requests through to ``app`` that may pass, under ``rules``; answer the others with problem details."""

    def __init__(self, app: ASGIApp, rules: "Rules") -> None:
        self._settings, self._access, self._origins = rules.settings, rules.access, rules.origins
        self._rates = Rates(self._settings)
        # on a machine of one's own there is nobody to hold back, unless the setting says so
        self._is_always_counted = rules.is_always_counted
        self._running = Running(app, self._settings)
        self._audit, self._is_always_recorded = rules.audit, rules.is_always_recorded
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (https://asgi.readthedocs.io/)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._pass(scope, receive, send)
        except Exception as error:
            if told(scope).has_started:
                raise
            answer = await answer_to_any(Request(scope), error)
            await answer(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, seen = Headers(scope=scope), told(scope)
        self._access.refuse_host(scope, headers)
        _refuse_foreign(scope, headers, self._origins)
        route = find_route(scope["app"].state.routes, scope)
        name = operation_name(route) if route else None
        seen.route = route.path if route else ""
        operation = OPERATIONS.get(name or "")
        is_guarded = self._access.needs_keys(scope)
        if is_guarded:
            self._let_in(scope, headers, name)
        elif self._is_always_counted:
            self._rates.refuse_hasty(_address(scope))
        _refuse_encoding(headers)
        is_stream = bool(operation and operation.is_stream)
        exchange = Exchange(receive, send, self._settings, is_stream=is_stream)
        length = headers.get("content-length", "")
        if length.isdecimal():
            exchange.refuse_size(int(length))
        if operation and operation.is_recorded and (is_guarded or self._is_always_recorded):
            exchange.on_start = lambda message, digest: self._record(scope, name or "", message, digest)
        await self._running.run(scope, exchange, is_stream=is_stream)

    def _let_in(self, scope: Scope, headers: Headers, name: str | None) -> None:
        """Find the key of the request, count the request, and refuse it where the key is not for it."""
        key: Key | None = None
        try:
            key = self._access.key_of(headers)
        finally:
            # whoever tries keys is counted as well, by the address that they come from
            self._rates.refuse_hasty(f"key {key.id}" if key else _address(scope))
        told(scope).key = key.id if key else ""
        if not is_below(scope["path"], PUBLIC):
            self._access.refuse_stranger(key, name, headers)

    async def _record(self, scope: Scope, name: str, message: Message, digest: str) -> None:
        seen, headers = told(scope), Headers(raw=message["headers"])
        entry: dict[str, Any] = {"key": seen.key, "operation": name, "status": message["status"], "request": seen.id, "body": digest}
        # where what was made of it can be found, and its digest
        entry |= {field: headers[field] for field in ("location", "etag") if field in headers}
        try:
            await run_in_threadpool(append, self._audit, entry)
        except StoreError as error:
            _LOG.error("the audit log cannot be written", exc_info=error)
            why = "Nothing is answered that is not in the audit log. Whoever runs the service reads why; try again then."
            raise ApiError(503, "audit-failed", "The request could not be recorded.", why) from error


def _refuse_foreign(scope: Scope, headers: Headers, origins: frozenset[str]) -> None:
    """Raise :class:`ApiError` (403) for what a page from elsewhere sends: a browser would add the key that it remembers.

    A browser says where the page is from in ``Sec-Fetch-Site`` (https://www.w3.org/TR/fetch-metadata/), an older one in ``Origin``
    (https://www.rfc-editor.org/rfc/rfc6454#section-7); a program says neither. Queries may be sent by pages of this machine
    as well, and by those of ``origins``.
    """
    if scope["method"] in _READING:
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    host = headers.get("host", "").lower()
    if site in ("same-origin", "none") or (site is None and origin in (None, f"http://{host}", f"https://{host}")):
        return
    if origin and is_below(scope["path"], SHARED) and ("*" in origins or origin in origins or re.fullmatch(LOOPBACK_PAGE, origin)):
        return
    raise ApiError(403, "foreign-page", "A page from elsewhere may not send this here.",
                   "Send it from a page of this service. Pages that MTUS_ALLOWED_ORIGINS lists may send queries.")  # fmt: skip


def _refuse_encoding(headers: Headers) -> None:
    """Raise :class:`ApiError` (415) for a compressed body, which is small as it comes and may be of any size (RFC 9110, 8.4)."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        why = f"The content encoding '{encoding[:100]}' is not read; send the body as it is."
        raise ApiError(415, "unsupported-media-type", "The body cannot be read.", why, {"Accept-Encoding": "identity"})


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return f"address {client[0]}" if client else "address unknown"
