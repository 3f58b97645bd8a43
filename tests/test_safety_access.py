"""Who may do what over HTTP: keys and roles, names of the service, pages from elsewhere, how often."""

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import IMR_2015
from fastapi import FastAPI
from fastapi.testclient import TestClient
from guarded import LOOPBACK, NETWORK, bearer, service
from served import is_problem
from starlette.routing import Mount

from mtus.api.access import OPERATIONS, PUBLIC, operation_name
from mtus.api.keys import Role, new_key, revoke_key
from mtus.api.main import create_app

CASE = (IMR_2015 / "case.json").read_bytes()
# A determination that is not there.
NONE = "/determinations/" + "0" * 32
# One request an operation that needs a role; a new operation is added here and in api/access.py.
REQUESTS: dict[str, tuple[str, str]] = {
    "validateCase": ("POST", "/validate"), "reviewDetermination": ("POST", "/reviews"), "queryGet": ("GET", "/sparql?query=ASK{}"),
    "queryPost": ("POST", "/sparql"), "getGraph": ("GET", "/graphs?default"),
    "getSparqlExamples": ("GET", "/.well-known/sparql-examples"),
    "listQueries": ("GET", "/queries"),
    "askStoredQuery": ("GET", "/queries/items-by-month.csv"),
    "start": ("GET", "/"),
    "show_form": ("GET", "/determine.html"),
    "post_form": ("POST", "/determine.html"),
    "show_result": ("POST", "/determine/result"),
    "guidelines": ("GET", "/guideline.html"),
    "edition": ("GET", "/guideline/chronic-pain-2009.html"),
    "part": ("GET", "/guideline/chronic-pain-2009/massage-therapy.html"),
    "example": ("GET", "/examples/imr-2015.html"),
    "show_review": ("GET", NONE + "/review.html"),
    "sign_review": ("POST", NONE + "/review.html"),
    "show": ("GET", NONE + ".html"),
    "file": ("GET", NONE + ".txt"),
    "determineCase": ("POST", "/determinations"),
    "listDeterminations": ("GET", "/determinations"),
    "getDetermination": ("GET", NONE),
    "getLetter": ("GET", NONE + "/letter"),
    "getTrace": ("GET", NONE + "/trace"),
    "getWhatWouldChange": ("GET", NONE + "/what-would-change"),
    "getLint": ("GET", NONE + "/lint"),
    "getReplay": ("GET", NONE + "/replay"),
    "lintCase": ("POST", "/lint"),
    "whatWouldChange": ("POST", "/what-would-change"),
    "makeChecklist": ("POST", "/checklist"),
    "reviewKeptDetermination": ("POST", NONE + "/review"),
    "getReviews": ("GET", NONE + "/review"),
    "determineBatch": ("POST", "/batch"),
    "listEditions": ("GET", "/editions"),
    "listTopics": ("GET", "/topics"),
    "listProvisions": ("GET", "/provisions"),
    "getProvision": ("GET", "/provisions/none"),
    "listCriteria": ("GET", "/criteria"),
    "getCriterion": ("GET", "/criteria/none"),
    "getCoverage": ("GET", "/coverage"),
    "getSchema": ("GET", "/schemas/case.json"),
    "getContext": ("GET", "/context/case.jsonld"),
    "listProblems": ("GET", "/problems"),
    "getProblem": ("GET", "/problems/no-key"),
    "itbValidate": ("POST", "/mtus/api/validate"),
    "itbValidateMultiple": ("POST", "/mtus/api/validateMultiple"),
    "itbInfo": ("GET", "/mtus/api/info"),
    "itbInfoOfAll": ("GET", "/api/info"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("safe")


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, str]:
    """A key for each role, by the role."""
    return {role.value: new_key(folder / "keys.json", f"the {role} key", (role,))[1] for role in Role}


@pytest.fixture(scope="module")
def client(folder: Path, keys: dict[str, str]) -> Iterator[TestClient]:
    with service(folder, MTUS_REQUEST_BURST="100000") as found:
        yield found


# Roles


def test_every_route_has_a_role_or_is_said_to_need_none() -> None:
    app: FastAPI = create_app()
    names = {operation_name(route) for route in app.state.routes}
    assert names == set(OPERATIONS)
    assert {name for name, operation in OPERATIONS.items() if operation.role is None} == {"getHealth", "getReadiness", "getVersion"}
    assert {name for name, operation in OPERATIONS.items() if operation.role} == set(REQUESTS)


def test_what_is_no_route_is_public_on_purpose() -> None:
    others = {r.path for r in create_app().routes if getattr(r, "path", None) and (isinstance(r, Mount) or not hasattr(r, "operation_id"))}
    assert others == set(PUBLIC)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("role", [*Role, None])
def test_each_operation_is_for_its_role_alone(name: str, role: Role | None, client: TestClient, keys: dict[str, str]) -> None:
    method, path = REQUESTS[name]
    response = client.request(method, path, headers=bearer(keys[role]) if role else {})
    if role == OPERATIONS[name].role:
        assert response.status_code not in (401, 403, 500)
        return
    assert response.status_code == (403 if role else 401)
    if role is None:
        assert response.headers["www-authenticate"].startswith("Bearer")
    body = is_problem(response, response.status_code, "wrong-role" if role else "no-key")
    assert (OPERATIONS[name].role or "") in body["detail"] if role else "mtus keys new" in body["detail"]
    if method == "GET":
        head = client.head(path, headers=bearer(keys[role]) if role else {})
        assert (head.status_code, head.content) == (response.status_code, b"")


def test_an_operation_that_is_not_listed_is_for_nobody(client: TestClient, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OPERATIONS, "listQueries")  # type: ignore[arg-type]
    for key in keys.values():
        is_problem(client.get("/queries", headers=bearer(key)), 403, "wrong-role")


def test_what_anybody_may(client: TestClient) -> None:
    for path in ("/healthz", "/readyz", "/version", "/openapi.json", "/static/style.css"):
        assert client.get(path).status_code == 200
    for path in ("/nothing", "/statics", "/openapi.jsonx"):
        is_problem(client.get(path), 401, "no-key")


@pytest.mark.parametrize("text", ["", "mtus", "mtus.", "mtus..", "x", "mtus.00000000.x", "ü", "a" * 8000])
def test_what_is_no_key(text: str, client: TestClient) -> None:
    response = client.get("/queries", headers={"Authorization": b"Bearer " + text.encode()})
    assert len(text) < 5 or text not in response.text
    is_problem(response, 401, "wrong-key")


def test_a_key_with_one_letter_changed_is_no_key(client: TestClient, keys: dict[str, str]) -> None:
    key = keys["read"]
    assert client.get("/queries", headers=bearer(key)).status_code == 200
    for place in (0, 6, len(key) - 1):
        other = key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :]
        is_problem(client.get("/queries", headers=bearer(other)), 401, "wrong-key")


