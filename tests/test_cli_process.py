"""The command as a process: terminals, pipes, locales and completion."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import IMR_2015

CASE = str(IMR_2015 / "case.json")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mtus.reasoner", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env={**ENVIRONMENT, **environment})


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """Return what the command prints to a terminal."""
    main, side = pty.openpty()
    command = [sys.executable, "-m", "mtus.reasoner", *arguments]
    with subprocess.Popen(command, stdout=side, stderr=side, stdin=subprocess.DEVNULL, env={**ENVIRONMENT, "TERM": "xterm", **environment}):
        os.close(side)
        chunks = []
        while True:
            try:
                chunk = os.read(main, 65536)
            except OSError:  # the other side has closed
                break
            if not chunk:
                break
            chunks.append(chunk)
    os.close(main)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_python_m() -> None:
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout.startswith(b"mtus-reasoner ")


def test_colours_on_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    piped = run("determine", CASE)
    assert piped.returncode == 1
    assert b"\x1b[" not in piped.stdout
    shown = on_a_terminal("determine", CASE)
    assert "\x1b[" in shown
    assert "\x1b[1;31mRecommended answer: not supported" in shown
    tree = on_a_terminal("explain", CASE, "2")
    assert "\x1b[" in tree
    assert "└─ " in tree
    target = tmp_path / "letter.txt"
    on_a_terminal("determine", CASE, "--output", str(target))
    assert target.read_bytes() == piped.stdout


def test_no_color_is_respected() -> None:
    assert on_a_terminal("determine", CASE, NO_COLOR="1").encode() == run("determine", CASE).stdout


def test_colours_can_be_forced() -> None:
    assert b"\x1b[" in run("determine", CASE, FORCE_COLOR="1").stdout


@pytest.mark.parametrize("lines", [0, 1])
@pytest.mark.parametrize(
    "arguments",
    [("determine", *[CASE] * 4, "--format", "trig"), ("validate", CASE), ("provisions",), ("explain", CASE)],
    ids=lambda a: a[0],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough(arguments: tuple[str, ...], lines: int, unbuffered: str) -> None:
    command = [sys.executable, "-m", "mtus.reasoner", *arguments]
    environment = {**ENVIRONMENT, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(lines):
            assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait()
    assert process.returncode in (0, 1)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_everything_is_written_to_a_slow_reader(unbuffered: str) -> None:
    several = run("determine", *[CASE] * 4, "--format", "trig", PYTHONUNBUFFERED=unbuffered)
    assert several.stdout.count(b"prov:wasGeneratedBy") == 4
    assert several.stdout.endswith(b"}\n") or several.stdout.endswith(b".\n")


DECISION = str(IMR_2015 / "human-decision.json")


@pytest.mark.parametrize("arguments", [("determine", CASE), ("explain", CASE, "1"), ("compare", CASE, DECISION), ("explain", CASE, "none")])
def test_utf_8_whatever_the_locale(arguments: tuple[str, ...]) -> None:
    plain = run(*arguments, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    usual = run(*arguments, LC_ALL="C.UTF-8")
    assert (plain.returncode, plain.stdout, plain.stderr) == (usual.returncode, usual.stdout, usual.stderr)
    assert any(ord(char) > 127 for char in (plain.stdout + plain.stderr).decode("utf-8"))


def test_completion_is_printed_completes_and_installs(tmp_path: Path) -> None:
    shown = run("--show-completion", "bash", SHELL="/bin/bash")
    assert shown.returncode == 0
    assert b"_MTUS_COMPLETE=complete_bash" in shown.stdout or b"COMPLETE=complete_bash" in shown.stdout
    script = "import sys; sys.argv = ['mtus']; from mtus.reasoner.cli import main; main()"
    words = {"_MTUS_COMPLETE": "complete_bash", "COMP_WORDS": "mtus det", "COMP_CWORD": "1"}
    completed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, env={**ENVIRONMENT, **words})
    assert completed.stdout.split() == [b"determine"]
    installed = run("--install-completion", "bash", HOME=str(tmp_path))
    assert installed.returncode == 0
    assert list(tmp_path.rglob("*.sh"))
