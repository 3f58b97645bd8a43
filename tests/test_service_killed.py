"""A served process that is killed in the middle of submissions: each that was answered 201 is there afterwards."""

import contextlib
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
from conftest import ROOT

from mtus.api.client import Client
from mtus.reasoner.store_location import open_reader
from mtus.reasoner.stored_cases import stored_cases

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")

CASE = (ROOT / "examples" / "skeletons" / "case.json").read_bytes()


@contextlib.contextmanager
def served(store: Path, processes: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve ``store`` in a process, and give its address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mtus.reasoner", "serve", "--port", str(port), "--store", str(store)]
    environment = {**os.environ, "MTUS_DETERMINE_PROCESSES": processes, "MTUS_QUERY_WORKERS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url + "/healthz", trust_env=False).is_success:
                    break
            time.sleep(0.1)
        yield url, process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


def case(number: int) -> bytes:
    return CASE.replace(b"my-case", b"killed-%d" % number)


def submit(url: str, numbers: Iterator[int], answered: dict[str, bytes]) -> None:
    """Submit cases until the service is gone; note each that was answered."""
    with contextlib.suppress(httpx.HTTPError), Client(url) as client:
        for number in numbers:
            made = client.determine(case(number))
            assert made.is_new
            answered[made.name] = case(number)


def test_what_was_answered_is_there_after_kill_9(tmp_path: Path) -> None:
    store, answered = tmp_path / "store", dict[str, bytes]()
    with served(store, "1") as (url, process):
        threads = [threading.Thread(target=submit, args=(url, iter(range(n, 100_000, 4)), answered)) for n in range(4)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 60
        while len(answered) < 30 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join()
    assert len(answered) >= 30
    with served(store, "0") as (url, _), Client(url) as client:
        stored = {one["id"].rsplit("/", 1)[-1] for one in client.determinations()}
        assert answered.keys() <= stored
        for name, sent in list(answered.items())[::7]:
            assert client.determine(sent).is_new is False
            assert json.loads(client.determination(name))["id"].endswith(name)
    # the service ended by itself, so that what was submitted is in the store too
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with open_reader(str(store)) as reader:
            shown = {determination.rsplit("/", 1)[-1] for _, determination in stored_cases(reader)}
        if answered.keys() <= shown:
            break
        with served(store, "0"):
            time.sleep(1)
    assert answered.keys() <= shown


def test_mtus_load_works_beside_a_service(tmp_path: Path) -> None:
    files = tmp_path / "cases"
    files.mkdir()
    for number in range(1000, 1005):
        (files / f"{number}.json").write_bytes(case(number))
    with served(tmp_path / "store", "0") as (url, _), Client(url) as client:
        for number in range(5):
            client.determine(case(number))
        command = [sys.executable, "-m", "mtus.reasoner", "load", str(files), "--store", str(tmp_path / "store")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert "5 stored" in done.stdout
        assert len(list(client.determinations())) == 10
