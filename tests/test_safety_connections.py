"""What clients do before there is a request: connections that stay silent, heads that never end, what is no HTTP."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from servers import free_port
from typer.testing import CliRunner

from mtus.api.connections import limited
from mtus.api.security import HEADERS
from mtus.reasoner.cli import app as commands
from mtus.reasoner.settings import ServiceSettings

SETTINGS = ServiceSettings(max_connections=8, head_seconds=0.4, max_head_bytes=4_000)
HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
SOON = 5.0


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer at once; the body of a request is read where its address says so."""
    if scope["path"] == "/read":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    found = free_port()
    config = uvicorn.Config(answer, port=found, http=limited(SETTINGS), lifespan="off", log_config=None, timeout_keep_alive=3)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield found
    server.should_exit = True
    thread.join(30)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", port), SOON)) as found:
        yield found


def rest(connection: socket.socket) -> bytes:
    """Return all that comes until the server ends the connection; fail where it does not end it."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def send_slowly(connection: socket.socket, piece: bytes) -> float:
    """Send ``piece`` again and again until the server ends the connection; return after how many seconds, infinity where it does not."""
    started = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() - started < SOON:
            connection.sendall(piece)
            time.sleep(0.02)
        return float("inf")
    return time.monotonic() - started


def is_refused(answered: bytes, status: int, kind: str) -> dict[str, Any]:
    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answered
    for name, value in {**HEADERS, "content-type": "application/problem+json", "connection": "close"}.items():
        assert f"{name}: {value}".lower() in head.decode().lower()
    problem: dict[str, Any] = json.loads(body)
    assert problem["type"].endswith(f"/{kind}")
    assert problem["status"] == status
    return problem


def is_answered(port: int) -> None:
    """The server answers, at the latest when those whom it refused are gone."""
    deadline = time.monotonic() + SOON
    while True:
        with connected(port) as connection:
            connection.sendall(GET + b"Connection: close\r\n\r\n")
            if rest(connection).startswith(b"HTTP/1.1 200 "):
                return
        assert time.monotonic() < deadline


@pytest.mark.parametrize("sent", [b"", b"G", GET, GET + b"X: ", GET + b"X: y\r\n"])
def test_a_head_that_does_not_end(port: int, sent: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(sent)
        started = time.monotonic()
        assert "0.4 seconds" in is_refused(rest(connection), 408, "head-time")["detail"]
        assert time.monotonic() - started < SOON
    is_answered(port)


def test_a_head_that_comes_byte_by_byte(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET)
        assert send_slowly(connection, b"X: y\r\n") < SOON
    is_answered(port)


def test_the_second_head_of_a_connection_has_the_same_time(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET + b"\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(GET)
        assert "0.4 seconds" in is_refused(rest(connection), 408, "head-time")["detail"]


def test_a_connection_that_is_kept_and_used_is_not_ended(port: int) -> None:
    with connected(port) as connection:
        for _ in range(3):
            connection.sendall(GET + b"\r\n")
            assert connection.recv(1000).endswith(b"ok")
            time.sleep(0.6)


def test_a_body_that_is_read_may_take_longer_than_a_head(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"POST /read HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nab")
        time.sleep(0.8)
        connection.sendall(b"cd")
        assert connection.recv(1000).endswith(b"ok")


def test_the_rest_of_a_body_that_was_answered_without_it_ends(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n")
        assert connection.recv(1000).endswith(b"ok")
        assert send_slowly(connection, b"x") < SOON
    is_answered(port)


def test_a_head_that_is_too_large(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET)
        for _ in range(8):
            time.sleep(0.01)
            connection.sendall(b"X: " + b"y" * 600)
        assert "4,000" in is_refused(rest(connection), 431, "head-too-large")["detail"]
    is_answered(port)


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00", b"FOO / HTTP/1.1\r\n\r\n", GET + b"Content-Length: -1\r\n\r\n", b"x" * 100])
def test_what_is_no_http(port: int, sent: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(sent)
        is_refused(rest(connection), 400, "bad-request")
    is_answered(port)


def test_too_many_connections_leave_those_that_are_open_alone(port: int) -> None:
    is_answered(port)
    with connected(port) as first:
        first.sendall(GET + b"\r\n")
        assert first.recv(1000).endswith(b"ok")
        others = [socket.create_connection(("127.0.0.1", port), SOON) for _ in range(12)]
        assert "connections" in is_refused(rest(others[-1]), 503, "service-busy")["title"]
        first.sendall(GET + b"\r\n")
        assert first.recv(1000).endswith(b"ok")
        for other in others:
            other.close()
    is_answered(port)


def test_mtus_serve_takes_these_limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda _, **options: seen.update(options))
    monkeypatch.setattr("mtus.api.logs.log_as_json", lambda: None)
    monkeypatch.setenv("MTUS_HEAD_SECONDS", "3")
    assert CliRunner().invoke(commands, ["serve", "--store", str(tmp_path / "store")]).exit_code == 0
    assert seen["http"].settings.head_seconds == 3.0
