"""`mtus batch --store`: what it stores is what `mtus load` stores, as a whole or not at all, whatever happens meanwhile."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_support import make_cases, rows_in
from stored import graphs_of_no_case, sizes
from typer.testing import CliRunner

from mtus.reasoner.batch import Job, Result, run_job
from mtus.reasoner.batch_read import Input
from mtus.reasoner.case_graphs import REASONER_GRAPH
from mtus.reasoner.cli import app
from mtus.reasoner.errors import CaseError, StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.store_location import open_reader, open_writer
from mtus.reasoner.stored_cases import stored_cases

run = CliRunner().invoke


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_cases(tmp_path_factory.mktemp("cases"), 24)


@pytest.fixture(scope="module")
def loaded(cases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the store holds after `mtus load` of the same cases."""
    store = tmp_path_factory.mktemp("loaded") / "store"
    assert run(app, ["load", str(cases["folder"]), "--store", str(store)]).exit_code == 0
    return content(store)


def content(store: Path) -> set[str]:
    """Return the statements about cases, with their graphs; every graph of a case has to belong to one that is stored as a whole."""
    with open_reader(str(store)) as opened:
        assert not graphs_of_no_case(opened)
        names = [name for (name,) in opened.rows("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")]
        own = [name for name in names if "/case/" in name or "/determination/" in name or name == REASONER_GRAPH]
        return {str(quad) for name in own for quad in opened.graph(name)}


def stored(source: Path, folder: Path, knowledge: Knowledge, **options: object) -> Result:
    job = Job((Input(source),), (folder / "rows.ndjson",), store=str(folder / "store"), **options)  # type: ignore[arg-type]
    return run_job(job, knowledge)


@pytest.mark.parametrize("options", [{"chunk": 7}, {"processes": 2, "chunk": 10}], ids=["one process", "two processes"])
def test_the_same_as_loaded(
    options: dict[str, object], cases: dict[str, Path], loaded: set[str], knowledge: Knowledge, tmp_path: Path
) -> None:
    """The store has the same statements, and the rows are those of a batch without a store."""
    result = stored(cases["n-quads"], tmp_path, knowledge, **options)
    assert result.summary.stored == {"stored": 24}
    assert ", 24 stored, in " in result.log_line
    assert content(tmp_path / "store") == loaded
    run_job(Job((Input(cases["n-quads"]),), (tmp_path / "alone.ndjson",)), knowledge)
    assert (tmp_path / "rows.ndjson").read_bytes() == (tmp_path / "alone.ndjson").read_bytes()


def test_again(cases: dict[str, Path], loaded: set[str], knowledge: Knowledge, tmp_path: Path) -> None:
    """The same batch again changes nothing; traces may be written beside."""
    stored(cases["ndjson"], tmp_path, knowledge)
    outputs = (tmp_path / "rows.ndjson", tmp_path / "traces.nq")
    again = run_job(Job((Input(cases["ndjson"]),), outputs, store=str(tmp_path / "store")), knowledge)
    assert again.summary.stored == {"unchanged": 24}
    assert content(tmp_path / "store") == loaded
    assert set(outputs[1].read_text("utf-8").splitlines()) <= {f"{quad} ." for quad in loaded}


