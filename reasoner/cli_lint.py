"""The command `mtus lint`: decisions against the rules about decisions."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mtus.reasoner.console import DONE, errors_to_exit, put, terminal_style

SOMETHING_FOUND = 1


class LintFormat(StrEnum):
    """Output formats of the linter."""

    TEXT = "text"
    JSON = "json"
    TURTLE = "turtle"


def lint(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A case file that describes decisions; - reads standard input.")],
    form: Annotated[
        LintFormat, typer.Option("--format", "-f", help="text is for people; json holds every rule; turtle is a SHACL validation report.")
    ] = LintFormat.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show in the text also what is in order and what does not apply.")] = False,
) -> None:
    """Hold the decisions that a case describes against the rules about decisions, and the file against itself.

    Exits with 1 where something is found; what cannot be determined is no finding.

    Examples of use:

        mtus lint examples/imr-2015/case.json

        mtus lint case.json --all

        mtus lint case.ttl --format turtle > report.ttl
    """
    with errors_to_exit():
        from rich.console import Console  # noqa: PLC0415  what is slow to import is imported when it is needed

        from mtus.reasoner.knowledge import load_knowledge  # noqa: PLC0415
        from mtus.reasoner.lines import plain  # noqa: PLC0415
        from mtus.reasoner.lint import lint as lint_case  # noqa: PLC0415
        from mtus.reasoner.load import read_case  # noqa: PLC0415
        from mtus.reasoner.render_lint import to_json, to_text  # noqa: PLC0415
        from mtus.reasoner.render_lint_rdf import to_turtle  # noqa: PLC0415

        content, name = read_case(case)
        knowledge = load_knowledge()
        report = lint_case(content, name=name, knowledge=knowledge)
        if form is LintFormat.TEXT:
            text = to_text(report, knowledge, plain if output else terminal_style(Console()), everything=everything)
        else:
            text = to_json(report) if form is LintFormat.JSON else to_turtle(report, knowledge)
        put(text, output)
        raise typer.Exit(SOMETHING_FOUND if report.has_findings else DONE)
