"""The command about the audit log of the service: `mtus audit verify`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mtus.reasoner.console import DONE, errors_to_exit, report_error
from mtus.reasoner.errors import MtusError, Problem

audit_app = typer.Typer(no_args_is_help=True, help="The audit log of the service: who submitted and reviewed what.")

TAMPERED = 1


@audit_app.callback()
def _audit() -> None:
    """Keep `verify` a command of its own, though there is but one."""


@audit_app.command("verify")
def audit_verify(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The log; MTUS_AUDIT_FILE, or one of this user, where left out.")
    ] = None,
    noted: Annotated[
        str | None,
        typer.Option("--noted", metavar="DIGEST", help="A digest that this command printed before; its line has to be there still."),
    ] = None,
) -> None:
    """Say whether the audit log is as it was written: each line names the digest of the line before.

    Lines cut off at the end show only against a digest that was noted elsewhere. Exits with 1 where something was changed.

    Examples of use:

        mtus audit verify

        mtus audit verify --noted 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    """
    with errors_to_exit():
        from mtus.api.audit import START, audit_file, verify  # noqa: PLC0415

        path = file or audit_file()
        found = verify(path)
        problems = [
            Problem("audit-chain", f"{path.name}, line {b.line}", b.why, "Compare it with a copy of the log.") for b in found.breaks
        ]
        if noted and noted not in (START, *found.digests):
            why = "No line has the digest that was noted, so lines were cut off or changed."
            problems.append(Problem("audit-end", path.name, why, "Compare it with a copy of the log."))
        if problems:
            report_error(_Tampered(tuple(problems)), Console(stderr=True))
            raise typer.Exit(TAMPERED)
        typer.echo(f"{found.lines} lines, each as it was written. The last has the digest {found.last}")
        raise typer.Exit(DONE)


class _Tampered(MtusError):
    exit_code = TAMPERED
    title = "The audit log is not as it was written."
