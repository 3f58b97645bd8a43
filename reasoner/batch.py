"""Determine many cases: read in chunks, worked on by whoever there is, written in order. Start reading here for `mtus batch`.

The outputs depend on the inputs, the knowledge and the size of the chunks alone, not on how many work or who dies meanwhile.

What was determined goes into a store, where one is named, before the parts of its chunk are written: these say that the chunk is done.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from mtus.reasoner import __version__
from mtus.reasoner.batch_output import Outputs
from mtus.reasoner.batch_read import Input, read_chunks
from mtus.reasoner.batch_store import batch_store, identity
from mtus.reasoner.batch_summary import Summary
from mtus.reasoner.batch_work import Task
from mtus.reasoner.batch_workers import workers
from mtus.reasoner.errors import StoreError, case_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.settings import DEFAULT, Settings

# Cases in one chunk: small enough that memory and what is lost with a worker stay small, large enough that handing over costs nothing.
CHUNK = 200
# The same where the graphs of the cases are handed over too, which are some five hundred kilobytes each.
STORED_CHUNK = 25


@dataclass(frozen=True)
class Job:
    """What is to be done: inputs, outputs, how many processes work, or the address of a scheduler whose workers do.

    ``chunk`` is how many cases are handed over at a time, 0 for what fits; ``store`` the folder or the URL of a store that the cases
    go into with all their graphs (empty: none), ``replace`` whether they may take the place of what is stored of them.
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Path, ...]
    processes: int = 1
    scheduler: str = ""
    resume: bool = False
    chunk: int = 0
    settings: Settings = DEFAULT
    store: str = ""
    replace: bool = False

    @property
    def cases_at_once(self) -> int:
        """About how many cases are handed over at a time."""
        return self.chunk or (STORED_CHUNK if self.store else CHUNK)


@dataclass(frozen=True)
class Result:
    """What came of a job: counts, the SHA-256 of each output by its name, seconds, and megabytes of the largest process.

    The seconds are from the first case to the end, without the start of the processes. ``refusals`` are what the store said of the first
    cases that it refused in this run.
    """

    summary: Summary
    digests: dict[str, str]
    seconds: float
    megabytes: float
    resumed: int = 0
    refusals: tuple[StoreError, ...] = ()

    @property
    def log_line(self) -> str:
        """The job in one line."""
        s = self.summary
        rate = s.cases / self.seconds if self.seconds else 0.0
        again = f", {self.resumed:,} of them before" if self.resumed else ""
        stored = "".join(f", {count:,} {outcome}" for outcome, count in sorted(s.stored.items()))
        stored += f", {s.unstored:,} not stored" if s.unstored else ""
        return (
            f"{s.cases:,} cases{again}, {s.requests:,} requests, {s.refused:,} cases with an error{stored}, "
            f"in {self.seconds:,.1f} s: {rate:,.0f} cases a second; largest process {self.megabytes:,.0f} MB."
        )


def run_job(job: Job, knowledge: Knowledge, progress: Callable[[int, float], None] = lambda _, __: None) -> Result:
    """Do ``job``; ``progress`` is told how many more cases are done, and the share of the inputs that is.

    Raises :class:`CaseError` where an input cannot be read or an output cannot be written, :class:`StoreError` where the store cannot be
    used, :class:`EngineError` where workers or the store fail.
    """
    if not job.outputs:
        raise case_error("bad-option", "--output", "Nothing is said of where the rows go.", "Name at least one output.")
    outputs = Outputs(job.outputs, _identity(job, knowledge))
    summary, chunks, resumed = Summary(), 0, 0

    def tasks() -> Iterator[Task]:
        nonlocal chunks, resumed
        for chunk in read_chunks(job.inputs, job.cases_at_once, job.settings):
            chunks += 1
            if outputs.has(chunk.number):
                before = outputs.summary(chunk.number)
                summary.add(before)
                resumed += before.cases
                progress(before.cases, chunk.share)
            else:
                yield Task(chunk, outputs.wanted, knowledge.digest, job.settings, is_stored=bool(job.store))

    with ExitStack() as held:
        store = held.enter_context(batch_store(job.store, knowledge, replace=job.replace)) if job.store else None
        outputs.open(resume=job.resume)
        who = held.enter_context(workers(job.processes, job.scheduler))
        start = perf_counter()
        for done in who.run(tasks()):
            if store:
                store.put(done.determined, done.summary)
            outputs.put(done)
            summary.add(done.summary)
            progress(done.summary.cases, done.share)
    digests = outputs.finish(chunks)
    refusals = tuple(store.refusals) if store else ()
    return Result(summary, digests, perf_counter() - start, _largest_process(), resumed, refusals)


def _identity(job: Job, knowledge: Knowledge) -> dict[str, object]:
    """Return what the parts of a job depend on."""
    return {
        "inputs": [[source.name, _size(source), source.form] for source in job.inputs],
        "outputs": [path.name for path in job.outputs],
        "chunk": job.cases_at_once,
        "store": identity(job.store),
        "replace": job.replace,
        "knowledge": knowledge.digest,
        "version": __version__,
    }


def _size(source: Input) -> int:
    if source.path is None or not source.path.exists():
        return -1
    if source.path.is_dir():
        return sum(1 for _ in source.path.rglob("*"))
    return source.path.stat().st_size


def _largest_process() -> float:
    """Return the most memory that this process, or one that it started, has held, in megabytes; 0 where the system does not say."""
    try:
        import resource  # noqa: PLC0415  Unix has it, Windows not
    except ImportError:
        return 0.0
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak / (1_000_000 if sys.platform == "darwin" else 1000)