def test_a_browser_sends_the_key_as_a_password(client: TestClient, keys: dict[str, str]) -> None:
    asked = client.get("/queries", headers={"Accept": "text/html"})
    assert "Basic" in asked.headers["www-authenticate"]
    assert "Basic" not in client.get("/queries", headers={"Accept": "application/json"}).headers["www-authenticate"]
    assert client.get("/queries", auth=("anybody", keys["read"])).status_code == 200
    is_problem(client.get("/queries", headers={"Authorization": "Basic !!!"}), 401, "wrong-key")
    latin = base64.b64encode("ü:ü".encode("latin-1")).decode()
    is_problem(client.get("/queries", headers={"Authorization": f"Basic {latin}"}), 401, "wrong-key")


def test_a_key_that_is_revoked_is_refused_at_once(folder: Path, client: TestClient) -> None:
    key, text = new_key(folder / "keys.json", "for a day", (Role.READ,))
    assert client.get("/queries", headers=bearer(text)).status_code == 200
    revoke_key(folder / "keys.json", key.id)
    is_problem(client.get("/queries", headers=bearer(text)), 401, "wrong-key")


@pytest.mark.parametrize(
    ("base_url", "setting", "status"),
    [(LOOPBACK, "network", 200), ("http://localhost", "network", 200), ("http://[::1]:8000", "network", 200), (NETWORK, "network", 401),
     (LOOPBACK, "always", 401), (NETWORK, "never", 200)],
)  # fmt: skip
def test_where_keys_are_needed(base_url: str, setting: str, status: int, folder: Path, keys: dict[str, str]) -> None:
    with service(folder, base_url, MTUS_KEYS=setting) as client:
        assert client.get("/queries").status_code == status


def test_a_file_of_keys_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("[{}]", "utf-8")
    with service(tmp_path) as client:
        is_problem(client.get("/queries", headers=bearer("mtus.1.2")), 503, "keys-failed")
        assert client.get("/healthz").status_code == 200


# Names and pages


