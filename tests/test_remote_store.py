"""A store on a server, against real servers that the tests start: Oxigraph from the registry, Virtuoso where it is installed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import IMR_2015, VARIANTS
from servers import free_port, oxigraph, wait_for
from stored import graphs_of_no_case, sizes, write_cases

from mtus.reasoner.batch import Job, run_job
from mtus.reasoner.batch_read import Input
from mtus.reasoner.case_graphs import case_graphs
from mtus.reasoner.case_loader import store_content
from mtus.reasoner.errors import EngineError, StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import read_case_file
from mtus.reasoner.local_store import open_for_writing
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_pool import QueryPool
from mtus.reasoner.remote_store import RemoteStore, remote_address
from mtus.reasoner.store import Dataset
from mtus.reasoner.store_location import is_remote, open_reader, open_writer
from mtus.reasoner.stored_cases import Outcome, export_case, put_case, put_knowledge, stored_cases
from mtus.reasoner.stored_queries import read_stored_queries

CASE = IMR_2015 / "case.json"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    yield from oxigraph("--union-default-graph")


@pytest.fixture
def empty(server: str) -> str:
    """The server with nothing in it."""
    httpx.post(server.replace("/query", "/update"), data={"update": "DROP ALL"}).raise_for_status()
    return server


def put(store: RemoteStore, path: Path, knowledge: Knowledge, *, replace: bool = False) -> Outcome:
    return store_content(store, read_case_file(path), knowledge, name=path.name, replace=replace)


def remote(url: str) -> RemoteStore:
    store = open_writer(url)
    assert isinstance(store, RemoteStore)
    return store


def test_it_holds_what_the_embedded_store_holds(empty: str, knowledge: Knowledge, tmp_path: Path) -> None:
    with remote(empty) as there, open_for_writing(tmp_path / "store") as here:
        for store in (there, here):
            assert put_knowledge(store, knowledge) is True
            assert put_knowledge(store, knowledge) is False
            for path in (CASE, VARIANTS / "two-counts.json"):
                assert store_content(store, read_case_file(path), knowledge, name=path.name) is Outcome.STORED
                assert store_content(store, read_case_file(path), knowledge, name=path.name) is Outcome.UNCHANGED
        assert sizes(there) == sizes(here)
        for case, determination in stored_cases(here):
            assert export_case(there, case, determination) == export_case(here, case, determination)
        for name in ("answers-by-treatment", "quantities-over-a-limit", "disagreements-on-file", "claims-administrators"):
            query = read_stored_queries()[name].bound({})
            assert sorted(there.rows(query)) == sorted(here.rows(query)) != []


def test_other_content_is_an_error_and_replaced_when_asked(empty: str, knowledge: Knowledge, tmp_path: Path) -> None:
    changed = tmp_path / "changed.json"
    changed.write_text(CASE.read_text("utf-8").replace('"visitCount": 12', '"visitCount": 13'), "utf-8")
    with remote(empty) as store:
        put_knowledge(store, knowledge)
        put(store, CASE, knowledge)
        with pytest.raises(StoreError, match=r"other-case-stored.*--replace"):
            put(store, changed, knowledge)
        assert put(store, changed, knowledge, replace=True) is Outcome.REPLACED
        assert len(stored_cases(store)) == 1
        assert graphs_of_no_case(store) == set()
        assert store.rows("SELECT ?n WHERE { ?r <https://w3id.org/mtus/ontology/visitCount> ?n }") == [("13",)]


def test_an_interrupted_write_is_no_stored_case_and_is_completed(empty: str, knowledge: Knowledge) -> None:
    """The determination goes last: without it the case does not count, and storing it again completes it."""
    graphs = case_graphs(*determine_with_facts(CASE.read_bytes(), knowledge=knowledge), knowledge)
    with remote(empty) as store:
        put_knowledge(store, knowledge)
        names = list(graphs.graphs)
        assert names[-1] == graphs.determination
        store.write({name: graphs.graphs[name] for name in names[:3]})
        assert stored_cases(store) == ()
        assert len(graphs_of_no_case(store)) == 3
        assert put_case(store, graphs, knowledge.digest, "case.json") is Outcome.STORED
        assert graphs_of_no_case(store) == set()
        assert sizes(store) == {graphs.case: tuple(len(graphs.graphs[name]) for name in names)}


def test_a_load_that_is_killed_is_completed_by_running_it_again(empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    write_cases(folder, 12)
    command = [sys.executable, "-m", "mtus.reasoner", "load", str(folder), "--store", empty]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with remote(empty) as store:
        deadline = time.monotonic() + 60
        while len(stored_cases(store)) < 3:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        process.communicate()
        found = sizes(store)
        assert 3 <= len(found) < 12
        assert all(min(triples) > 0 for triples in found.values())
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        assert f"{12 - len(found)} stored, {len(found)} unchanged".encode() in done.stdout
        assert graphs_of_no_case(store) == set()
        assert len(sizes(store)) == 12


def test_a_batch_straight_into_a_server(empty: str, knowledge: Knowledge, tmp_path: Path) -> None:
    write_cases(tmp_path / "cases", 3)
    job = Job((Input(tmp_path / "cases"),), (tmp_path / "rows.ndjson",), store=empty)
    assert run_job(job, knowledge).summary.stored == {"stored": 3}
    assert run_job(job, knowledge).summary.stored == {"unchanged": 3}
    with remote(empty) as store:
        assert graphs_of_no_case(store) == set()
        assert len(sizes(store)) == 3


def test_datasets_over_the_protocol(empty: str, knowledge: Knowledge) -> None:
    facts = "https://w3id.org/mtus/case/imr-2015/facts"
    named = "SELECT ?g WHERE { GRAPH ?g { ?s a <https://w3id.org/mtus/ontology/Case> } }"
    with remote(empty) as store:
        put_knowledge(store, knowledge)
        put(store, CASE, knowledge)
        everything = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"

        def count(query: str, dataset: Dataset) -> list[str]:
            return [row[0].value for row in store.query(query, dataset)]  # type: ignore[union-attr,index,misc]

        assert count(everything, Dataset(default=(facts,), named=())) == [str(len(store.graph(facts)))]
        assert count(everything, Dataset(default=(), named=(facts,))) == ["0"]
        assert count(named, Dataset(default=(), named=(facts,))) == [facts]
        assert count(named, Dataset(default=(facts,), named=())) == []


def test_queries_run_in_processes_that_can_be_killed(empty: str, knowledge: Knowledge) -> None:
    with remote(empty) as store:
        put_knowledge(store, knowledge)
    with QueryPool(empty) as pool:
        answer = pool.answer(QueryRequest("ASK { <https://w3id.org/mtus/ontology> ?p ?o }"))
        assert answer.content == b'{"head":{},"boolean":true}'
        turtle = pool.answer(QueryRequest("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3"))
        assert turtle.rows == 3


def test_a_server_whose_default_graph_is_not_the_union_is_refused(knowledge: Knowledge) -> None:
    for url in oxigraph():
        with remote(url) as store, pytest.raises(StoreError, match=r"no-union-default-graph.*--union-default-graph"):
            put_knowledge(store, knowledge)


def test_a_server_that_is_not_there() -> None:
    with remote(f"http://127.0.0.1:{free_port()}/query") as store, pytest.raises(EngineError, match=r"store-failed.*The store failed"):
        stored_cases(store)


def test_a_wrong_query_is_a_syntax_error_there_too(server: str) -> None:
    with remote(server) as store, pytest.raises(SyntaxError):
        store.query("SELECT * WHERE { ?s ?p }")


@pytest.mark.parametrize(
    ("url", "graphs"),
    [
        ("http://h:7878/query", "http://h:7878/store"),
        ("http://h:3030/cases/sparql", "http://h:3030/cases/data"),
        ("http://h:3030/cases/query", "http://h:3030/cases/store"),
        ("http://h:7200/repositories/cases", "http://h:7200/repositories/cases/rdf-graphs/service"),
        ("http://h:8890/sparql", "http://h:8890/sparql-graph-crud-auth"),
    ],
)
def test_where_servers_keep_their_graphs(url: str, graphs: str) -> None:
    assert is_remote(url)
    assert remote_address(url, {}).graphs == graphs
    named = remote_address(url, {"MTUS_STORE_GRAPHS": "http://h/graphs", "MTUS_STORE_USER": "u", "MTUS_STORE_PASSWORD": "p"})
    assert (named.graphs, named.user, named.password) == ("http://h/graphs", "u", "p")


def test_addresses_that_are_refused() -> None:
    with pytest.raises(StoreError, match=r"bad-store-url at http://h/unknown: .*MTUS_STORE_GRAPHS"):
        open_reader("http://h/unknown")
    with pytest.raises(StoreError, match=r"bad-store-url at MTUS_STORE: .*MTUS_STORE_PASSWORD") as caught:
        open_reader("http://user:secret@h/query")
    assert "secret" not in str(caught.value)


# Virtuoso


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("Virtuoso is not installed (apt-get install virtuoso-opensource-7-bin)")
    folder, port, sql = tmp_path_factory.mktemp("virtuoso"), free_port(), free_port()
    (folder / "virtuoso.ini").write_text(
        f"[Database]\nDatabaseFile=v.db\nErrorLogFile=v.log\nLockFile=v.lck\nTransactionFile=v.trx\nxa_persistent_file=v.pxa\n"
        f"[TempDatabase]\nDatabaseFile=vt.db\nTransactionFile=vt.trx\n[Parameters]\nServerPort=127.0.0.1:{sql}\nDirsAllowed=.\n"
        f"[HTTPServer]\nServerPort=127.0.0.1:{port}\n[SPARQL]\nResultSetMaxRows=100000\n", "utf-8",
    )  # fmt: skip
    process = subprocess.Popen([program, "+foreground", "+configfile", "virtuoso.ini"], cwd=folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/sparql", process, 120)
        yield f"http://127.0.0.1:{port}/sparql"
    finally:
        process.kill()
        process.wait()


def test_virtuoso_takes_cases_over_the_graph_store_protocol(virtuoso: str, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "MTUS_STORE_USER", "dba")
    monkeypatch.setitem(os.environ, "MTUS_STORE_PASSWORD", "dba")
    with remote(virtuoso) as store:
        put_knowledge(store, knowledge)
        assert put(store, CASE, knowledge) is Outcome.STORED
        assert put(store, CASE, knowledge) is Outcome.UNCHANGED
        assert len(stored_cases(store)) == 1
        graphs = case_graphs(*determine_with_facts(CASE.read_bytes(), knowledge=knowledge), knowledge)
        assert sizes(store) == {graphs.case: tuple(len(quads) for quads in graphs.graphs.values())}