def test_bad_cases_and_refused_ones(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """A bad case is a row and nothing in the store; one that is stored with other facts is told, and the rest go on."""
    lines = cases["ndjson"].read_bytes().splitlines(keepends=True)[:4]
    source = tmp_path / "cases.ndjson"
    source.write_bytes(b"".join(lines))
    assert stored(source, tmp_path, knowledge).summary.stored == {"stored": 4}
    changed = json.loads(lines[1])
    changed["claim"]["injuryDate"] = "2010-01-01"
    fresh = cases["ndjson"].read_bytes().splitlines(keepends=True)[4]
    source.write_bytes(b"".join([lines[0], json.dumps(changed).encode() + b"\n", b"{}\n", fresh]))
    command = ["batch", str(source), "-o", str(tmp_path / "rows.ndjson"), "--store", str(tmp_path / "store"), "--processes", "1"]
    done = run(app, command)
    assert done.exit_code == 1
    assert "1 cases with an error, 1 stored, 1 unchanged, 1 not stored" in done.stdout
    assert "other-case-stored at cases.ndjson, line 2" in done.stderr
    assert "replace the stored one with --replace" in done.stderr
    assert [row["case"] for row in rows_in(tmp_path / "rows.ndjson") if row["errors"]] == [""]
    with open_reader(str(tmp_path / "store")) as opened:
        assert len(stored_cases(opened)) == 5
    replaced = run(app, [*command, "--replace"])
    assert replaced.exit_code == 1, "the case that is none is still there"
    assert "1 replaced, 2 unchanged" in replaced.stdout
    assert "not stored" not in replaced.stdout


def test_many_refused_ones_are_counted(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """The first refusals are named, the others counted."""
    source = tmp_path / "cases.ndjson"
    found = [json.loads(line) for line in cases["ndjson"].read_bytes().splitlines()[:14]]
    for day in ("2010-01-01", "2010-01-02"):
        source.write_text("".join(json.dumps({**case, "claim": {**case["claim"], "injuryDate": day}}) + "\n" for case in found))
        done = run(app, ["batch", str(source), "-o", str(tmp_path / "rows.ndjson"), "--store", str(tmp_path / "store"), "--processes", "1"])
    assert done.exit_code == 1
    assert done.stderr.count("other-case-stored") == 10
    assert "The store refused 14 cases; the first 10 of this run are named." in done.stderr


def test_killed_and_resumed(cases: dict[str, Path], loaded: set[str], tmp_path: Path) -> None:
    """Killed in the middle, the store holds whole cases only; resumed, it holds all, and the rows are those of an undisturbed run."""
    rows, store = tmp_path / "rows.ndjson", tmp_path / "store"
    command = [sys.executable, "-m", "mtus.reasoner", "batch", str(cases["ndjson"]), "-o", str(rows), "--store", str(store)]
    command += ["--chunk", "3", "--processes", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("rows.ndjson.parts/*.summary"))) < 4 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with open_reader(str(store)) as opened:
        there = sizes(opened)
        assert 12 <= len(there) < 24
        assert all(all(counts) for counts in there.values())
        assert not graphs_of_no_case(opened)
    resumed = subprocess.run([*command, "--resume"], capture_output=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert content(store) == loaded
    undisturbed = tmp_path / "whole" / "rows.ndjson"
    undisturbed.parent.mkdir()
    whole = [*command[:5], "-o", str(undisturbed), "--chunk", "3", "--processes", "1"]
    assert subprocess.run(whole, capture_output=True, check=False).returncode == 0
    assert rows.read_bytes() == undisturbed.read_bytes()


def test_resume_into_another_store(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """Parts say that their cases are stored, so those of a job with another store are of no use."""
    job = Job((Input(cases["ndjson"]),), (tmp_path / "rows.ndjson",), store=str(tmp_path / "one"))

    def stop(_: int, __: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(job, knowledge, stop)
    with pytest.raises(CaseError, match="of other inputs, outputs or knowledge"):
        run_job(Job(job.inputs, job.outputs, store=str(tmp_path / "two"), resume=True), knowledge)


def test_a_store_that_is_being_written(
    cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is begun where the store cannot be had, so that the same command may be given again."""
    from mtus.reasoner import batch_store

    monkeypatch.setattr(batch_store, "open_writer_soon", open_writer)
    with open_writer(str(tmp_path / "store")), pytest.raises(StoreError, match="Another process writes this store"):
        stored(cases["ndjson"], tmp_path, knowledge)
    assert not list(tmp_path.glob("rows*"))


def test_replace_without_a_store(cases: dict[str, Path], tmp_path: Path) -> None:
    done = run(app, ["batch", str(cases["ndjson"]), "-o", str(tmp_path / "rows.ndjson"), "--replace"])
    assert done.exit_code == 2
    assert "Name the store with --store" in done.stderr
