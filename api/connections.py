"""What the server does before there is a request: how many connections, how long a head may take, how large it is.

The application sees a request when its head is complete, so a client that never completes one (Slowloris) meets no limit there, and costs
an open file; where there are no more of them, nobody is answered. What is not valid HTTP is answered as every other error: RFC 9457.
"""

import asyncio
import logging
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mtus.api.errors import ApiError, answer_to
from mtus.api.security import HEADERS
from mtus.reasoner.settings import SERVICE, ServiceSettings

_LOG = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """A connection of the server, within ``settings``; :func:`limited` makes a class with other ones."""

    settings: ServiceSettings = SERVICE
    _timer: asyncio.TimerHandle | None = None
    _is_in_head = False
    _is_in_body = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of a request; refuse the connection where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.settings.max_connections:
            self._refuse(ApiError(503, "service-busy", "Too many connections are open already.", "Try again after a second.",
                                  {"Retry-After": "1"}))  # fmt: skip
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and count what belongs to a head that is not complete."""
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > self.settings.max_head_bytes:
                self._refuse(ApiError(431, "head-too-large", "The head of the request is too large.",
                                      f"The limit is {self.settings.max_head_bytes:,} bytes. Send fewer headers, or a body."))  # fmt: skip

    def on_message_begin(self) -> None:
        """Wait for the head that begins, unless it is waited for already."""
        super().on_message_begin()
        self._is_in_head = self._is_in_body = True
        self._head_bytes = 0
        self._wait()

    def on_headers_complete(self) -> None:
        """Leave the request to the application, which has limits of its own."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that nothing of this request is still to come."""
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the rest of a body that was answered without it, so that nobody can send that for ever."""
        super().on_response_complete()
        if self._is_in_body and not self.transport.is_closing():
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not valid HTTP."""
        self._refuse(ApiError(400, "bad-request", "This is not valid HTTP.", msg))

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.settings.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            # another request of this connection is being answered
            self._wait()
        elif self._is_in_body and not self._is_in_head:
            self.transport.close()
        else:
            self._refuse(ApiError(408, "head-time", "The head of the request did not come.",
                                  f"It has to be complete after {self.settings.head_seconds:g} seconds. Send it again."))  # fmt: skip

    def _refuse(self, error: ApiError) -> None:
        """Answer and end the connection; there is no request that the application could answer."""
        self._stop_waiting()
        answer = answer_to(error)
        headers = {**HEADERS, **answer.headers, "Connection": "close"}
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        self.transport.write("\r\n".join((*lines, "", "")).encode("latin-1") + bytes(answer.body))
        self.transport.close()
        _LOG.info("a connection was refused", extra={"fields": {"status": error.status, "kind": error.kind}})


def limited(settings: ServiceSettings) -> type[Connection]:
    """Return the class of connections within ``settings``, which uvicorn takes as ``http``."""
    return type("Connection", (Connection,), {"settings": settings})
