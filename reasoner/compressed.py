"""Files and streams that may be compressed: gzip (RFC 1952) and Zstandard (RFC 8878)."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from mtus.reasoner.errors import case_error
from mtus.reasoner.extras import extra

SUFFIXES = (".gz", ".zst")
_LEVEL = 3


def plain_suffix(name: str) -> str:
    """Return the suffix of ``name`` in lower case, without that of its compression: ``.nq`` for ``cases.nq.gz``."""
    path = Path(name.lower())
    return path.with_suffix("").suffix if path.suffix in SUFFIXES else path.suffix


@contextmanager
def open_compressed(path: Path | None) -> Iterator[tuple[io.BufferedReader, Callable[[], int]]]:
    """Open ``path`` (None: standard input) to be read as bytes, decompressed where its first bytes say that it is compressed.

    Beside the stream stands a function that says how many bytes of the file have been read; for standard input they are 0.
    Raises :class:`CaseError` where it cannot be read.
    """
    name = path.name if path else "standard input"
    try:
        with cast(io.BufferedReader, sys.stdin.buffer) if path is None else path.open("rb") as raw:
            start = raw.peek(4)[:4]
            place = raw.tell if path else lambda: 0
            if start.startswith(b"\x1f\x8b"):
                yield io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=raw))), place
            elif start == b"\x28\xb5\x2f\xfd":
                zstandard = extra("zstandard", "batch", name)
                yield io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)), place
            else:
                yield raw, place
    except FileNotFoundError as error:
        raise case_error("no-file", str(path), "There is no such file or folder.", "Check the name.") from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise case_error("bad-archive", name, f"It cannot be decompressed: {error}.", "Make the archive again.") from error
    except OSError as error:
        raise case_error("no-file", name, f"It cannot be read: {error.strerror or error}.", "Check who may read it.") from error


@contextmanager
def create_compressed(path: Path | None) -> Iterator[BinaryIO]:
    """Open ``path`` (None: standard output) to be written as bytes, compressed where its suffix says so; the same bytes in each run.

    Raises :class:`CaseError` where it cannot be written.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    zstandard = extra("zstandard", "batch", path.name) if path.suffix.lower() == ".zst" else None
    try:
        with path.open("wb") as raw:
            if path.suffix.lower() == ".gz":
                # neither the hour nor the name of the file goes into the archive
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=_LEVEL) as stream:
                    yield cast(BinaryIO, stream)
            elif zstandard is not None:
                with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(raw, closefd=False) as stream:
                    yield stream
            else:
                yield raw
    except OSError as error:
        raise case_error("cannot-write", str(path), f"The file cannot be written: {error.strerror}.", "Choose another place.") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that the file is either whole or not there, whenever the process is killed."""
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(content)
    draft.replace(path)
