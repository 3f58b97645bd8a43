"""The command `mtus concordance`: a folder of cases held against their human decisions."""

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mtus.reasoner.console import DONE, errors_to_exit, table_console, with_progress, write

NOT_ALL_AGREE = 1


class ConcordanceFormat(StrEnum):
    """Output formats of a concordance."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def concordance(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="A folder of folders: in each a case, case.*, with human-decision.json beside it, or entry.json."
        ),
    ],
    form: Annotated[
        ConcordanceFormat, typer.Option("--format", "-f", help="text is a report; json holds the traces too; csv is a line a request.")
    ] = ConcordanceFormat.TEXT,
) -> None:
    """Hold the recommended determinations of many cases against what human reviewers decided, and measure the agreement.

    What is not covered is counted as such. A case that cannot be used is a row with its error, and the rest go on.

    Examples of use:

        mtus concordance examples/concordance

        mtus concordance examples/concordance --format csv > concordance.csv
    """
    with errors_to_exit():
        from mtus.reasoner.concordance import concordance as held_together  # noqa: PLC0415
        from mtus.reasoner.knowledge import load_knowledge  # noqa: PLC0415

        def watch(entries: list[Path]) -> Iterable[Path]:
            return with_progress(entries, "Determining")

        knowledge = load_knowledge()
        found = held_together(folder, knowledge, watch)
        if form is ConcordanceFormat.TEXT:
            from mtus.reasoner.render_concordance import to_text  # noqa: PLC0415

            console = table_console()
            for part in to_text(found, knowledge):
                console.print(Text(part) if isinstance(part, str) else part, soft_wrap=isinstance(part, str))
        elif form is ConcordanceFormat.JSON:
            from mtus.reasoner.concordance_data import to_data  # noqa: PLC0415

            write(json.dumps(to_data(found, knowledge), ensure_ascii=False, indent=2) + "\n")
        else:
            from mtus.reasoner.concordance_data import to_rows  # noqa: PLC0415
            from mtus.reasoner.tables import to_csv  # noqa: PLC0415

            write(to_csv(to_rows(found)))
        agreed = all(row.comparison is None or (row.comparison.agrees and not row.gap) for row in found.rows)
        raise typer.Exit(max((failure.exit_code for failure in found.failures), default=DONE if agreed else NOT_ALL_AGREE))
