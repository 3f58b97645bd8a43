"""The registry of problems: complete, served, and as the answers have it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from fastapi.testclient import TestClient
from served import client_of, is_problem

from mtus.api.errors import _QUERY_STATUS
from mtus.api.problem_types import PROBLEM_TYPES

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Errors of commands, which no route can meet.
COMMANDS = {"bad-setting", "no-server", "no-such-case", "open-to-network"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("problems") / "store") as found:
        yield found


def calls(path: Path, *names: str) -> Iterator[list[object]]:
    """Yield the constant arguments of the calls of ``names`` in the source at ``path``."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield [a.value if isinstance(a, ast.Constant) else None for a in node.args]


def test_every_problem_in_the_source_is_in_the_registry() -> None:
    made = [args for path in sorted((ROOT / "api").rglob("*.py")) for args in calls(path, "ApiError", "_answer")]
    named = {(str(kind), status) for status, kind, *_ in (args for args in made if len(args) > 2) if kind and isinstance(status, int)}
    assert len(named) > 25
    for kind, status in named:
        assert status in PROBLEM_TYPES[kind].statuses, kind


def test_every_error_of_queries_and_stores_is_in_the_registry() -> None:
    made = {
        str(args[0]) for path in (ROOT / "reasoner").glob("*.py") for args in calls(path, "query_error", "store_error") if args and args[0]
    }
    missing = (made | set(_QUERY_STATUS)) - set(PROBLEM_TYPES) - COMMANDS
    assert not missing
    for code, status in _QUERY_STATUS.items():
        assert status in PROBLEM_TYPES[code].statuses


def test_kinds_of_bodies_are_in_the_registry() -> None:
    for noun in ("case", "determination", "review"):
        assert PROBLEM_TYPES[f"unreadable-{noun}"].statuses == (400,)
        assert PROBLEM_TYPES[f"invalid-{noun}"].statuses == (422,)


def test_the_registry_is_served(client: TestClient) -> None:
    rows = client.get("/problems").json()["problems"]
    assert [row["code"] for row in rows] == list(PROBLEM_TYPES)
    for row in rows:
        assert client.get(f"/problems/{row['code']}").json() == row
        assert row["type"] == f"https://w3id.org/mtus/problem/{row['code']}"
        assert row["title"].endswith(".")
        assert row["remedy"].endswith(".")
    is_problem(client.get("/problems/nothing"), 404, "no-problem")
    is_problem(client.get("/problems", headers={"Accept": "image/png"}), 406, "not-acceptable")


def test_the_link_in_an_answer_that_is_cut_leads_to_the_registry(tmp_path: Path) -> None:
    with client_of(tmp_path / "store", MTUS_MAX_ROWS="3") as client:
        response = client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }"})
        (link,) = response.json()["head"]["link"]
        told = client.get("/problems/" + link.rsplit("/", 1)[-1]).json()
        assert (told["type"], told["statuses"]) == (link, [response.status_code])
        assert "Answer-Cut-After" in told["remedy"]


def test_half_of_a_surrogate_pair_is_answered_too(client: TestClient) -> None:
    for address in ("/mtus/api/validate", "/checklist", "/determinations", "/lint"):
        response = client.post(address, content=b'{"\\ud800":1}', headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422), address
        assert response.json()["detail"]


@pytest.mark.parametrize(("origin", "method"), [("https://elsewhere.example", "GET"), ("http://127.0.0.1:8080", "DELETE")])
def test_a_refused_preflight_is_a_problem(origin: str, method: str, client: TestClient) -> None:
    response = client.options("/sparql", headers={"Origin": origin, "Access-Control-Request-Method": method})
    assert "MTUS_ALLOWED_ORIGINS" in is_problem(response, 403, "foreign-page")["detail"]
    assert "Origin" in response.headers["vary"]
