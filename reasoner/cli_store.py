"""The commands about stored cases: `mtus load`, `mtus query`, `mtus export`."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace as with_changes
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from mtus.reasoner.console import DONE, errors_to_exit, put, report_error, table_console
from mtus.reasoner.errors import CaseError, MtusError, query_error, store_error
from mtus.reasoner.load import read_case_file

if TYPE_CHECKING:
    from mtus.reasoner.case_loader import Became, CaseLoader
    from mtus.reasoner.stored_queries import StoredQuery

Where = Annotated[
    str | None,
    typer.Option("--store", metavar="PATH|URL", help="The store: a folder, or the URL of a SPARQL endpoint; MTUS_STORE where left out."),
]


class AnswerFormat(StrEnum):
    """Output formats of an answer; those of graphs are for CONSTRUCT and DESCRIBE."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    XML = "xml"
    TURTLE = "turtle"
    N_TRIPLES = "n-triples"
    RDF_XML = "rdf-xml"
    JSON_LD = "json-ld"


class ExportFormat(StrEnum):
    """Output formats of stored cases."""

    TRIG = "trig"
    N_QUADS = "nq"


# A service that runs beside holds the store for a second or two at a time; another load may take longer than anybody waits.
_WAIT_SECONDS = 20.0
_MEDIA_TYPES = {
    AnswerFormat.CSV: "text/csv", AnswerFormat.TSV: "text/tab-separated-values", AnswerFormat.JSON: "application/sparql-results+json",
    AnswerFormat.XML: "application/sparql-results+xml", AnswerFormat.TURTLE: "text/turtle", AnswerFormat.N_TRIPLES: "application/n-triples",
    AnswerFormat.RDF_XML: "application/rdf+xml", AnswerFormat.JSON_LD: "application/ld+json",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for command in (load, query, export):
        app.command()(command)


def load(
    cases: Annotated[list[Path], typer.Argument(metavar="CASE...", help="Case files, or folders with case files.")],
    store: Where = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace cases that are stored with other content.")] = False,
) -> None:
    """Determine cases and store them, with their facts, inferences, validation reports and traces.

    A case that is stored already is left as it is. Each case goes in as a whole or not at all; a load that was interrupted is completed
    by running it again.

    Examples of use:

        mtus load case.json

        mtus load cases/ --store archive
    """
    with errors_to_exit():
        from mtus.reasoner.case_loader import CaseLoader, determined_by  # noqa: PLC0415
        from mtus.reasoner.knowledge import load_knowledge  # noqa: PLC0415
        from mtus.reasoner.store_location import open_writer_soon, store_location  # noqa: PLC0415
        from mtus.reasoner.stored_cases import Outcome, put_knowledge  # noqa: PLC0415

        paths = list(_case_files(cases))
        knowledge, location = load_knowledge(), store_location(store)
        counts, code, errors = dict.fromkeys(Outcome, 0), DONE, Console(stderr=True)
        # one processor writes, the others determine
        helpers = (os.cpu_count() or 1) - 1
        with open_writer_soon(location, _WAIT_SECONDS) as opened, determined_by(helpers, len(paths)) as determine:
            put_knowledge(opened, knowledge)
            for became in _loaded(_with_progress(paths), CaseLoader(opened, knowledge, determine=determine), replace=replace):
                if isinstance(became, MtusError):
                    report_error(became, errors)
                    code = became.exit_code
                else:
                    counts[became] += 1
        failed = len(paths) - sum(counts.values())
        told = [f"{count} {outcome}" for outcome, count in counts.items()] + ([f"{failed} not stored"] if failed else [])
        typer.echo(f"{', '.join(told)}; the store is {location}")
        raise typer.Exit(code)


def query(
    asked: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE|TEXT", help="A stored query, a file with a query, or a query; lists the stored ones.")
    ] = None,
    form: Annotated[AnswerFormat | None, typer.Option("--format", "-f", help="table, or turtle for a graph, where left out.")] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of a stored query; may be repeated.")
    ] = None,
    store: Where = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
) -> None:
    """Ask the stored cases a question in SPARQL.

    Examples of use:

        mtus query

        mtus query answers-by-treatment --param from=2015-01-01 --format csv

        mtus query "SELECT DISTINCT ?class WHERE { ?thing a ?class }"
    """
    with errors_to_exit():
        from mtus.reasoner.answer_tables import answer_table, stored_query_table  # noqa: PLC0415
        from mtus.reasoner.query_messages import QueryRequest  # noqa: PLC0415
        from mtus.reasoner.query_worker import answer  # noqa: PLC0415
        from mtus.reasoner.settings import QUERIES  # noqa: PLC0415
        from mtus.reasoner.sparql_text import read_query  # noqa: PLC0415
        from mtus.reasoner.store import Dataset  # noqa: PLC0415
        from mtus.reasoner.store_location import open_reader, store_location  # noqa: PLC0415
        from mtus.reasoner.stored_queries import read_stored_queries  # noqa: PLC0415

        queries = read_stored_queries()
        if asked is None:
            table_console().print(stored_query_table(queries.values()))
            return
        # whoever asks here can stop the query himself
        unlimited = with_changes(QUERIES, max_rows=sys.maxsize, max_answer_bytes=sys.maxsize)
        read = read_query(_asked(asked, parameters or [], queries), unlimited)
        kind = _MEDIA_TYPES.get(form or AnswerFormat.TABLE, "")
        request = QueryRequest(read.text, Dataset(is_union=not read.names_dataset), kind or "application/sparql-results+json",
                               kind or "text/turtle")  # fmt: skip
        _refuse_format(form, gives_graph=read.gives_graph)
        with open_reader(store_location(store)) as opened:
            found = answer(opened, request, unlimited)
        if form in (None, AnswerFormat.TABLE) and not read.gives_graph:
            table_console().print(answer_table(found.content, queries.get(asked)))
        else:
            put(found.content.decode(), output)


