"""``/determinations``: formats, identity, conflicts, what stands below a determination."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015, ROOT
from fastapi.testclient import TestClient
from served import case_written, client_of, is_problem, kind_of

from mtus.api.examples import review_body
from mtus.api.formats import INPUT_TYPES
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_json import to_json, to_json_ld
from mtus.reasoner.render_rdf import to_turtle
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.stored import one_determination, read_stored
from mtus.reasoner.trace import Determination

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CASE = (IMR_2015 / "case.json").read_bytes()
SKELETON = (ROOT / "examples" / "skeletons" / "case.json").read_bytes()
BROKEN = ROOT / "tests" / "broken"
TYPES = ("application/json", "application/ld+json", "text/turtle", "application/trig", "text/plain")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("determinations") / "store") as found:
        yield found


def post(client: TestClient, content: bytes, kind: str = "application/json", query: str = "", **headers: str) -> Any:
    return client.post(f"/determinations{query}", content=content, headers={"Content-Type": kind, **headers})


@pytest.fixture(scope="module")
def address(client: TestClient) -> str:
    """The address of the determination of the case of 2015, which is kept there."""
    return str(post(client, CASE).headers["location"])


# Identity


def test_the_first_time_it_is_made_and_then_it_is_there(tmp_path: Path, imr_2015: Determination) -> None:
    with client_of(tmp_path / "store") as client:
        first, second = post(client, CASE), post(client, CASE)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.content == second.content == to_json(imr_2015).encode()
        assert first.headers["location"] == second.headers["location"] == "/determinations/" + imr_2015.id.rsplit("/", 1)[-1]
        assert client.get(first.headers["location"]).content == first.content


@pytest.mark.parametrize("kind", INPUT_TYPES)
def test_every_format_of_the_case_gives_the_same_identifier(kind: str, client: TestClient, address: str, knowledge: Knowledge) -> None:
    response = post(client, case_written(CASE, kind, knowledge), kind)
    assert response.status_code == 200
    assert response.headers["location"] == address


def test_another_content_is_a_conflict_until_it_is_to_replace(tmp_path: Path) -> None:
    other = json.dumps(json.loads(CASE) | {"label": "another"}).encode()
    with client_of(tmp_path / "store") as client:
        first = post(client, CASE).headers["location"]
        body = is_problem(post(client, other), 409, "other-case-stored")
        assert "?replace=true" in body["detail"]
        second = post(client, other, query="?replace=true")
        assert second.status_code == 201
        assert second.headers["location"] != first
        assert client.get(first).status_code == 200, "a determination never goes away"
        assert [one["url"] for one in client.get("/determinations").json()["determinations"]] == [second.headers["location"]]


def test_what_is_not_to_be_kept(tmp_path: Path, imr_2015: Determination) -> None:
    with client_of(tmp_path / "store") as client:
        response = post(client, CASE, query="?keep=false")
        assert response.status_code == 200
        assert response.content == to_json(imr_2015).encode()
        assert "location" not in response.headers
        assert client.get("/determinations").json() == {"determinations": []}


# Formats


@pytest.mark.parametrize("kind", TYPES)
def test_every_format_says_the_same(kind: str, client: TestClient, address: str, imr_2015: Determination, knowledge: Knowledge) -> None:
    response = client.get(address, headers={"Accept": kind})
    assert response.status_code == 200
    assert kind_of(response) == kind
    assert "Accept" in response.headers["vary"]
    if kind == "text/plain":
        assert response.text == to_letter(imr_2015, knowledge)
    else:
        stored = one_determination(read_stored(response.content, "answer", knowledge))
        assert stored.determination == imr_2015
    assert post(client, CASE, Accept=kind).content == response.content


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/turtle"),
        ("application/ld+json, application/json;q=0.9", "application/ld+json"),
        ("text/turtle;q=0.2, text/plain;q=0.8", "text/plain"),
        ("application/json;q=0, */*;q=0.1", "application/ld+json"),
        ("APPLICATION/TRIG; Q=1.0", "application/trig"),
        ("text/turtle;q=0.5;charset=utf-8, application/trig;q=0.4", "text/turtle"),
        ("image/png, */*;q=0.01", "application/json"),
        ("image/png", None),
        ("application/json;q=nonsense", None),
        ("text/html, application/xhtml+xml, */*;q=0.5", "page"),
    ],
)
def test_negotiation(accept: str, kind: str | None, client: TestClient, address: str) -> None:
    response = client.get(address, headers={"Accept": accept}, follow_redirects=False)
    if kind is None:
        assert "application/trig" in is_problem(response, 406, "not-acceptable")["detail"]
    elif kind == "page":
        assert response.status_code == 303
        assert response.headers["location"] == address + ".html"
    else:
        assert kind_of(response) == kind


def test_json_ld_is_the_json_with_its_context(client: TestClient, address: str, imr_2015: Determination) -> None:
    assert client.get(address, headers={"Accept": "application/ld+json"}).content == to_json_ld(imr_2015).encode()
    assert client.get(address, headers={"Accept": "text/turtle"}).content == to_turtle(imr_2015).encode()


def test_entity_tags(client: TestClient, address: str) -> None:
    tag = client.get(address).headers["etag"]
    assert tag == f'W/"{address.rsplit("/", 1)[-1]}"'
    for sent in (tag, tag.removeprefix("W/"), "*", f'"other", {tag}'):
        response = client.get(address, headers={"If-None-Match": sent})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    head = client.head(address)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


# The list


def test_the_list_comes_in_pages(tmp_path: Path) -> None:
    with client_of(tmp_path / "store") as client:
        for number in range(3):
            assert post(client, SKELETON.replace(b"my-case", b"c-%d" % number)).status_code == 201
        whole = [one["id"] for one in client.get("/determinations").json()["determinations"]]
        assert len(whole) == 3
        assert whole == sorted(whole)
        paged, address = [], "/determinations?limit=2"
        while address:
            page = client.get(address).json()
            paged += [one["id"] for one in page["determinations"]]
            address = page.get("next", "")
        assert paged == whole


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=" + "0" * 201])
def test_wrong_parameters(query: str, client: TestClient) -> None:
    is_problem(client.get(f"/determinations?{query}"), 422, "bad-parameter")


# Below


def test_what_stands_below(client: TestClient, address: str, imr_2015: Determination) -> None:
    below = {name: client.get(f"{address}/{name}") for name in ("letter", "trace", "what-would-change", "lint", "replay", "review")}
    assert {name: response.status_code for name, response in below.items()} == dict.fromkeys(below, 200)
    assert below["replay"].json()["identical"] is True
    assert below["review"].json() == {"reviews": []}
    tree = below["trace"].json()
    assert tree["determination"] == imr_2015.id
    assert [request["answer"] for request in tree["children"]] == ["not-supported"] * 3
    assert {"criterion"} == {node["kind"] for request in tree["children"] for node in request["children"]}
    assert len(below["what-would-change"].json()["requests"]) == 3
    assert below["lint"].json()["counts"]["found"] > 0
    for name in ("trace", "what-would-change", "lint", "replay"):
        text = client.get(f"{address}/{name}", headers={"Accept": "text/plain"})
        assert kind_of(text) == "text/plain"
        is_problem(client.get(f"{address}/{name}", headers={"Accept": "image/png"}), 406, "not-acceptable")


@pytest.mark.parametrize("below", ["", "/letter", "/trace", "/what-would-change", "/lint", "/replay", "/review"])
@pytest.mark.parametrize("name", ["0" * 32, "x", "..%2F..%2Fetc", "a" * 5000])
def test_below_nothing_there_is_nothing(name: str, below: str, client: TestClient) -> None:
    response = client.get(f"/determinations/{name}{below}")
    assert response.status_code == 404
    is_problem(response, 404, "not-found" if "%2F" in name else "no-determination")


def test_of_a_case_without_storing(client: TestClient, address: str) -> None:
    for name in ("lint", "what-would-change"):
        asked = client.post(f"/{name}", content=CASE, headers={"Content-Type": "application/json"})
        assert asked.status_code == 200
        assert asked.content == client.get(f"{address}/{name}").content
        is_problem(client.post(f"/{name}", content=b"{", headers={"Content-Type": "application/json"}), 400, "unreadable-case")


# Reviews


def test_a_review_is_kept_beside_its_determination(client: TestClient, knowledge: Knowledge) -> None:
    made = post(client, SKELETON)
    form = review_body(knowledge)["review"]
    address = made.headers["location"] + "/review"
    first, second = (client.post(address, json=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content
    assert client.get(address).json()["reviews"] == [first.json()]
    assert client.get(made.headers["location"]).content == made.content, "the determination never changes"
    letter = client.post(address, json=form, headers={"Accept": "text/plain"})
    assert kind_of(letter) == "text/plain"


def test_who_is_no_physician_may_not_deny(client: TestClient, address: str) -> None:
    form = {"reviewer": {"name": "N-4", "role": "non-physician-reviewer"}, "reviewedAt": "2015-03-05", "requests": []}
    is_problem(client.post(address + "/review", json=form), 422, "invalid-review")
    is_problem(client.post(address + "/review", content=b"{", headers={"Content-Type": "application/json"}), 400, "unreadable-review")
    is_problem(client.post(address + "/review", content=b"{}", headers={"Content-Type": "text/plain"}), 415, "unsupported-media-type")


# What is wrong


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("unknown-property.json", 422, "invalid-case"),
        ("impossible-date.json", 422, "invalid-case"),
        ("no-treatment.json", 422, "invalid-case"),
        ("cycle-of-one.json", 422, "invalid-case"),
    ],
)
def test_wrong_cases(name: str, status: int, kind: str, client: TestClient) -> None:
    assert is_problem(post(client, (BROKEN / name).read_bytes()), status, kind)["problems"]


def test_wrong_bodies(client: TestClient) -> None:
    is_problem(post(client, CASE, "text/csv"), 415, "unsupported-media-type")
    is_problem(post(client, CASE, Accept="image/png"), 406, "not-acceptable")
    is_problem(post(client, b"#" * 4_000_001, "text/turtle"), 413, "case-too-large")
    is_problem(post(client, CASE, query="?keep=maybe"), 422, "bad-parameter")
    is_problem(client.put("/determinations", content=CASE), 405, "method-not-allowed")


# Checklists


@pytest.mark.parametrize("kind", ["application/json", "application/fhir+json", "text/plain", "text/html"])
def test_a_checklist(kind: str, client: TestClient) -> None:
    response = client.post("/checklist", json={"treatments": ["massage therapy"], "date": "2015-08-20"}, headers={"Accept": kind})
    assert response.status_code == 200
    assert kind_of(response) == kind
    assert "massage" in response.text.lower()


def test_answers_to_a_checklist_give_a_case(client: TestClient) -> None:
    asked = client.post("/checklist", json={"treatments": ["massage therapy"], "date": "2015-08-20"}).json()
    turned = client.post("/checklist", json=asked).json()
    assert turned["notOnFile"] == []
    assert post(client, json.dumps(turned["case"]).encode(), query="?keep=false").status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "checklist-body"),
        ({"x": 1}, "checklist-body"),
        ({"treatments": 3}, "checklist-body"),
        ({"treatments": ["massage therapy"], "date": 3}, "checklist-body"),
        ({"treatments": ["nothing like it"], "date": "2015-08-20"}, "checklist-treatment"),
        ({"treatments": ["massage therapy"], "date": "2015-02-30"}, "checklist-date"),
        ({"treatments": ["massage therapy"]}, "checklist-date"),
    ],
)
def test_wrong_checklists(body: Any, code: str, client: TestClient) -> None:
    assert is_problem(client.post("/checklist", json=body), 422, "invalid-case")["problems"][0]["code"] == code
