"""A service that is really started and told to stop: each request is answered in full or not at all; no answer is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import IMR_2015, ROOT

from mtus.api.audit import verify

CASE = (IMR_2015 / "case.json").read_bytes()
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "MTUS_STORE": str(tmp_path / "store"),
        "MTUS_AUDIT_FILE": str(tmp_path / "audit.jsonl"),
        "MTUS_KEYS": "network",
    }
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "mtus.reasoner", "serve", "--port", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
        try:
            base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
            while True:
                try:
                    httpx.get(f"{base}/healthz", timeout=5)
                    break
                except httpx.TransportError:
                    assert process.poll() is None, (tmp_path / "log").read_text("utf-8")
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield process, base
        finally:
            process.kill()
            process.wait(30)


def test_told_to_stop_it_finishes_or_refuses_and_loses_nothing(server: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    process, base = server
    answers: list[tuple[int, str]] = []
    refused: list[str] = []
    expected = httpx.post(f"{base}/validate?name=Jane", content=CASE, headers=JSON, timeout=30)
    assert expected.status_code == 200

    def ask() -> None:
        with httpx.Client(base_url=base, timeout=30) as client:
            while True:
                try:
                    answer = client.post("/validate", content=CASE, headers=JSON)
                except httpx.TransportError as error:
                    refused.append(type(error).__name__)
                    return
                assert answer.content == expected.content or answer.status_code == 503
                answers.append((answer.status_code, answer.headers["request-id"]))

    clients = [threading.Thread(target=ask) for _ in range(6)]
    for client in clients:
        client.start()
    while len(answers) < 30:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    for client in clients:
        client.join(40)
    process.wait(40)
    assert len(refused) == 6
    assert {status for status, _ in answers} <= {200, 503}
    # what was answered is in the audit log, to the last one
    recorded = {json.loads(line)["request"] for line in (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()}
    assert {request for status, request in answers if status == 200} <= recorded
    assert verify(tmp_path / "audit.jsonl").breaks == ()
    # each answer was whole: no request was recorded more than once, and none without an answer but those on their way
    assert len(recorded) - 1 <= len(answers) + 6
    log = (tmp_path / "log").read_text("utf-8").splitlines()
    lines = [json.loads(line) for line in log]
    assert sum(line["logger"] == "mtus.access" and line["route"] == "/validate" for line in lines) >= len(answers) + 1
    assert "Jane" not in "".join(log)
    assert not [line for line in lines if line["level"] == "error"]
