"""The table of the benchmarks is produced; what stands in it is no business of a test, since it swings with the machine."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_figures_are_produced() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--rounds", "1", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    assert [line["group"] for line in lines][:3] == ["naive", "warm", "warm"]
    assert {"load", "infer", "validate", "assess", "decide", "explain", "render"} <= {line["what"] for line in lines}
    assert all(line["timing"]["milliseconds"] > 0 for line in lines)
    assert lines[-1]["megabytes"] > 10


def test_the_table_names_every_line() -> None:
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.measure import Timing
        from benchmarks.run import Line, table
    finally:
        sys.path.remove(str(ROOT))
    from rich.console import Console

    lines = [
        Line("naive", "slow", Timing(3000, 3000, 3000, 1)),
        Line("warm", "quick", Timing(10, 9, 12, 5)),
        Line("process", "start", Timing(1000, 1, 1, 1), 99),
    ]
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(table(lines))
    shown = console.export_text()
    assert "300 times" in shown
    assert "99 MB" in shown
    assert all(line.what in shown for line in lines)
