"""`mtus batch`: the rows say what `mtus determine` says, whatever the form of the input, and whatever happens meanwhile."""

import gzip
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
import zstandard
from batch_support import Refused, Row, determined, make_cases, rows_in, rows_or_problems, same
from full_agreement import case_files
from random_cases import CaseMaker
from typer.testing import CliRunner

from mtus.reasoner import batch_workers
from mtus.reasoner.batch import Job, run_job
from mtus.reasoner.batch_read import BatchFormat, Input, read_chunks
from mtus.reasoner.batch_rows import COLUMNS
from mtus.reasoner.batch_work import Task, Wanted, work
from mtus.reasoner.case_writer import n_quads
from mtus.reasoner.cli import app
from mtus.reasoner.errors import EngineError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.settings import DEFAULT
from mtus.reasoner.synthesize_files import CaseFormat, write_cases

run = CliRunner().invoke


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_cases(tmp_path_factory.mktemp("cases"))


# The same as determine


def test_case_files(knowledge: Knowledge, tmp_path: Path) -> None:
    """Every case file of the project, those that are refused included."""
    for path in case_files():
        copy = tmp_path / "files" / "-".join(path.parts[-3:])
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    determined(tmp_path / "files", tmp_path / "rows.ndjson", knowledge)
    by_input: dict[str, list[Row]] = {}
    for row in rows_in(tmp_path / "rows.ndjson"):
        by_input.setdefault(row["input"], []).append(row)
    assert len(by_input) == len(case_files()) > 400
    # an even sample; tests/full_batch.py compares all of them
    for name in sorted(by_input)[::6]:
        content = (tmp_path / "files" / name).read_bytes()
        expected = rows_or_problems(content, name, "", knowledge)
        assert same(by_input[name], expected), name


def test_random_and_dirty_cases(knowledge: Knowledge, tmp_path: Path) -> None:
    from dirty_cases import dirty  # beside this file

    maker = CaseMaker(knowledge)
    content = b"".join(n_quads(dirty(maker.triples(seed), seed)) for seed in range(150))
    (tmp_path / "cases.nq").write_bytes(content)
    determined(tmp_path / "cases.nq", tmp_path / "rows.ndjson", knowledge)
    by_case: dict[str, list[Row]] = {}
    for row in rows_in(tmp_path / "rows.ndjson"):
        by_case.setdefault(row["case"], []).append(row)
    refused = 0
    for seed in range(150):
        graph = f"https://w3id.org/mtus/case/random-{seed}"
        own = b"".join(line for line in content.splitlines(keepends=True) if line.endswith(f" <{graph}> .\n".encode()))
        expected = rows_or_problems(own, "case", "n-quads", knowledge)
        refused += isinstance(expected, Refused)
        assert same(by_case[graph], expected), seed
    assert 30 < refused < 120


@pytest.mark.parametrize("form", ["ndjson", "folder", "parquet", "gzip", "zstd"])
def test_forms_of_input(cases: dict[str, Path], form: str, knowledge: Knowledge, tmp_path: Path) -> None:
    result = determined(cases[form], tmp_path / "rows.ndjson", knowledge, chunk=7)
    determined(cases["n-quads"], tmp_path / "other.ndjson", knowledge)
    found, other = ([{**row, "input": ""} for row in rows_in(tmp_path / name)] for name in ("rows.ndjson", "other.ndjson"))
    assert result.summary.cases == 60
    assert result.summary.requests == len(found) > 100
    assert sorted(found, key=lambda row: (row["case"], row["request"])) == sorted(other, key=lambda row: (row["case"], row["request"]))


@pytest.mark.parametrize("form", ["n-quads", "ndjson", "zstd"])
def test_standard_input(cases: dict[str, Path], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(cases[form].read_bytes())))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", stream)
    target = tmp_path / "rows.ndjson"
    from mtus.reasoner.knowledge import load_knowledge

    result = run_job(Job((Input(None),), (target,)), load_knowledge())
    assert result.summary.cases == 60
    assert rows_in(target)[0]["input"].startswith("standard input")


# Outputs


