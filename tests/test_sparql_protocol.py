"""The SPARQL 1.1 Protocol, test by test.

The first part has the tests of the W3C (https://www.w3.org/2009/sparql/docs/tests/data-sparql11/protocol/) by their names, with our graphs
instead of theirs. The tests of updates are here to be refused: in every form, and nothing changes.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from served import CASES, JSON, client_of, fill, is_problem, kind_of

from mtus.reasoner.knowledge import Knowledge

FORM, DIRECT, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
FACTS = "https://w3id.org/mtus/case/imr-2015/facts"
OTHER_FACTS = "https://w3id.org/mtus/case/imr-2015-two-counts/facts"
ONTOLOGY = "https://w3id.org/mtus/ontology"
ASK_CASE = "ASK { <https://w3id.org/mtus/case/imr-2015> ?p ?o }"
ASK_OTHER = "ASK { <https://w3id.org/mtus/case/imr-2015-two-counts> ?p ?o }"
ASK_BOTH = "ASK { <https://w3id.org/mtus/case/imr-2015> ?p ?o . <https://w3id.org/mtus/case/imr-2015-two-counts> ?q ?r }"
NAMES = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
UPDATES = [
    "INSERT DATA { <http://a> <http://b> <http://c> }", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL", "DROP ALL", "LOAD <file:///etc/passwd>",
    "CREATE GRAPH <http://g>", "WITH <http://g> INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }",
]  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("protocol") / "store", knowledge)) as found:
        yield found


def post_form(client: TestClient, data: Any, **headers: str) -> Any:
    return client.post("/sparql", data=data, headers=headers)


def post_direct(client: TestClient, query: str | bytes, kind: str = DIRECT, **params: Any) -> Any:
    return client.post("/sparql", content=query, params=params, headers={"Content-Type": kind, "Accept": JSON})


def truth(response: Any) -> bool:
    assert response.status_code == 200, response.text
    return bool(response.json()["boolean"])


def column(response: Any, name: str) -> list[str]:
    assert response.status_code == 200, response.text
    return [row[name]["value"] for row in response.json()["results"]["bindings"]]


# Queries


def test_query_get(client: TestClient) -> None:
    assert truth(client.get("/sparql", params={"query": "ASK {}"})) is True


def test_query_post_form(client: TestClient) -> None:
    assert truth(post_form(client, {"query": "ASK {}"})) is True


def test_query_post_direct(client: TestClient) -> None:
    assert truth(post_direct(client, "ASK {}")) is True
    assert truth(post_direct(client, "ASK {}", DIRECT + "; charset=UTF-8")) is True


def test_query_dataset_default_graph(client: TestClient) -> None:
    for response in (
        client.get("/sparql", params={"query": ASK_CASE, "default-graph-uri": FACTS}),
        post_form(client, {"query": ASK_CASE, "default-graph-uri": FACTS}),
        post_direct(client, ASK_CASE, **{"default-graph-uri": FACTS}),
    ):
        assert truth(response) is True
    assert truth(client.get("/sparql", params={"query": ASK_OTHER, "default-graph-uri": FACTS})) is False


def test_query_dataset_default_graphs_get(client: TestClient) -> None:
    assert truth(client.get("/sparql", params={"query": ASK_BOTH, "default-graph-uri": [FACTS, OTHER_FACTS]})) is True
    assert truth(client.get("/sparql", params={"query": ASK_BOTH, "default-graph-uri": [FACTS, ONTOLOGY]})) is False


def test_query_dataset_default_graphs_post(client: TestClient) -> None:
    assert truth(post_form(client, {"query": ASK_BOTH, "default-graph-uri": [FACTS, OTHER_FACTS]})) is True


def test_query_dataset_named_graphs_get(client: TestClient) -> None:
    response = client.get("/sparql", params={"query": NAMES, "named-graph-uri": [FACTS, ONTOLOGY]})
    assert column(response, "g") == sorted([FACTS, ONTOLOGY])
    assert column(client.get("/sparql", params={"query": COUNT, "named-graph-uri": FACTS}), "n") == ["0"]


def test_query_dataset_named_graphs_post(client: TestClient) -> None:
    assert column(post_form(client, {"query": NAMES, "named-graph-uri": [FACTS]}), "g") == [FACTS]


def test_query_dataset_full(client: TestClient) -> None:
    query = "SELECT ?g ?x WHERE { ?x a <https://w3id.org/mtus/ontology/Case> GRAPH ?g { ?y a <https://w3id.org/mtus/ontology/Case> } }"
    params = {"query": query, "default-graph-uri": FACTS, "named-graph-uri": OTHER_FACTS}
    for response in (client.get("/sparql", params=params), post_form(client, params)):
        assert (column(response, "g"), column(response, "x")) == ([OTHER_FACTS], ["https://w3id.org/mtus/case/imr-2015"])


def test_query_multiple_dataset(client: TestClient) -> None:
    """Graphs of the protocol go before those that the query names itself."""
    query = f"ASK FROM <{OTHER_FACTS}> {{ <https://w3id.org/mtus/case/imr-2015> ?p ?o }}"
    assert truth(client.get("/sparql", params={"query": query})) is False
    assert truth(client.get("/sparql", params={"query": query, "default-graph-uri": FACTS})) is True
    named = f"SELECT ?g FROM NAMED <{OTHER_FACTS}> WHERE {{ GRAPH ?g {{ ?s a <https://w3id.org/mtus/ontology/Case> }} }}"
    assert column(client.get("/sparql", params={"query": named}), "g") == [OTHER_FACTS]
    assert column(client.get("/sparql", params={"query": named, "named-graph-uri": FACTS}), "g") == [FACTS]


def test_query_content_type_select(client: TestClient) -> None:
    assert kind_of(client.get("/sparql", params={"query": CASES})) == JSON


def test_query_content_type_ask(client: TestClient) -> None:
    assert kind_of(client.get("/sparql", params={"query": "ASK {}"})) == JSON


def test_query_content_type_describe(client: TestClient) -> None:
    response = client.get("/sparql", params={"query": f"DESCRIBE <{ONTOLOGY}>"})
    assert (response.status_code, kind_of(response)) == (200, "text/turtle")
    assert "owl" in response.text


def test_query_content_type_construct(client: TestClient) -> None:
    response = client.get("/sparql", params={"query": "CONSTRUCT { <a:a> <a:b> 1 } WHERE { }"})
    assert (response.status_code, kind_of(response)) == (200, "text/turtle")


# What is no query


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_bad_query_method(method: str, client: TestClient) -> None:
    response = client.request(method, "/sparql", params={"query": "ASK {}"})
    is_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, POST"


def test_bad_multiple_queries(client: TestClient) -> None:
    both = "query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D"
    for response in (
        client.get(f"/sparql?{both}"),
        client.post("/sparql", content=both, headers={"Content-Type": FORM}),
        client.post("/sparql?query=ASK%20%7B%7D", content="ASK {}", headers={"Content-Type": DIRECT}),
        client.post("/sparql?query=ASK%20%7B%7D", content="query=ASK%20%7B%7D", headers={"Content-Type": FORM}),
    ):
        assert "2 queries" in is_problem(response, 400, "one-query")["detail"]


def test_bad_query_wrong_media_type(client: TestClient) -> None:
    for kind in ("text/plain", "application/json", "multipart/form-data", "application/sparql-results+json"):
        response = post_direct(client, "ASK {}", kind)
        is_problem(response, 415, "unsupported-media-type")
        assert response.headers["accept-post"] == f"{FORM}, {DIRECT}"


def test_bad_query_missing_form_type(client: TestClient) -> None:
    is_problem(client.post("/sparql", content="query=ASK%20%7B%7D"), 415, "unsupported-media-type")


def test_bad_query_missing_direct_type(client: TestClient) -> None:
    is_problem(client.post("/sparql", content="ASK {}"), 415, "unsupported-media-type")


def test_bad_query_non_utf8(client: TestClient) -> None:
    is_problem(post_direct(client, "ASK {}".encode("utf-16")), 400, "not-utf-8")
    is_problem(post_direct(client, "ASK {}", DIRECT + "; charset=UTF-16"), 415, "unsupported-media-type")
    is_problem(client.get("/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%22%FF%22%20%7D"), 400, "not-utf-8")
    is_problem(client.post("/sparql", content=b"query=ASK+%FF", headers={"Content-Type": FORM}), 400, "not-utf-8")
    is_problem(client.post("/sparql", content=b"query=\xff", headers={"Content-Type": FORM}), 400, "not-utf-8")


def test_bad_query_syntax(client: TestClient) -> None:
    for response in (
        client.get("/sparql", params={"query": "ASK {\n ?s ?p }"}),
        post_form(client, {"query": "ASK {\n ?s ?p }"}),
        post_direct(client, "ASK {\n ?s ?p }"),
    ):
        problem = is_problem(response, 400, "query-syntax")
        assert problem["line"] == 2
        assert problem["column"] > 0
        assert "line 2, column" in problem["problems"][0]["place"]


def test_no_query(client: TestClient) -> None:
    is_problem(client.post("/sparql", content="", headers={"Content-Type": FORM}), 400, "one-query")
    is_problem(client.get("/sparql", headers={"Accept": JSON}), 400, "one-query")
    is_problem(client.get("/sparql", params={"query": ""}), 400, "query-syntax")
    is_problem(post_direct(client, ""), 400, "query-syntax")


# Updates: refused in every form, and nothing changes


@pytest.mark.parametrize("update", UPDATES)
def test_updates_are_refused_in_every_form(update: str, client: TestClient) -> None:
    before = column(client.get("/sparql", params={"query": COUNT}), "n")
    for response in (
        client.post("/sparql", content=update, headers={"Content-Type": UPDATE}),
        client.post("/sparql", data={"update": update}),
        client.get("/sparql", params={"update": update}),
        client.get("/sparql", params={"query": update}),
        client.post("/sparql", data={"query": update}),
        client.post("/sparql", data={"query": "ASK {}", "update": update}),
        post_direct(client, update),
        client.post("/sparql", content=update, headers={"Content-Type": UPDATE}, params={"using-graph-uri": FACTS}),
    ):
        assert 400 <= response.status_code < 500, response.text
        assert kind_of(response) == "application/problem+json"
    assert column(client.get("/sparql", params={"query": COUNT}), "n") == before


# Nothing is ever fetched


@pytest.mark.parametrize("graph", ["file:///etc/passwd", "http://127.0.0.1:9/data.ttl", "https://w3id.org/mtus/no-such-graph"])
def test_a_graph_that_is_not_ours_is_empty(graph: str, client: TestClient) -> None:
    for response in (
        client.get("/sparql", params={"query": COUNT, "default-graph-uri": graph}),
        client.get("/sparql", params={"query": f"SELECT (COUNT(*) AS ?n) FROM <{graph}> WHERE {{ ?s ?p ?o }}"}),
        client.get("/sparql", params={"query": f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"}),
        client.get("/sparql", params={"query": f"SELECT (COUNT(*) AS ?n) FROM NAMED <{graph}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"}),
    ):
        assert column(response, "n") == ["0"]


@pytest.mark.parametrize("graph", ["not an iri", "relative", "<http://a>", ""])
def test_a_graph_that_is_no_iri_is_refused(graph: str, client: TestClient) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        is_problem(client.get("/sparql", params={"query": "ASK {}", name: graph}), 400, "bad-graph")


def test_service_is_refused(client: TestClient) -> None:
    problem = is_problem(
        client.get("/sparql", params={"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}), 400, "query-service"
    )
    assert (problem["line"], problem["column"]) == (1, 12)


# What the service says of itself


def test_service_description(client: TestClient) -> None:
    for accept, kind in (("text/turtle", "text/turtle"), ("application/ld+json", "application/ld+json"), ("*/*", "text/turtle")):
        response = client.get("/sparql", headers={"Accept": accept})
        assert (response.status_code, kind_of(response)) == (200, kind)
        for told in (
            "sparql-service-description#Service",
            "UnionDefaultGraph",
            "SPARQL_Results_TSV",
            "SPARQL11Query",
            FACTS,
            "testserver/sparql",
        ):
            assert told in response.text or told.replace("https://w3id.org/mtus/case/", "case:") in response.text


def test_sparql_examples(client: TestClient) -> None:
    response = client.get("/.well-known/sparql-examples", headers={"Accept": "application/ld+json"})
    assert kind_of(response) == "application/ld+json"
    queries = [
        text["@value"]
        for node in json.loads(response.text)
        for key, values in node.items()
        if key == "http://www.w3.org/ns/shacl#select"
        for text in values
    ]
    assert len(queries) >= 25
    for query in queries[:3]:
        assert client.get("/sparql", params={"query": query}).status_code == 200


def test_head_has_no_body(client: TestClient) -> None:
    response = client.head("/sparql", params={"query": CASES})
    assert (response.status_code, response.content, kind_of(response)) == (200, b"", JSON)


def test_pages_of_this_machine_may_ask_and_others_may_not(client: TestClient) -> None:
    url = f"/sparql?query={quote(CASES)}"
    own = client.get(url, headers={"Origin": "http://localhost:3000"})
    assert own.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "Answer-Cut-After" in own.headers["access-control-expose-headers"]
    preflight = client.options(
        "/sparql",
        headers={"Origin": "http://127.0.0.1:8080", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "accept"},
    )
    assert preflight.status_code == 200
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in client.get(url, headers={"Origin": "https://elsewhere.example"}).headers
    assert "access-control-allow-origin" not in client.get(url, headers={"Origin": "http://localhost.elsewhere.example"}).headers


def test_origins_are_a_setting(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> None:
    folder = tmp_path_factory.mktemp("origins") / "store"
    with client_of(folder, MTUS_ALLOWED_ORIGINS="https://analysts.example") as client:
        response = client.get("/sparql?query=ASK{}", headers={"Origin": "https://analysts.example"})
        assert response.headers["access-control-allow-origin"] == "https://analysts.example"
