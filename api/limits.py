"""Limits of requests: how many, how large, how long. What is beyond them is refused, and the next request is answered.

A thread cannot be stopped. A request that takes too long is answered with 503 and runs on in vain; it counts as running until it ends.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mtus.api.errors import ApiError
from mtus.reasoner.settings import ServiceSettings

_LOG = logging.getLogger(__name__)
# So many clients are remembered; the ones that asked longest ago are forgotten first.
_MOST_CLIENTS: Final = 10_000


class Rates:
    """How often each client asked, as a bucket that a setting fills (the generic cell rate algorithm); each process counts its own."""

    def __init__(self, settings: ServiceSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / settings.requests_per_second
        self._room = settings.request_burst * self._interval
        self._clock = clock
        self._due: dict[str, float] = {}

    def refuse_hasty(self, client: str) -> None:
        """Count a request of ``client``; raise :class:`ApiError` (429) where it has asked too often."""
        now = self._clock()
        due = max(self._due.pop(client, now), now) + self._interval
        wait = due - self._room - now
        if wait > 1e-9:
            self._due[client] = due - self._interval
            raise ApiError(429, "too-many-requests", "This client asks too often.",
                           "Wait as long as Retry-After says, and ask less often.", {"Retry-After": str(ceil(wait))})  # fmt: skip
        self._due[client] = due
        if len(self._due) > _MOST_CLIENTS:
            del self._due[next(iter(self._due))]


class Exchange:
    """One request and its answer, both looked at as they pass: the body is counted, and an answer may be held back.

    ``refused`` says why the request is answered otherwise than the application would; what it says from then on is dropped.
    """

    def __init__(self, receive: Receive, send: Send, settings: ServiceSettings, *, is_stream: bool) -> None:
        self._receive, self._send = receive, send
        self._most = settings.max_stream_bytes if is_stream else settings.max_body_bytes
        self._seconds = settings.body_seconds
        self._size = 0
        self._is_read = False
        self._digest = hashlib.sha256()
        self.refused: ApiError | None = None
        self.has_started = False
        self.on_start: Callable[[Message, str], Awaitable[None]] | None = None

    def refuse_size(self, size: int) -> None:
        """Refuse a body of ``size`` bytes where it is too large: raise :class:`ApiError` (413)."""
        if size > self._most:
            self.refused = ApiError(413, "body-too-large", "The body is too large.",
                                    f"The limit is {self._most:,} bytes. Send fewer cases at once.", {"Connection": "close"})  # fmt: skip
            raise self.refused

    async def receive(self) -> Message:
        """Give the next message of the client; raise :class:`ApiError` for a body that is too large (413) or too slow (408)."""
        if self.refused:
            raise self.refused
        if self._is_read:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            self.refused = ApiError(408, "body-time", "The body did not come.",
                                    f"Nothing came for {self._seconds:g} seconds. Send it again.", {"Connection": "close"})  # fmt: skip
            raise self.refused from None
        body = message.get("body", b"")
        self._size += len(body)
        self.refuse_size(self._size)
        self._digest.update(body)
        self._is_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass ``message`` on to the client, unless the request was refused."""
        if not self.refused and message["type"] == "http.response.start":
            if self.on_start:
                try:
                    await self.on_start(message, self._digest.hexdigest())
                except ApiError as error:
                    self.refused = error
            self.has_started = not self.refused
        if not self.refused:
            await self._send(message)


class Running:
    """The requests that run, each for as long as a setting allows."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app, self._settings = app, settings
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, scope: Scope, exchange: Exchange, *, is_stream: bool) -> None:
        """Let the application answer; raise :class:`ApiError` for a refused request: 503 where too many run, or it takes too long."""
        if len(self._tasks) >= self._settings.max_running_requests:
            raise ApiError(503, "service-busy", "Too many requests run already.", "Try again after a second.", {"Retry-After": "1"})
        task: asyncio.Task[None] = asyncio.ensure_future(self._answer(scope, exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        seconds = None if is_stream else self._settings.request_seconds
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            failure = task.exception()
        else:
            failure = None
            task.add_done_callback(_ended_in_vain)
            if not exchange.refused:
                exchange.refused = ApiError(503, "request-time", "The request took too long.",
                                            f"The limit is {seconds:g} seconds. Ask for less at once.", {"Retry-After": "1"})  # fmt: skip
        if exchange.refused and not exchange.has_started:
            raise exchange.refused
        if failure:
            raise failure

    async def _answer(self, scope: Scope, exchange: Exchange) -> None:
        await self._app(scope, exchange.receive, exchange.send)


def _ended_in_vain(task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    _LOG.warning("a request ended after it was given up", exc_info=error)
