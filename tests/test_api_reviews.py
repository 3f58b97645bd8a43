"""``POST /reviews``: the review or the signed letter, and problem details for whatever may not be signed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient
from reviews import made
from test_api import is_problem

from mtus.api.examples import review_body
from mtus.api.main import create_app
from mtus.api.routes import reviews as route
from mtus.api.routes.reviews import ANSWER_TYPES, NOTE
from mtus.reasoner.errors import engine_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_json import to_dict, to_json_ld
from mtus.reasoner.render_rdf import to_turtle
from mtus.reasoner.render_signed import to_signed_letter
from mtus.reasoner.review_schema import filled_skeleton
from mtus.reasoner.stored import one_review, read_stored
from mtus.reasoner.trace import Determination

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

REVIEWER = {"name": "R-17", "role": "independent-medical-reviewer", "licenceStates": ["TX", "CA"], "specialties": ["Pain Medicine"]}
SUFFIXES = {"application/json": "json", "application/ld+json": "jsonld", "text/turtle": "ttl"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(), raise_server_exceptions=False) as found:
        yield found


@pytest.fixture
def body(imr_2015: Determination) -> dict[str, Any]:
    """The case of 2015, agreed with by an invented physician."""
    form = filled_skeleton(imr_2015, dict(REVIEWER), "2015-10-02", ["upheld"] * 3)
    return {"determination": to_dict(imr_2015), "review": form}


@pytest.fixture
def sent(client: TestClient, body: dict[str, Any]) -> tuple[TestClient, dict[str, Any]]:
    return client, body


def post(client: TestClient, body: Any, **headers: str) -> Any:
    return client.post("/reviews", content=json.dumps(body), headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize("kind", SUFFIXES)
def test_the_review(kind: str, client: TestClient, body: dict[str, Any], imr_2015: Determination, knowledge: Knowledge) -> None:
    response = post(client, body, Accept=kind)
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == kind
    assert "Accept" in response.headers["vary"].split(", ")
    assert NOTE not in response.headers
    assert one_review(read_stored(response.content, f"review.{SUFFIXES[kind]}", knowledge)) == made(imr_2015)


def test_the_signed_letter(client: TestClient, body: dict[str, Any], imr_2015: Determination, knowledge: Knowledge) -> None:
    response = post(client, body, Accept="text/plain")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == to_signed_letter(imr_2015, made(imr_2015), knowledge)


def test_json_is_the_default(client: TestClient, body: dict[str, Any]) -> None:
    assert post(client, body).headers["content-type"] == "application/json"
    assert post(client, body, Accept="text/html, */*;q=0.1").headers["content-type"] == "application/json"


def test_the_determination_in_other_formats(client: TestClient, body: dict[str, Any], imr_2015: Determination) -> None:
    expected = post(client, body).json()
    for other in (json.loads(to_json_ld(imr_2015)), to_turtle(imr_2015)):
        assert post(client, body | {"determination": other}).json() == expected


def test_without_facts_it_is_said_that_nothing_was_computed_again(client: TestClient, body: dict[str, Any]) -> None:
    del body["determination"]["statedFacts"]
    response = post(client, body)
    assert response.status_code == 200
    assert "does not hold the facts of the case" in response.headers[NOTE]


@pytest.mark.parametrize(
    ("change", "kind", "code", "place"),
    [
        (lambda b: b["review"]["reviewer"].update(role="claims-adjuster"), "invalid-review", "review-not-a-physician", "body#/review, "),
        (lambda b: b["review"]["requests"][1].update(decision="overturned"), "invalid-review", "review-unanswered-reason", "body#/review"),
        (lambda b: b["review"].update(determinationDigest="0" * 64), "invalid-review", "review-digest", "body#/review"),
        (lambda b: b["review"].update(reviewedAt=""), "invalid-review", "review-time", "body#/review"),
        (lambda b: b["review"].update(surprise=1), "invalid-review", "review-form", "body#/review#/surprise"),
        (lambda b: b.update(surprise=1), "invalid-review", "review-body", "body"),
        (lambda b: b["determination"].update(surprise=1), "invalid-determination", "determination-shape", "body#/determination#/surprise"),
        (lambda b: b["determination"]["requests"][0].update(answer="supported"), "invalid-determination", "determination-altered", "The d"),
        (lambda b: b.update(determination={"type": "Case"}), "invalid-determination", "not-a-determination", "body#/determination"),
        (lambda b: b.update(determination="RECOMMENDED"), "unreadable-determination", "syntax", "body#/determination"),
    ],
)  # fmt: skip
def test_what_may_not_be_signed(
    change: Callable[[Any], None], kind: str, code: str, place: str, sent: tuple[TestClient, dict[str, Any]]
) -> None:
    client, body = sent
    change(body)
    found = is_problem(post(client, body), 400 if kind.startswith("unreadable") else 422, kind)
    assert code in {problem["code"] for problem in found["problems"]}
    assert all(problem["place"].startswith(place) for problem in found["problems"])


@pytest.mark.parametrize(("content", "code"), [(b"{", "syntax"), (b"[]", "review-body"), (b"", "empty-case"), (b'{"a":\xff}', "not-utf-8")])
def test_bodies_that_are_no_review(content: bytes, code: str, client: TestClient) -> None:
    response = client.post("/reviews", content=content, headers={"Content-Type": "application/json"})
    found = is_problem(response, 422 if code == "review-body" else 400, "invalid-review" if code == "review-body" else "unreadable-review")
    assert found["problems"][0]["code"] == code


def test_negotiation_and_types(client: TestClient, body: dict[str, Any]) -> None:
    assert "text/plain" in is_problem(post(client, body, Accept="image/png"), 406, "not-acceptable")["detail"]
    for kind in ("text/turtle", "", "application/json; charset=latin-1"):
        response = client.post("/reviews", content=b"{}", headers={"Content-Type": kind})
        is_problem(response, 415, "unsupported-media-type")
        assert response.headers["accept-post"] == "application/json"
    is_problem(client.post("/reviews", content=b" " * 4_000_001, headers={"Content-Type": "application/json"}), 413, "case-too-large")
    response = client.get("/reviews")
    is_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


def test_our_own_fault_signs_nothing(client: TestClient, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise engine_error("engine-failed", "compiled shapes", "secret", "Report it.")

    monkeypatch.setattr(route, "make_review", fail)
    response = post(client, body)
    is_problem(response, 500, "internal-error")
    assert "secret" not in response.text


def test_the_description(client: TestClient, knowledge: Knowledge) -> None:
    described = client.get("/openapi.json").json()["paths"]["/reviews"]["post"]
    assert set(described["responses"]) == {"200", "400", "406", "413", "415", "422", "500", "401", "403", "408", "421", "429", "503"}
    assert set(described["responses"]["200"]["content"]) == set(ANSWER_TYPES)
    content = described["requestBody"]["content"]["application/json"]
    assert content["example"] == review_body(knowledge)
    jsonschema.Draft202012Validator.check_schema(content["schema"])
    jsonschema.validate(content["example"], content["schema"])
    response = post(client, content["example"])
    assert response.status_code == 200
    assert response.json()["requests"][0]["decision"] == "approve"
    assert post(client, content["example"], Accept="text/plain").text.startswith("DETERMINATION\nThe facts of this case are invented")
