"""Servers that tests start: a free port, and the Oxigraph server from the registry."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, params={"query": "ASK { }"}, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    pytest.fail("the server did not start")


def oxigraph(*options: str) -> Iterator[str]:
    program = Path(sys.executable).parent / "oxigraph"
    if not program.exists():
        pytest.skip("the Oxigraph server is not installed (pip install oxigraph)")
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen([program, "serve", "--bind", address, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://{address}/query", process)
        yield f"http://{address}/query"
    finally:
        process.kill()
        process.wait()
