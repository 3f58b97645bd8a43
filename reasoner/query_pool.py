"""Processes that wait for queries, started before any comes: a query that takes too long ends with its process.

A new process takes its place, and one more than are used at once stands by meanwhile. Killing is the one way to stop a query that
surely works: the engine has no other, and a cross join or a sort of one would go on for ever. What is killed only read a copy of the store,
so nothing can be damaged.
"""

import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from types import TracebackType
from typing import Final

from mtus.reasoner import errors
from mtus.reasoner.errors import EngineError, MtusError, Problem, engine_error, query_error
from mtus.reasoner.query_messages import Failure, QueryRequest, receive, send
from mtus.reasoner.query_results import Answer
from mtus.reasoner.settings import QUERIES, QuerySettings

# Python and the store are there in a fraction of a second; a busy machine may take longer.
_START_SECONDS: Final = 60.0


class _DiedIdleError(EngineError):
    pass


class QueryPool:
    """Answers queries from the store at ``location`` in processes; safe to be used by many threads, and a context manager."""

    def __init__(self, location: str, settings: QuerySettings = QUERIES) -> None:
        self._location = location
        self._settings = settings
        self._changed = threading.Condition()
        self._waiting = 0
        self._running = 0
        self._is_closed = False
        self._idle = deque(_Worker(location, settings) for _ in range(settings.query_workers + 1))
        self._all = set(self._idle)

    def answer(self, request: QueryRequest) -> Answer:
        """Return the answer to ``request``.

        Raises :class:`QueryError` where the query is wrong or was stopped by a limit, :class:`EngineError` where the store fails or all
        processes are busy (code ``queries-busy``).
        """
        try:
            return self._answer(request)
        except _DiedIdleError:
            # somebody else ended the process; the next one is asked instead
            return self._answer(request)

    def close(self) -> None:
        """End all processes."""
        with self._changed:
            self._is_closed = True
            workers = list(self._all)
        for worker in workers:
            worker.kill()

    def __enter__(self) -> "QueryPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _answer(self, request: QueryRequest) -> Answer:
        worker = self._take()
        try:
            found = worker.answer(request)
        except BaseException:
            worker.kill()
            self._give(_Worker(self._location, self._settings), instead_of=worker)
            raise
        self._give(worker)
        if isinstance(found, Failure):
            kind: type[MtusError] = getattr(errors, found.kind)
            raise kind(found.problems)
        return found

    def _take(self) -> "_Worker":
        deadline = time.monotonic() + self._settings.query_seconds
        with self._changed:
            if self._running >= self._settings.query_workers and self._waiting >= self._settings.max_waiting_queries:
                raise _busy()
            self._waiting += 1
            try:
                while self._running >= self._settings.query_workers:
                    if not self._changed.wait(deadline - time.monotonic()):
                        raise _busy()
                self._running += 1
                return self._idle.popleft()
            finally:
                self._waiting -= 1

    def _give(self, worker: "_Worker", instead_of: "_Worker | None" = None) -> None:
        with self._changed:
            if instead_of is not None:
                self._all.discard(instead_of)
                self._all.add(worker)
            self._running -= 1
            self._idle.append(worker)
            self._changed.notify()
            is_closed = self._is_closed
        if is_closed:
            worker.kill()


class _Worker:
    """One process; it starts while others are served already."""

    def __init__(self, location: str, settings: QuerySettings) -> None:
        self._settings = settings
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mtus.reasoner.query_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=_environment(),
        )  # fmt: skip
        self._is_ready = False
        assert self._process.stdin is not None
        send(self._process.stdin, (location, settings))

    def answer(self, request: QueryRequest) -> Answer | Failure:
        """Return what the process answers; raise :class:`QueryError` where it has to be killed, or died of the query."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if not self._is_ready:
            if not self._has_answer(_START_SECONDS):
                raise _died_idle()
            try:
                receive(self._process.stdout)
            except EOFError:
                raise _died_idle() from None
            self._is_ready = True
        try:
            send(self._process.stdin, request)
        except BrokenPipeError:
            raise _died_idle() from None
        if not self._has_answer(self._settings.query_seconds):
            raise query_error("query-time", "query", f"The query took more than {self._settings.query_seconds:g} seconds and was stopped.",
                              "Ask a narrower question; MTUS_QUERY_SECONDS sets the limit.")  # fmt: skip
        try:
            found: Answer | Failure = receive(self._process.stdout)
        except EOFError:
            raise query_error("query-memory", "query", "The process that answers the query ended; mostly the query needs too much memory.",
                              "Ask a narrower question; MTUS_QUERY_MEMORY_MEGABYTES sets the limit.") from None  # fmt: skip
        return found

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    # what was not sent yet has no reader any more
                    continue

    def _has_answer(self, seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            assert self._process.stdout is not None
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return bool(selector.select(seconds))


def _environment() -> dict[str, str]:
    """Return the environment of a process that answers.

    glibc would reserve room for as many heaps as threads happen to ask for one at the same moment: up to a gigabyte that nobody uses and
    that the limit of memory counts.
    """
    return {**os.environ, "MALLOC_ARENA_MAX": "1"}


def _busy() -> MtusError:
    return engine_error("queries-busy", "query", "All processes that answer queries are busy.", "Try again in a moment.")


def _died_idle() -> _DiedIdleError:
    return _DiedIdleError((Problem("query-process", "query", "The process that answers queries ended before it was asked.", "Try again."),))
