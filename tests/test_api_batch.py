"""``POST /batch``: a line for each case, in order, whatever is wrong with others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from fastapi.testclient import TestClient
from served import client_of, is_problem, kind_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CASE = json.loads((ROOT / "examples" / "skeletons" / "case.json").read_text("utf-8"))
NDJSON = "application/x-ndjson"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with client_of(tmp_path / "store") as found:
        yield found


def case(number: int, **more: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(CASE).replace("my-case", f"c-{number}")), **more}


def sent(client: TestClient, cases: list[Any], query: str = "") -> list[dict[str, Any]]:
    body = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in cases)
    response = client.post(f"/batch{query}", content=body.encode("utf-8", "surrogatepass"), headers={"Content-Type": NDJSON})
    assert response.status_code == 200
    assert kind_of(response) == NDJSON
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert int(response.headers["mtus-cases"]) == len(lines)
    return lines


def test_a_line_a_case_and_nothing_lost(client: TestClient) -> None:
    wrong = ['{"id"', "3", '"\\ud800"', "[]", "null", "x y z", json.dumps(case(7, nothing=1))]
    cases = [case(1), *wrong, case(2), case(2), case(2, label="another")]
    lines = sent(client, cases)
    assert [line["line"] for line in lines] == list(range(1, len(cases) + 1))
    assert [line["status"] for line in lines] == [201, 400, 400, 400, 400, 400, 400, 422, 201, 200, 409]
    for line in lines[1:8]:
        assert line["problem"]["problems"][0]["remedy"]
    assert [request["answer"] for request in lines[0]["requests"]]
    stored = {one["url"] for one in client.get("/determinations").json()["determinations"]}
    assert stored == {lines[0]["url"], lines[8]["url"]}


def test_a_broken_line_is_explained_as_json(client: TestClient) -> None:
    (line,) = sent(client, ["{broken"])
    (problem,) = line["problem"]["problems"]
    assert problem["place"] == "body, line 1, column 2"
    assert "not valid JSON" in problem["why"]


def test_blank_lines_keep_the_numbers(client: TestClient) -> None:
    assert [line["line"] for line in sent(client, [case(1), "", "  ", case(2), ""])] == [1, 4]


def test_more_than_are_worked_on_at_once_stay_in_order(client: TestClient) -> None:
    lines = sent(client, [case(number) for number in range(40)], "?keep=false")
    assert [line["case"].rsplit("/", 1)[-1] for line in lines] == [f"c-{number}" for number in range(40)]
    assert client.get("/determinations").json()["determinations"] == []


def test_an_array(client: TestClient) -> None:
    response = client.post("/batch?full=true", json=[case(1), 3])
    first, second = map(json.loads, response.text.splitlines())
    assert first["determination"] == client.get(first["url"]).json()
    assert second["status"] == 400


@pytest.mark.parametrize(
    ("content", "kind", "status", "problem"),
    [
        (b"{}", "application/json", 400, "unreadable-batch"),
        (b"[", "application/json", 400, "unreadable-case"),
        (b"", "text/csv", 415, "unsupported-media-type"),
        (b"\n" * 64_000_001, NDJSON, 413, "batch-too-large"),
    ],
)
def test_what_is_no_batch(content: bytes, kind: str, status: int, problem: str, client: TestClient) -> None:
    is_problem(client.post("/batch", content=content, headers={"Content-Type": kind}), status, problem)


def test_an_empty_batch_has_an_empty_answer(client: TestClient) -> None:
    assert sent(client, []) == []
