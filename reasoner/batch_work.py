"""What is done with one chunk of a batch, in whatever process or on whatever machine: parse, determine, and write the rows as bytes."""

import gc
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pyoxigraph as ox

from mtus.reasoner.batch_read import GRAPH_AT_END, BatchFormat, Chunk
from mtus.reasoner.batch_rows import Row, arrow_schema, case_name, error_row, rows_of
from mtus.reasoner.batch_summary import Summary
from mtus.reasoner.case_graphs import CaseGraphs, to_n_quads
from mtus.reasoner.errors import CaseError, MtusError, case_error, engine_error
from mtus.reasoner.extras import extra
from mtus.reasoner.graph import Triple, triple_of
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case, load_json, load_triples, read_case_file
from mtus.reasoner.pipeline import answer_facts, determine_facts_with_graphs
from mtus.reasoner.settings import DEFAULT, Settings

NDJSON, PARQUET, TRACES = "ndjson", "parquet", "traces"


@dataclass(frozen=True)
class Wanted:
    """An output of a batch: what (rows as NDJSON or Parquet, or full traces as N-Quads), and the suffix of its compression."""

    what: str
    compression: str = ""


@dataclass(frozen=True)
class Task:
    """A chunk, what is wanted of it, and the digest of the knowledge that it is to be worked on with.

    ``is_stored`` says whether the graphs of its cases are wanted too, for a store.
    """

    chunk: Chunk
    wanted: tuple[Wanted, ...]
    knowledge_digest: str
    settings: Settings = DEFAULT
    is_stored: bool = False


@dataclass(frozen=True)
class Determined:
    """The graphs of a case that was determined, and its name in the input."""

    name: str
    graphs: CaseGraphs


@dataclass(frozen=True)
class Done:
    """What came of a chunk: its number and share of the inputs, the bytes of each output, the counts, and what is to be stored."""

    number: int
    share: float
    parts: tuple[bytes, ...]
    summary: Summary = field(compare=False)
    determined: tuple[Determined, ...] = ()


def work(task: Task) -> Done:
    """Determine the cases of a chunk. A bad case becomes a row with its error; the others go on.

    Raises :class:`EngineError` where this process has other knowledge than the one that sent the task.
    """
    knowledge = load_knowledge()
    if knowledge.digest != task.knowledge_digest:
        why = f"Its knowledge has the digest {knowledge.digest[:12]}…, not {task.knowledge_digest[:12]}…."
        raise engine_error("other-knowledge", "a worker", why,
                           "Install the same version of mtus-reasoner on all machines.")  # fmt: skip
    rows: list[Row] = []
    wants = _Graphs(is_written=any(wanted.what == TRACES for wanted in task.wanted), is_stored=task.is_stored)
    summary = Summary()
    # cases leave nothing behind that refers to itself, so looking for that while they are worked on would be a waste
    gc.disable()
    try:
        for case in _cases(task.chunk, knowledge, task.settings):
            # graphs are told apart by the case that they hold, files and lines by their names
            source = task.chunk.name if task.chunk.form is BatchFormat.N_QUADS else case.name
            found, is_ours = _rows(case, source, knowledge, task.settings, wants)
            summary.count(found, is_ours=is_ours)
            rows += found
    finally:
        gc.enable()
    parts = tuple(_encode(wanted, rows, wants.written) for wanted in task.wanted)
    return Done(task.chunk.number, task.chunk.share, parts, summary, tuple(wants.stored))


class _Graphs:
    """The graphs of the cases of a chunk, as far as anybody wants them: as the bytes of traces, for a store, or both."""

    def __init__(self, *, is_written: bool, is_stored: bool) -> None:
        self._is_written = is_written
        self._is_stored = is_stored
        self.written: list[bytes] = []
        self.stored: list[Determined] = []

    def __bool__(self) -> bool:
        return self._is_written or self._is_stored

    def add(self, name: str, graphs: CaseGraphs) -> None:
        if self._is_written:
            self.written.append(to_n_quads(graphs))
        if self._is_stored:
            self.stored.append(Determined(name, graphs))


@dataclass(frozen=True)
class _Case:
    """A case as it was read: its facts, or what is wrong with it; its name in the input, and that of the case where it is known."""

    name: str
    facts: Facts | None = None
    error: MtusError | None = None
    case: str = ""


