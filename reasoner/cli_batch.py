"""The commands `mtus synthesize` and `mtus batch`: many cases."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mtus.reasoner.batch_read import BatchFormat
from mtus.reasoner.console import DONE, errors_to_exit, report_error, table_console
from mtus.reasoner.errors import StoreError, case_error
from mtus.reasoner.synthesize_files import CaseFormat


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    app.command()(synthesize)
    app.command()(batch)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Bar:
    """A progress bar on standard error with cases, rate and time left; it shows nothing where that is no terminal."""

    def __init__(self, what: str) -> None:
        counts = TextColumn("{task.fields[cases]:,} cases, {task.fields[rate]:,.0f} a second")
        columns = (TextColumn("{task.description}"), BarColumn(), counts, TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        self.progress = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
        self._task = self.progress.add_task(what, total=None, cases=0, rate=0.0)
        self._cases = 0
        self._start = perf_counter()

    def advance(self, cases: int, share: float) -> None:
        """Show that ``cases`` more are done, and the ``share`` of all that is; 0 where that is not known."""
        self._cases += cases
        rate = self._cases / max(perf_counter() - self._start, 1e-6)
        self.progress.update(self._task, completed=share, total=1.0 if share else None, cases=self._cases, rate=rate)


def synthesize(
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="How many cases.")],
    *,
    seed: Annotated[int, typer.Option("--seed", help="The same seed and knowledge give the same bytes.")] = 0,
    form: Annotated[
        CaseFormat, typer.Option("--format", "-f", help="n-quads has one graph for each case, ndjson a line, folder a JSON file.")
    ] = CaseFormat.N_QUADS,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file (.gz or .zst: compressed) or folder instead of standard output."),
    ] = None,
    met: Annotated[int, typer.Option("--met", min=0, max=100, help="How many percent of the criteria are drawn to be met.")] = 25,
    contradicted: Annotated[
        int, typer.Option("--contradicted", min=0, max=100, help="The same, contradicted; the rest is undocumented.")
    ] = 10,
    complete: Annotated[
        int, typer.Option("--complete", min=0, max=100, help="How many percent of the files document nearly everything.")
    ] = 10,
    processes: Annotated[int | None, typer.Option("--processes", min=1, help="How many processes; all cores where left out.")] = None,
) -> None:
    """Make synthetic cases from the ontology and the shapes: valid, labelled synthetic, the same bytes for the same seed.

    Examples of use:

        mtus synthesize 1000 --seed 1 --output cases.nq.gz

        mtus synthesize 3 --format ndjson

        mtus synthesize 20 --format folder --output cases
    """
    with errors_to_exit():
        from mtus.reasoner.synthesize import Proportions, describe  # noqa: PLC0415
        from mtus.reasoner.synthesize_files import write_cases  # noqa: PLC0415

        if met + contradicted > 100:
            raise case_error("bad-option", "--met and --contradicted", "Together they are more than 100 percent.", "Lower one of them.")
        proportions = Proportions(met / 100, contradicted / 100, complete / 100)
        bar, made = _Bar("Making cases"), 0

        def advance(more: int) -> None:
            nonlocal made
            made += more
            bar.advance(more, made / count)

        with bar.progress:
            write_cases(count, seed, output, form, proportions=proportions, processes=processes or cores(), progress=advance)
        Console(stderr=True).print(f"{count:,} synthetic cases, seed {seed}. {describe(proportions)}", soft_wrap=True, highlight=False)


def batch(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...", help="Folders of case files, N-Quads with a graph for each case, NDJSON, Parquet; - reads standard input."
        ),
    ],
    *,
    outputs: Annotated[
        list[Path],
        typer.Option(
            "--output", "-o", help="Rows as .ndjson or .parquet, full traces as .nq; .gz or .zst compresses. May be given several times."
        ),
    ],
    form: Annotated[
        BatchFormat | None, typer.Option("--input-format", help="The format of the inputs, where it cannot be recognised.")
    ] = None,
    processes: Annotated[int | None, typer.Option("--processes", min=1, help="How many processes; all cores where left out.")] = None,
    scheduler: Annotated[str, typer.Option("--scheduler", metavar="ADDRESS", help="Let the workers of this Dask scheduler do it.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")] = False,
    chunk: Annotated[
        int | None, typer.Option("--chunk", min=1, help="About how many cases are handed over at a time; 200, or 25 with --store.")
    ] = None,
    store: Annotated[
        str, typer.Option("--store", metavar="PATH|URL", help="Store the cases with all their graphs too, here, as `mtus load` does.")
    ] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace cases that are stored with other content.")] = False,
) -> None:
    """Determine many cases: a row for each request, with its answer, criteria and digests. A bad case is a row with its error.

    Exit code 1 means that some cases could not be determined or were refused by the store, 3 that some failed through no fault of theirs.

    Examples of use:

        mtus batch cases.nq.gz --output rows.ndjson

        mtus batch folder-of-cases --output rows.parquet --output traces.nq.zst

        mtus batch cases.ndjson --output rows.ndjson.gz --resume

        mtus batch cases.nq --output rows.parquet --scheduler tcp://10.0.0.1:8786

        mtus batch cases.nq.gz --output rows.ndjson --store archive
    """
    with errors_to_exit():
        from mtus.reasoner.batch import Job, run_job  # noqa: PLC0415
        from mtus.reasoner.batch_read import Input  # noqa: PLC0415
        from mtus.reasoner.knowledge import load_knowledge  # noqa: PLC0415

        if replace and not store:
            raise case_error("bad-option", "--replace", "Nothing is stored that could be replaced.", "Name the store with --store.")
        sources = tuple(Input(None if str(path) == "-" else path, form) for path in inputs)
        job = Job(sources, tuple(outputs), processes or cores(), scheduler, resume, chunk or 0, store=store, replace=replace)
        bar = _Bar("Determining")
        with bar.progress:
            result = run_job(job, load_knowledge(), bar.advance)
        for table in result.summary.tables():
            table_console().print(table)
        for name, digest in result.digests.items():
            typer.echo(f"{name}: SHA-256 {digest}")
        typer.echo(result.log_line)
        _report_refusals(result.refusals, result.summary.unstored)
        raise typer.Exit(3 if result.summary.failures else 1 if result.summary.refused or result.summary.unstored else DONE)


def _report_refusals(told: Sequence[StoreError], count: int) -> None:
    """Say on standard error why the store refused cases: the first ones, and how many there are in all."""
    errors = Console(stderr=True)
    for refusal in told:
        report_error(refusal, errors)
    if count > len(told):
        errors.print(f"The store refused {count:,} cases; the first {len(told)} of this run are named.", highlight=False)
