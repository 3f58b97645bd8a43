"""A load that is killed leaves no process behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

# The process that is asked here is the one that `mtus load` asks of many cases; it fails at what it gets, and stays.
LOAD = """
import contextlib, multiprocessing, time
from mtus.reasoner.case_loader import determined_by
if __name__ == "__main__":
    with determined_by(1, 1_000_000) as determine:
        with contextlib.suppress(Exception):
            determine(None)()
        print(multiprocessing.active_children()[0].pid, flush=True)
        time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_the_processes_of_a_load_that_was_killed_end(tmp_path: Path) -> None:
    script = tmp_path / "load.py"
    script.write_text(LOAD, "utf-8")
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    os.kill(child, 0)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(child, 9)
    pytest.fail("it stayed")
