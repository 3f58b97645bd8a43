"""The command `mtus`. Each command is a thin door to one module; start with ``mtus determine --help``.

Exit codes: 0 done; 1 done, and something is not supported or open; 2 the input is wrong; 3 the knowledge or an engine failed.
"""

import json
import sys
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mtus.reasoner import __version__, cli_batch, cli_store
from mtus.reasoner.cli_audit import audit_app
from mtus.reasoner.cli_checklist import checklist
from mtus.reasoner.cli_concordance import concordance
from mtus.reasoner.cli_keys import keys_app
from mtus.reasoner.cli_lint import lint
from mtus.reasoner.cli_new import new_app
from mtus.reasoner.cli_replay import add_replay_commands
from mtus.reasoner.cli_review import add_review_commands
from mtus.reasoner.cli_serve import serve
from mtus.reasoner.cli_whatif import whatif
from mtus.reasoner.console import DONE, errors_to_exit, put, report_error, table_console, terminal_style, with_progress, write
from mtus.reasoner.errors import MtusError, case_error
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lines import Style, plain
from mtus.reasoner.load import load_case, read_case
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import check_case, determine_with_facts
from mtus.reasoner.render_json import to_json, to_json_ld
from mtus.reasoner.trace import Determination, RequestDetermination

NOT_ALL_SUPPORTED = 1

