"""What the commands share that read stored determinations: the file or standard input, and formats."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.settings import DEFAULT
from mtus.reasoner.stored import Found, read_bytes, read_stored


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
    """Return the bytes at ``path``, or of standard input for ``-``, and what errors call them; raise :class:`CaseError` for no file."""
    if str(path) == "-":
        return sys.stdin.buffer.read(DEFAULT.max_stored_bytes + 1), "standard input"
    return read_bytes(path), path.name


def found_in(path: Path, knowledge: Knowledge) -> Found:
    """Return what is stored at ``path``; raise :class:`CaseError` where it cannot be read."""
    content, name = content_of(path)
    return read_stored(content, name, knowledge)
