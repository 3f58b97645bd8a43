"""Read many cases in bounded memory: N-Quads with one graph for each case, NDJSON, Parquet, or a folder of case files.

What is read is cut into chunks at the borders of cases, and nothing more is looked at here: the chunks are parsed where they are worked on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from mtus.reasoner.compressed import open_compressed, plain_suffix
from mtus.reasoner.errors import case_error
from mtus.reasoner.extras import extra
from mtus.reasoner.settings import DEFAULT, Settings

STDIN = "standard input"
# The name of the graph at the end of a line of N-Quads.
GRAPH_AT_END = re.compile(rb"(<[^<>\s]*>|_:[^\s<>\"]+)[ \t]*\.[ \t]*(?:#[^\n]*)?\r?\n?$")
_BLOCK = 1 << 16
# A case of three requests, as N-Quads; chunks are cut by bytes, since looking for every border would take as long as parsing.
_USUAL_BYTES = 22_000
_LONGEST_NAME = 2_000


class BatchFormat(StrEnum):
    """Forms in which many cases come."""

    N_QUADS = "n-quads"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    FOLDER = "folder"


_SUFFIXES = {".nq": BatchFormat.N_QUADS, ".ndjson": BatchFormat.NDJSON, ".jsonl": BatchFormat.NDJSON, ".parquet": BatchFormat.PARQUET}
_CASE_SUFFIXES = {".json", ".jsonld", ".ttl", ".trig", ".nt", ".nq", ".rdf", ".owl", ".xml"}


@dataclass(frozen=True)
class Chunk:
    """Some cases, not parsed yet: the number of the chunk, the name of the input, and N-Quads, or the texts of cases with their names.

    ``share`` is how much of all inputs has been read with it, from 0 to 1; 0 where that is not known.
    """

    number: int
    name: str
    form: BatchFormat
    quads: bytes = b""
    texts: tuple[tuple[str, bytes], ...] = ()
    share: float = 0.0


@dataclass(frozen=True)
class Input:
    """An input of a batch: a file or folder (None: standard input), and its format where that is known."""

    path: Path | None
    form: BatchFormat | None = None

    @property
    def name(self) -> str:
        """What errors and rows call it."""
        return self.path.name or str(self.path) if self.path else STDIN


def read_chunks(inputs: Sequence[Input], cases: int, settings: Settings = DEFAULT) -> Iterator[Chunk]:
    """Yield the cases of ``inputs`` in chunks of about ``cases``; the same inputs give the same chunks.

    Raises :class:`CaseError` where an input cannot be read.
    """
    number = 0
    for before, source in enumerate(inputs):
        for chunk in _chunks(source, cases, settings):
            yield replace(chunk, number=number, share=(before + chunk.share) / len(inputs))
            number += 1


def _chunks(source: Input, cases: int, settings: Settings) -> Iterator[Chunk]:
    path = source.path
    if path is not None and path.is_dir():
        yield from _folder(path, cases)
        return
    form = source.form or (_SUFFIXES.get(plain_suffix(path.name)) if path else None)
    if form is BatchFormat.FOLDER:
        raise case_error("no-file", source.name, "This is no folder.", "Name a folder, or another --input-format.")
    if form is BatchFormat.PARQUET:
        yield from _parquet(path, source.name, cases)
        return
    size = path.stat().st_size if path and path.exists() else 0
    with open_compressed(path) as (stream, place):
        # what starts with a brace is JSON
        form = form or (BatchFormat.NDJSON if stream.peek(64).lstrip()[:1] == b"{" else BatchFormat.N_QUADS)
        found = (_lines if form is BatchFormat.NDJSON else _quads)(stream, source.name, cases, settings)
        for chunk in found:
            yield replace(chunk, share=place() / size if size else 0.0)


def _folder(path: Path, cases: int) -> Iterator[Chunk]:
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in _CASE_SUFFIXES and p.is_file())
    if not files:
        raise case_error("no-file", str(path), "There is no case file in this folder.", "Name a folder with case files.")
    for first in range(0, len(files), cases):
        some = files[first : first + cases]
        yield Chunk(
            0,
            path.name,
            BatchFormat.FOLDER,
            texts=tuple((p.relative_to(path).as_posix(), str(p).encode()) for p in some),
            share=(first + len(some)) / len(files),
        )


def _parquet(path: Path | None, name: str, cases: int) -> Iterator[Chunk]:
    if path is None:
        raise case_error("no-file", STDIN, "Parquet is not read from a stream: its index stands at the end.", "Name the file.")
    parquet = extra("pyarrow.parquet", "batch", name)
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise case_error("bad-parquet", name, f"It cannot be read as Parquet: {error}.", "Check the file.") from error
    if "case" not in file.schema_arrow.names:
        raise case_error("bad-parquet", name, "It has no column `case`.", "Put each case, as text, into a column of that name.")
    row = 0
    for batch in file.iter_batches(batch_size=cases, columns=["case"]):
        texts = [value.encode() if isinstance(value, str) else bytes(value or b"") for value in batch.column(0).to_pylist()]
        yield Chunk(0, name, BatchFormat.PARQUET, texts=tuple((f"{name}, row {row + n}", text) for n, text in enumerate(texts, 1)),
                    share=(row + len(texts)) / file.metadata.num_rows)  # fmt: skip
        row += len(texts)


def _lines(stream: BinaryIO, name: str, cases: int, settings: Settings) -> Iterator[Chunk]:
    found: list[tuple[str, bytes]] = []
    number = 0
    # a line that is too long is cut, and refused where it is worked on
    while line := stream.readline(settings.max_bytes + 2):
        if not line.endswith(b"\n"):
            while (rest := stream.readline(_BLOCK)) and not rest.endswith(b"\n"):
                pass
        number += 1
        if line.strip():
            found.append((f"{name}, line {number}", line))
        if len(found) == cases:
            yield Chunk(0, name, BatchFormat.NDJSON, texts=tuple(found))
            found = []
    if found:
        yield Chunk(0, name, BatchFormat.NDJSON, texts=tuple(found))


def _quads(stream: BinaryIO, name: str, cases: int, settings: Settings) -> Iterator[Chunk]:
    """Yield whole graphs, whose lines have to stand together."""
    rest = b""
    while block := stream.read(cases * _USUAL_BYTES):
        rest += block
        border = _border(rest)
        if border:
            yield Chunk(0, name, BatchFormat.N_QUADS, quads=rest[:border])
            rest = rest[border:]
        elif len(rest) > settings.max_bytes:
            graph = _graph(rest[: rest.find(b"\n") + 1])
            yield _too_large(f"{name}, {graph.decode(errors='replace')}", rest, settings)
            rest = _without(graph, rest, stream)
    if len(rest) > settings.max_bytes and not _border(rest):
        yield _too_large(name, rest, settings)
    elif rest.strip():
        yield Chunk(0, name, BatchFormat.N_QUADS, quads=rest)


def _too_large(name: str, text: bytes, settings: Settings) -> Chunk:
    """Return a chunk for a graph that is too large to be a case: it is refused by its size, wherever it is cut."""
    return Chunk(0, name, BatchFormat.NDJSON, texts=((name, text[: settings.max_bytes + 1]),))


def _without(graph: bytes, rest: bytes, stream: BinaryIO) -> bytes:
    """Return what follows the lines of ``graph``, with which ``rest`` begins."""
    while True:
        start = 0
        while (end := rest.find(b"\n", start) + 1) > 0:
            if _graph(rest[start:end]) not in (graph, b""):
                return rest[start:]
            start = end
        more = stream.read(_BLOCK)
        if not more:
            return b""
        rest = rest[start:] + more


def _graph(line: bytes) -> bytes:
    found = GRAPH_AT_END.search(line[-_LONGEST_NAME:])
    return found.group(1) if found else b""


def _border(text: bytes) -> int:
    """Return where the graph of the last whole line begins, 0 where there is no other before it."""
    end = text.rfind(b"\n") + 1
    last, start = b"", end
    while end > 0:
        start = text.rfind(b"\n", 0, end - 1) + 1
        # a line without a graph goes with what follows it
        graph = _graph(text[max(start, end - _LONGEST_NAME) : end]) or last
        if last and graph != last:
            return end
        last, end = graph, start
    return 0
