"""The Python client against the application."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import IMR_2015, ROOT
from fastapi.testclient import TestClient
from served import client_of

from mtus.api.access import find_route, operation_name
from mtus.api.client import BrokenOff, Client, Cut, Refused
from mtus.api.examples import review_body
from mtus.reasoner.knowledge import Knowledge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CASE = json.loads((IMR_2015 / "case.json").read_text("utf-8"))
SKELETON = (ROOT / "examples" / "skeletons" / "case.json").read_bytes()


class _IntoTheApplication(httpx.BaseTransport):
    """Hands requests to the application in this process; httpx has such a transport for asynchronous clients alone."""

    def __init__(self, served: TestClient) -> None:
        self._served = served
        self.asked: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        found: Any = self._served.request(
            request.method,
            request.url.raw_path.decode(),
            content=request.read(),
            headers=list(request.headers.items()),
            follow_redirects=False,
        )
        routes = self._served.app.state.routes  # type: ignore[attr-defined]
        scope = {"type": "http", "path": request.url.path, "method": request.method}
        route = find_route(routes, scope)
        self.asked.add(operation_name(route) if route else "")
        return httpx.Response(found.status_code, headers=list(found.headers.items()), content=found.content)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("client") / "store", MTUS_MAX_ROWS="50") as found:
        yield found


@pytest.fixture(scope="module")
def client(served: TestClient) -> Iterator[Client]:
    with Client("http://localhost", transport=_IntoTheApplication(served)) as found:
        yield found


def test_a_determination_and_what_stands_below(client: Client) -> None:
    first, second = client.determine(CASE), client.determine(CASE)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.data == second.data
    assert [request["answer"] for request in first.requests] == ["not-supported"] * 3
    assert json.loads(client.determination(first.name)) == first.data
    assert client.determination(first.name, "text/plain") == client.letter(first.name)
    assert client.trace(first.name)["determination"] == first.data["id"]
    assert client.what_would_change(first.name)["requests"]
    assert client.lint(first.name)["subjects"]
    assert client.replay(first.name)["identical"] is True
    assert first.data["id"] in [one["id"] for one in client.determinations()]


def test_reviews(client: Client, knowledge: Knowledge) -> None:
    made = client.determine(SKELETON)
    review = client.review(made.name, review_body(knowledge)["review"])
    assert client.reviews(made.name) == [review]


def test_many(client: Client) -> None:
    lines = list(client.determine_many([CASE, "{", SKELETON], keep=False))
    assert [line["status"] for line in lines] == [200, 400, 200]


def test_the_rest(client: Client) -> None:
    assert "ValidationReport" in client.validate(CASE)
    assert client.checklist(["massage therapy"], date="2015-08-20")["answers"]
    assert client.knowledge("provisions", "ESI-2")["page"] == "46"
    assert client.knowledge("coverage")["all"]
    assert client.query("SELECT ?s WHERE { ?s a <https://w3id.org/mtus/ontology/Edition> }")


def test_every_operation_has_a_method(served: TestClient, knowledge: Knowledge) -> None:
    transport = _IntoTheApplication(served)
    with Client("http://localhost", transport=transport) as client:
        made = client.determine(CASE)
        for below in (
            client.letter,
            client.trace,
            client.what_would_change,
            client.lint,
            client.replay,
            client.determination,
            client.reviews,
        ):
            below(made.name)
        assert client.lint_case(CASE)["subjects"] == client.lint(made.name)["subjects"]
        assert client.what_would_change_case(CASE)["requests"] == client.what_would_change(made.name)["requests"]
        client.checklist(["massage therapy"], date="2015-08-20")
        review = review_body(knowledge)
        client.determine(SKELETON)
        assert client.review_of(review["determination"], review["review"])["requests"]
        client.review(review["determination"]["id"].rsplit("/", 1)[-1], review["review"])
        assert list(client.determinations())
        (line,) = client.determine_many([CASE], full=True)
        assert line["determination"]["id"] == made.data["id"]
        for what in ("editions", "topics", "provisions", "criteria", "coverage"):
            client.knowledge(what)
        name = client.knowledge("criteria")["criteria"][0]["name"]
        assert client.knowledge("criteria", name)["name"] == name
        client.knowledge("provisions", "ESI-2")
        assert client.schema("case.json")["$schema"]
        assert client.context("case.jsonld")["@context"]
        assert client.problem_types("no-graph")[0]["statuses"] == [404]
        assert len(client.problem_types()) > 10
        turtle = (IMR_2015 / "case.ttl").read_text("utf-8")
        report = client.validate(turtle, "text/turtle")
        assert client.validate_in("mtus", turtle, edition="chronic-pain-2009") == report
        assert client.validate_many_in("mtus", [turtle, turtle], syntax="text/turtle") == [report, report]
        assert client.validation_types("mtus")[0] in client.validation_types()
        assert client.ask("ASK { ?edition a <https://w3id.org/mtus/ontology/Edition> }") is True
        assert "ontology/Edition" in client.graph_of(
            "CONSTRUCT WHERE { ?e a <https://w3id.org/mtus/ontology/Edition> }", "application/n-triples"
        )
        assert "ontology" in client.graph("https://w3id.org/mtus/ontology", may_be_cut=True)
        assert "SPARQLSelectExecutable" in client.examples()
        assert "items-by-month" in [query["name"] for query in client.stored_queries()]
        assert client.stored_query("items-by-month", **{"from": "2100-01-01"}) == []
        assert client.health()["version"] == client.version()["version"]
        assert client.readiness()["status"] == "ready"
        operations = {o["operationId"] for methods in served.get("/openapi.json").json()["paths"].values() for o in methods.values()}
        # a query is always sent as the body, so that it may be long
        assert transport.asked == operations - {"queryGet"}


def test_an_answer_that_was_cut_is_raised_and_not_taken_for_all(client: Client) -> None:
    everything = "SELECT * WHERE { ?s ?p ?o }"
    with pytest.raises(Cut, match="cut after 50; ask a narrower question") as cut:
        client.query(everything)
    assert (cut.value.count, len(cut.value.answer)) == (50, 50)
    assert len(client.query(everything, may_be_cut=True)) == 50
    with pytest.raises(Cut):
        client.graph_of("CONSTRUCT WHERE { ?s ?p ?o }")
    with pytest.raises(Cut):
        client.graph("https://w3id.org/mtus/ontology")


def test_a_batch_that_broke_off_is_raised() -> None:
    answer = httpx.Response(200, headers={"mtus-cases": "2"}, content=b'{"line": 1}\n')
    with Client("http://localhost", transport=httpx.MockTransport(lambda _: answer)) as client:
        lines = client.determine_many([CASE, CASE])
        assert next(lines) == {"line": 1}
        with pytest.raises(BrokenOff, match="after 1 of 2 cases"):
            next(lines)


def test_problems_are_raised(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.determine({**CASE, "visitcount": 3}, keep=False)
    assert (refused.value.status, refused.value.code) == (422, "invalid-case")
    assert refused.value.problems[0]["code"] == "unknown-property"
    assert "422 invalid-case" in str(refused.value)
    with pytest.raises(Refused, match="no-determination"):
        client.letter("0" * 32)


def test_an_answer_that_is_no_problem_details() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="a proxy"))
    with Client("http://localhost", transport=transport) as client, pytest.raises(Refused) as refused:
        client.knowledge("editions")
    assert (refused.value.status, refused.value.code, refused.value.detail) == (502, "no-answer", "a proxy")
