"""Limits of requests: how often, how large, how long, how many; and the settings that say so."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from guarded import LOOPBACK, bearer, service
from served import is_problem
from starlette.types import ASGIApp, Receive, Send

from mtus.api.access import OPERATIONS
from mtus.api.errors import ApiError
from mtus.api.keys import Role, new_key
from mtus.api.limits import Exchange, Rates, Running
from mtus.reasoner.errors import MtusError
from mtus.reasoner.settings import ServiceSettings, case_settings, service_settings


def test_a_client_that_asks_too_often(tmp_path: Path) -> None:
    keys = {role.value: new_key(tmp_path / "keys.json", role, (role,))[1] for role in Role}
    with service(tmp_path, MTUS_REQUESTS_PER_SECOND="0.01", MTUS_REQUEST_BURST="3") as client:
        statuses = [client.get("/queries", headers=bearer(keys["read"])).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        response = client.get("/queries", headers=bearer(keys["read"]))
        is_problem(response, 429, "too-many-requests")
        assert 0 < int(response.headers["retry-after"]) <= 100
        # another key, and somebody without one, are counted apart
        assert client.get("/queries", headers=bearer(keys["submit"])).status_code == 403
        assert [client.get("/healthz").status_code for _ in range(4)] == [200, 200, 200, 429]
        is_problem(client.get("/queries", headers=bearer("mtus.guess.guess")), 429, "too-many-requests")


def test_on_loopback_nobody_is_counted_unless_a_setting_says_so(tmp_path: Path) -> None:
    with service(tmp_path, LOOPBACK) as client:
        assert {client.get("/healthz").status_code for _ in range(250)} == {200}
    with service(tmp_path, LOOPBACK, MTUS_REQUEST_BURST="2", MTUS_REQUESTS_PER_SECOND="0.01") as client:
        assert [client.get("/healthz").status_code for _ in range(3)] == [200, 200, 429]


def test_the_bucket_fills_again() -> None:
    now = 0.0
    rates = Rates(ServiceSettings(requests_per_second=2, request_burst=4), lambda: now)

    def taken(client: str, asked: int) -> int:
        count = 0
        for _ in range(asked):
            try:
                rates.refuse_hasty(client)
                count += 1
            except Exception:
                pass
        return count

    assert taken("a", 10) == 4
    now = 1.0
    assert (taken("a", 10), taken("b", 10)) == (2, 4)
    now = 100.0
    assert taken("a", 10) == 4
    for number in range(20_000):
        rates.refuse_hasty(f"client {number}")
    assert len(rates._due) == 10_000


# Settings


@pytest.mark.parametrize(
    "setting", [{"MTUS_REQUEST_SECONDS": "soon"}, {"MTUS_MAX_BODY_BYTES": "0"}, {"MTUS_KEYS": "maybe"}, {"MTUS_REQUESTS_PER_SECOND": "inf"}]
)
def test_settings_that_make_no_sense_stop_the_start(setting: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(MtusError, match="bad-setting at MTUS_"), service(tmp_path, **setting):
        pass


def test_every_setting_has_a_variable_a_reason_and_a_line_in_the_manual(root: Path) -> None:
    page = (root / "docs" / "how-to" / "secure-the-service.md").read_text("utf-8")
    for made in (service_settings, case_settings):
        defaults: dict[str, Any] = vars(made({}))
        for name, default in defaults.items():
            assert getattr(made({f"MTUS_{name.upper()}": "7"}), name) == 7
            assert f"``{name}``:" in str(type(made({})).__doc__)
            assert f"| `MTUS_{name.upper()}` | {default} |" in page, name


def test_the_description_says_what_each_operation_needs(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        described = client.get("/openapi.json").json()
    assert set(described["components"]["securitySchemes"]) == {"key", "browser"}
    for path in described["paths"].values():
        for operation in path.values():
            role = OPERATIONS[operation["operationId"]].role
            assert ("security" in operation) == (role is not None)
            assert {"421", "429", "503"} <= set(operation["responses"])
            assert role is None or {"401", "403"} <= set(operation["responses"])
            assert role is None or f"*{role}*" in operation["description"]
    assert json.dumps(described).count("Retry-After") > 10


# How large, how long, how many


def chunks(count: int, size: int = 1000) -> Iterator[bytes]:
    for _ in range(count):
        yield b"#" * size


def test_a_body_beyond_the_limit_of_the_service(tmp_path: Path) -> None:
    with service(tmp_path, LOOPBACK, MTUS_MAX_BODY_BYTES="5000") as client:
        for path, kind in (("/validate", "text/turtle"), ("/reviews", "application/json"), ("/sparql", "application/sparql-query")):
            headers = {"Content-Type": kind}
            for content in (b"#" * 5001, chunks(6)):
                response = client.post(path, content=content, headers=headers)
                assert "5,000" in is_problem(response, 413, "body-too-large")["detail"]
        assert client.get("/healthz").status_code == 200


def test_limits_of_a_case_are_settings(tmp_path: Path) -> None:
    deep = b"[" * 60 + b"]" * 60
    with service(tmp_path, LOOPBACK, MTUS_MAX_DEPTH="50", MTUS_MAX_BYTES="3000") as client:
        headers = {"Content-Type": "application/json"}
        body = is_problem(client.post("/validate", content=deep, headers=headers), 400, "unreadable-case")
        assert "more than 50 levels" in body["problems"][0]["why"]
        is_problem(client.post("/validate", content=b" " * 3001, headers=headers), 413, "case-too-large")


def run_app(app: ASGIApp, settings: ServiceSettings, receive: Receive, times: int = 1) -> list[list[dict[str, Any]]]:
    """Return what is sent for requests at the same time, or the error that each ends with, as a message."""

    async def one(running: Running) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(message)

        exchange = Exchange(receive, send, settings, is_stream=False)
        try:
            await running.run({}, exchange, is_stream=False)
        except ApiError as error:
            sent.append({"type": "refused", "status": error.status, "kind": error.kind})
        return sent

    async def all_of_them() -> list[list[dict[str, Any]]]:
        running = Running(app, settings)
        return await asyncio.gather(*(one(running) for _ in range(times)))

    return asyncio.run(all_of_them())


async def nothing() -> Any:
    await asyncio.sleep(3600)


async def reader(scope: Any, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def sleeper(scope: Any, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_a_body_that_does_not_come() -> None:
    (sent,) = run_app(reader, ServiceSettings(body_seconds=0.05), nothing)
    assert sent == [{"type": "refused", "status": 408, "kind": "body-time"}]


def test_a_request_that_takes_too_long_is_given_up_and_says_nothing_later() -> None:
    (sent,) = run_app(sleeper, ServiceSettings(request_seconds=0.05), nothing)
    assert sent == [{"type": "refused", "status": 503, "kind": "request-time"}]
    (sent,) = run_app(sleeper, ServiceSettings(request_seconds=5), nothing)
    assert sent == [{"type": "http.response.start", "status": 200, "headers": []}]


def test_more_requests_than_may_run_are_told_to_come_again() -> None:
    answers = run_app(sleeper, ServiceSettings(max_running_requests=2), nothing, times=5)
    assert sorted(answer[0].get("kind", "answered") for answer in answers) == ["answered"] * 2 + ["service-busy"] * 3


def test_what_was_given_up_counts_until_it_ends() -> None:
    async def ask() -> list[str]:
        running, kinds = Running(sleeper, ServiceSettings(max_running_requests=1, request_seconds=0.05)), []
        for wait in (0.0, 0.0, 0.5):
            await asyncio.sleep(wait)
            try:
                await running.run({}, Exchange(nothing, nothing_sent, ServiceSettings(), is_stream=False), is_stream=False)
            except ApiError as error:
                kinds.append(error.kind)
        return kinds

    async def nothing_sent(message: Any) -> None:
        raise AssertionError(message)

    assert asyncio.run(ask()) == ["request-time", "service-busy", "request-time"]


def test_a_stream_may_be_larger_and_take_longer() -> None:
    settings = ServiceSettings(max_body_bytes=10, max_stream_bytes=100)
    with pytest.raises(ApiError, match="body-too-large"):
        Exchange(nothing, nothing, settings, is_stream=False).refuse_size(11)  # type: ignore[arg-type]
    Exchange(nothing, nothing, settings, is_stream=True).refuse_size(100)  # type: ignore[arg-type]


def test_a_client_that_goes_away_is_no_fault_of_the_service(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    messages = iter([{"type": "http.request", "body": b"<a:a>", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:8000"), (b"content-type", b"text/turtle")]
    with service(tmp_path, LOOPBACK) as client:
        scope = {"type": "http", "method": "POST", "path": "/validate", "query_string": b"", "headers": headers, "scheme": "http",
                 "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1)}  # fmt: skip
        asyncio.run(client.app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
