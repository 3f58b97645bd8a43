"""The Python client against the application."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import IMR_2015, ROOT
from fastapi.testclient import TestClient
from served import client_of

from mtus.api.client import Client, Refused
from mtus.api.examples import review_body
from mtus.reasoner.knowledge import Knowledge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CASE = json.loads((IMR_2015 / "case.json").read_text("utf-8"))
SKELETON = (ROOT / "examples" / "skeletons" / "case.json").read_bytes()


class _IntoTheApplication(httpx.BaseTransport):
    """Hands requests to the application in this process; httpx has such a transport for asynchronous clients alone."""

    def __init__(self, served: TestClient) -> None:
        self._served = served

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        found: Any = self._served.request(
            request.method,
            request.url.raw_path.decode(),
            content=request.read(),
            headers=list(request.headers.items()),
            follow_redirects=False,
        )
        return httpx.Response(found.status_code, headers=list(found.headers.items()), content=found.content)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with (
        client_of(tmp_path_factory.mktemp("client") / "store") as served,
        Client("http://localhost", transport=_IntoTheApplication(served)) as found,
    ):
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
