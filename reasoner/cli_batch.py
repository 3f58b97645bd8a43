"""The commands `mtus synthesize` and `mtus batch`: many cases."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mtus.reasoner.console import errors_to_exit
from mtus.reasoner.synthesize_files import CaseFormat


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    app.command()(synthesize)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def progress_bar() -> Progress:
    """Return a progress bar on standard error, with rate and time left; it shows nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
               TextColumn("left"), TimeRemainingColumn())  # fmt: skip
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


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
        from mtus.reasoner.errors import case_error  # noqa: PLC0415
        from mtus.reasoner.synthesize import Proportions, describe  # noqa: PLC0415
        from mtus.reasoner.synthesize_files import write_cases  # noqa: PLC0415

        if met + contradicted > 100:
            raise case_error("bad-option", "--met and --contradicted", "Together they are more than 100 percent.", "Lower one of them.")
        proportions = Proportions(met / 100, contradicted / 100, complete / 100)
        with progress_bar() as progress:
            task = progress.add_task("Making cases", total=count, rate="")
            write_cases(count, seed, output, form, proportions=proportions, processes=processes or cores(),
                        progress=lambda made: progress.advance(task, made))  # fmt: skip
        Console(stderr=True).print(f"{count:,} synthetic cases, seed {seed}. {describe(proportions)}", soft_wrap=True, highlight=False)
