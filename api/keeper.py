"""Keep what is submitted: durable before the answer, read at once, shown to SPARQL soon after.

Writes go to the journal (:mod:`mtus.api.journal`) through one thread, which makes all that wait durable together. A process of its own
(:mod:`mtus.api.publisher`) brings them into the store. What `mtus load` put into the store is read from there.
"""

import asyncio
import hashlib
import logging
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mtus.api.deps import case_limits
from mtus.api.errors import ApiError
from mtus.api.journal import Journal, Listed, Submission
from mtus.api.published import Published
from mtus.reasoner.errors import engine_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.render_json import to_json
from mtus.reasoner.settings import SERVICE, service_settings
from mtus.reasoner.store_location import data_folder, is_remote
from mtus.reasoner.stored import Stored, one_determination, read_stored
from mtus.reasoner.stored_cases import Outcome, StoredCase

_LOG = logging.getLogger(__name__)
VARIABLE: Final = "MTUS_JOURNAL"
NAME: Final = re.compile(r"[0-9a-f]{32}")
# As many as wait are made durable at once, up to this many.
_GROUP: Final = 256
_Job = tuple[Callable[[Journal], Any], "Future[Any]"]


def journal_path(location: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the journal of the store at ``location`` is: what ``MTUS_JOURNAL`` says, else in the store's own folder.

    That of a store on a server is in the folder for data of this user, under a digest of the server's address.
    """
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    if is_remote(location):
        return data_folder(environment) / "mtus" / f"journal-{hashlib.sha256(location.encode()).hexdigest()[:16]}.sqlite"
    return Path(location) / "journal.sqlite"


def name_of_determination(given: str) -> str:
    """Return the last segment of the IRI of a determination, for the segment or the whole IRI; raise :class:`ApiError` (404) for others."""
    name = given.removeprefix(DETERMINATION)
    if not NAME.fullmatch(name):
        raise no_determination(given)
    return name


def no_determination(given: str) -> ApiError:
    """Return the error for a determination that is not stored."""
    return ApiError(404, "no-determination", "There is no such determination.",
                    f"Nothing is stored as '{given[:100]}'. /determinations lists what is stored.")  # fmt: skip


class Keeper:
    """Keeps the determinations and reviews of a running service; made by :func:`open_keeper`."""

    def __init__(self, location: str, path: Path, knowledge: Knowledge, end_seconds: float = SERVICE.publish_seconds) -> None:
        self._location, self._path, self._knowledge = location, path, knowledge
        self._end_seconds = end_seconds
        self._published = Published(location)
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._local = threading.local()
        self._open: list[Journal] = []
        self._lock = threading.Lock()
        self._publisher: subprocess.Popen[bytes] | None = None
        writer = Journal(path)
        if writer.waiting():
            self._wake()
        self._thread = threading.Thread(target=self._write, args=(writer,), name="journal", daemon=True)
        self._thread.start()

    async def put(self, submission: Submission, *, replace: bool = False) -> Outcome:
        """Keep ``submission``; when this returns, it is durable and can be read.

        Raises :class:`ApiError` (409) where the case is stored with other content and is not to be replaced, and where a request of it
        belongs to another case.
        """
        is_there, there = await run_in_threadpool(self._look_up, submission)
        if is_there:
            return Outcome.UNCHANGED
        found: Outcome = await self._job(lambda journal: journal.put(submission, there, replace=replace))
        return found

    async def waiting(self) -> int:
        """Return how many determinations and reviews that are kept here the store does not show yet."""
        return await run_in_threadpool(lambda: self._journal().waiting())

    @property
    def journal(self) -> str:
        """Where the journal is, for a process that looks something up in it."""
        return str(self._path)

    async def json(self, given: str) -> bytes:
        """Return the determination ``given`` (its IRI or the last segment of it) as JSON; raise :class:`ApiError` (404) for none."""
        name = name_of_determination(given)
        found = await run_in_threadpool(lambda: self._journal().content(name))
        if found is not None:
            return found
        stored = await run_in_threadpool(self._published.stored, name, self._knowledge)
        if stored is None:
            raise no_determination(given)
        return to_json(stored.determination).encode()

    async def stored(self, given: str) -> Stored:
        """Return the determination ``given``, its IRI or the last segment of it; raise :class:`ApiError` (404) where there is none."""
        content = await self.json(given)
        return await run_in_threadpool(lambda: one_determination(read_stored(content, "stored.json", self._knowledge, case_limits())))

    async def find(self, given: str) -> Stored | None:
        """Return the determination ``given`` as :meth:`stored` does, or None where there is none: a page says so in its own way."""
        try:
            return await self.stored(given)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    async def of_case(self, case: str) -> str | None:
        """Return the name of the determination of ``case`` (its IRI), or None where none is kept."""
        return await run_in_threadpool(self._of_case, case)

    async def is_current(self, name: str) -> bool | None:
        """Return whether the determination ``name`` is the one of its case; None where it was not submitted here."""
        return await run_in_threadpool(lambda: self._journal().is_current(name))

    async def listed(self, after: str, limit: int) -> list[Listed]:
        """Return at most ``limit`` determinations whose name comes after ``after``, sorted by name."""
        return await run_in_threadpool(self._listed, after, limit)

    async def put_review(self, name: str, determination: str, content: bytes) -> Outcome:
        """Keep the review ``name`` of a ``determination`` (the last segment of its IRI) for good; ``content`` is its JSON."""
        found: Outcome = await self._job(lambda journal: journal.put_review(name, determination, content))
        return found

    async def reviews(self, determination: str) -> list[bytes]:
        """Return the JSON of the reviews of a ``determination``, the oldest first."""
        return await run_in_threadpool(lambda: self._journal().reviews(determination))

    def close(self) -> None:
        """Write what waits, have it brought into the store, and let go of everything."""
        self._jobs.put(None)
        self._thread.join()
        with self._lock:
            publisher, self._publisher = self._publisher, None
            for journal in self._open:
                journal.close()
            self._open.clear()
        if publisher is not None:
            assert publisher.stdin is not None
            publisher.stdin.close()
            try:
                publisher.wait(self._end_seconds)
            except subprocess.TimeoutExpired:
                # what is pending stays in the journal
                publisher.kill()
                publisher.wait()
                _LOG.warning("what was submitted is brought into the store at the next start: its process took too long to end")
        self._published.close()

    def _look_up(self, submission: Submission) -> tuple[bool, StoredCase | None]:
        """Return whether ``submission`` is kept already, and how its case stands in the store; raise :class:`ApiError` as :meth:`put`."""
        is_current = self._journal().is_current(submission.name)
        if is_current:
            return True, None
        there = self._published.case(submission.case)
        if there is not None and there.determination == DETERMINATION + submission.name and is_current is None:
            return True, there
        self._published.refuse_shared(submission.case, submission.requests)
        return False, there

    def _listed(self, after: str, limit: int) -> list[Listed]:
        journal = self._journal()
        found = {listed.name: listed for listed in journal.listed(after, limit)}
        # those that were replaced are in the store until the publisher comes by
        shown = [listed for listed in self._published.listed(after, limit) if journal.is_current(listed.name) is not False]
        found |= {listed.name: listed for listed in shown}
        return [found[name] for name in sorted(found)][:limit]

    def _of_case(self, case: str) -> str | None:
        submitted = self._journal().of_case(case)
        if submitted is not None:
            return submitted
        there = self._published.case(case)
        return there.determination.removeprefix(DETERMINATION) if there else None

    def _journal(self) -> Journal:
        """Return the connection of this thread."""
        found: Journal | None = getattr(self._local, "journal", None)
        if found is None:
            found = self._local.journal = Journal(self._path)
            with self._lock:
                self._open.append(found)
        return found

    async def _job(self, work: Callable[[Journal], Any]) -> Any:
        future: Future[Any] = Future()
        self._jobs.put((work, future))
        # a client that goes away does not take back what it sent
        return await asyncio.shield(asyncio.wrap_future(future))

    def _write(self, journal: Journal) -> None:
        """Do the jobs, all that wait in one transaction, until there comes none any more."""
        is_open = True
        while is_open:
            group = [self._jobs.get()]
            while len(group) < _GROUP and not self._jobs.empty():
                group.append(self._jobs.get())
            is_open = None not in group
            if _do([job for job in group if job is not None], journal):
                self._wake()
        journal.close()

    def _wake(self) -> None:
        """Tell the publisher that there is something to bring in; it is started where it does not run."""
        with self._lock:
            if self._publisher is None or self._publisher.poll() is not None:
                command = [sys.executable, "-m", "mtus.api.publisher", self._location, str(self._path)]
                self._publisher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            else:
                assert self._publisher.stdin is not None
                try:
                    self._publisher.stdin.write(b"\n")
                    self._publisher.stdin.flush()
                except BrokenPipeError:
                    # it ended this moment; the next submission starts another, and nothing is lost meanwhile
                    return


def _do(jobs: list[_Job], journal: Journal) -> bool:
    """Do ``jobs`` in one transaction; each is answered only when that is durable. Return whether the store lacks something now."""
    results: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        journal.begin()
        for work, future in jobs:
            try:
                results.append((future, work(journal), None))
            except ApiError as error:
                results.append((future, None, error))
        journal.commit()
    except Exception as error:
        # whatever it is, those who wait have to hear that nothing was kept
        journal.roll_back()
        # SQLite's name of what happened says more than the kind of the error, and nothing of what was sent
        _LOG.exception("what was sent could not be kept", extra={"fields": {"reason": getattr(error, "sqlite_errorname", "")}})
        failed = engine_error("store-failed", "journal", f"What was sent could not be kept: {type(error).__name__}.",
                              "Look at the disk of the service; send it again.")  # fmt: skip
        failed.__cause__ = error
        results = [(future, None, failed) for _, future in jobs]
    for future, value, problem in results:
        if problem is None:
            future.set_result(value)
        else:
            future.set_exception(problem)
    return any(value in (Outcome.STORED, Outcome.REPLACED) for _, value, _ in results)


def open_keeper(location: str, knowledge: Knowledge) -> Keeper:
    """Return the keeper of the store at ``location``; close it when the service ends."""
    return Keeper(location, journal_path(location), knowledge, service_settings(os.environ).publish_seconds)


def keeper(request: Request) -> Keeper:
    """Return the keeper of the application that answers ``request``."""
    found: Keeper = request.app.state.keeper
    return found
