"""``kill -9`` in the middle of a load leaves each case whole or absent, and running it again completes it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from stored import graphs_of_no_case, sizes, write_cases

from mtus.reasoner.local_store import open_for_reading

LOG_OF_A_CASE = 690_000  # bytes that one of these cases takes in the log of the database
FILES_OF_A_BATCH = 8  # sorted files that the database takes over
LOAD = """
import sys
from mtus.reasoner import case_loader, local_store
from mtus.reasoner.cli import main
case_loader.BATCH, local_store._MUCH = int(sys.argv.pop(1)), int(sys.argv.pop(1))
sys.argv[0] = "mtus"
main()
"""


def load(folder: Path, store: Path, batch: int = 64, much: int = 40_000) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", LOAD, str(batch), str(much), "load", str(folder), "--store", str(store)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)


def kill_load(process: subprocess.Popen[bytes], is_time: Callable[[], bool]) -> None:
    """Kill the load as soon as ``is_time``."""
    deadline = time.monotonic() + 600
    while not is_time():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def logged(data: Path, size: int) -> Callable[[], bool]:
    """Say when the database has ``size`` bytes more of log."""
    old = set(data.glob("*.log"))
    return lambda: max((path.stat().st_size for path in set(data.glob("*.log")) - old), default=0) >= size


def filed(data: Path, count: int) -> Callable[[], bool]:
    """Say when ``count`` sorted files were begun."""
    seen: set[str] = set()

    def is_time() -> bool:
        seen.update(path.name for path in data.glob("bulk-*.sst"))
        return len(seen) >= count

    return is_time


@pytest.mark.parametrize("in_files", [False, True])
def test_kill_9_in_the_middle_of_a_load_leaves_each_case_whole_or_absent(tmp_path: Path, in_files: bool) -> None:
    """Killed twice, in the middle of writing one case or four; MTUS_TEST_KILL_CASES=1000 does it with as many cases."""
    count = int(os.environ.get("MTUS_TEST_KILL_CASES", "24"))
    store, folder = tmp_path / "store", tmp_path / "cases"
    first, *_ = write_cases(folder, count)
    # the knowledge goes in first, so that what is written from then on is cases
    assert load(first, store).wait(timeout=120) == 0
    for part in (8, 4):
        # half a case or batch more, so that the kill falls between two and not always at the same place of one
        if in_files:
            kill_load(load(folder, store, 4, 1), filed(store / "data", int((count // part // 4 + 1.5) * FILES_OF_A_BATCH)))
        else:
            kill_load(load(folder, store, 1), logged(store / "data", int((count / part + 0.5) * LOG_OF_A_CASE)))
    with open_for_reading(store) as reader:
        found = sizes(reader)
        assert graphs_of_no_case(reader) == set()
        assert all(min(triples) > 0 for triples in found.values())
    assert 1 < len(found) < count, "it was killed in the middle"
    completed = load(folder, store)
    output, errors = completed.communicate(timeout=600)
    assert completed.returncode == 0, errors
    assert f"{count - len(found)} stored, {len(found)} unchanged, 0 replaced".encode() in output
    assert not list((store / "data").glob("bulk-*")), "what a killed process left is removed"
    with open_for_reading(store) as reader:
        again = sizes(reader)
        assert len(again) == count
        assert graphs_of_no_case(reader) == set()
        assert {case: again[case] for case in found} == found
        # cases of the same facts but for a number have about the same triples, killed in between or not
        assert len({triples[0] for triples in again.values()}) == 1