def test_outputs_say_the_same(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    names = ("rows.ndjson", "rows.parquet", "rows.ndjson.gz", "rows.ndjson.zst")
    run_job(Job((Input(cases["n-quads"]),), tuple(tmp_path / name for name in names), chunk=10), knowledge)
    plain = (tmp_path / "rows.ndjson").read_bytes()
    assert gzip.decompress((tmp_path / "rows.ndjson.gz").read_bytes()) == plain
    with zstandard.ZstdDecompressor().stream_reader((tmp_path / "rows.ndjson.zst").read_bytes(), read_across_frames=True) as stream:
        assert stream.read() == plain
    table = pq.read_table(tmp_path / "rows.parquet")
    assert table.column_names == list(COLUMNS)
    assert table.to_pylist() == [json.loads(line) for line in plain.splitlines()]
    assert not list(tmp_path.glob("*.parts"))


def test_traces(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    few = tmp_path / "few.ndjson"
    few.write_bytes(b"".join(cases["ndjson"].read_bytes().splitlines(keepends=True)[:4]))
    run_job(Job((Input(few),), (tmp_path / "rows.ndjson", tmp_path / "traces.nq")), knowledge)
    run_job(Job((Input(few),), (tmp_path / "alone.ndjson",)), knowledge)
    assert (tmp_path / "rows.ndjson").read_bytes() == (tmp_path / "alone.ndjson").read_bytes()
    from mtus.reasoner.case_graphs import to_trig
    from mtus.reasoner.pipeline import determine_with_facts

    expected = set()
    for line in few.read_bytes().splitlines():
        trig = to_trig(*determine_with_facts(line, syntax="json", knowledge=knowledge), knowledge)
        expected |= {str(quad) for quad in ox.parse(trig.encode(), format=ox.RdfFormat.TRIG)}
    found = {str(quad) for quad in ox.parse((tmp_path / "traces.nq").read_bytes(), format=ox.RdfFormat.N_QUADS)}
    assert found == expected


def test_any_number_of_processes(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    one = determined(cases["n-quads"], tmp_path / "rows.ndjson", knowledge, chunk=9)
    two = determined(cases["n-quads"], tmp_path / "rows.ndjson", knowledge, chunk=9, processes=2)
    assert one.digests == two.digests
    assert one.summary == two.summary


# Bad cases


def test_a_bad_case_is_a_row(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    lines = cases["ndjson"].read_bytes().splitlines(keepends=True)[:5]
    lines[1] = b'{"id": "broken", \n'
    lines[3] = lines[3].replace(b'"requestsTreatment"', b'"requestsTreatmnt"', 1)
    (tmp_path / "cases.ndjson").write_bytes(b"".join(lines))
    result = determined(tmp_path / "cases.ndjson", tmp_path / "rows.ndjson", knowledge)
    errors = [row for row in rows_in(tmp_path / "rows.ndjson") if row["errors"]]
    assert [row["input"] for row in errors] == ["cases.ndjson, line 2", "cases.ndjson, line 4"]
    assert errors[0]["errors"][0]["code"] == "syntax"
    assert "Did you mean 'requestsTreatment'?" in errors[1]["errors"][0]["remedy"]
    assert result.summary.cases == 5
    assert result.summary.refused == 2
    assert result.summary.failures == 0


def test_bad_lines_of_n_quads(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """A line that is no N-Quads spoils its own graph alone; statements of no graph are told too."""
    text = cases["n-quads"].read_text("utf-8")
    graphs: dict[str, list[str]] = {}
    for line in text.splitlines():
        graphs.setdefault(line.rsplit(" ", 2)[1], []).append(line)
    some = [graphs[name] for name in list(graphs)[:4]]
    some[1][3] = some[1][3].replace("<", "<no iri ", 1)
    loose = "<http://example.org/a> <http://example.org/b> <http://example.org/c> ."
    (tmp_path / "cases.nq").write_text("\n".join([*(line for lines in some for line in lines), loose]) + "\n", "utf-8")
    determined(tmp_path / "cases.nq", tmp_path / "rows.ndjson", knowledge)
    rows = rows_in(tmp_path / "rows.ndjson")
    assert [p["code"] for row in rows if row["errors"] for p in row["errors"]] == ["syntax", "no-graph"]
    assert len({row["case"] for row in rows if not row["errors"]}) == 3


def test_a_graph_that_is_too_large(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """It is refused by its size and never decided by a part of it; what stands before and after goes on."""
    lines = cases["n-quads"].read_bytes().splitlines(keepends=True)
    names = list(dict.fromkeys(line.rsplit(b" ", 2)[1] for line in lines))
    own = [[line for line in lines if line.rsplit(b" ", 2)[1] == name] for name in names[:3]]
    large = [own[1][0].replace(b" .", b" . # " + str(n).encode() + b" " * 300 + b" .") for n in range(2000)]
    content = b"".join([*own[0], *large, *own[1], *own[2]])
    (tmp_path / "cases.nq").write_bytes(content)
    small = replace(DEFAULT, max_bytes=100_000)
    for order in (content, b"".join([*own[0], *own[2], *large])):
        (tmp_path / "cases.nq").write_bytes(order)
        determined(tmp_path / "cases.nq", tmp_path / "rows.ndjson", knowledge, settings=small, chunk=2)
        rows = rows_in(tmp_path / "rows.ndjson")
        assert [p["code"] for row in rows if row["errors"] for p in row["errors"]] == ["case-too-large"]
        assert len({row["case"] for row in rows if not row["errors"]}) == 2


def test_a_failure_of_ours_is_told_as_such(
    cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mtus.reasoner import batch_work

    def fail(*_: object) -> None:
        raise KeyError("out of order")

    monkeypatch.setattr(batch_work, "answer_facts", fail)
    result = determined(cases["ndjson"], tmp_path / "rows.ndjson", knowledge)
    assert result.summary.failures == 60
    assert rows_in(tmp_path / "rows.ndjson")[0]["errors"][0]["code"] == "engine-failed"


def test_other_knowledge(cases: dict[str, Path]) -> None:
    chunk = next(read_chunks((Input(cases["n-quads"]),), 100))
    with pytest.raises(EngineError, match="Install the same version"):
        work(Task(chunk, (Wanted("ndjson"),), "another digest"))


# Memory


def test_chunks_follow_one_another(knowledge: Knowledge, tmp_path: Path) -> None:
    """However long the input, no more of it is held than some chunks: each is handed on before much of the next is read."""
    path = tmp_path / "cases.nq"
    write_cases(400, 1, path, CaseFormat.N_QUADS)
    chunks = list(read_chunks((Input(path),), 20))
    assert b"".join(chunk.quads for chunk in chunks) == path.read_bytes()
    assert len(chunks) > 10
    assert max(len(chunk.quads) for chunk in chunks) < 2 * len(path.read_bytes()) / len(chunks) + 100_000
    names = [{line.rsplit(b" ", 2)[1] for line in chunk.quads.splitlines()} for chunk in chunks]
    assert sum(map(len, names)) == len(set().union(*names)) == 400


# The command


def test_the_command(cases: dict[str, Path], tmp_path: Path) -> None:
    done = run(app, ["batch", str(cases["ndjson"]), "-o", str(tmp_path / "rows.ndjson"), "--processes", "1"])
    assert done.exit_code == 0, done.stderr
    assert "Answers by treatment" in done.stdout
    assert "Criteria most often undocumented" in done.stdout
    assert "60 cases, " in done.stdout
    assert "a second; largest process" in done.stdout


def test_exit_code_where_a_case_is_bad(tmp_path: Path) -> None:
    (tmp_path / "cases.ndjson").write_text("{}\n")
    done = run(app, ["batch", str(tmp_path / "cases.ndjson"), "-o", str(tmp_path / "rows.ndjson"), "--processes", "1"])
    assert done.exit_code == 1
    assert "case-id" in done.stdout


@pytest.mark.parametrize(
    ("source", "output", "options", "said"),
    [
        ("nothing.nq", "rows.ndjson", [], "There is no such file"),
        ("empty", "rows.ndjson", [], "There is no case file in this folder"),
        ("some.nq", "rows.txt", [], "Its suffix says nothing"),
        ("some.nq", "rows.parquet.gz", [], "Its suffix says nothing"),
        ("some.parquet", "rows.ndjson", [], "It cannot be read as Parquet"),
        ("column.parquet", "rows.ndjson", [], "It has no column `case`"),
        ("cut.nq.gz", "rows.ndjson", [], "It cannot be decompressed"),
        ("some.nq", "rows.ndjson", ["--input-format", "folder"], "This is no folder"),
        ("some.nq", "rows.ndjson", ["--scheduler", "tcp://127.0.0.1:9"], "No Dask scheduler answers there"),
        ("-", "rows.ndjson", ["--input-format", "parquet"], "Parquet is not read from a stream"),
    ],
)
def test_errors(source: str, output: str, options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_workers, "CONNECT_SECONDS", 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "some.nq").write_text("<urn:a:a> <urn:a:b> <urn:a:c> <urn:a:g> .\n")
    (tmp_path / "some.parquet").write_text("no parquet")
    pq.write_table(pa.table({"other": ["x"]}), tmp_path / "column.parquet")
    (tmp_path / "cut.nq.gz").write_bytes(gzip.compress(os.urandom(100_000))[:5_000])
    name = source if source == "-" else str(tmp_path / source)
    done = run(app, ["batch", name, "-o", str(tmp_path / output), "--processes", "1", *options])
    assert done.exit_code == 2, done.stdout
    assert said in done.stderr


def test_a_missing_extra_says_how_to_get_it(cases: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    done = run(app, ["batch", str(cases["parquet"]), "-o", str(tmp_path / "rows.ndjson"), "--processes", "1"])
    assert done.exit_code == 2
    assert "pip install 'mtus-reasoner[batch]'" in done.stderr


def test_input_format(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    other = tmp_path / "cases.txt"
    other.write_bytes(cases["ndjson"].read_bytes())
    for form in (None, BatchFormat.NDJSON):
        assert run_job(Job((Input(other, form),), (tmp_path / "rows.ndjson",)), knowledge).summary.refused == 0
