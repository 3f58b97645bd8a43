"""The embedded store: each case stored once, the same bytes out, one writer and many readers."""

import json
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, ROOT, VARIANTS
from stored import graphs_of_no_case, sizes

from mtus.reasoner.case_graphs import KNOWLEDGE_GRAPHS, case_graphs, to_trig
from mtus.reasoner.case_loader import store_content
from mtus.reasoner.errors import EngineError, MtusError, StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import read_case_file
from mtus.reasoner.local_store import LocalStore, open_for_reading, open_for_writing
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_worker import answer
from mtus.reasoner.render_rdf import write_rdf
from mtus.reasoner.settings import QUERIES
from mtus.reasoner.store import Dataset, Store
from mtus.reasoner.store_location import is_outdated, store_location
from mtus.reasoner.stored_cases import Outcome, export_case, put_case, put_knowledge, stored_cases

CASE = IMR_2015 / "case.json"


def put(store: Store, path: Path, knowledge: Knowledge, *, replace: bool = False) -> Outcome:
    return store_content(store, read_case_file(path), knowledge, name=path.name, replace=replace)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The case of 2015 with another number of visits."""
    path = tmp_path / "changed.json"
    path.write_text(CASE.read_text("utf-8").replace('"visitCount": 12', '"visitCount": 13'), "utf-8")
    return path


@pytest.fixture
def writer(tmp_path: Path) -> LocalStore:
    return open_for_writing(tmp_path / "store")


# What goes in


def test_a_case_is_stored_once_and_replaced_only_when_asked(writer: LocalStore, knowledge: Knowledge, changed: Path) -> None:
    with writer:
        assert put(writer, CASE, knowledge) is Outcome.STORED
        before = sizes(writer)
        assert put(writer, CASE, knowledge) is Outcome.UNCHANGED
        assert put(writer, IMR_2015 / "case.ttl", knowledge) is Outcome.UNCHANGED
        with pytest.raises(StoreError, match=r"other-case-stored at changed\.json: .*imr-2015 is stored with other facts.*--replace"):
            put(writer, changed, knowledge)
        assert sizes(writer) == before
        assert put(writer, changed, knowledge, replace=True) is Outcome.REPLACED
        assert len(stored_cases(writer)) == 1
        assert graphs_of_no_case(writer) == set()
        requested = "SELECT ?n WHERE { ?r <https://w3id.org/mtus/ontology/visitCount> ?n }"
        assert writer.rows(requested) == [("13",)]


def test_a_determination_under_other_knowledge_is_other_content(writer: LocalStore, knowledge: Knowledge) -> None:
    determination, assessed = determine_with_facts(CASE.read_bytes(), knowledge=knowledge)
    graphs = case_graphs(determination, assessed, knowledge)
    with writer:
        put_case(writer, graphs, knowledge.digest, "case.json")
        other = type(graphs)(graphs.case, graphs.determination + "0", graphs.case_digest, graphs.requests, graphs.graphs, graphs.shared)
        with pytest.raises(StoreError, match=r"other-determination-stored.*under another knowledge.*--replace"):
            put_case(writer, other, "0" * 64, "case.json")
        with pytest.raises(StoreError, match="under another release"):
            put_case(writer, other, knowledge.digest, "case.json")


def test_two_cases_may_not_have_the_same_request(writer: LocalStore, knowledge: Knowledge, tmp_path: Path) -> None:
    other = json.loads(CASE.read_text("utf-8"))
    other["id"] = "copy"
    for request in other["requests"]:
        request["id"] = f"https://w3id.org/mtus/case/imr-2015/{request['id']}"
    for decision in other["decisions"]:
        decision["decidesRequest"] = f"https://w3id.org/mtus/case/imr-2015/{decision['decidesRequest']}"
    other["requests"][2]["isPerformedDuring"] = "https://w3id.org/mtus/case/imr-2015/request-injection"
    path = tmp_path / "copy.json"
    path.write_text(json.dumps(other), "utf-8")
    with writer:
        put(writer, CASE, knowledge)
        with pytest.raises(StoreError, match=r"shared-request at copy\.json: .*belongs to the stored case .*imr-2015 too"):
            put(writer, path, knowledge)
        assert len(stored_cases(writer)) == 1


def test_a_wrong_case_leaves_no_trace(writer: LocalStore, knowledge: Knowledge) -> None:
    with writer:
        with pytest.raises(MtusError):
            put(writer, VARIANTS / "dependency-cyclic.json", knowledge)
        assert writer.rows("SELECT ?s WHERE { GRAPH ?g { ?s ?p ?o } }") == []


def test_the_knowledge_is_there_once_and_current(writer: LocalStore, knowledge: Knowledge) -> None:
    with writer:
        assert put_knowledge(writer, knowledge) is True
        counts = {name: len(writer.graph(name)) for name in KNOWLEDGE_GRAPHS}
        assert all(counts.values())
        assert counts["https://w3id.org/mtus/ontology"] == len(knowledge.ontology)
        assert put_knowledge(writer, knowledge) is False
        label = "PREFIX cp: <https://w3id.org/mtus/guideline/chronic-pain-2009/> SELECT ?s WHERE { cp:MAS-3 ?p ?s }"
        assert writer.rows(label)


def test_each_triple_stands_in_one_graph(writer: LocalStore, knowledge: Knowledge) -> None:
    """So that a count over all graphs together, which the engine does not merge, counts nothing twice."""
    with writer:
        put_knowledge(writer, knowledge)
        topics = ROOT / "shapes" / "chronic-pain-2009"
        for path in (CASE, VARIANTS / "two-counts.json", VARIANTS / "july-2016.json", *sorted(topics.glob("*/cases/*-of-*.ttl"))[::12]):
            put(writer, path, knowledge)
        assert len(stored_cases(writer)) > 5
        twice = "SELECT ?s ?p ?g WHERE { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER (?g != ?h) } LIMIT 5"
        assert writer.rows(twice) == []


# What comes out


def test_what_is_exported_is_what_was_determined(writer: LocalStore, knowledge: Knowledge, changed: Path) -> None:
    determination, assessed = determine_with_facts(CASE.read_bytes(), name=CASE.name, knowledge=knowledge)
    expected = to_trig(determination, assessed, knowledge)
    with writer:
        put(writer, CASE, knowledge)
        assert write_rdf(export_case(writer, determination.case, determination.id), ox.RdfFormat.TRIG) == expected
        # the names of blank nodes do not depend on how the case got there
        put(writer, changed, knowledge, replace=True)
        put(writer, CASE, knowledge, replace=True)
        assert write_rdf(export_case(writer, determination.case, determination.id), ox.RdfFormat.TRIG) == expected


def test_one_query_joins_facts_answers_and_guideline(writer: LocalStore, knowledge: Knowledge) -> None:
    query = """PREFIX mtus: <https://w3id.org/mtus/ontology/> PREFIX reason: <https://w3id.org/mtus/reason/>
    SELECT DISTINCT ?visits ?page ?document WHERE {
      ?item mtus:determinesRequest ?request ; mtus:hasReason ?reason .
      ?reason mtus:hasReasonKind reason:contradicted ; mtus:isAbout ?criterion .
      ?criterion mtus:limitsQuantity mtus:visitCount ; mtus:encodes/mtus:page ?page .
      ?request mtus:visitCount ?visits ; mtus:statedIn/mtus:label ?document } ORDER BY ?document"""
    with writer:
        put_knowledge(writer, knowledge)
        put(writer, CASE, knowledge)
        assert writer.rows(query) == [("12", "60", "progress note"), ("12", "60", "utilization review report")]


def test_graphs_that_are_asked_for(writer: LocalStore, knowledge: Knowledge) -> None:
    everything, named = "SELECT ?s WHERE { ?s ?p ?o }", "SELECT ?g WHERE { GRAPH ?g { ?s a <https://w3id.org/mtus/ontology/Case> } }"
    facts = "https://w3id.org/mtus/case/imr-2015/facts"

    def count(query: str, dataset: Dataset) -> int:
        found = writer.query(query, dataset)
        return sum(1 for _ in found)  # type: ignore[union-attr]

    with writer:
        put(writer, CASE, knowledge)
        size = len(writer.graph(facts))
        assert count(everything, Dataset(default=(facts,), named=())) == size
        assert count(everything, Dataset(default=(facts, facts), named=())) == size
        assert count(everything, Dataset(default=("urn:nothing",), named=())) == 0
        assert count(everything, Dataset(default=(), named=(facts,))) == 0
        assert count(named, Dataset(default=(), named=(facts,))) == 1
        assert count(named, Dataset(default=(facts,), named=())) == 0
        assert count(everything, Dataset(is_union=False)) == 0


# One writer, many readers


def test_a_reader_sees_what_is_published_and_no_more(tmp_path: Path, knowledge: Knowledge) -> None:
    folder = tmp_path / "store"
    with open_for_writing(folder) as writer:
        put(writer, CASE, knowledge)
    with open_for_reading(folder) as reader:
        assert len(stored_cases(reader)) == 1
        with open_for_writing(folder) as writer:
            put(writer, VARIANTS / "two-counts.json", knowledge)
            with pytest.raises(StoreError, match=r"store-in-use.*Another process writes"):
                open_for_writing(folder)
            with open_for_reading(folder) as other:
                assert len(stored_cases(other)) == 1
            assert not is_outdated(reader)
        assert is_outdated(reader)
        assert len(stored_cases(reader)) == 1
        assert len(list((folder / "published").glob("[0-9]"))) == 2
    with open_for_writing(folder) as writer:
        put(writer, VARIANTS / "july-2016.json", knowledge)
    assert len([path for path in (folder / "published").iterdir() if path.is_dir()]) == 1, "what nobody reads is removed"
    with open_for_reading(folder) as reader:
        assert len(stored_cases(reader)) == 3


def test_a_reader_brings_out_what_a_killed_writer_left(tmp_path: Path, knowledge: Knowledge) -> None:
    folder = tmp_path / "store"
    with open_for_writing(folder) as writer:
        put(writer, CASE, knowledge)
    writer = open_for_writing(folder)
    put(writer, VARIANTS / "two-counts.json", knowledge)
    writer._database = None  # as a killed process leaves it: nothing is closed
    with open_for_reading(folder) as reader:
        assert len(stored_cases(reader)) == 2


def test_places_that_are_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no-store.*There is no store here.*mtus load.*MTUS_STORE"):
        open_for_reading(tmp_path / "nothing")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").touch()
    with pytest.raises(StoreError, match=r"not-a-store.*something here that is no store"):
        open_for_writing(tmp_path / "photos")
    open_for_writing(tmp_path / "store").close()
    with pytest.raises(StoreError, match=r"no-store.*Nothing was stored here yet"):
        open_for_reading(tmp_path / "store")
    (tmp_path / "store" / "mtus-store.json").write_text('{"format": 99}', "utf-8")
    with pytest.raises(StoreError, match=r"not-a-store.*of another release"):
        open_for_writing(tmp_path / "store")


@pytest.fixture
def one_case(tmp_path: Path, knowledge: Knowledge) -> Path:
    folder = tmp_path / "store"
    with open_for_writing(folder) as writer:
        put(writer, CASE, knowledge)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are POSIX")
def test_a_store_that_is_made_is_for_its_owner_alone(one_case: Path, tmp_path: Path, knowledge: Knowledge) -> None:
    assert one_case.stat().st_mode & 0o777 == 0o700
    # whoever makes the folder says who may read it
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o750)
    open_for_writing(shared).close()
    assert shared.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("content", [b"garbage", b"", b"\xff\xfe", "²".encode(), b"-1"])
def test_what_names_the_newest_copy_is_written_anew_where_it_is_damaged(one_case: Path, content: bytes) -> None:
    (one_case / "current").write_bytes(content)
    with open_for_reading(one_case) as reader:
        assert len(stored_cases(reader)) == 1
    (one_case / "current").write_bytes(content)
    with open_for_writing(one_case) as writer:
        assert len(stored_cases(writer)) == 1


def test_damaged_files_of_the_database_are_an_error_that_says_so(one_case: Path, knowledge: Knowledge) -> None:
    with open_for_writing(one_case) as writer:
        put(writer, VARIANTS / "two-counts.json", knowledge)
    files = [path for part in ("data", "published") for path in (one_case / part).rglob("*.sst")]
    assert files
    for path in files:
        path.unlink()
        path.write_bytes(b"garbage" * 500)
    for opened in (open_for_reading, open_for_writing):
        with pytest.raises(MtusError, match=r"store-failed.*The store failed: Corruption"):
            opened(one_case)


def test_damage_that_a_query_meets_is_no_mistake_of_the_query(one_case: Path) -> None:
    large = [path for path in (one_case / "published").rglob("*.sst") if path.stat().st_size > 50_000]
    assert large
    for path in large:
        content = path.read_bytes()
        path.unlink()
        # only blocks of data: what is read when the database is opened stands at the end
        path.write_bytes(b"\0" * 5_000 + content[5_000:])
    request = QueryRequest("SELECT * { ?s ?p ?o }")
    with open_for_reading(one_case) as reader, pytest.raises(EngineError, match=r"store-failed.*Corruption"):
        answer(reader, request, QUERIES)


@pytest.mark.skipif(sys.platform == "win32", reason="files are not held there")
def test_whoever_may_only_read_the_folder_reads_it(one_case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def refused(self: Path, mode: str = "r", **more: str) -> object:
        if mode != "rb" and self.suffix == ".lock":
            raise PermissionError(13, "Permission denied")
        return real(self, mode, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refused)
    with open_for_reading(one_case) as reader:
        assert len(stored_cases(reader)) == 1
    (lock,) = (one_case / "published").glob("*.lock")
    lock.unlink()
    with pytest.raises(MtusError, match=r"store-failed.*Permission denied"):
        open_for_reading(one_case)


def test_the_place_of_the_store() -> None:
    assert store_location("here", {"MTUS_STORE": "there"}) == "here"
    assert store_location(None, {"MTUS_STORE": "there"}) == "there"
    if sys.platform == "linux":
        assert store_location(None, {"XDG_DATA_HOME": "/data"}) == "/data/mtus/store"
        assert store_location(None, {}).endswith("/.local/share/mtus/store")
