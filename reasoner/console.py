"""What the command line prints: colours on a terminal, plain text when piped, and errors in one form."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.style import Style as RichStyle
from rich.text import Text

from mtus.reasoner.errors import MtusError, case_error
from mtus.reasoner.lines import Style, plain

DONE = 0
TABLE_WIDTH = 160
# So many files take long enough to show how far the work is.
MANY = 10
_STYLES = {
    "heading": RichStyle(bold=True),
    "small": RichStyle(dim=True),
    "supported": RichStyle(color="green", bold=True),
    "met": RichStyle(color="green"),
    "not-supported": RichStyle(color="red", bold=True),
    "contradicted": RichStyle(color="red"),
    "not-recommended": RichStyle(color="red"),
    "derivative": RichStyle(color="magenta"),
    "undocumented": RichStyle(color="yellow"),
    "supported-in-part": RichStyle(color="yellow", bold=True),
    "conflicting": RichStyle(color="cyan"),
    "indeterminate": RichStyle(color="cyan", bold=True),
    "not-addressed": RichStyle(color="blue", bold=True),
    "not-applicable": RichStyle(dim=True),
}


def terminal_style(console: Console) -> Style:
    """Return a style function for ``console``: colours where it is a terminal that has them, else none."""
    if not console.is_terminal or console.no_color:
        return plain

    def style(name: str, text: str) -> str:
        with console.capture() as captured:
            console.print(Text(text, style=_STYLES.get(name, RichStyle())), end="", soft_wrap=True)
        return captured.get()

    return style


@contextmanager
def errors_to_exit() -> Iterator[None]:
    """Turn our errors into a report and an exit code."""
    try:
        yield
    except MtusError as error:
        report_error(error, Console(stderr=True))
        raise typer.Exit(error.exit_code) from error
    except BrokenPipeError:
        # whoever reads has seen enough, as in `mtus determine … | head`; the interpreter would complain when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(DONE) from None


def table_console() -> Console:
    """Return a console for tables: as wide as the terminal, and of a fixed width when piped, so that columns are not squeezed."""
    is_fixed = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=TABLE_WIDTH) if is_fixed else Console()


def report_error(error: MtusError, console: Console) -> None:
    """Print every problem of ``error``: code and place, why, and how to mend it."""
    console.print(Text(error.title, style="bold red"), soft_wrap=True)
    for problem in error.problems:
        console.print(Text(f"{problem.code} at {problem.where}", style="bold"), soft_wrap=True)
        console.print(Text(f"  {problem.why}"), soft_wrap=True)
        if problem.remedy:
            console.print(Text(f"  → {problem.remedy}"), soft_wrap=True)


def write(text: str) -> None:
    """Write ``text`` to standard output as UTF-8, whatever the locale."""
    rest = memoryview(text.encode())
    while rest:
        # an unbuffered stream (PYTHONUNBUFFERED) may take less than it is given
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()


def put(text: str, output: Path | None) -> None:
    """Write ``text`` to the file ``output``, or to standard output; raise :class:`CaseError` where the file cannot be written."""
    if output is None:
        write(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise case_error("cannot-write", str(output), f"The file cannot be written: {error.strerror}.", "Choose another place.") from error


def with_progress(paths: list[Path], what: str) -> Iterable[Path]:
    """Yield ``paths``, below a progress bar that says ``what`` is done, on a terminal where there are many."""
    if len(paths) < MANY or not sys.stderr.isatty():
        return paths
    from rich.progress import track  # noqa: PLC0415

    return track(paths, what, console=Console(stderr=True))
