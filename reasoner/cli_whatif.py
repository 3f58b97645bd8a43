"""The command ``mtus whatif``: what would change the answers of a case."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mtus.reasoner.console import DONE, errors_to_exit, put, terminal_style
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.lines import plain
from mtus.reasoner.load import read_case

NOT_ALL_SUPPORTED = 1


class WhatIfFormat(StrEnum):
    """Output formats of what would change the answers."""

    TEXT = "text"
    JSON = "json"
    JSON_LD = "jsonld"
    TURTLE = "turtle"


def whatif(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A case file; - reads standard input.")],
    form: Annotated[WhatIfFormat, typer.Option("--format", "-f", help="text is for people.")] = WhatIfFormat.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
) -> None:
    """Say what would change the answers: all minimal sets of documents to add, or of reductions of a request.

    Each set was tried by the whole reasoner, and none holds a smaller one that would do. Only what is true can be put on file.

    Examples of use:

        mtus whatif case.json

        mtus whatif case.json --format json > changes.json
    """
    with errors_to_exit():
        from mtus.reasoner import render_whatif as render  # noqa: PLC0415  each command imports what it needs
        from mtus.reasoner.changing import what_would_change  # noqa: PLC0415

        knowledge = load_knowledge()
        content, name = read_case(case)
        found = what_would_change(content, name=name, knowledge=knowledge)
        if form is WhatIfFormat.TEXT:
            text = render.to_text(found, knowledge, plain if output else terminal_style(Console()))
        elif form is WhatIfFormat.TURTLE:
            text = render.to_turtle(found)
        else:
            text = (render.to_json if form is WhatIfFormat.JSON else render.to_json_ld)(found, indent=True) + "\n"
        put(text, output)
        raise typer.Exit(NOT_ALL_SUPPORTED if found.requests else DONE)
