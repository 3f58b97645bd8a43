"""Queries in processes that can be killed: each limit really stops a query, and the next one is answered at once."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, ROOT, VARIANTS

from mtus.reasoner.case_loader import store_content
from mtus.reasoner.errors import EngineError, MtusError, QueryError, StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.local_store import open_for_writing
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_pool import QueryPool
from mtus.reasoner.query_results import CUT, GRAPH_TYPES, TABLE_TYPES, write_answer
from mtus.reasoner.settings import QUERIES, QuerySettings, query_settings
from mtus.reasoner.stored_cases import put_knowledge

CROSS_JOIN = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SORTED_CROSS_JOIN = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?d ?c"
ASK = QueryRequest("ASK { ?s ?p ?o }")


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> str:
    folder = tmp_path_factory.mktemp("pool") / "store"
    with open_for_writing(folder) as writer:
        put_knowledge(writer, knowledge)
        store_content(writer, (IMR_2015 / "case.json").read_bytes(), knowledge)
    return str(folder)


@pytest.fixture(scope="module")
def pool(location: str) -> Iterator[QueryPool]:
    with QueryPool(location, QuerySettings(query_seconds=1.0, query_workers=1, max_rows=100, query_memory_megabytes=1_000)) as found:
        found.answer(ASK)
        yield found


def seconds(pool: QueryPool, request: QueryRequest) -> float:
    start = time.perf_counter()
    pool.answer(request)
    return time.perf_counter() - start


def test_a_cross_join_is_cut_and_the_next_query_is_answered_at_once(pool: QueryPool) -> None:
    for _ in range(2):
        start = time.perf_counter()
        with pytest.raises(QueryError, match=r"query-time.*more than 1 seconds and was stopped.*MTUS_QUERY_SECONDS"):
            pool.answer(QueryRequest(CROSS_JOIN))
        assert time.perf_counter() - start < 3
        assert seconds(pool, ASK) < 0.5


def test_a_query_that_fills_the_memory_is_stopped(location: str) -> None:
    with QueryPool(location, QuerySettings(query_seconds=60, query_workers=1, query_memory_megabytes=500)) as small:
        small.answer(ASK)
        with pytest.raises(QueryError, match=r"query-memory.*too much memory.*MTUS_QUERY_MEMORY_MEGABYTES"):
            small.answer(QueryRequest(SORTED_CROSS_JOIN))
        assert seconds(small, ASK) < 0.5


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say how much a process reserves")
def test_a_process_reserves_little_before_it_is_asked(location: str) -> None:
    """What is reserved counts against the limit of memory; it was half a gigabyte at times, and a process died of that as it started."""
    for _ in range(3):
        with QueryPool(location, QuerySettings(query_workers=1)) as found:
            found.answer(ASK)
            for worker in found._all:
                reserved = re.search(r"VmPeak:\s+(\d+) kB", Path(f"/proc/{worker._process.pid}/status").read_text("utf-8"))
                assert reserved is not None
                assert int(reserved[1]) < 350_000


def test_a_query_that_kills_its_process_harms_nobody(pool: QueryPool) -> None:
    """The parser's stack ends before thousands of brackets do; the service refuses such a query before, and here it gets through."""
    with pytest.raises(QueryError, match="query-memory"):
        pool.answer(QueryRequest("SELECT * WHERE {" + "{" * 50_000 + "}" * 50_001))
    assert seconds(pool, ASK) < 0.5


def test_a_process_that_somebody_ended_is_replaced(location: str) -> None:
    with QueryPool(location, QuerySettings(query_workers=1)) as found:
        found.answer(ASK)
        for worker in found._all:
            os.kill(worker._process.pid, signal.SIGKILL)
        time.sleep(0.1)
        with pytest.raises(EngineError, match="query-process"):
            # both were killed, and one is tried again
            found.answer(ASK)
        assert found.answer(ASK).rows == 1


def test_what_waits_too_long_is_sent_away(location: str) -> None:
    settings = QuerySettings(query_seconds=1.0, query_workers=1, max_waiting_queries=1)
    errors: list[str] = []

    def ask(found: QueryPool) -> None:
        try:
            found.answer(QueryRequest(CROSS_JOIN))
        except MtusError as error:
            errors.append(error.problems[0].code)

    with QueryPool(location, settings) as found:
        found.answer(ASK)
        threads = [threading.Thread(target=ask, args=(found,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(set(errors)) == ["queries-busy", "query-time"]
        assert errors.count("queries-busy") >= 2
        assert found.answer(ASK).rows == 1


def test_many_threads_get_their_own_answers(pool: QueryPool) -> None:
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        answer = pool.answer(QueryRequest(f"SELECT ({number} AS ?n) WHERE {{ }}", table_type="text/csv"))
        found[number] = answer.content.decode()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"n\r\n{number}\r\n" for number in range(12)}


def test_what_is_stored_later_is_seen(location: str, pool: QueryPool, knowledge: Knowledge) -> None:
    cases = QueryRequest("SELECT ?c WHERE { ?c a <https://w3id.org/mtus/ontology/Case> }")
    before = pool.answer(cases).rows
    with open_for_writing(Path(location)) as writer:
        store_content(writer, (VARIANTS / "two-counts.json").read_bytes(), knowledge)
    assert pool.answer(cases).rows == before + 1


def test_without_a_store_the_error_says_so(tmp_path: Path, knowledge: Knowledge) -> None:
    with QueryPool(str(tmp_path / "store"), QuerySettings(query_workers=1)) as found:
        with pytest.raises(StoreError, match=r"no-store.*mtus load"):
            found.answer(ASK)
        with open_for_writing(tmp_path / "store") as writer:
            put_knowledge(writer, knowledge)
        assert found.answer(ASK).rows == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * WHERE { ?s ?p }", "query-syntax at query, line 1, column"),
        ("SELECT (<http://f>(1) AS ?x) WHERE { }", "query-failed at query: .*custom function"),
    ],
)
def test_a_wrong_query_is_told_and_costs_no_process(text: str, words: str, pool: QueryPool) -> None:
    before = set(pool._all)
    with pytest.raises(QueryError, match=words):
        pool.answer(QueryRequest(text))
    assert set(pool._all) == before


