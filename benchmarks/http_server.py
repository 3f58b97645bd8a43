"""The service as a process of its own, with what it and the processes that it starts need of memory and processor time."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from benchmarks.http_client import ask, http_request

# The knowledge is compiled before the first answer; a busy machine takes long for that.
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 60.0


@dataclass
class Server:
    """A running service: its port, and its process."""

    port: int
    process: subprocess.Popen[bytes]

    def processes(self) -> list[psutil.Process]:
        """Return the process of the service and all that it started."""
        try:
            main = psutil.Process(self.process.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def megabytes(self) -> float:
        """Return the resident memory of all processes of the service; what they share counts for each."""
        return sum(_of(process, lambda p: p.memory_info().rss) for process in self.processes()) / 1_000_000

    def processor_seconds(self) -> float:
        """Return the processor time that all processes of the service took so far."""
        return sum(_of(process, lambda p: sum(p.cpu_times()[:2])) for process in self.processes())

    def stop(self) -> int:
        """Ask the service to end, wait until it has, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_SECONDS)


@dataclass
class Memory:
    """Samples of memory: seconds since the first, and megabytes."""

    samples: list[tuple[float, float]] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """By how many megabytes the second half of the samples lies above the first, by their medians; 0 where there are too few."""
        values = [megabytes for _, megabytes in self.samples]
        if len(values) < 4:
            return 0.0
        first, second = sorted(values[: len(values) // 2]), sorted(values[len(values) // 2 :])
        return second[len(second) // 2] - first[len(first) // 2]


@contextmanager
def served(store: Path, options: Sequence[str] = ()) -> Iterator[Server]:
    """Start the service over ``store`` on a free port, with more ``options`` of `mtus serve`; it is ended afterwards.

    Raises ``RuntimeError`` where it does not start, with what it said.
    """
    port = _free_port()
    log = store.with_name(store.name + ".log")
    command = [sys.executable, "-m", "mtus.reasoner", "serve", "--port", str(port), "--store", str(store), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        try:
            _wait(process, port, log)
            yield Server(port, process)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextmanager
def watched(server: Server, every: float = 1.0) -> Iterator[Memory]:
    """Take a sample of the memory of ``server`` every so many seconds."""
    memory, ended, start = Memory(), threading.Event(), time.perf_counter()

    def sample() -> None:
        while True:
            memory.samples.append((time.perf_counter() - start, server.megabytes()))
            if ended.wait(every):
                return

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        ended.set()
        thread.join()


def _of(process: psutil.Process, figure: Callable[[psutil.Process], float]) -> float:
    try:
        return figure(process)
    except psutil.Error:
        # it ended meanwhile
        return 0.0


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            if ask(port, http_request("GET", "/healthz")).status == 200:
                return
        except (OSError, EOFError):
            time.sleep(0.1)
    raise RuntimeError(f"the service did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
