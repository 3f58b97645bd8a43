"""What the commands share that read stored determinations: the file or standard input, and formats."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtus.reasoner.knowledge import Knowledge

if TYPE_CHECKING:
    from mtus.reasoner.stored import Found


class ReportFormat(StrEnum):
    """Output formats of a comparison."""

    TEXT = "text"
    JSON = "json"


class ReviewFormat(StrEnum):
    """Output formats of a review."""

    JSON = "json"
    JSON_LD = "jsonld"
    TURTLE = "turtle"


class RowsFormat(StrEnum):
    """Output formats of a table."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


StoredFile = Annotated[
    Path,
    typer.Argument(
        metavar="DETERMINATION", help="A file that `mtus determine` wrote as json, jsonld, turtle or trig; - reads standard input."
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")]


def content_of(path: Path) -> tuple[bytes, str]:
    """Return the bytes at ``path``, or of standard input for ``-``, and what errors call them; raise :class:`StoredError` for no file."""
    from mtus.reasoner.stored import read_bytes, read_stream  # noqa: PLC0415  only the commands that need it import it

    if str(path) == "-":
        return read_stream(sys.stdin.buffer, "standard input"), "standard input"
    return read_bytes(path), path.name


def found_in(path: Path, knowledge: Knowledge) -> "Found":
    """Return what is stored at ``path``; raise :class:`StoredError` where it cannot be read."""
    from mtus.reasoner.stored import read_stored  # noqa: PLC0415

    content, name = content_of(path)
    return read_stored(content, name, knowledge)