@pytest.mark.parametrize(
    ("host", "known"),
    [("192.0.2.7", True), ("192.0.2.7:8000", True), ("127.0.0.1:8000", True), ("LOCALHOST", True), ("[::1]:8000", True),
     ("mtus.example", True),
     ("192.0.2.8", False), ("evil.example", False), ("localhost.evil.example", False), ("", False), ("127.0.0.1.evil.example", False)],
)  # fmt: skip
def test_names_of_the_service(host: str, known: bool, folder: Path, keys: dict[str, str]) -> None:
    with service(folder, MTUS_TRUSTED_HOSTS="mtus.example other.example") as client:
        response = client.get("/healthz", headers={"Host": host})
        if known:
            assert response.status_code == 200
        else:
            assert "MTUS_TRUSTED_HOSTS" in is_problem(response, 421, "unknown-host")["detail"]


OWN, NONE_SENT = LOOPBACK, None
# Origin and Sec-Fetch-Site as a browser sends them, and whether the page may send a case, and a query.
PAGES = (
    (NONE_SENT, NONE_SENT, True, True),
    (OWN, "same-origin", True, True),
    (NONE_SENT, "none", True, True),
    (OWN, NONE_SENT, True, True),
    ("https://127.0.0.1:8000", NONE_SENT, True, True),
    ("http://localhost:3000", "cross-site", False, True),
    ("http://localhost:3000", NONE_SENT, False, True),
    ("https://analysts.example", "cross-site", False, True),
    ("https://analysts.example", NONE_SENT, False, True),
    ("https://evil.example", "cross-site", False, False),
    ("https://evil.example", NONE_SENT, False, False),
    ("http://localhost.evil.example", NONE_SENT, False, False),
    ("http://localhost:1@evil.example", NONE_SENT, False, False),
    ("http://127.0.0.1:8000@evil.example", NONE_SENT, False, False),
    ("http://127.0.0.1:8001", "same-site", False, True),
    ("null", "cross-site", False, False),
    ("null", NONE_SENT, False, False),
    ("", NONE_SENT, False, False),
    (NONE_SENT, "cross-site", False, False),
    (NONE_SENT, "same-site", False, False),
    (NONE_SENT, "anything", False, False),
)


@pytest.mark.parametrize(("origin", "site", "case", "query"), PAGES)
def test_what_pages_from_elsewhere_send(origin: str | None, site: str | None, case: bool, query: bool, folder: Path) -> None:
    said = {"Origin": origin, "Sec-Fetch-Site": site}
    headers = {name: value for name, value in said.items() if value is not None}
    with service(folder, LOOPBACK, MTUS_ALLOWED_ORIGINS="https://analysts.example") as client:
        for path in ("/validate", "/determinations", NONE + "/review"):
            response = client.post(path, content=b"x", headers={**headers, "Content-Type": "text/turtle"})
            assert (response.status_code != 403) is case
            if not case:
                is_problem(response, 403, "foreign-page")
            assert "access-control-allow-origin" not in response.headers
        for path in ("/determine.html", NONE + "/review.html"):
            assert (client.post(path, data={}, headers=headers).status_code != 403) is case
        asked = client.post("/sparql", content=b"ASK{}", headers={**headers, "Content-Type": "application/sparql-query"})
        assert asked.status_code == (200 if query else 403)
        assert client.get("/healthz", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/validate", "/determinations", "/batch", "/sparql", "/reviews", "/determine.html", "/mtus/api/validate"])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br, gzip", "X"])
def test_a_body_that_is_compressed_is_never_unpacked(path: str, encoding: str, folder: Path) -> None:
    with service(folder, LOOPBACK) as client:
        response = client.post(path, content=gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": encoding})
        assert encoding.lower() in is_problem(response, 415, "unsupported-media-type")["detail"]
        assert response.headers["accept-encoding"] == "identity"
        assert client.post(path, content=b"", headers={"Content-Encoding": "Identity"}).headers.get("accept-encoding") is None


def test_a_browser_page_may_read_why_its_query_was_refused(client: TestClient) -> None:
    response = client.get("/sparql?query=ASK{}", headers={"Origin": "http://localhost:3000"})
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_headers_of_every_answer(client: TestClient, keys: dict[str, str]) -> None:
    read = bearer(keys["read"])
    answers = [
        client.get("/healthz"),
        client.get("/nothing"),
        client.get("/queries"),
        client.get("/queries", headers={**read, "Accept": "text/html"}),
    ]
    for response in answers:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert response.headers["referrer-policy"] == "same-origin"
        assert response.headers["cache-control"] == "no-store"
        assert len(response.headers["request-id"]) == 16
        assert "strict-transport-security" not in response.headers
    assert len({response.headers["request-id"] for response in answers}) == len(answers)


def test_hsts_behind_tls_only(folder: Path) -> None:
    with service(folder, MTUS_TLS="1") as client:
        assert client.get("/healthz").headers["strict-transport-security"] == "max-age=31536000"
