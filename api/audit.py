"""The audit log: who submitted and reviewed what, one JSON object a line, each with the digest of the line before.

Whoever changes, removes or adds a line inside it breaks the chain. Lines cut off at its end break nothing: note the last digest
elsewhere, and ask for it. The log has no facts of a case: a body is named by its digest.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import orjson

from mtus.api.keys import locked
from mtus.reasoner.errors import store_error
from mtus.reasoner.store_location import data_folder

FILE_VARIABLE: Final = "MTUS_AUDIT_FILE"
# What the first line has as the digest of the line before.
START: Final = "0" * 64
# A line has some five hundred bytes.
_LONGEST_LINE: Final = 65_536


@dataclass(frozen=True)
class Break:
    """A line, counted from one, that does not follow from the line before, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class Verified:
    """A log that was read: how many lines, the digest of the last, and where the chain breaks."""

    lines: int
    last: str
    breaks: tuple[Break, ...]
    digests: frozenset[str]


def audit_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the log is: what ``MTUS_AUDIT_FILE`` says, else a file in the folder for data of this user."""
    return Path(environment.get(FILE_VARIABLE, "") or data_folder(environment) / "mtus" / "audit.jsonl")


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Write ``entry`` with its time and number at the end of the log at ``path``, down to the disk; several processes may.

    Raises :class:`StoreError` where it cannot be written.
    """
    with locked(path) as stream:
        try:
            torn, last = _last_line(stream)
            number = orjson.loads(last)["number"] + 1 if last and not torn else 1 + _count(stream)
            line = {"number": number, "time": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry, "previous": _digest(last)}
            content = (b"\n" if torn else b"") + orjson.dumps(line) + b"\n"
            while content:
                content = content[stream.write(content) :]
            os.fsync(stream.fileno())
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = "The audit log cannot be continued: its end is no line of it, or it cannot be written."
            raise store_error(
                "audit-failed", path.name, why, "Look at it with `mtus audit verify`; move it away to start another."
            ) from error


def verify(path: Path) -> Verified:
    """Return what the log at ``path`` is like; raise :class:`StoreError` where there is none."""
    breaks, digests, last, number = [], set(), b"", 0
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                line = raw.rstrip(b"\n")
                breaks += [Break(number, why) for why in _faults(line, last, number, is_whole=raw.endswith(b"\n"))]
                digests.add(_digest(line))
                last = line
    except OSError as error:
        raise store_error("no-audit-log", path.name, f"There is no audit log that can be read: {error.strerror}.",
                          "Name it with --file or MTUS_AUDIT_FILE.") from error  # fmt: skip
    return Verified(number, _digest(last), tuple(breaks), frozenset(digests))


def _faults(line: bytes, before: bytes, number: int, *, is_whole: bool) -> Iterator[str]:
    if not is_whole:
        yield "The line is not finished; the machine stopped while it was written."
    try:
        entry = orjson.loads(line)
        previous, said = entry["previous"], entry["number"]
    except (ValueError, KeyError, TypeError):
        yield "The line is no entry."
        return
    if previous != _digest(before):
        yield "The line before it is not the one that it was written after."
    if said != number:
        yield f"Its number is {said}."


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else START


def _last_line(stream: IO[bytes]) -> tuple[bool, bytes]:
    """Return whether the last line was not finished, and the line."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _LONGEST_LINE))
    end = stream.read(_LONGEST_LINE)
    is_torn = bool(end) and not end.endswith(b"\n")
    return is_torn, end.removesuffix(b"\n").rpartition(b"\n")[2]


def _count(stream: IO[bytes]) -> int:
    stream.seek(0)
    return sum(1 for _ in stream)
