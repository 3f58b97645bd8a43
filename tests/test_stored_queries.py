"""The stored queries: each against a small set of cases and the table that is expected; their parameters, and what is wrong with them."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, ROOT
from reviews import OVERTURNED, made
from stored_files import determined

from mtus.reasoner.case_loader import store_content
from mtus.reasoner.errors import KnowledgeError, QueryError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import read_case_file
from mtus.reasoner.sparql_text import read_query
from mtus.reasoner.store import Store
from mtus.reasoner.store_location import open_reader, open_writer
from mtus.reasoner.stored_cases import Outcome, put_knowledge
from mtus.reasoner.stored_queries import read_stored_queries, stored_query
from mtus.reasoner.stored_reviews import put_reviews

FOLDER = ROOT / "tests" / "queries"
QUERIES = read_stored_queries()
CASES = [line for line in (FOLDER / "cases.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
# Columns that differ between releases.
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.fixture(scope="module")
def store(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    location = str(tmp_path_factory.mktemp("queries") / "store")
    case = determined(IMR_2015 / "case.json")[0]
    with open_writer(location) as writer:
        put_knowledge(writer, knowledge)
        for name in CASES:
            assert store_content(writer, read_case_file(ROOT / name), knowledge, name=name) is Outcome.STORED
        for review in (made(case), made(case, requests=OVERTURNED)):
            put_reviews(writer, [review], knowledge)
    with open_reader(location) as reader:
        yield reader


def table(store: Store, text: str) -> str:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    written = found.serialize(format=ox.QueryResultsFormat.CSV)
    assert written is not None
    return DIGEST.sub("DIGEST", written.decode().replace("\r\n", "\n"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("name", QUERIES)
def test_the_answer_is_the_expected_table(name: str, store: Store) -> None:
    expected = (FOLDER / "expected" / f"{name}.csv").read_text("utf-8")
    assert len(expected.splitlines()) > 1, "a table without rows tests nothing"
    assert table(store, QUERIES[name].bound({})) == expected


def test_there_are_enough_and_each_expected_table_has_its_query() -> None:
    assert len(QUERIES) >= 25
    assert {path.stem for path in (FOLDER / "expected").glob("*.csv")} == set(QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_each_says_what_it_asks_of_how_many_and_draws_only_what_it_has(name: str) -> None:
    query = QUERIES[name]
    assert "?" in query.question
    assert len(query.denominator) > 10
    header = (FOLDER / "expected" / f"{name}.csv").read_text("utf-8").splitlines()[0].split(",")
    if query.chart:
        assert {query.chart.labels, *query.chart.values} <= set(header)
    for parameter in query.parameters:
        assert f"${parameter.name}" in query.text
    assert set(re.findall(r"\$(\w+)", query.text)) == {parameter.name for parameter in query.parameters}
    assert not re.search(r"\$\w+ AS|AS \$", query.text), "a parameter is a value and cannot be named"


def test_parameters_narrow_the_answer(store: Store) -> None:
    query = QUERIES["items-by-month"]
    everything = rows(table(store, query.bound({})))
    july = rows(table(store, query.bound({"from": "2016-07-01", "to": "2016-07-31"})))
    assert [row["month"] for row in july] == ["2016-07"]
    assert july[0] in everything
    kinds = QUERIES["documentation-checklist"]
    narrowed = rows(table(store, kinds.bound({"kind": "mtus:MassageTherapyRequest"})))
    assert 0 < len(narrowed) < len(rows(table(store, kinds.bound({}))))
    full = kinds.bound({"kind": "https://w3id.org/mtus/ontology/MassageTherapyRequest"})
    assert rows(table(store, full)) == narrowed


@pytest.mark.parametrize("value", ['2015-01-01" || true || "', "2015-02-30", "01/02/2015", "", "2015-1-1", "$to"])
def test_a_value_of_another_kind_is_refused(value: str) -> None:
    with pytest.raises(QueryError, match=r"bad-parameter-value at items-by-month, from: .* is no date.*For example"):
        QUERIES["items-by-month"].bound({"from": value})


@pytest.mark.parametrize("value", ["Massage", "mtus:Massage> } ; DROP ALL #", "http://x/ y", "nothing:x", "javascript:alert(1)"])
def test_a_name_is_an_iri(value: str) -> None:
    with pytest.raises(QueryError, match="bad-parameter-value"):
        QUERIES["criteria-by-status"].bound({"kind": value})


@pytest.mark.parametrize("value", ["1e3", "--1", "1.5", "9" * 30, "٣"])
def test_a_number_is_written_plainly(value: str) -> None:
    with pytest.raises(QueryError, match="bad-parameter-value at repeat-requests, days"):
        QUERIES["repeat-requests"].bound({"days": value})


def test_names_that_are_not_known_are_guessed() -> None:
    with pytest.raises(QueryError, match=r"unknown-query.*Did you mean 'items-by-month'"):
        stored_query("items-by-mnth", QUERIES)
    with pytest.raises(QueryError, match=r"unknown-parameter.*Did you mean 'from'"):
        QUERIES["items-by-month"].bound({"form": "2015-01-01"})
    with pytest.raises(QueryError, match="It has these: none"):
        QUERIES["claims-administrators"].bound({"year": "2015"})


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("# title: a\n# question: b?", "does not say its denominator"),
        ("# title: a\n# title: b\n# question: b?\n# denominator: c", "does not say its title once"),
        ("# title: a\n# question: b?\n# denominator: c\n# colour: red", "'colour' is no word"),
        ("# title: a\n# question: b?\n# denominator: c\n# parameter: x | date", "name | kind | default | meaning"),
        ("# title: a\n# question: b?\n# denominator: c\n# parameter: x | colour | red | d", "name | kind | default | meaning"),
        ("# title: a\n# question: b?\n# denominator: c\n# chart: cake | x | y", "kind | column"),
        ("# title a", "is no line of a header"),
    ],
)
def test_a_wrong_header_is_refused(header: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.rq").write_text(f"{header}\n\nSELECT * WHERE {{ ?s ?p ?o }}\n", "utf-8")
    with pytest.raises(KnowledgeError, match=re.escape(words)):
        read_stored_queries(tmp_path)


@pytest.mark.parametrize("text", ["INSERT DATA { <a:a> <a:b> <a:c> }", "SELECT * WHERE { SERVICE <http://a/> { ?s ?p ?o } }"])
def test_a_stored_query_only_asks(text: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.rq").write_text(f"# title: a\n# question: b?\n# denominator: c\n\n{text}\n", "utf-8")
    with pytest.raises(QueryError, match=r"wrong\.rq"):
        read_stored_queries(tmp_path)


def test_every_stored_query_is_a_select() -> None:
    assert {read_query(query.bound({})).form for query in QUERIES.values()} == {"SELECT"}