app = typer.Typer(
    name="mtus",
    help="Recommended determinations of treatment requests under the California MTUS, each traced to the guideline's page.\n\n"
    "A determination is a recommendation: only a physician may deny care.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(new_app, name="new")
app.command()(checklist)
app.command()(concordance)
app.command()(whatif)
add_review_commands(app, new_app)
add_replay_commands(app)
cli_batch.register(app)
app.command()(lint)
cli_store.register(app)
app.command()(serve)
app.add_typer(keys_app, name="keys")
app.add_typer(audit_app, name="audit")


class Format(StrEnum):
    """Output formats of a determination."""

    TEXT = "text"
    JSON = "json"
    JSON_LD = "jsonld"
    TURTLE = "turtle"
    TRIG = "trig"


class InputFormat(StrEnum):
    """Input formats of a case, where they are not to be recognised."""

    JSON = "json"
    JSON_LD = "json-ld"
    TURTLE = "turtle"
    TRIG = "trig"
    N_TRIPLES = "n-triples"
    N_QUADS = "n-quads"
    RDF_XML = "rdf-xml"


Cases = Annotated[
    list[Path],
    typer.Argument(
        metavar="CASE...", help="Case files: JSON, JSON-LD, Turtle, TriG, N-Triples, N-Quads or RDF/XML; - reads standard input."
    ),
]
OneCase = Annotated[Path, typer.Argument(metavar="CASE", help="A case file; - reads standard input.")]
Input = Annotated[InputFormat | None, typer.Option("--input-format", help="The format of the case, where it cannot be recognised.")]


def main() -> None:
    """Run the command; what it prints is UTF-8, whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    app()


def _version(value: bool) -> None:
    if value:
        typer.echo(f"mtus-reasoner {__version__}")
        raise typer.Exit(DONE)


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False) -> None:
    pass


def _determine(path: Path, knowledge: Knowledge, syntax: InputFormat | None, form: Format, style: Style) -> tuple[Determination, str]:
    content, name = read_case(path)
    determination, assessed = determine_with_facts(content, name=name, syntax=syntax.value if syntax else "", knowledge=knowledge)
    if form is Format.TEXT:
        from mtus.reasoner.render_text import to_letter  # noqa: PLC0415  each form is imported when it is asked for

        return determination, to_letter(determination, knowledge, style)
    if form in (Format.JSON, Format.JSON_LD):
        return determination, (to_json if form is Format.JSON else to_json_ld)(determination, indent=True) + "\n"
    if form is Format.TURTLE:
        from mtus.reasoner.render_rdf import to_turtle  # noqa: PLC0415

        return determination, to_turtle(determination)
    from mtus.reasoner.case_graphs import to_trig  # noqa: PLC0415

    return determination, to_trig(determination, assessed, knowledge)


def _all_supported(determination: Determination) -> bool:
    return all(local_name(request.answer) == "supported" for request in determination.requests)


@app.command()
def determine(
    cases: Cases,
    form: Annotated[Format, typer.Option("--format", "-f", help="text is a letter; the others hold the complete trace.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
    syntax: Input = None,
) -> None:
    """Recommend a determination for each case, with its reasons and their pages.

    Examples of use:

        mtus determine case.json

        mtus determine case.ttl --format json > determination.json

        mtus determine cases/*.ttl --format trig --output all.trig
    """
    with errors_to_exit():
        knowledge = load_knowledge()
        errors, texts, code = Console(stderr=True), [], DONE
        style = plain if output else terminal_style(Console())
        for path in with_progress(cases, "Determining"):
            try:
                determination, text = _determine(path, knowledge, syntax, form, style)
            except MtusError as error:
                if len(cases) == 1:
                    raise
                # a bad case does not stop the others, but the worst code is what the caller sees
                report_error(error, errors)
                code = max(code, error.exit_code)
                continue
            texts.append(text)
            code = max(code, DONE if _all_supported(determination) else NOT_ALL_SUPPORTED)
        if texts:
            put(_joined(texts, form, several=len(cases) > 1), output)
        raise typer.Exit(code)


def _joined(texts: list[str], form: Format, *, several: bool) -> str:
    """Return one text; the JSON of ``several`` cases is an array, even where only one of them could be determined."""
    if several and form in (Format.JSON, Format.JSON_LD):
        return "[\n" + ",\n".join(text.rstrip("\n") for text in texts) + "\n]\n"
    return ("\n" + "=" * 100 + "\n\n" if form is Format.TEXT else "\n").join(texts)


@app.command()
def validate(case: OneCase, syntax: Input = None) -> None:
    """Say whether a case is well formed, without determining it.

    Example of use:

        mtus validate case.json
    """
    with errors_to_exit():
        knowledge = load_knowledge()
        content, name = read_case(case)
        facts = load_case(content, knowledge, name=name, syntax=syntax.value if syntax else "")
        inferred, _ = check_case(facts, knowledge)
        typer.echo(f"{name} is well formed: {len(facts.stated)} stated facts, {len(inferred.derivations)} inferred.")
        typer.echo(f"Digest (RDFC-1.0, SHA-256): {facts.digest}")


@app.command()
def explain(
    case: OneCase,
    request: Annotated[
        str | None,
        typer.Argument(metavar="REQUEST", help="Its number in the letter, its id, or part of its label; all requests where left out."),
    ] = None,
    syntax: Input = None,
) -> None:
    """Print the complete trace of a request as a tree: criteria, provisions, facts with their documents, inferences.

    Examples of use:

        mtus explain case.json 2

        mtus explain case.json massage
    """
    with errors_to_exit():
        from mtus.reasoner.render_tree import to_tree  # noqa: PLC0415

        knowledge = load_knowledge()
        content, name = read_case(case)
        determination, _ = determine_with_facts(content, name=name, syntax=syntax.value if syntax else "", knowledge=knowledge)
        style = terminal_style(Console())
        write("\n".join(to_tree(r, knowledge, style) for r in _chosen(determination, request, name)))


def _chosen(determination: Determination, request: str | None, name: str) -> list[RequestDetermination]:
    """Return the requests that ``request`` names: by number or id, else by part of the label."""
    if request is None:
        return list(determination.requests)
    numbered = list(enumerate(determination.requests, 1))
    exact = [r for number, r in numbered if request in (str(number), local_name(r.request))]
    found = exact or [r for _, r in numbered if request.lower() in r.label.lower()]
    if not found:
        known = "; ".join(f"{number} {local_name(r.request)}" for number, r in numbered)
        raise case_error("no-such-request", name, f"No request is called '{request}'.", f"The requests are: {known}.")
    return found


@app.command()
def compare(
    case: OneCase, decision: Annotated[Path, typer.Argument(metavar="DECISION", help="A JSON file with the human decisions.")]
) -> None:
    """Hold the recommended determination of a case against what a human reviewer decided.

    Example of use:

        mtus compare examples/imr-2015/case.json examples/imr-2015/human-decision.json
    """
    with errors_to_exit():
        from mtus.reasoner.compare import check_words, read_decision_file  # noqa: PLC0415
        from mtus.reasoner.compare import compare as compare_with  # noqa: PLC0415
        from mtus.reasoner.tables import comparison_table  # noqa: PLC0415

        content, name = read_case(case)
        knowledge = load_knowledge()
        determination, _ = determine_with_facts(content, name=name, knowledge=knowledge)
        decisions = read_decision_file(decision)
        check_words(determination, decisions, decision.name, knowledge)
        comparisons = compare_with(determination, decisions.decisions)
        table_console().print(comparison_table(comparisons))
        agreed = sum(c.agrees for c in comparisons)
        typer.echo(f"{agreed} of {len(comparisons)} requests agree in outcome, leading kind of reason, pages and provisions.")
        raise typer.Exit(DONE if agreed == len(comparisons) else NOT_ALL_SUPPORTED)


class TableFormat(StrEnum):
    """Output formats of a table."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


@app.command()
def provisions(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="A section, by its name under Topic; all where left out.")] = None,
    form: Annotated[TableFormat, typer.Option("--format", "-f", help="text is a table.")] = TableFormat.TEXT,
) -> None:
    """List the provisions, with page, kind, confidence, and whether they are encoded.

    Examples of use:

        mtus provisions

        mtus provisions epidural-steroid-injections --format csv
    """
    with errors_to_exit():
        from mtus.reasoner.tables import provision_rows, provision_table, provision_totals, to_csv  # noqa: PLC0415

        rows = provision_rows(load_knowledge(), topic)
        if form is TableFormat.TEXT:
            table_console().print(provision_table(rows))
            table_console().print(provision_totals(rows))
        else:
            write(to_csv(rows) if form is TableFormat.CSV else json.dumps(rows, ensure_ascii=False, indent=2) + "\n")


@app.command()
def check(
    java: Annotated[
        bool, typer.Option("--java/--no-java", help="Also prove the ontology consistent and classify it with HermiT (extra: check).")
    ] = True,
) -> None:
    """Check all knowledge: shapes about shapes, quality queries, competency questions, and the ontology by HermiT.

    Example of use:

        mtus check --no-java
    """
    with errors_to_exit():
        from mtus.reasoner.check import run_checks  # noqa: PLC0415
        from mtus.reasoner.tables import check_table  # noqa: PLC0415

        console = table_console()
        with Console(stderr=True).status("Checking the knowledge"):
            results = run_checks(load_knowledge(), with_java=java)
        console.print(check_table(results))
        raise typer.Exit(DONE if all(result.ok for result in results) else 3)


@app.command()
def schema(
    context: Annotated[bool, typer.Option("--context", help="Print the JSON-LD context of the plain JSON form instead.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Print the JSON Schema of the form of a review instead.")] = False,
) -> None:
    """Print the JSON Schema of a case in plain JSON.

    Examples of use:

        mtus schema > case.schema.json

        mtus schema --review > review.schema.json
    """
    with errors_to_exit():
        from mtus.reasoner.case_json import json_ld_context  # noqa: PLC0415
        from mtus.reasoner.json_schema import case_schema  # noqa: PLC0415
        from mtus.reasoner.review_schema import review_schema  # noqa: PLC0415

        knowledge = load_knowledge()
        schema_of = review_schema if review else case_schema
        found = {"@context": json_ld_context(knowledge.vocabulary)} if context else schema_of(knowledge)
        write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
