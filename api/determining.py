"""Determine what was sent, in processes of their own, so that all processors work and the one that answers is always free.

``MTUS_DETERMINE_PROCESSES`` says how many; as many as there are processors where it is left out, and none with 0: threads do it then.
"""

import asyncio
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from fastapi import Request

from mtus.api.body import NAME
from mtus.api.deps import case_limits
from mtus.api.errors import ApiError
from mtus.api.journal import Journal, Submission
from mtus.api.submission import submission_of
from mtus.reasoner.child_process import prepare
from mtus.reasoner.errors import store_error
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine_facts
from mtus.reasoner.receipt import determination_id, receipt
from mtus.reasoner.settings import SERVICE, service_settings

VARIABLE: Final = "MTUS_DETERMINE_PROCESSES"
_Found = TypeVar("_Found")
_journals: dict[str, Journal] = {}


@dataclass(frozen=True)
class Determined:
    """A determination as it is kept, and whether it is kept already."""

    submission: Submission
    is_kept: bool = False


def determine_sent(content: bytes, syntax: str, journal: str) -> Determined:
    """Determine the case in ``content``; one that is in the file ``journal`` as it would be is not determined again.

    ``syntax`` is its format, empty where the content has to show it. Raises :class:`CaseError` where the case is wrong.
    """
    knowledge = load_knowledge()
    limits = case_limits()
    facts = load_case(content, knowledge, name=NAME, syntax=syntax, settings=limits)
    made = receipt(facts, knowledge)
    name = local_name(determination_id(made))
    if journal:
        found = _journal(journal).submission(name)
        if found is not None:
            return Determined(found, is_kept=True)
    return Determined(submission_of(determine_facts(facts, knowledge, settings=limits)))


class Determiner:
    """Runs functions where they do not keep the service from answering, each in a process for at most so many ``seconds``."""

    def __init__(self, processes: int, seconds: float = SERVICE.request_seconds) -> None:
        self._processes, self._seconds = processes, seconds
        self._executor: Executor = self._new()
        self._lock = threading.Lock()

    async def run(self, function: Callable[..., _Found], *values: Any) -> _Found:
        """Return what ``function`` gives for ``values``; both have to be such that they can be sent to a process."""
        executor = self._executor
        try:
            return await asyncio.wrap_future(executor.submit(_in_time, self._seconds, function, *values))
        except BrokenProcessPool:
            # the process died, of this case or by another hand; others take over, and the case is tried once more
            with self._lock:
                if self._executor is executor:
                    self._executor = self._new()
            return await asyncio.wrap_future(self._executor.submit(_in_time, self._seconds, function, *values))

    def close(self) -> None:
        """End the processes. The server ends requests before; what is still worked at is for ones that were given up."""
        running = list((getattr(self._executor, "_processes", None) or {}).values())
        self._executor.shutdown(wait=not running, cancel_futures=True)
        for process in running:
            process.kill()
        self._executor.shutdown()

    def _new(self) -> Executor:
        if self._processes == 0:
            return ThreadPoolExecutor(4, thread_name_prefix="determine")
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_prepare)
        for _ in range(self._processes):
            # it starts its processes as it is asked for something; the first case should not wait for them
            executor.submit(os.getpid)
        return executor


def open_determiner(environment: Mapping[str, str]) -> Determiner:
    """Return a determiner with as many processes as ``environment`` says; raise :class:`StoreError` for what is no number."""
    text = environment.get(VARIABLE, str(os.cpu_count() or 1))
    if not text.isdecimal() or int(text) > 256:
        raise store_error(
            "bad-setting", VARIABLE, f"'{text[:50]}' is no number from 0 to 256.", "It is the number of processors by itself."
        )
    return Determiner(int(text), service_settings(environment).request_seconds)


def determiner(request: Request) -> Determiner:
    """Return the determiner of the application that answers ``request``."""
    found: Determiner = request.app.state.determiner
    return found


class _TooLongError(BaseException):
    """The time is up; nothing that catches errors of its own catches it."""


def _in_time(seconds: float, function: Callable[..., _Found], *values: Any) -> _Found:
    """Return what ``function`` gives for ``values``, in a process; raise :class:`ApiError` (503) where it takes longer than ``seconds``.

    Nobody waits for it any more then, and others do for the process. A thread, and a process on Windows, cannot be stopped so.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return function(*values)

    def stop(*_: object) -> None:
        raise _TooLongError

    signal.signal(signal.SIGALRM, stop)
    # again each second: what is raised while an object is let go of is lost
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        return function(*values)
    except _TooLongError:
        raise ApiError(503, "request-time", "The request took too long.", f"The limit is {seconds:g} seconds. Ask for less at once.",
                       {"Retry-After": "1"}) from None  # fmt: skip
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _journal(path: str) -> Journal:
    """Return the connection of this process or thread."""
    key = f"{path} {threading.get_ident()}"
    if key not in _journals:
        _journals[key] = Journal(Path(path))
    return _journals[key]


def _prepare() -> None:
    """Make a process ready, and have it look rarely for what can be let go of, as cases leave hardly anything behind."""
    prepare()
    gc.set_threshold(100_000, 50, 100)
