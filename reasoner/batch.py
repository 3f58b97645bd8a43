"""Determine many cases: read in chunks, worked on by whoever there is, written in order. Start reading here for `mtus batch`.

The outputs depend on the inputs, the knowledge and the size of the chunks alone, not on how many work or who dies meanwhile.

A store is one more output: what :mod:`mtus.reasoner.batch_output` does with parts, put and finish, is all that it has to do.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from mtus.reasoner import __version__
from mtus.reasoner.batch_output import Outputs
from mtus.reasoner.batch_read import Input, read_chunks
from mtus.reasoner.batch_summary import Summary
from mtus.reasoner.batch_work import Task
from mtus.reasoner.batch_workers import workers
from mtus.reasoner.errors import case_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.settings import DEFAULT, Settings

# Cases in one chunk: small enough that memory and what is lost with a worker stay small, large enough that handing over costs nothing.
CHUNK = 200


@dataclass(frozen=True)
class Job:
    """What is to be done: inputs, outputs, how many processes work, or the address of a scheduler whose workers do."""

    inputs: tuple[Input, ...]
    outputs: tuple[Path, ...]
    processes: int = 1
    scheduler: str = ""
    resume: bool = False
    chunk: int = CHUNK
    settings: Settings = DEFAULT


@dataclass(frozen=True)
class Result:
    """What came of a job: counts, the SHA-256 of each output by its name, seconds, and megabytes of the largest process.

    The seconds are from the first case to the end, without the start of the processes.
    """

    summary: Summary
    digests: dict[str, str]
    seconds: float
    megabytes: float
    resumed: int = 0

    @property
    def log_line(self) -> str:
        """The job in one line."""
        s = self.summary
        rate = s.cases / self.seconds if self.seconds else 0.0
        again = f", {self.resumed:,} of them before" if self.resumed else ""
        return (
            f"{s.cases:,} cases{again}, {s.requests:,} requests, {s.refused:,} cases with an error, in {self.seconds:,.1f} s: "
            f"{rate:,.0f} cases a second; largest process {self.megabytes:,.0f} MB."
        )


def run_job(job: Job, knowledge: Knowledge, progress: Callable[[int, float], None] = lambda _, __: None) -> Result:
    """Do ``job``; ``progress`` is told how many more cases are done, and the share of the inputs that is.

    Raises :class:`CaseError` where an input cannot be read or an output cannot be written, :class:`EngineError` where workers fail.
    """
    if not job.outputs:
        raise case_error("bad-option", "--output", "Nothing is said of where the rows go.", "Name at least one output.")
    outputs = Outputs(job.outputs, _identity(job, knowledge))
    outputs.open(resume=job.resume)
    summary, chunks, resumed = Summary(), 0, 0

    def tasks() -> Iterator[Task]:
        nonlocal chunks, resumed
        for chunk in read_chunks(job.inputs, job.chunk, job.settings):
            chunks += 1
            if outputs.has(chunk.number):
                before = outputs.summary(chunk.number)
                summary.add(before)
                resumed += before.cases
                progress(before.cases, chunk.share)
            else:
                yield Task(chunk, outputs.wanted, knowledge.digest, job.settings)

    with workers(job.processes, job.scheduler) as who:
        start = perf_counter()
        for done in who.run(tasks()):
            outputs.put(done)
            summary.add(done.summary)
            progress(done.summary.cases, done.share)
    digests = outputs.finish(chunks)
    return Result(summary, digests, perf_counter() - start, _largest_process(), resumed)


def _identity(job: Job, knowledge: Knowledge) -> dict[str, object]:
    """Return what the parts of a job depend on."""
    return {
        "inputs": [[source.name, _size(source), source.form] for source in job.inputs],
        "outputs": [path.name for path in job.outputs],
        "chunk": job.chunk,
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