def _rows(case: _Case, source: str, knowledge: Knowledge, settings: Settings, wants: _Graphs) -> tuple[list[Row], bool]:
    """Return the rows of one case, and whether it is we who failed."""
    if case.facts is None:
        assert case.error is not None
        return [error_row(source, case.case, case.error, knowledge)], not isinstance(case.error, CaseError)
    try:
        if not wants:
            return rows_of(source, *answer_facts(case.facts, knowledge, settings), knowledge), False
        graphs, assessed, decided = determine_facts_with_graphs(case.facts, knowledge, settings)
        wants.add(case.name, graphs)
        return rows_of(source, assessed, decided, knowledge), False
    except MtusError as error:
        return [error_row(source, case.facts.case, error, knowledge)], not isinstance(error, CaseError)
    except (RecursionError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        # no case may stop the others; what is wrong here is ours, and the exit code says so
        failure = engine_error("engine-failed", case.name, f"{type(error).__name__}: {error}", "Report the case; no answer was given.")
        return [error_row(source, case.facts.case, failure, knowledge)], True


# Reading


def _cases(chunk: Chunk, knowledge: Knowledge, settings: Settings) -> Iterator[_Case]:
    if chunk.form is BatchFormat.N_QUADS:
        for name, triples in _graphs(chunk):
            yield _loaded(name, triples, knowledge, settings)
        return
    for name, text in chunk.texts:
        try:
            yield _Case(name, _text(chunk, name, text, knowledge, settings))
        except MtusError as error:
            yield _Case(name, error=error)


def _text(chunk: Chunk, name: str, text: bytes, knowledge: Knowledge, settings: Settings) -> Facts:
    if chunk.form is BatchFormat.FOLDER:
        return load_case(read_case_file(Path(text.decode()), settings), knowledge, name=name, settings=settings)
    if chunk.form is BatchFormat.NDJSON:
        return load_json(text, knowledge, name=name, settings=settings)
    return load_case(text, knowledge, name=name, settings=settings)


def _loaded(name: str, triples: list[Triple] | CaseError, knowledge: Knowledge, settings: Settings) -> _Case:
    if isinstance(triples, CaseError):
        return _Case(name, error=triples)
    try:
        return _Case(name, load_triples(triples, knowledge, name=name, settings=settings))
    except MtusError as error:
        return _Case(name, error=error, case=case_name(triples))


def _graphs(chunk: Chunk) -> Iterator[tuple[str, list[Triple] | CaseError]]:
    """Yield each graph of a chunk of N-Quads with its triples, or with what is wrong with it."""
    try:
        found = _parsed(chunk.quads, chunk.name)
    except (SyntaxError, ValueError):
        # one bad line; each graph is read by itself to find whose it is
        for lines in _by_lines(chunk.quads):
            yield from _one_graph(lines, chunk.name)
        return
    yield from found.items()


def _parsed(quads: bytes, name: str) -> dict[str, list[Triple] | CaseError]:
    found: dict[str, list[Triple] | CaseError] = {}
    graph: object = None
    triples: list[Triple] = []
    for quad in ox.parse(quads, format=ox.RdfFormat.N_QUADS):
        if quad.graph_name != graph:
            graph = quad.graph_name
            key = f"{name}, {graph}"
            if isinstance(graph, ox.DefaultGraph):
                found[key] = _no_graph(key)
                triples = []
            else:
                known = found.setdefault(key, [])
                assert isinstance(known, list)
                triples = known
        triples.append(triple_of(quad))
    return found


def _one_graph(lines: bytes, name: str) -> Iterable[tuple[str, list[Triple] | CaseError]]:
    try:
        return _parsed(lines, name).items()
    except (SyntaxError, ValueError) as error:
        graph = GRAPH_AT_END.search(lines.splitlines()[-1])
        key = f"{name}, {graph.group(1).decode(errors='replace')}" if graph else name
        why = str(getattr(error, "msg", None) or error)[:300].rstrip(".")
        return ((key, case_error("syntax", key, f"This is not valid N-Quads: {why}.", "Mend the lines of this graph.")),)


def _by_lines(quads: bytes) -> Iterator[bytes]:
    lines: list[bytes] = []
    graph = b""
    for line in quads.splitlines(keepends=True):
        found = GRAPH_AT_END.search(line)
        current = found.group(1) if found else graph
        if current != graph and lines:
            yield b"".join(lines)
            lines = []
        graph = current
        lines.append(line)
    if lines:
        yield b"".join(lines)


def _no_graph(name: str) -> CaseError:
    return case_error("no-graph", name, "Statements of the default graph belong to no case.", "Give each case a graph of its own.")


# Writing


def _encode(wanted: Wanted, rows: list[Row], traces: list[bytes]) -> bytes:
    if wanted.what == PARQUET:
        return _arrow(rows)
    content = b"".join(traces) if wanted.what == TRACES else b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])
    if wanted.compression == ".gz":
        return gzip.compress(content, compresslevel=3, mtime=0) if content else b""
    if wanted.compression == ".zst":
        compressed: bytes = extra("zstandard", "batch", "the output").ZstdCompressor(level=3).compress(content)
        return compressed if content else b""
    return content


def _arrow(rows: list[Row]) -> bytes:
    """Return ``rows`` in Arrow's stream format; they become Parquet when all are there."""
    arrow = extra("pyarrow", "batch", "Parquet")
    table = arrow.Table.from_pylist(rows, schema=arrow_schema(arrow))
    sink = arrow.BufferOutputStream()
    with arrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
