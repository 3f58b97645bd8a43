"""The reference of the command line, from the command itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from generators.markdown import page, table
from mtus.reasoner.cli import app

_EXIT = """## Exit codes

| Code | Meaning |
|---|---|
| 0 | Done. For `determine`: everything that was asked for is supported. |
| 1 | Done, and something is not supported or open. It is an answer, not an error. |
| 2 | The input is wrong; nothing was determined. The message says what, where, why and how to mend it. Also a wrong option or argument. |
| 3 | The knowledge or an engine failed; no answer was given. |

With several cases, `determine` goes on after a bad one and exits with the highest code."""

_SCHEMA = """## JSON Schema

`mtus schema` prints the JSON Schema of a case in plain JSON, and `mtus schema --context` the JSON-LD context that turns such a case
into RDF. Both are made from the ontology of the installed version. [How to write a case](../how-to/write-a-case.md) shows their use."""


def cli_pages(_root: Path) -> dict[str, str]:
    """Return the page about the command `mtus`."""
    parts = [_command(path, command) for path, command in commands()]
    return {"command-line.md": page("The command `mtus`", _EXIT, *parts, _SCHEMA)}


def commands() -> Iterator[tuple[str, Any]]:
    """Yield each command with its full name, groups left out."""
    # The command objects are those that typer builds; it has no public type for them.
    yield from _walk("mtus", typer.main.get_command(app))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from _walk(f"{path} {name}", child)


def _command(path: str, command: Any) -> str:
    context = typer.Context(command, info_name=path)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden and p.name != "help"]
    usage = " ".join([path, *(["[OPTIONS]"] if options else []), *(_argument(a) for a in arguments)])
    told, _, examples = (command.help or "").partition("Example")
    shown = "\n".join(line.strip() for line in examples.splitlines() if line.strip().startswith("mtus "))
    rows = [(f"`{_argument(a)}`", a.help or "") for a in arguments]
    rows += [(f"`{re.sub(r' <bool>$', '', o.get_help_record(context)[0])}`", o.get_help_record(context)[1]) for o in options]
    text = f"## {path}\n\n{' '.join(told.split())}\n\n```text\n{usage}\n```\n"
    text += "\n" + table(("Argument or option", "Meaning"), rows) if rows else ""
    return text + (f"\nFor example:\n\n```bash\n{shown}\n```" if shown else "")


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"
