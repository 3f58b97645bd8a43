"""The commands about API keys: `mtus keys new`, `mtus keys list`, `mtus keys revoke`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mtus.reasoner.console import errors_to_exit, table_console, write
from mtus.reasoner.errors import usage_error

keys_app = typer.Typer(no_args_is_help=True, help="Keys of the service: who may read, submit and review.")


class KeyRole(StrEnum):
    """What a key is for; none includes another."""

    READ = "read"
    SUBMIT = "submit"
    REVIEW = "review"


KeysFile = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="The file of keys; MTUS_KEYS_FILE, or one of this user, where left out.")
]


@keys_app.command("new")
def keys_new(
    holder: Annotated[str, typer.Argument(metavar="HOLDER", help="Who holds it, a person or a program; stands in the file of keys.")],
    roles: Annotated[list[KeyRole], typer.Option("--role", "-r", help="What it is for; may be repeated. No role includes another.")],
    file: KeysFile = None,
) -> None:
    """Make a key and print it. It is shown this once: the file holds its digest alone.

    Examples of use:

        mtus keys new "claims system" --role submit

        mtus keys new "Dr. Reviewer" --role read --role review
    """
    with errors_to_exit():
        from mtus.api.keys import Role, keys_file, new_key  # noqa: PLC0415

        if not holder.strip() or len(holder) > 200 or not holder.isprintable():
            raise usage_error("bad-holder", "HOLDER", "It names nobody, or is no line of at most 200 characters.", "Write a short name.")
        key, text = new_key(file or keys_file(), holder.strip(), tuple(Role(role.value) for role in roles))
        write(f"{text}\n")
        typer.echo(f"The key {key.id} of {key.holder} may {', '.join(key.roles)}. It is not shown again.", err=True)


@keys_app.command("list")
def keys_list(file: KeysFile = None) -> None:
    """List the keys by their names, with holder, roles, and whether they were revoked.

    Example of use:

        mtus keys list
    """
    with errors_to_exit():
        from rich.table import Table  # noqa: PLC0415

        from mtus.api.keys import keys_file, read_keys  # noqa: PLC0415

        keys = read_keys(file or keys_file())
        if not keys:
            typer.echo("There are no keys. `mtus keys new` makes one.")
            return
        table = Table("Key", "Holder", "Roles", "Made", "Revoked")
        for key in keys.values():
            table.add_row(key.id, key.holder, ", ".join(key.roles), key.created, key.revoked)
        table_console().print(table)


@keys_app.command("revoke")
def keys_revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The name of the key, as `mtus keys list` shows it.")], file: KeysFile = None
) -> None:
    """Refuse a key from now on; services that run notice at their next request.

    Example of use:

        mtus keys revoke 1f0a9c3d
    """
    with errors_to_exit():
        from mtus.api.keys import keys_file, revoke_key  # noqa: PLC0415

        revoked = revoke_key(file or keys_file(), key)
        typer.echo(f"The key {revoked.id} of {revoked.holder} is refused since {revoked.revoked}.")
