"""Which format an answer has, what its headers say, and what a limit does over HTTP."""

import time
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from served import CASES, JSON, client_of, fill, is_problem, kind_of

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.query_results import CUT, GRAPH_TYPES, TABLE_TYPES

XML, CSV, TSV = "application/sparql-results+xml", "text/csv", "text/tab-separated-values"
TURTLE, NT, RDF_XML, JSON_LD = "text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"
GRAPH = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 5"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    folder = fill(tmp_path_factory.mktemp("answers") / "store", knowledge)
    with client_of(folder, MTUS_QUERY_SECONDS="1", MTUS_QUERY_WORKERS="1", MTUS_MAX_ROWS="50") as found:
        yield found


NEGOTIATED = [
    (CASES, "", JSON),
    (CASES, "*/*", JSON),
    (CASES, JSON, JSON),
    (CASES, XML, XML),
    (CASES, CSV, CSV),
    (CASES, TSV, TSV),
    (CASES, "application/json", "application/json"),
    (CASES, "text/*", CSV),
    (CASES, "application/*", JSON),
    (CASES, f"{CSV};q=0.5, {XML};q=0.9", XML),
    (CASES, f"{CSV};q=0.9, {XML};q=0.5", CSV),
    (CASES, f"{JSON};q=0, */*", XML),
    (CASES, f"{XML};q=0.1, */*;q=0.2", JSON),
    (CASES, f"{TURTLE}, {TSV};q=0.3", TSV),
    (CASES, f"{CSV.upper()}; Q=1.0", CSV),
    (CASES, f"{CSV};q=nonsense, {TSV}", TSV),
    (CASES, BROWSER, "text/html"),
    ("ASK {}", XML, XML),
    ("ASK {}", CSV, CSV),
    ("ASK {}", TSV, TSV),
    (GRAPH, "", TURTLE),
    (GRAPH, "*/*", TURTLE),
    (GRAPH, NT, NT),
    (GRAPH, RDF_XML, RDF_XML),
    (GRAPH, JSON_LD, JSON_LD),
    (GRAPH, f"{JSON}, {JSON_LD};q=0.1", JSON_LD),
    (GRAPH, f"{TURTLE};q=0.2, {NT};q=0.7, */*;q=0.1", NT),
    ("DESCRIBE <https://w3id.org/mtus/ontology>", NT, NT),
]


@pytest.mark.parametrize(("query", "accept", "kind"), NEGOTIATED)
def test_the_client_gets_what_it_prefers(query: str, accept: str, kind: str, client: TestClient) -> None:
    response = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert (response.status_code, kind_of(response)) == (200, kind)
    assert "Accept" in response.headers["vary"]
    if kind in GRAPH_TYPES:
        assert list(ox.parse(response.content, format=GRAPH_TYPES[kind]))
    elif kind in TABLE_TYPES and kind != CSV and query == CASES:
        assert len(list(ox.parse_query_results(response.content, TABLE_TYPES[kind]))) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "accept"), [(CASES, TURTLE), (CASES, "image/png"), (GRAPH, CSV), (GRAPH, f"{JSON}, {XML}"), (CASES, "*/*;q=0")]
)
def test_what_cannot_be_given_is_406(query: str, accept: str, client: TestClient) -> None:
    assert (
        "It is given as"
        in is_problem(client.get("/sparql", params={"query": query}, headers={"Accept": accept}), 406, "not-acceptable")["detail"]
    )


def test_the_parameter_format_goes_before_the_header(client: TestClient) -> None:
    assert kind_of(client.get("/sparql", params={"query": CASES, "format": "tsv"}, headers={"Accept": JSON})) == TSV
    is_problem(client.get("/sparql", params={"query": CASES, "format": "turtle"}), 400, "bad-format")
    assert "json" in is_problem(client.get("/sparql", params={"query": CASES, "format": "pdf"}), 400, "bad-format")["detail"]


def test_answers_are_kept_nowhere(client: TestClient) -> None:
    response = client.get("/sparql", params={"query": CASES})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


# Limits


def test_a_cut_table_says_so_in_head_and_header(client: TestClient) -> None:
    for kind in TABLE_TYPES:
        cut = client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }"}, headers={"Accept": kind})
        assert cut.headers["answer-cut-after"] == "50"
        assert (CUT in cut.text) is kind.startswith("application/")
    whole = client.get("/sparql", params={"query": CASES})
    assert "answer-cut-after" not in whole.headers
    page = client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }"}, headers={"Accept": "text/html"})
    assert "Cut after 50 rows; there are more." in page.text


def test_a_cut_graph_says_so_too(client: TestClient) -> None:
    response = client.get("/graphs", params={"default": ""}, headers={"Accept": NT})
    assert response.headers["answer-cut-after"] == "50"
    assert response.text.startswith("# Cut after 50 triples")


def test_a_cross_join_is_stopped_and_the_next_query_is_answered_at_once(client: TestClient) -> None:
    join = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    problem = is_problem(client.post("/sparql", data={"query": join}), 503, "query-time")
    assert "more than 1 seconds" in problem["detail"]
    start = time.perf_counter()
    assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("SELECT * WHERE { ?s ?p ?o } #" + "x" * 200_000, 413, "query-too-long"),
        ("SELECT * WHERE {" + "{" * 300, 400, "query-too-deep"),
        ("SELECT (<http://f>(1) AS ?x) WHERE { }", 400, "query-failed"),
        ('SELECT ?x WHERE { BIND (REGEX("' + "a" * 5_000 + 'b", "^(a+)+$") AS ?x) }', 200, ""),
    ],
)
def test_hostile_queries(query: str, status: int, kind: str, client: TestClient) -> None:
    response = client.post("/sparql", data={"query": query})
    assert response.status_code == status
    if kind:
        is_problem(response, status, kind)
    assert client.get("/sparql", params={"query": "ASK {}"}).status_code == 200


def test_a_body_without_end_is_refused(client: TestClient) -> None:
    is_problem(
        client.post("/sparql", content=b"x" * 2_000_000, headers={"Content-Type": "application/sparql-query"}), 413, "query-too-long"
    )
    many = "&".join(["a=b"] * 5_000)
    is_problem(client.post("/sparql", content=many, headers={"Content-Type": "application/x-www-form-urlencoded"}), 400, "one-query")


def test_without_a_store_the_service_starts_and_says_what_is_wrong(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("photos")
    (folder / "one.jpg").touch()
    with client_of(folder) as client:
        assert client.get("/healthz").status_code == 200
        problem = is_problem(client.get("/sparql", params={"query": "ASK {}"}), 503, "no-store")
        assert "mtus load" in problem["problems"][0]["remedy"]


def test_a_new_store_has_the_knowledge(tmp_path_factory: pytest.TempPathFactory) -> None:
    with client_of(tmp_path_factory.mktemp("new") / "store") as client:
        assert client.get("/sparql", params={"query": "ASK { <https://w3id.org/mtus/ontology> ?p ?o }"}).json()["boolean"] is True
