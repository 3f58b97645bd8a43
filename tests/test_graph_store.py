"""The Graph Store Protocol for reading (https://www.w3.org/TR/sparql11-http-rdf-update/)."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from served import client_of, fill, is_problem, kind_of

from mtus.reasoner.knowledge import Knowledge

FACTS = "https://w3id.org/mtus/case/imr-2015/facts"
ONTOLOGY = "https://w3id.org/mtus/ontology"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("graphs") / "store", knowledge)) as found:
        yield found


def test_graph_store_get_and_head(client: TestClient) -> None:
    response = client.get("/graphs", params={"graph": FACTS}, headers={"Accept": "application/n-triples"})
    assert (response.status_code, kind_of(response)) == (200, "application/n-triples")
    size = len(response.text.splitlines())
    counted = client.get("/sparql", params={"query": COUNT, "default-graph-uri": FACTS}).json()
    assert counted["results"]["bindings"][0]["n"]["value"] == str(size)
    head = client.head("/graphs", params={"graph": FACTS})
    assert (head.status_code, head.content) == (200, b"")
    everything = client.get("/graphs", params={"default": ""}, headers={"Accept": "application/n-triples"})
    assert len(everything.text.splitlines()) > size


def test_graph_store_404(client: TestClient) -> None:
    is_problem(client.get("/graphs", params={"graph": "http://nothing"}), 404, "no-graph")
    assert client.head("/graphs", params={"graph": "http://nothing"}).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_graph_store_writes_405(method: str, client: TestClient) -> None:
    response = client.request(method, "/graphs", params={"graph": FACTS}, content="<a:a> <a:b> <a:c> .")
    is_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD"


def test_graph_store_names_exactly_one_graph(client: TestClient) -> None:
    for url in ("/graphs", f"/graphs?graph={FACTS}&graph={ONTOLOGY}", f"/graphs?default&graph={FACTS}"):
        is_problem(client.get(url), 400, "one-graph")
    is_problem(client.get("/graphs?graph=no%20iri"), 400, "bad-graph")
    is_problem(client.get("/graphs", params={"graph": FACTS}, headers={"Accept": "image/png"}), 406, "not-acceptable")
