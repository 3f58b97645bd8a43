"""The validation API of the ITB: its form, its errors, and that it validates as `/validate` does."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import IMR_2015
from fastapi.testclient import TestClient
from served import client_of, is_problem, kind_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TURTLE = (IMR_2015 / "case.ttl").read_text("utf-8")
ENCODED = base64.b64encode(TURTLE.encode()).decode()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("itb") / "store") as found:
        yield found


def plain(client: TestClient, kind: str) -> bytes:
    return bytes(client.post("/validate", content=TURTLE, headers={"Content-Type": "text/turtle", "Accept": kind}).content)


@pytest.mark.parametrize(
    ("item", "accept", "kind"),
    [
        ({"contentToValidate": TURTLE}, "", "text/turtle"),
        ({"contentToValidate": TURTLE, "embeddingMethod": "STRING", "contentSyntax": "text/turtle"}, "", "text/turtle"),
        ({"contentToValidate": ENCODED, "embeddingMethod": "BASE64"}, "application/ld+json", "application/ld+json"),
        ({"contentToValidate": ENCODED, "contentSyntax": "text/turtle"}, "", "text/turtle"),
        ({"contentToValidate": TURTLE, "reportSyntax": "application/rdf+xml"}, "text/turtle", "application/rdf+xml"),
        ({"contentToValidate": TURTLE, "validationType": "chronic-pain-2009", "locale": "en"}, "", "text/turtle"),
        ({"contentToValidate": TURTLE, "externalRules": [], "loadImports": False}, "", "text/turtle"),
    ],
)
@pytest.mark.parametrize("domain", ["mtus", "chronic-pain"])
def test_it_validates_as_the_plain_route_does(domain: str, item: Any, accept: str, kind: str, client: TestClient) -> None:
    response = client.post(f"/{domain}/api/validate", json=item, headers={"Accept": accept})
    assert response.status_code == 200
    assert kind_of(response) == kind
    assert response.content == plain(client, kind)


def test_several(client: TestClient) -> None:
    items = [{"contentToValidate": TURTLE}, {"contentToValidate": TURTLE, "reportSyntax": "application/ld+json"}]
    found = client.post("/mtus/api/validateMultiple", json=items).json()
    assert [one["reportSyntax"] for one in found] == ["text/turtle", "application/ld+json"]
    assert [base64.b64decode(one["report"]) for one in found] == [plain(client, "text/turtle"), plain(client, "application/ld+json")]


def test_what_there_is(client: TestClient) -> None:
    info = client.get("/mtus/api/info").json()
    assert info["domain"] == "mtus"
    assert [one["type"] for one in info["validationTypes"]] == ["chronic-pain-2009"]
    assert [one["domain"] for one in client.get("/api/info").json()] == ["mtus", "chronic-pain"]


@pytest.mark.parametrize(
    ("item", "kind", "word"),
    [
        ({}, "validation-request", "contentToValidate is missing"),
        ([], "validation-request", "no object"),
        ({"contentToValidate": 3}, "validation-request", "no text"),
        ({"contentToValidate": "x", "embeddingMethod": "FILE"}, "validation-request", "neither STRING nor BASE64"),
        ({"contentToValidate": "http://example.org/", "embeddingMethod": "URL"}, "remote-content", "send the content itself"),
        ({"contentToValidate": "https://example.org/case.ttl"}, "remote-content", "send the content itself"),
        ({"contentToValidate": "?", "embeddingMethod": "BASE64"}, "validation-request", "not what its embeddingMethod says"),
        ({"contentToValidate": "x", "contentSyntax": "text/csv"}, "validation-request", "text/csv"),
        ({"contentToValidate": "x", "reportSyntax": "text/csv"}, "validation-request", "text/csv"),
        ({"contentToValidate": "x", "validationType": "acoem"}, "unknown-validation-type", "chronic-pain-2009"),
        ({"contentToValidate": "x", "externalRules": [{"ruleSet": "x"}]}, "validation-request", "externalRules is not done here"),
        ({"contentToValidate": "x", "loadImports": True}, "validation-request", "nothing is fetched"),
        ({"contentToValidate": "x", "other": 1}, "validation-request", "'other' is not known"),
        ({"contentToValidate": ":a b"}, "unreadable-case", ""),
    ],
)
def test_what_is_not_in_the_form(item: Any, kind: str, word: str, client: TestClient) -> None:
    assert word in is_problem(client.post("/mtus/api/validate", json=item), 400, kind)["detail"]
    body = is_problem(client.post("/mtus/api/validateMultiple", json=[{"contentToValidate": TURTLE}, item]), 400, kind)
    assert "#/1" in str(body), "it says which one"


@pytest.mark.parametrize(
    ("item", "place", "remedy"),
    [
        ({"contentToValidate": "x", "contentSyntax": "text/csv"}, "body#/contentSyntax", "/openapi.json"),
        ({"contentToValidate": "x", "loadImports": True}, "body#/loadImports", "Leave it out"),
        ({"contentToValidate": "http://example.org/", "embeddingMethod": "URL"}, "body#/contentToValidate", "as STRING or BASE64"),
        ({"contentToValidate": "x", "validationType": "acoem"}, "body#/validationType", "leave it out"),
        ({"contentToValidate": "x", "other": 1}, "body#", "contentSyntax, validationType"),
    ],
)
def test_a_mistake_has_its_place_and_its_remedy(item: Any, place: str, remedy: str, client: TestClient) -> None:
    (problem,) = is_problem(client.post("/mtus/api/validate", json=item), 400, "unknown-validation-type" if "acoem" in str(item) else
                            "remote-content" if "URL" in str(item) else "validation-request")["problems"]  # fmt: skip
    assert problem["place"] == place
    assert remedy in problem["remedy"]


def test_other_errors(client: TestClient) -> None:
    is_problem(client.get("/nothing/api/info"), 404, "no-domain")
    is_problem(client.post("/nothing/api/validate", json={}), 404, "no-domain")
    is_problem(client.post("/mtus/api/validate", content=TURTLE, headers={"Content-Type": "text/turtle"}), 415, "unsupported-media-type")
    is_problem(
        client.post("/mtus/api/validate", json={"contentToValidate": TURTLE}, headers={"Accept": "image/png"}), 406, "not-acceptable"
    )
    is_problem(client.post("/mtus/api/validateMultiple", json=[]), 400, "validation-request")
    is_problem(client.post("/mtus/api/validateMultiple", json=[{}] * 101), 400, "validation-request")
