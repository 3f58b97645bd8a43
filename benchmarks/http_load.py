"""Put the service under load, in one run on one machine, and print one table.

    python -m benchmarks.http_load                                      the whole table
    python -m benchmarks.http_load --only same --clients 8 --seconds 5  one part of it
    python -m benchmarks.http_load --only renamed --clients 8 --seconds 300   five minutes: errors, and whether memory grows
    python -m benchmarks.http_load --json                               the figures as JSON

The service is a process of its own, `mtus serve` over a store that is made for the run. Rates and times swing with the machine, and the
clients take processor time too; the processor time of the service for an answer is what does not depend on who else is at work.
"""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.http_client import http_request, run_clients
from benchmarks.http_material import fill, new_cases, renamed_case
from benchmarks.http_server import Server, served, watched

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "examples" / "imr-2015" / "case.json"
PATH: Final = "/determinations"
PARTS: Final = ("floor", "same", "renamed", "new", "queries")
# Aggregates of different kinds: by class, over time, over reasons, over provisions, over all assessments.
QUERIES: Final = ("answers-by-category", "items-by-month", "criteria-that-decide", "pages-that-decide", "criteria-by-status")
_WIDTH: Final = 125
_WORDS: Final = {
    "floor": "GET /healthz: HTTP alone",
    "same": "case of 2015, kept already",
    "renamed": "case of 2015, new names",
    "new": "synthetic cases, new ones",
}


@dataclass(frozen=True)
class Line:
    """One line of the table: what was asked by so many clients, and what that gave.

    Times are milliseconds; ``processor_ms`` is the processor time of all processes of the service for one answer. ``megabytes`` is the
    most resident memory, and ``growth`` by how much its second half lies above the first.
    ``refused`` counts requests that were told to come again.
    """

    part: str
    what: str
    clients: int
    seconds: float
    answers: int
    errors: int
    per_second: float
    p50: float
    p95: float
    p99: float
    processor_ms: float
    megabytes: float
    growth: float
    problems: dict[str, int]
    refused: int


@dataclass(frozen=True)
class Stopped:
    """What became of a service that was asked to end under load.

    ``made`` counts the determinations that were answered as made, ``lost`` those of them that the service does not have when it is
    started again, ``refused`` the requests without an answer.
    """

    exit_code: int
    made: int
    lost: int
    refused: int


@dataclass(frozen=True)
class Load:
    """The whole result; the queries were asked of so many stored ``cases``."""

    cases: int
    lines: tuple[Line, ...]
    stopped: Stopped | None


@dataclass(frozen=True)
class Plan:
    """What to measure: seconds for each line, numbers of clients, cases in the store for the queries, parts, options of the service."""

    seconds: float = 10.0
    clients: tuple[int, ...] = (1, 8, 64)
    cases: int = 10_000
    parts: tuple[str, ...] = PARTS
    options: tuple[str, ...] = ()


def measure(plan: Plan, progress: Callable[[str, float], None] = lambda what, seconds: None) -> Load:
    """Measure everything in ``plan``; ``progress`` is told what is done, and by how many seconds of load the run came on.

    Raises ``RuntimeError`` where the service does not start.
    """
    lines: list[Line] = []
    stopped: Stopped | None = None
    with tempfile.TemporaryDirectory() as folder:
        posts = [part for part in PARTS[:-1] if part in plan.parts]
        if posts:
            store = Path(folder) / "store"
            progress("starting the service", 0)
            with served(store, plan.options) as server:
                places: list[str] = []
                asked = {part: _requests(part) for part in posts}
                for part, requests in asked.items():
                    for clients in plan.clients:
                        progress(f"{_WORDS[part]}; {clients} clients", 0)
                        line, made = _line(server, part, _WORDS[part], clients, plan.seconds, requests)
                        lines.append(line)
                        places += made
                        progress("", plan.seconds)
                if places:
                    progress("ending the service under load", 0)
                    stopped = _stop(server, store, places, asked[posts[-1]], plan)
        if "queries" in plan.parts and plan.cases:
            lines += _queries(Path(folder) / "full", plan, progress)
    return Load(plan.cases if "queries" in plan.parts else 0, tuple(lines), stopped)


def _requests(part: str) -> Iterator[bytes]:
    if part == "floor":
        return repeat(http_request("GET", "/healthz"))
    if part == "same":
        return repeat(http_request("POST", PATH, EXAMPLE.read_bytes(), kind="application/json"))
    return renamed_case(EXAMPLE.read_bytes(), PATH) if part == "renamed" else new_cases(1_000, PATH)


