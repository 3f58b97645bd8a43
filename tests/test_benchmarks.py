"""The table of the benchmarks is produced; what stands in it is no business of a test, since it swings with the machine."""

import importlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from mtus.reasoner.graph import n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.rows import Row
from mtus.reasoner.synthesize import Synthesizer
from mtus.reasoner.validate import validate

ROOT = Path(__file__).resolve().parent.parent


def test_the_figures_are_produced() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--rounds", "1", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    assert [line["group"] for line in lines][:3] == ["naive", "warm", "warm"]
    assert "what-if" in {line["group"] for line in lines}
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


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmarks of the batch, with a fast engine in the place of the two that take seconds a case."""
    monkeypatch.syspath_prepend(ROOT)
    module = importlib.import_module("benchmarks.batch")

    def quick(case: bytes, knowledge: Knowledge) -> list[Row]:
        return list(validate(module._inferred(case, knowledge)[1].graph, knowledge))

    monkeypatch.setattr(module, "_naive", quick)
    monkeypatch.setattr(module, "_reference", quick)
    return module


def test_the_batch_is_measured(batch: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch.main(["--sizes", "40", "--naive", "1", "--reference", "2", "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["measured"] for line in lines] == [1, 2, 40, 40, 40]
    assert all(line["seconds"] > 0 for line in lines)
    assert all(line["megabytes"] > 50 for line in lines[-2:])


def test_other_answers_are_noticed(batch: ModuleType, knowledge: Knowledge) -> None:
    case = next(iter_cases(knowledge))
    with pytest.raises(AssertionError, match="gives other answers"):
        batch._slow("a wrong engine", [case], lambda *_: [], [{"some request": "supported"}], knowledge)


def iter_cases(knowledge: Knowledge) -> Iterator[bytes]:
    yield n_triples(Synthesizer(knowledge, 1).triples(1))


def test_the_table_of_the_batch(batch: ModuleType) -> None:
    lines = [
        batch.Line("naive", 1, 1, 4.0),
        batch.Line("pySHACL", 2, 2, 2.0),
        batch.Line("floor: parse", 1000, 1000, 0.1),
        batch.Line("ours", 1000, 1000, 1.0, 130),
    ]
    from rich.console import Console

    console = Console(width=160, record=True, file=io.StringIO())
    console.print(batch.table(lines))
    shown = console.export_text()
    for text in ("4,000.000", "4,000 times", "40,000 times", "10.0", "130 MB"):
        assert text in shown
