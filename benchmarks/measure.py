"""Time and memory of one thing: the median of several runs, and what a process needs from its start."""

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

_Line = TypeVar("_Line", bound=Any)


@dataclass(frozen=True)
class Timing:
    """How long something took: the median and the spread of ``runs`` runs, in milliseconds."""

    milliseconds: float
    fastest: float
    slowest: float
    runs: int


def show(lines: Sequence[_Line], table: Callable[[list[_Line]], Table], console: Console, *, as_json: bool) -> None:
    """Print ``lines``, dataclasses, as a table on ``console``, or as JSON."""
    if as_json:
        print(json.dumps([asdict(line) for line in lines], indent=2))
    else:
        console.print(table(list(lines)))


def timed(work: Callable[[], object], *, runs: int, warm_up: int = 1) -> Timing:
    """Return how long ``work`` takes; ``warm_up`` runs come first and do not count."""
    for _ in range(warm_up):
        work()
    taken = []
    gc.collect()
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return Timing(statistics.median(taken), min(taken), max(taken), runs)


def process(command: list[str], *, runs: int) -> tuple[Timing, float]:
    """Return how long ``command`` takes from its start, and the most memory that it held, in megabytes.

    Raises ``CalledProcessError`` where it fails; exit code 1 is an answer (something is not supported), not a failure.
    """

    def run() -> None:
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode not in (0, 1):
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)

    timing = timed(run, runs=runs)
    return timing, peak_memory(command)


def peak_memory(command: list[str]) -> float:
    """Return the most memory that ``command`` held, in megabytes."""
    pid = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_DUP2, 1, 2)]
    )
    _, _, usage = os.wait4(pid, 0)
    return megabytes(usage)


def megabytes(usage: resource.struct_rusage) -> float:
    """Return the peak of resident memory in ``usage``; Linux counts kilobytes, macOS bytes."""
    return usage.ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1000)
