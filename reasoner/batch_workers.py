"""Who does the work of a batch: this process, several processes of this machine, or the workers of a Dask cluster.

All of them take tasks in order and give the results in the same order. Only some tasks are under way at a time, so that memory stays
bounded however long the input is. A task whose worker died is done again by another.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from mtus.reasoner.batch_work import Done, Task, work
from mtus.reasoner.child_process import prepare
from mtus.reasoner.errors import case_error, engine_error
from mtus.reasoner.extras import extra

# Tasks under way for each worker: one at work, and one that waits.
_AHEAD = 2
CONNECT_SECONDS = 10
# A task that has cost so many workers their lives is not tried again.
_MOST_DEATHS = 3


class Pending(Protocol):
    """A task under way."""

    def result(self) -> Done:
        """Wait for what came of it."""
        ...


class Workers(Protocol):
    """Those who work."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Done]:
        """Yield what comes of ``tasks``, in their order."""
        ...


class ThisProcess:
    """One worker: this process."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Done]:
        """Yield what comes of ``tasks``, in their order."""
        return map(work, tasks)


def _ahead(tasks: Iterable[Task], most: int, submit: Callable[[Task], Any], collect: Callable[[Task, Any], Done]) -> Iterator[Done]:
    """Yield results in order, with at most ``most`` tasks under way."""
    under_way: deque[tuple[Task, Any]] = deque()
    for task in tasks:
        under_way.append((task, submit(task)))
        if len(under_way) >= most:
            yield collect(*under_way.popleft())
    while under_way:
        yield collect(*under_way.popleft())


class Processes:
    """Several processes of this machine."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = self._new_pool()
        # all processes are started, and have loaded the knowledge, before the first case
        for ready in [self._pool.submit(prepare) for _ in range(count)]:
            ready.result()

    def _new_pool(self) -> ProcessPoolExecutor:
        # a fresh interpreter for each: nothing is shared with this one, which may hold locks of its progress bar
        return ProcessPoolExecutor(self._count, mp_context=multiprocessing.get_context("spawn"), initializer=prepare)

    def run(self, tasks: Iterable[Task]) -> Iterator[Done]:
        """Yield what comes of ``tasks``, in their order; a task whose process was killed is done again."""
        try:
            yield from _ahead(tasks, _AHEAD * self._count, self._submit, self._collect)
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _collect(self, task: Task, pending: "Future[Done]") -> Done:
        for _ in range(_MOST_DEATHS):
            try:
                return pending.result()
            except BrokenProcessPool:
                pending = self._submit(task)
        raise engine_error("worker-died", f"chunk {task.chunk.number}", f"{_MOST_DEATHS} processes ended while they worked on it.",
                           "Look for a lack of memory; --processes 1 shows what happens.")  # fmt: skip

    def _submit(self, task: Task) -> "Future[Done]":
        try:
            return self._pool.submit(work, task)
        except BrokenProcessPool:
            # the pool is lost with one of its processes; tasks that wait meet the new one in their turn
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._new_pool()
            return self._pool.submit(work, task)


class Cluster:
    """The workers of a Dask scheduler (https://distributed.dask.org); they need the same version of this package."""

    def __init__(self, client: Any) -> None:
        self._client = client
        client.run(prepare)

    def run(self, tasks: Iterable[Task]) -> Iterator[Done]:
        """Yield what comes of ``tasks``, in their order; the scheduler gives a task whose worker died to another."""
        threads = sum(self._client.nthreads().values()) or 1

        def submit(task: Task) -> Any:
            return self._client.submit(work, task, pure=False, retries=_MOST_DEATHS)

        return _ahead(tasks, _AHEAD * threads, submit, lambda _, pending: pending.result())


@contextmanager
def workers(processes: int, scheduler: str = "") -> Iterator[Workers]:
    """Give those who work: ``processes`` of this machine, or where it is named the cluster of the ``scheduler`` at this address.

    Raises :class:`CaseError` where no scheduler answers there.
    """
    if not scheduler:
        yield ThisProcess() if processes == 1 else Processes(processes)
        return
    distributed = extra("distributed", "cluster", "--scheduler")
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise case_error("no-scheduler", scheduler, f"No Dask scheduler answers there: {error}.",
                         "Start one with `dask scheduler`, and name its address, such as tcp://10.0.0.1:8786.") from error  # fmt: skip
    try:
        yield Cluster(client)
    finally:
        client.close()