def _line(server: Server, part: str, what: str, clients: int, seconds: float, requests: Iterator[bytes]) -> tuple[Line, list[str]]:
    # connections, caches and the worker threads are there before anything counts
    warm_up = asyncio.run(run_clients(server.port, clients, min(1.0, seconds / 4), lambda: next(requests)))
    before = server.processor_seconds()
    with watched(server, min(1.0, seconds / 8)) as memory:
        tally = asyncio.run(run_clients(server.port, clients, seconds, lambda: next(requests)))
    answers = len(tally.taken)
    used = 1000 * (server.processor_seconds() - before) / max(1, answers)
    times = {f"p{share}": round(tally.percentile(share / 100), 2) for share in (50, 95, 99)}
    problems = {**tally.failures, **{str(status): n for status, n in tally.statuses.items() if not 200 <= status < 300}}
    most = max(megabytes for _, megabytes in memory.samples)
    line = Line(part, what, clients, round(tally.seconds, 2), answers, tally.errors, round(answers / tally.seconds, 1), **times,
                processor_ms=round(used, 2), megabytes=round(most, 1), growth=round(memory.growth, 1), problems=problems,
                refused=tally.refused)  # fmt: skip
    return line, [*warm_up.places, *tally.places]


def _stop(server: Server, store: Path, places: list[str], requests: Iterator[bytes], plan: Plan) -> Stopped:
    """Ask ``server`` to end while eight clients ask, and look whether it has each determination when it is started again."""
    seconds = min(plan.seconds, 4.0)
    ender = threading.Timer(seconds / 2, server.process.terminate)
    ender.start()
    tally = asyncio.run(run_clients(server.port, 8, seconds, lambda: next(requests)))
    ender.join()
    code = server.stop()
    made = [*places, *tally.places]
    asked = iter([http_request("GET", place) for place in made])
    with served(store, plan.options) as again:
        found = asyncio.run(run_clients(again.port, 8, float("inf"), lambda: next(asked, None)))
    return Stopped(code, len(made), len(made) - found.statuses[200], tally.errors)


def _queries(store: Path, plan: Plan, progress: Callable[[str, float], None]) -> list[Line]:
    """Measure stored queries over a store with so many cases."""
    progress(f"storing {plan.cases:,} cases", 0)
    fill(store, plan.cases)
    found = []
    with served(store, plan.options) as server:
        for name in QUERIES:
            asked = repeat(http_request("GET", f"/queries/{name}.json"))
            for clients in plan.clients:
                progress(f"{name}; {clients} clients", 0)
                found.append(_line(server, "queries", name, clients, plan.seconds, asked)[0])
                progress("", plan.seconds)
    return found


def table(load: Load) -> Table:
    """Return ``load`` as a table."""
    told = f"; queries of {load.cases:,} cases" if load.cases else ""
    shown = Table(title=f"The service on {platform.machine()}, Python {platform.python_version()}, all in one run{told}")
    for name in ("what", "clients", "a second", "p50 ms", "p95 ms", "p99 ms", "errors", "later", "CPU ms", "MB", "growth"):
        shown.add_column(name, justify="left" if name == "what" else "right", no_wrap=True)
    before = ""
    for line in load.lines:
        if before not in ("", line.what):
            shown.add_section()
        what = line.what if line.what != before else ""
        times = (f"{ms:,.1f}" for ms in (line.p50, line.p95, line.p99))
        problems = ", ".join(f"{count} {problem}" for problem, count in line.problems.items())
        shown.add_row(what, str(line.clients), f"{line.per_second:,.1f}", *times, problems or "0", f"{line.refused:,}",
                      f"{line.processor_ms:,.2f}",
                      f"{line.megabytes:,.0f}", f"{line.growth:+,.1f}")  # fmt: skip
        before = line.what
    if load.stopped:
        shown.caption = f"Ended under load: {load.stopped.made:,} determinations were made, {load.stopped.lost:,} of them are lost."
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the table or the figures; 1 where there were errors, or cases were lost."""
    plan, as_json = _plan(arguments)
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True) as progress:
        lines = len(plan.clients) * (len(plan.parts) - 1 + len(QUERIES) if "queries" in plan.parts else len(plan.parts))
        task = progress.add_task("starting", total=lines * plan.seconds)

        def tell(what: str, seconds: float) -> None:
            progress.update(task, advance=seconds, **({"description": what} if what else {}))

        load = measure(plan, tell)
    if as_json:
        print(json.dumps(asdict(load), indent=2))
    else:
        shown = Console()
        # a figure that is cut off says nothing
        shown.width = max(shown.width, _WIDTH)
        shown.print(table(load))
    is_clean = not any(line.errors for line in load.lines) and not (load.stopped and load.stopped.lost)
    return 0 if is_clean else 1


def _plan(arguments: Sequence[str] | None) -> tuple[Plan, bool]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_load", description="Put the service under load.")
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="how long each line is measured (default %(default)g)")
    parser.add_argument("--clients", type=int, nargs="+", default=Plan.clients, help="how many clients ask at once (default 1 8 64)")
    parser.add_argument("--cases", type=int, default=Plan.cases, help="cases in the store for the queries (default %(default)s)")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="parts to measure (default all)")
    parser.add_argument("--serve", default="", metavar="OPTIONS", help="more options of `mtus serve`, in one word")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.cases < 0 or min(options.clients) < 1:
        parser.error("--seconds and --clients have to be positive, --cases not negative")
    parts = tuple(part for part in PARTS if part in options.only)
    return Plan(options.seconds, tuple(options.clients), options.cases, parts, tuple(options.serve.split())), options.json


if __name__ == "__main__":
    sys.exit(main())
