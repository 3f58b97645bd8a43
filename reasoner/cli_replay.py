"""The commands `mtus replay` and `mtus diff`: does the same come out again, and what has changed through which provision."""

from pathlib import Path
from typing import Annotated

import typer

from mtus.reasoner.cli_stored import ReportFormat, StoredFile, content_of, found_in
from mtus.reasoner.console import DONE, errors_to_exit, write
from mtus.reasoner.errors import UsageError, usage_error
from mtus.reasoner.knowledge import load_knowledge

DIFFERENT = 1


def add_replay_commands(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    app.command("replay")(replay)
    app.command("diff")(diff)


def replay(
    determination: StoredFile,
    case: Annotated[
        Path | None, typer.Option("--case", help="Compute from this case instead of the facts in the file; needed where it holds none.")
    ] = None,
    form: Annotated[ReportFormat, typer.Option("--format", "-f", help="text is for people.")] = ReportFormat.TEXT,
) -> None:
    """Compute a stored determination again, and say whether it is identical; else show the difference by criterion.

    Exits with 0 where it is identical, and with 1 where it is not.

    Examples of use:

        mtus replay determination.json

        mtus replay determination.ttl --case case.json --format json
    """
    with errors_to_exit():
        from mtus.reasoner.render_difference import to_data, to_lines  # noqa: PLC0415
        from mtus.reasoner.render_json import dumps  # noqa: PLC0415
        from mtus.reasoner.replay import replay as compute_again  # noqa: PLC0415
        from mtus.reasoner.stored import one_determination  # noqa: PLC0415

        knowledge = load_knowledge()
        found = found_in(determination, knowledge)
        content = content_of(case) if case else None
        done = compute_again(one_determination(found), knowledge, found.name, *(content or ()))
        if form is ReportFormat.JSON:
            write(dumps({"file": found.name, "identical": done.is_identical, **to_data(done.difference)}, indent=True) + "\n")
        elif done.is_identical:
            write(f"identical: {found.name} is what the reasoner determines.\n")
        else:
            head = f"different: {found.name} is not what the reasoner determines now (stored → now)."
            write("\n".join((head, *to_lines(done.difference, knowledge))) + "\n")
        raise typer.Exit(DONE if done.is_identical else DIFFERENT)


def diff(
    first: Annotated[
        Path, typer.Argument(metavar="CASE|OLD", help="A case (with --edition twice), a stored determination, or a folder of knowledge.")
    ],
    second: Annotated[
        Path | None, typer.Argument(metavar="NEW", help="Another stored determination of the case, or another folder of knowledge.")
    ] = None,
    edition: Annotated[
        list[str] | None,
        typer.Option("--edition", help="An edition, by its folder, its year or its IRI. Twice: each as if it were the one in force."),
    ] = None,
    case: Annotated[
        list[Path] | None,
        typer.Option("--case", help="A case to determine under both folders. Repeatable; else the examples are."),
    ] = None,
    form: Annotated[ReportFormat, typer.Option("--format", "-f", help="text is for people.")] = ReportFormat.TEXT,
) -> None:
    """Show which answers change, and through which provision: between editions, determinations, or versions of the knowledge.

    Exits with 0 where no answer and no criterion differs, and with 1 where one does. A folder of knowledge holds ontology/ and shapes/.

    Examples of use:

        mtus diff case.json --edition 2009 --edition 2016

        mtus diff old.json new.json

        mtus diff old-checkout new-checkout --case case.json --case other.ttl
    """
    with errors_to_exit():
        from mtus.reasoner import diffs  # noqa: PLC0415
        from mtus.reasoner.render_difference import diff_to_data, diffs_to_text  # noqa: PLC0415
        from mtus.reasoner.render_json import dumps  # noqa: PLC0415

        editions = edition or []
        if editions:
            if len(editions) != 2 or second is not None or case:
                raise _usage("--edition", "Two editions and one case are compared.")
            knowledge = load_knowledge()
            found = [diffs.between_editions(*content_of(first), editions[0], editions[1], knowledge)]
        elif second is None:
            raise _usage(str(first), "One thing cannot differ from itself.")
        elif first.is_dir() or second.is_dir():
            knowledge = load_knowledge()
            found = diffs.between_folders(first, second, [content_of(path) for path in case] if case else None)
        else:
            if case:
                raise _usage("--case", "Stored determinations hold what they say; no case is determined.")
            knowledge = load_knowledge()
            found = [diffs.between_determinations(found_in(first, knowledge), found_in(second, knowledge))]
        text = (
            dumps([diff_to_data(one) for one in found], indent=True) + "\n"
            if form is ReportFormat.JSON
            else diffs_to_text(found, knowledge)
        )
        write(text)
        raise typer.Exit(DIFFERENT if any(one.differs for one in found) else DONE)


def _usage(where: str, why: str) -> UsageError:
    return usage_error("diff-options", where, why, "Give CASE --edition A --edition B, or OLD NEW; see `mtus diff --help`.")