# Answers


@pytest.mark.parametrize("kind", TABLE_TYPES)
def test_a_table_is_cut_at_the_limit_and_says_so_where_it_can(kind: str, pool: QueryPool) -> None:
    cut = pool.answer(QueryRequest("SELECT * WHERE { ?s ?p ?o }", table_type=kind))
    whole = pool.answer(QueryRequest("SELECT * WHERE { ?s ?p ?o } LIMIT 100", table_type=kind))
    assert (cut.rows, cut.is_cut, whole.rows, whole.is_cut) == (100, True, 100, False)
    says_so = CUT.encode() in cut.content
    assert says_so is kind.startswith("application/")
    assert CUT.encode() not in whole.content
    if kind != "text/csv":
        read = ox.parse_query_results(cut.content, TABLE_TYPES[kind])
        assert len(list(read)) == 100  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", GRAPH_TYPES)
def test_a_graph_is_cut_at_the_limit_and_says_so_where_it_can(kind: str, pool: QueryPool) -> None:
    cut = pool.answer(QueryRequest("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", graph_type=kind))
    assert (cut.rows, cut.is_cut) == (100, True)
    assert (b"Cut after 100 triples" in cut.content) is (kind != "application/ld+json")
    assert len(list(ox.parse(cut.content, format=GRAPH_TYPES[kind]))) == 100


def test_every_kind_of_term_is_in_the_table() -> None:
    store = ox.Store()
    query = """SELECT * WHERE { VALUES (?a ?b ?c ?d ?e) { (<http://x> "plain" "tagged"@en 1.5 UNDEF) } BIND (BNODE() AS ?f) }"""
    found = store.query(query)
    (row,) = json.loads(write_answer(found, "application/sparql-results+json", "text/turtle").content)["results"]["bindings"]
    assert row["a"] == {"type": "uri", "value": "http://x"}
    assert row["b"] == {"type": "literal", "value": "plain"}
    assert row["c"] == {"type": "literal", "value": "tagged", "xml:lang": "en"}
    assert row["d"]["datatype"].endswith("#decimal")
    assert "e" not in row
    assert row["f"]["type"] == "bnode"
    own = store.query(query).serialize(format=ox.QueryResultsFormat.JSON)
    assert set(json.loads(own or b"")["results"]["bindings"][0]) == set(row)


def test_few_rows_of_any_size_are_too_large() -> None:
    small = QuerySettings(max_answer_bytes=1_000)
    table = ox.Store().query('SELECT (CONCAT("' + "x" * 2_000 + '", "y") AS ?x) WHERE { }')
    with pytest.raises(QueryError, match=r"answer-too-large.*more than 1,000 bytes.*MTUS_MAX_ANSWER_BYTES"):
        write_answer(table, "text/csv", "text/turtle", small)
    graph = ox.Store().query('CONSTRUCT { <a:a> <a:b> ?x } WHERE { BIND ("' + "x" * 2_000 + '" AS ?x) }')
    with pytest.raises(QueryError, match="answer-too-large"):
        write_answer(graph, "text/csv", "text/turtle", small)


# Settings


def test_settings_come_from_the_environment() -> None:
    assert query_settings({}) == QUERIES
    changed = query_settings({"MTUS_QUERY_SECONDS": "2.5", "MTUS_MAX_ROWS": "7", "MTUS_STORE": "x"})
    assert (changed.query_seconds, changed.max_rows, changed.query_workers) == (2.5, 7, QUERIES.query_workers)


@pytest.mark.parametrize("value", ["0", "-1", "many", "", "nan", "inf", "1.5"])
def test_a_setting_that_is_no_positive_number_stops_the_start(value: str) -> None:
    with pytest.raises(StoreError, match=r"bad-setting at MTUS_MAX_ROWS: .*no positive number. The default is 50000"):
        query_settings({"MTUS_MAX_ROWS": value})


def test_every_setting_says_why_and_stands_in_the_manual() -> None:
    manual = (ROOT / "docs" / "how-to" / "serve.md").read_text("utf-8")
    assert QuerySettings.__doc__
    for name, default in vars(QUERIES).items():
        assert f"``{name}``" in QuerySettings.__doc__
        assert f"| `MTUS_{name.upper()}` | {default} |" in manual