def export(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE...]", help="Identifiers of cases; all where left out.")] = None,
    form: Annotated[ExportFormat, typer.Option("--format", "-f", help="trig for people, nq for programs.")] = ExportFormat.TRIG,
    store: Where = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
) -> None:
    """Write stored cases with all their graphs, and with the reviews of each.

    Examples of use:

        mtus export > all.trig

        mtus export imr-2015 --format nq
    """
    with errors_to_exit():
        import pyoxigraph as ox  # noqa: PLC0415

        from mtus.reasoner.namespaces import CASE  # noqa: PLC0415
        from mtus.reasoner.render_rdf import write_rdf  # noqa: PLC0415
        from mtus.reasoner.store_location import open_reader, store_location  # noqa: PLC0415
        from mtus.reasoner.stored_cases import export_case, stored_cases  # noqa: PLC0415
        from mtus.reasoner.stored_reviews import export_reviews  # noqa: PLC0415

        with open_reader(store_location(store)) as opened:
            there = dict(stored_cases(opened))
            wanted = [name if "://" in name else CASE + name for name in cases] if cases else list(there)
            for name in wanted:
                if name not in there:
                    near = ", ".join(sorted(there)[:5])
                    raise store_error("no-such-case", name, "This case is not stored.", f"Stored are, among others: {near}.")
            graphs = ((*export_case(opened, name, there[name]), *export_reviews(opened, there[name])) for name in wanted)
            quads = dict.fromkeys(chain.from_iterable(graphs))
        put(write_rdf(quads, ox.RdfFormat.TRIG if form is ExportFormat.TRIG else ox.RdfFormat.N_QUADS), output)


def _asked(asked: str, parameters: list[str], queries: "dict[str, StoredQuery]") -> str:
    """Return the text of the query that is asked for, its parameters bound."""
    from mtus.reasoner.stored_queries import stored_query  # noqa: PLC0415

    values = dict(_pair(parameter) for parameter in parameters)
    path = Path(asked)
    if asked not in queries:
        text = path.read_text("utf-8") if len(asked) < 256 and path.is_file() else asked if "{" in asked or " " in asked else ""
        if text:
            if values:
                raise query_error("unknown-parameter", "--param", "Only stored queries have parameters.", "Write the value into the query.")
            return text
    return stored_query(asked, queries).bound(values)


def _pair(parameter: str) -> tuple[str, str]:
    name, sign, value = parameter.partition("=")
    if not sign:
        why = f"'{parameter[:100]}' is not written as NAME=VALUE."
        raise query_error("bad-parameter-value", "--param", why, "For example: from=2015-01-01.")
    return name, value


def _refuse_format(form: AnswerFormat | None, *, gives_graph: bool) -> None:
    tables = (AnswerFormat.TABLE, AnswerFormat.CSV, AnswerFormat.TSV, AnswerFormat.JSON, AnswerFormat.XML)
    if form is not None and gives_graph == (form in tables):
        fitting = [f.value for f in AnswerFormat if (f in tables) != gives_graph]
        raise query_error("bad-format", "--format", f"The answer cannot be written as {form}.", f"Choose {', '.join(fitting)}.")


def _case_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files, and the case files in folders; what a folder holds beside cases is told by its suffix."""
    suffixes = {".json", ".jsonld", ".ttl", ".trig", ".nt", ".nq", ".rdf", ".owl", ".xml"}
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in suffixes and not p.name.endswith(".expected.json"))
        else:
            yield path


def _loaded(paths: Iterable[Path], loader: "CaseLoader", *, replace: bool) -> Iterator["Became"]:
    """Store the cases in the files ``paths``; yield what became of each. One batch is determined while the one before is written."""
    from mtus.reasoner.case_loader import BATCH, Begun, Sent  # noqa: PLC0415

    begun: Begun | None = None
    batch: list[Sent] = []
    for path in paths:
        try:
            batch.append(Sent(read_case_file(path), path.name, replace=replace))
        except CaseError as error:
            yield error
        if len(batch) == BATCH:
            following, batch = loader.begin(batch), []
            if begun:
                yield from loader.finish(begun)
            begun = following
    following = loader.begin(batch)
    for last in (begun, following):
        if last:
            yield from loader.finish(last)


def _with_progress(paths: list[Path]) -> Iterable[Path]:
    if len(paths) < 10 or not sys.stderr.isatty():
        return paths
    from rich.progress import track  # noqa: PLC0415

    shown: Callable[..., Any] = track
    tracked: Iterable[Path] = shown(paths, "Loading", console=Console(stderr=True))
    return tracked
