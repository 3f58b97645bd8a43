"""Commands in the pages that are executed, so that what a page shows is what a reader gets.

A fenced block below one of these comments is special::

    <!-- run -->                    each line after "$ " is executed; the lines below it are its output
    <!-- run: exit=1 first=12 -->   it has to exit with 1; only the first 12 lines of output are shown
    <!-- file: query.py -->         the block is saved under this name in the working folder

All blocks of one page run in order, in one temporary folder with a copy of examples/, ontology/ and shapes/ (without their cases).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_BLOCK = re.compile(
    r"^<!-- (?P<kind>run|file)(?:: (?P<options>[^>]*?))? -->\n+(?P<open>```\w*\n)(?P<body>.*?)(?P<close>^```$)", re.MULTILINE | re.DOTALL
)
_COPIED = ("examples", "ontology", "shapes")
CUT = "[…]"


class RunError(Exception):
    """A command of a page ended otherwise than the page says."""


@dataclass(frozen=True)
class Ran:
    """A command of a page and what it printed."""

    command: str
    output: str


def run_page(text: str, root: Path) -> str:
    """Return ``text`` with the output of its marked commands as it is now.

    Raises :class:`RunError` where a command does not exit as the page says.
    """
    if not _BLOCK.search(text):
        return text
    with TemporaryDirectory(prefix="mtus-docs-") as folder:
        work = Path(folder)
        for name in _COPIED:
            shutil.copytree(root / name, work / name, ignore=shutil.ignore_patterns("__pycache__", "*.py", "cases"))
        return _BLOCK.sub(lambda match: _block(match, work), text)


def commands(text: str) -> list[str]:
    """Return the marked commands of a page, in order."""
    return [
        line[2:]
        for match in _BLOCK.finditer(text)
        if match["kind"] == "run"
        for line in match["body"].splitlines()
        if line.startswith("$ ")
    ]


def _block(match: re.Match[str], work: Path) -> str:
    if match["kind"] == "file":
        (work / (match["options"] or "").strip()).write_text(match["body"], "utf-8")
        return match[0]
    options = dict(option.split("=") for option in (match["options"] or "").split())
    ran = list(_run(match["body"], work, int(options.get("exit", "0")), int(options.get("first", "0"))))
    body = "".join(f"$ {r.command}\n{r.output}" for r in ran)
    head = match[0][: match.start("body") - match.start()]
    return f"{head}{body}{match['close']}"


def _run(body: str, work: Path, code: int, first: int) -> Iterator[Ran]:
    for line in body.splitlines():
        if not line.startswith("$ "):
            continue
        command = line[2:]
        done = subprocess.run(
            ["bash", "-c", command], cwd=work, env=_environment(), capture_output=True, timeout=120, stdin=subprocess.DEVNULL, check=False
        )
        output = (done.stdout + done.stderr).decode()
        if done.returncode != code:
            raise RunError(f"`{command}` exits with {done.returncode}, and not with {code}:\n{output}")
        lines = [shown.rstrip() for shown in output.splitlines()]
        if first and len(lines) > first:
            lines = [*lines[:first], CUT]
        yield Ran(command, "".join(f"{shown}\n" for shown in lines))


def _environment() -> dict[str, str]:
    """Return an environment in which `mtus` and `python` are those that run this, and nothing is coloured."""
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    kept = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS")}
    return {**kept, **own, "PYTHONUTF8": "1"}
