"""The command `mtus checklist`: what has to be on file before a request is made, and a case from the filled answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mtus.reasoner.console import DONE, errors_to_exit, put, terminal_style
from mtus.reasoner.errors import AnswersError, CaseError, UsageError, case_error
from mtus.reasoner.lines import plain

SOMETHING_OPEN = 1


class ChecklistFormat(StrEnum):
    """Output formats of a checklist."""

    TEXT = "text"
    JSON = "json"
    FHIR = "fhir"
    HTML = "html"


def checklist(
    treatments: Annotated[
        list[str] | None,
        typer.Argument(metavar="TREATMENT...", help="Treatments to be requested together: labels or names of classes of the ontology."),
    ] = None,
    date: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="The date of the request, which selects the edition.")] = "",
    edition: Annotated[str, typer.Option("--edition", help="The edition by the name of its folder, for any date of it.")] = "",
    renewal: Annotated[bool, typer.Option("--renewal", help="For treatment that the worker receives or has received already.")] = False,
    form: Annotated[
        ChecklistFormat,
        typer.Option("--format", "-f", help="text is to be printed; json holds places for the answers; fhir is a Questionnaire."),
    ] = ChecklistFormat.TEXT,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            help="Print the case that these answers state: our JSON filled in, or a QuestionnaireResponse; - reads standard input.",
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
) -> None:
    """Say what has to be on file before treatments are requested, with the page of each; or turn filled answers into a case.

    The day is never taken from the clock. Exits with 1 where the list alone cannot make every request supported: a section that is not
    encoded, a treatment that is not recommended, a service that depends on another; and where answers are incomplete.

    Examples of use:

        mtus checklist "epidural steroid injection" --date 2015-08-20

        mtus checklist "massage therapy" TENS --date 2015-08-20 --format json > answers.json

        mtus checklist --answers answers.json > case.json
    """
    if answers is not None and not (treatments or date or edition or renewal):
        with errors_to_exit(), _errors_as(AnswersError):
            raise typer.Exit(_turn(answers, output))
    with errors_to_exit(), _errors_as(UsageError):
        if answers is not None:
            raise case_error("checklist-options", "--answers", "The answers name their checklist themselves.", "Give --answers alone.")
        from mtus.reasoner.checklist import make_checklist  # noqa: PLC0415
        from mtus.reasoner.checklist_occasion import occasion  # noqa: PLC0415
        from mtus.reasoner.knowledge import load_knowledge  # noqa: PLC0415

        knowledge = load_knowledge()
        made = make_checklist(occasion(treatments or (), date, edition, knowledge, is_renewal=renewal), knowledge).checklist
        if form is ChecklistFormat.TEXT:
            from mtus.reasoner.checklist_text import to_text  # noqa: PLC0415

            text = to_text(made, knowledge, plain if output else terminal_style(Console()))
        elif form is ChecklistFormat.JSON:
            from mtus.reasoner.checklist_json import to_json  # noqa: PLC0415

            text = to_json(made)
        elif form is ChecklistFormat.FHIR:
            from mtus.reasoner.checklist_fhir import to_fhir_json  # noqa: PLC0415

            text = to_fhir_json(made, knowledge)
        else:
            from mtus.reasoner.checklist_html import to_html  # noqa: PLC0415

            text = to_html(made, knowledge)
        put(text, output)
        raise typer.Exit(DONE if all(request.is_complete for request in made.requests) else SOMETHING_OPEN)


@contextmanager
def _errors_as(kind: type[CaseError]) -> Iterator[None]:
    """Let errors say that it is no case that is wrong, but what ``kind`` says."""
    try:
        yield
    except CaseError as error:
        raise kind(error.problems) from error


def _turn(answers: Path, output: Path | None) -> int:
    """Write the case that ``answers`` state; return the exit code."""
    from mtus.reasoner.checklist_answers import read_answers  # noqa: PLC0415
    from mtus.reasoner.checklist_case import case_from  # noqa: PLC0415
    from mtus.reasoner.knowledge import load_knowledge  # noqa: PLC0415
    from mtus.reasoner.load import read_case  # noqa: PLC0415

    knowledge = load_knowledge()
    content, name = read_case(answers)
    turned = case_from(read_answers(content, name, knowledge), name, knowledge)
    put(turned.text(), output)
    for remark in turned.incomplete:
        typer.echo(f"Not on file: {remark}.", err=True)
    return SOMETHING_OPEN if turned.incomplete else DONE
