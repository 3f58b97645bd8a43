"""The commands `mtus review`, `mtus letter`, `mtus overrides` and `mtus new review`: who signs, what is printed, what is counted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from mtus.reasoner.cli_stored import Output, ReviewFormat, RowsFormat, StoredFile, content_of, found_in
from mtus.reasoner.console import errors_to_exit, put, table_console, terminal_style, write
from mtus.reasoner.errors import UsageError, usage_error
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lines import plain

if TYPE_CHECKING:
    from mtus.reasoner.stored import Stored

_COLUMNS = ("criterion", "provision", "page", "reviewed", "overridden", "rate")


def add_review_commands(app: typer.Typer, new_app: typer.Typer) -> None:
    """Add the commands of this module to ``app``, and that for a skeleton to ``new_app``."""
    app.command("review")(review)
    app.command("letter")(letter)
    app.command("overrides")(overrides)
    new_app.command("review")(new_review)


def review(
    determination: StoredFile,
    *,
    agree: Annotated[bool, typer.Option("--agree", help="Agree with every recommendation, as far as --decide says nothing else.")] = False,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "--override",
            metavar="TEXT",
            help='See a criterion otherwise: "REQUEST/CRITERION=STATUS: REASON", or "REQUEST/REASON-KIND: REASON" for a reason that is no '
            "criterion. Repeatable. Requests that are not named are agreed with.",
        ),
    ] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option("--evidence", metavar="TEXT", help='The evidence seen for an override: "REQUEST/CRITERION: EVIDENCE". Repeatable.'),
    ] = None,
    decide: Annotated[
        list[str] | None,
        typer.Option(
            "--decide",
            metavar="TEXT",
            help='What is decided: "REQUEST=DECISION", or "REQUEST=modify: WHAT IS APPROVED". Repeatable. Without it the recommended '
            "disposition is decided.",
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The name of the reviewer, or an identifier that stands for it.")] = "",
    role: Annotated[str, typer.Option("--role", help="The role, such as independent-medical-reviewer.")] = "",
    licence_state: Annotated[
        list[str] | None, typer.Option("--licence-state", help="A state that licensed the reviewer, in two letters. Repeatable.")
    ] = None,
    specialty: Annotated[list[str] | None, typer.Option("--specialty", help="A specialty of the reviewer. Repeatable.")] = None,
    at: Annotated[str, typer.Option("--at", help="When the review was made: a day, or day and time (ISO 8601). No clock is read.")] = "",
    form: Annotated[
        Path | None, typer.Option("--from", help="Take everything from this filled form instead; `mtus new review` prints an empty one.")
    ] = None,
    written: Annotated[ReviewFormat, typer.Option("--format", "-f", help="The format of the review.")] = ReviewFormat.JSON,
    output: Output = None,
) -> None:
    """Review a stored determination: agree with it, or override it criterion by criterion.

    The determination stays as it is. The review is a thing of its own, which names the determination and its digest. Only a physician may
    deny or modify care; others may agree to what is supported.

    Examples of use:

        mtus review determination.json --agree --name R-17 --role independent-medical-reviewer --licence-state CA --specialty "Pain Medicine" --at 2015-10-02

        mtus review determination.json --override "2/ESI-8b.earlier-count=met: no injection before" --evidence "2/ESI-8b.earlier-count: letter of 1 September 2015" --decide 2=overturned --name R-17 --role independent-medical-reviewer --licence-state CA --specialty "Pain Medicine" --at 2015-10-02

        mtus review determination.json --from review-form.json --output review.json
    """  # noqa: E501  an example is one line
    with errors_to_exit():
        from mtus.reasoner.render_review import review_to_json, review_to_json_ld, review_to_turtle  # noqa: PLC0415
        from mtus.reasoner.review_form import Form, form_from_json, with_options  # noqa: PLC0415
        from mtus.reasoner.review_make import make_review  # noqa: PLC0415
        from mtus.reasoner.stored import one_determination  # noqa: PLC0415

        knowledge = load_knowledge()
        options = [agree, override, evidence, decide, name, role, licence_state, specialty, at]
        if form is not None:
            if any(options):
                raise _ways("--from", "The form says everything, so other options could only contradict it.")
            content, called = content_of(form)
            filled = form_from_json(content, called)
        else:
            if agree == bool(override):
                raise _ways("--agree, --override", "A review agrees, or overrides something." if not agree else "It cannot do both.")
            empty = Form(name, role, tuple(licence_state or ()), tuple(specialty or ()), at)
            filled, called = with_options(empty, override or (), evidence or (), decide or ()), "review"
        found = found_in(determination, knowledge)
        stored = one_determination(found)
        _tell_unverified(stored, knowledge, found.name)
        made = make_review(stored.determination, filled, knowledge, called)
        forms = {ReviewFormat.JSON: review_to_json, ReviewFormat.JSON_LD: review_to_json_ld, ReviewFormat.TURTLE: review_to_turtle}
        put(forms[written](made, knowledge), output)


def _ways(where: str, why: str) -> UsageError:
    return usage_error("review-options", where, why, "Give --agree, or --override (repeatable), or --from FILE; see `mtus review --help`.")


def _tell_unverified(stored: "Stored", knowledge: Knowledge, name: str) -> None:
    """Say on standard error where a stored determination cannot be computed again; raise :class:`ReviewError` where it was altered."""
    from mtus.reasoner.replay import refuse_altered  # noqa: PLC0415

    note = refuse_altered(stored, knowledge, name)
    if note:
        Console(stderr=True).print(note, soft_wrap=True, highlight=False)


def letter(
    determination: StoredFile,
    signed: Annotated[Path | None, typer.Option("--review", help="A review of the determination, as `mtus review` wrote it.")] = None,
    output: Output = None,
) -> None:
    """Print the letter of a stored determination; with its review, the signed letter.

    Without a review the letter says what is recommended, and is the same that `mtus determine` prints.

    Examples of use:

        mtus letter determination.json

        mtus letter determination.json --review review.json --output letter.txt
    """
    with errors_to_exit():
        from mtus.reasoner.render_signed import to_signed_letter  # noqa: PLC0415
        from mtus.reasoner.render_text import to_letter  # noqa: PLC0415
        from mtus.reasoner.review_check import check_review  # noqa: PLC0415
        from mtus.reasoner.stored import one_determination, one_review  # noqa: PLC0415

        knowledge = load_knowledge()
        found = found_in(determination, knowledge)
        stored = one_determination(found)
        own = stored.determination
        style = plain if output else terminal_style(Console())
        if signed is None:
            _tell_unverified(stored, knowledge, found.name)
            put(to_letter(own, knowledge, style), output)
            return
        reviewed = found_in(signed, knowledge)
        decided = one_review(reviewed)
        check_review(decided, own, knowledge, reviewed.name)
        put(to_signed_letter(own, decided, knowledge, style), output)


def overrides(
    stored: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Stored determinations and their reviews, in any order.")],
    form: Annotated[RowsFormat, typer.Option("--format", "-f", help="text is a table.")] = RowsFormat.TEXT,
) -> None:
    """List criteria by how often physicians overrode them, of how many they reviewed.

    Example of use:

        mtus overrides determinations/*.json reviews/*.json --format csv
    """
    with errors_to_exit():
        from mtus.reasoner.overrides import override_query, override_rows, store_of_files  # noqa: PLC0415
        from mtus.reasoner.tables import plain_table, to_csv  # noqa: PLC0415

        knowledge = load_knowledge()
        rows = override_rows(store_of_files([found_in(path, knowledge) for path in stored], knowledge))
        if form is RowsFormat.TEXT:
            table_console().print(plain_table(_COLUMNS, rows))
            typer.echo(f"Denominator: {override_query().denominator}")
        else:
            write(to_csv(rows, _COLUMNS) if form is RowsFormat.CSV else json.dumps(rows, ensure_ascii=False, indent=2) + "\n")


def new_review(determination: StoredFile, output: Output = None) -> None:
    """Print a form for the review of a stored determination, to be filled in and given to `mtus review --from`.

    Example of use:

        mtus new review determination.json > review-form.json
    """
    with errors_to_exit():
        from mtus.reasoner.review_schema import skeleton_review  # noqa: PLC0415
        from mtus.reasoner.stored import one_determination  # noqa: PLC0415

        put(skeleton_review(one_determination(found_in(determination, load_knowledge())).determination), output)
