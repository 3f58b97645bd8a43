"""The commands `mtus new case` and `mtus new topic`: skeletons to start from."""

from pathlib import Path
from typing import Annotated

import typer

from mtus.reasoner.console import errors_to_exit, put

new_app = typer.Typer(help="Skeletons to start from: a case, or a topic of a guideline.", no_args_is_help=True)


@new_app.command("case")
def new_case(
    example: Annotated[str | None, typer.Option("--example", help="Copy a real example instead: imr-2015.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")] = None,
) -> None:
    """Print a case to start from; it is valid as it stands, and labelled synthetic.

    Examples of use:

        mtus new case > case.json

        mtus new case --example imr-2015 > case.json
    """
    with errors_to_exit():
        from mtus.reasoner.skeletons import example_case, skeleton_case  # noqa: PLC0415

        put(example_case(example) if example else skeleton_case(), output)


@new_app.command("topic")
def new_topic(
    name: Annotated[str, typer.Argument(help="The name of the topic: the title of the guideline's section in lower case with hyphens.")],
    edition: Annotated[str, typer.Option("--edition", help="The folder of the edition.")] = "chronic-pain-2009",
    root: Annotated[Path, typer.Option("--root", help="The folder that holds ontology/ and shapes/.")] = Path("."),
) -> None:
    """Write the files of a new topic: section, provisions, criterion, shapes and three cases, all valid, to be filled in.

    Example of use:

        mtus new topic hot-packs
    """
    with errors_to_exit():
        from mtus.reasoner.skeletons import write_topic  # noqa: PLC0415

        for path in write_topic(name, edition, root):
            typer.echo(f"wrote {path}")
        typer.echo(f"added the import to {root / 'ontology' / 'mtus.ttl'}")
        typer.echo("Next: fill in the provision and the shapes, then run `mtus check` (CONTRIBUTING.md, add a topic).")
