"""The commands about stored cases: what they print, their exit codes, and a server that is really started."""

import csv
import json
import signal
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from conftest import IMR_2015, ROOT, VARIANTS
from reviews import OVERTURNED, made
from stored import write_cases
from typer.testing import CliRunner, Result

from mtus.reasoner.cli import app
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.store_location import open_writer
from mtus.reasoner.stored import read_stored
from mtus.reasoner.stored_reviews import put_reviews
from mtus.reasoner.trace import Determination

CASE = str(IMR_2015 / "case.json")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTUS_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_load_query_export(store: Path, tmp_path: Path) -> None:
    assert f"1 stored, 0 unchanged, 0 replaced; the store is {store}" in run("load", CASE).stdout
    assert "0 stored, 2 unchanged" in run("load", CASE, str(IMR_2015 / "case.ttl")).stdout
    table = run("query", "answers-by-treatment", "--param", "from=2015-01-01", "--format", "csv").stdout
    assert [row["items"] for row in rows(table)] == ["1", "1", "1"]
    shown = run("query", "answers-by-treatment").stdout
    assert "Answers by treatment" in shown
    assert "Of: all items of stored cases" in shown
    exported = run("export", "imr-2015").stdout
    determined = run("determine", CASE, "--format", "trig", code=1).stdout
    assert exported == determined
    quads = tmp_path / "all.nq"
    run("export", "--format", "nq", "--output", str(quads))
    assert {str(q) for q in ox.parse(path=str(quads))} == {str(q) for q in ox.parse(determined.encode(), ox.RdfFormat.TRIG)}


def test_a_review_is_exported_with_its_case(store: Path, imr_2015: Determination, knowledge: Knowledge) -> None:
    run("load", CASE, str(VARIANTS / "two-counts.json"))
    reviews = sorted((made(imr_2015), made(imr_2015, requests=OVERTURNED)), key=lambda review: review.id)
    with open_writer(str(store)) as writer:
        put_reviews(writer, reviews, knowledge)
    exported = run("export", "imr-2015").stdout
    read = read_stored(exported.encode(), "exported.trig", knowledge)
    assert sorted(read.reviews, key=lambda review: review.id) == reviews
    assert [stored.determination.id for stored in read.determinations] == [imr_2015.id]
    assert exported == run("export", "imr-2015").stdout
    everything = run("export", "--format", "nq").stdout
    assert all(review.id in everything for review in reviews)
    # a review is of one case, and goes with no other
    assert "/review/" not in run("export", "imr-2015-two-counts", "--format", "nq").stdout


def test_a_review_of_a_determination_that_was_replaced_is_exported_too(
    store: Path, imr_2015: Determination, knowledge: Knowledge, tmp_path: Path
) -> None:
    run("load", CASE)
    review = made(imr_2015)
    with open_writer(str(store)) as writer:
        put_reviews(writer, [review], knowledge)
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**json.loads(Path(CASE).read_bytes()), "label": "another label"}), "utf-8")
    assert "1 replaced" in run("load", str(other), "--replace").stdout
    exported = run("export", "--format", "nq").stdout
    assert f"<{review.id}>" in exported
    assert f"<{imr_2015.id}>" in exported


def test_a_query_as_text_and_as_a_file(store: Path, tmp_path: Path) -> None:
    run("load", CASE)
    text = "SELECT ?case WHERE { ?case a <https://w3id.org/mtus/ontology/Case> }"
    path = tmp_path / "cases.rq"
    path.write_text(text, "utf-8")
    for asked in (text, str(path)):
        assert json.loads(run("query", asked, "--format", "json").stdout)["results"]["bindings"][0]["case"]["value"].endswith("/imr-2015")
    assert "yes" in run("query", "ASK { ?s ?p ?o }").stdout
    turtle = run("query", "CONSTRUCT WHERE { ?s <https://w3id.org/mtus/ontology/visitCount> ?n }").stdout
    assert "mtus:visitCount 12" in turtle
    triples = run("query", "CONSTRUCT WHERE { ?s <https://w3id.org/mtus/ontology/visitCount> ?n }", "-f", "n-triples").stdout
    assert len(triples.splitlines()) == 1


def test_the_stored_queries_are_listed_without_a_store(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    listed = run("query").stdout
    assert "items-by-month" in listed
    assert "How many cases and items were requested" in listed
    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("query", "items-by-month"), ("no-store", "mtus load")),
        (("export",), ("no-store", "There is no store here")),
        (("query", "items-by-mnth"), ("unknown-query", "Did you mean 'items-by-month'")),
        (("query", "items-by-month", "-p", "from"), ("bad-parameter-value", "NAME=VALUE")),
        (("query", "items-by-month", "-p", "from=soon"), ("bad-parameter-value", "is no date")),
        (("query", "items-by-month", "-p", "year=2015"), ("unknown-parameter", "from, to")),
        (("query", "ASK { }", "-p", "from=2015-01-01"), ("unknown-parameter", "Only stored queries")),
        (("query", "ASK { }", "-f", "turtle"), ("bad-format", "Choose table, csv")),
        (("query", "CONSTRUCT WHERE { ?s ?p ?o }", "-f", "csv"), ("bad-format", "Choose turtle")),
        (("query", "INSERT DATA { <a:a> <a:b> <a:c> }"), ("query-update", "nothing can be changed")),
        (("query", "SELECT * { SERVICE <http://a> { ?s ?p ?o } }"), ("query-service", "nothing is ever fetched")),
        (("serve", "--host", "0.0.0.0"), ("open-to-network", "--open-to-network")),
        (("load", CASE, "--store", "http://user:secret@h/query"), ("bad-store-url", "MTUS_STORE_PASSWORD")),
        (("load", "no-such-file.json"), ("no-file", "There is no such file")),
    ],
)
def test_errors_say_what_to_do(arguments: tuple[str, ...], words: tuple[str, ...], store: Path) -> None:
    told = run(*arguments, code=2).stderr
    for word in words:
        assert word in told, told


def test_wrong_queries_of_a_store(store: Path) -> None:
    run("load", CASE)
    assert "line 1, column" in run("query", "SELECT * WHERE { ?s ?p }", code=2).stderr
    assert "no-such-case" in run("export", "nobody", code=2).stderr


def test_a_bad_case_does_not_stop_the_others(store: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text(Path(CASE).read_text("utf-8").replace('"visitCount": 12', '"visitCount": 13'), "utf-8")
    cyclic = str(VARIANTS / "dependency-cyclic.json")
    result = run("load", CASE, cyclic, str(changed), str(VARIANTS / "two-counts.json"), code=2)
    assert "2 stored, 0 unchanged, 0 replaced, 2 not stored" in result.stdout
    assert "dependency-cycle" in result.stderr
    assert "other-case-stored at changed.json" in result.stderr
    assert "1 replaced" in run("load", str(changed), "--replace").stdout


def test_a_folder_is_loaded_with_all_its_cases(store: Path, tmp_path: Path) -> None:
    write_cases(tmp_path / "cases" / "below", 3)
    (tmp_path / "cases" / "notes.txt").touch()
    assert "3 stored" in run("load", str(tmp_path / "cases")).stdout


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are counted in /proc, which this system does not have")
def test_serve_listens_answers_and_stops(tmp_path: Path) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mtus.reasoner", "serve", "--port", str(port), "--store", str(tmp_path / "store")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{base}/healthz", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        # what is loaded beside the running service is there for the next query
        loaded = subprocess.run([sys.executable, "-m", "mtus.reasoner", "load", CASE, "--store", str(tmp_path / "store")], check=False,
                                capture_output=True, cwd=ROOT)  # fmt: skip
        assert loaded.returncode == 0, loaded.stderr
        answer = httpx.get(f"{base}/queries/answers-by-treatment.csv", timeout=10)
        assert len(rows(answer.text)) == 3
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("utf-8").split()
        assert len(children) >= 2
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert [pid for pid in children if Path(f"/proc/{pid}/exe").exists()] == []
