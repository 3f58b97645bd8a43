"""``POST /validate`` and ``GET /healthz``: reports, negotiation, problems, the OpenAPI description."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from fastapi.testclient import TestClient
from rdflib.compare import isomorphic
from served import case_written, client_of, is_problem

from mtus.api import deps, validating
from mtus.api.body import NAME
from mtus.api.formats import INPUT_TYPES, REPORT_TYPES, media_type, negotiate
from mtus.api.main import create_app
from mtus.reasoner.errors import engine_error, knowledge_error
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, SH
from mtus.reasoner.receipt import receipt
from mtus.reasoner.validate import report

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).parent.parent
BROKEN = ROOT / "tests" / "broken"
EXAMPLE = (ROOT / "examples" / "imr-2015" / "case.json").read_bytes()
TURTLE = (ROOT / "examples" / "imr-2015" / "case.ttl").read_bytes()
PARSERS = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/n-triples": "nt", "application/rdf+xml": "xml"}
sh, mtus = rdflib.Namespace(SH), rdflib.Namespace(MTUS)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(), raise_server_exceptions=False) as found:
        yield found


def post(client: TestClient, content: bytes, kind: str = "application/json", **headers: str) -> Any:
    return client.post("/validate", content=content, headers={"Content-Type": kind, **headers})


def graph(response: Any) -> rdflib.Graph:
    kind = response.headers["content-type"].split(";")[0]
    return rdflib.Graph().parse(data=response.content, format=PARSERS[kind])


# Reports


def test_the_real_case_gives_a_report(client: TestClient) -> None:
    response = post(client, TURTLE, "text/turtle")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/turtle")
    assert "Accept" in response.headers["vary"]
    found = graph(response)
    (node,) = found.subjects(rdflib.RDF.type, sh.ValidationReport)
    assert found.value(node, sh.conforms).toPython() is False
    results = list(found.objects(node, sh.result))
    assert results
    for result in results:
        assert (result, rdflib.RDF.type, sh.ValidationResult) in found
        for needed in (sh.focusNode, sh.sourceShape, sh.sourceConstraintComponent, sh.resultSeverity, sh.resultMessage):
            assert found.value(result, needed) is not None, needed


def test_results_of_criteria_say_status_provision_and_burden(client: TestClient, knowledge: Knowledge) -> None:
    found = graph(post(client, EXAMPLE))
    criteria = knowledge.guidelines.criteria.values()
    shapes = {shape for c in criteria for shape in (c.on_file, c.holds, c.alternative)}
    statuses = set()
    for result in found.subjects(rdflib.RDF.type, sh.ValidationResult):
        shape = str(found.value(result, sh.sourceShape))
        assert any(shape.startswith(s) for s in shapes if s)
        assert list(found.objects(result, mtus.provision))
        assert list(found.objects(result, mtus.burden))
        statuses.update(str(s).rsplit("/", 1)[-1] for s in found.objects(result, mtus.status))
    assert {"undocumented", "contradicted"} <= statuses


def test_the_status_is_that_of_the_criterion(client: TestClient) -> None:
    """Where nothing is on file the shape that asks whether it holds fails too; that is not called contradicted."""
    found = graph(post(client, EXAMPLE))
    focus = rdflib.URIRef("https://w3id.org/mtus/case/imr-2015/request-injection")
    for result in found.subjects(sh.focusNode, focus):
        if str(found.value(result, sh.sourceShape)).endswith("/ESI-1a.examination.holds.finding"):
            assert str(found.value(result, mtus.status)).endswith("/undocumented")
            return
    pytest.fail("the shape does not fail")


def test_the_report_is_that_of_the_reference_engine(client: TestClient, knowledge: Knowledge) -> None:
    """Focus, path, value, shape, component, severity and the messages of our shapes are as pySHACL reports them."""
    for content in (EXAMPLE, (BROKEN / "no-treatment.json").read_bytes(), (BROKEN / "undated-document.json").read_bytes()):
        ours = graph(post(client, content))
        facts = load_case(content, knowledge)
        conforms, theirs = report(infer(facts.triples, knowledge.rules, knowledge.background).graph, knowledge)
        (node,) = ours.subjects(rdflib.RDF.type, sh.ValidationReport)
        assert ours.value(node, sh.conforms).toPython() == conforms
        assert results(ours) == results(theirs)


def results(found: rdflib.Graph) -> list[tuple[object, ...]]:
    rows = set()
    for result in found.subjects(rdflib.RDF.type, sh.ValidationResult):
        path = found.value(result, sh.resultPath)
        about = [found.value(result, p) for p in (sh.focusNode, sh.value, sh.sourceShape, sh.sourceConstraintComponent, sh.resultSeverity)]
        messages = frozenset(m for m in found.objects(result, sh.resultMessage) if m.language)
        rows.add((*map(str, about), described(found, path), messages))
    return sorted(rows, key=str)


def described(found: rdflib.Graph, path: Any) -> str:
    if path is None or isinstance(path, rdflib.URIRef):
        return str(path)
    inverse = found.value(path, sh.inversePath)
    return f"^{inverse}" if inverse else "/".join(described(found, step) for step in found.items(path))


def test_a_case_that_is_not_well_formed_gets_a_report_and_no_statuses(client: TestClient) -> None:
    found = graph(post(client, (BROKEN / "no-treatment.ttl").read_bytes(), "text/turtle"))
    messages = [str(m) for m in found.objects(None, sh.resultMessage)]
    assert "A request asks for exactly one known treatment." in messages
    assert not list(found.objects(None, mtus.status))


def test_a_case_that_conforms(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtus.reasoner.report.validate", lambda graph, knowledge: ())
    found = graph(post(client, EXAMPLE))
    (node,) = found.subjects(rdflib.RDF.type, sh.ValidationReport)
    assert found.value(node, sh.conforms).toPython() is True
    assert len(found) == 2


def test_the_same_case_gives_the_same_bytes(client: TestClient) -> None:
    for kind in REPORT_TYPES:
        first, second = (post(client, EXAMPLE, Accept=kind) for _ in range(2))
        assert first.content == second.content


# What goes in and what comes out


@pytest.mark.parametrize("kind", INPUT_TYPES)
def test_every_format_goes_in(kind: str, client: TestClient, knowledge: Knowledge) -> None:
    response = post(client, case_written(EXAMPLE, kind, knowledge), kind)
    assert response.status_code == 200
    assert response.content == post(client, EXAMPLE).content


def test_json_ld_as_plain_json_is_told_apart(client: TestClient) -> None:
    content = (BROKEN / "remote-context.jsonld").read_bytes()
    assert is_problem(post(client, content, "application/json"), 400, "unreadable-case")["problems"][0]["code"] == "remote-context"


@pytest.mark.parametrize("kind", REPORT_TYPES)
def test_every_format_comes_out_and_says_the_same(kind: str, client: TestClient) -> None:
    response = post(client, EXAMPLE, Accept=kind)
    assert response.headers["content-type"].split(";")[0] == kind
    assert isomorphic(graph(response), graph(post(client, EXAMPLE)))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/turtle"),
        ("*/*", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("application/rdf+xml;q=0.2, application/n-triples;q=0.8", "application/n-triples"),
        ("text/turtle;q=0, */*;q=0.1", "application/ld+json"),
        ("text/html, application/xhtml+xml, */*;q=0.5", "text/turtle"),
        ("APPLICATION/LD+JSON; Q=1.0", "application/ld+json"),
        ("text/turtle;q=0.5;charset=utf-8, application/ld+json;q=0.4", "text/turtle"),
        ("image/png", None),
        ("text/turtle;q=0", None),
        ("text/turtle;q=nonsense", None),
    ],
)
def test_negotiation(accept: str, kind: str | None, client: TestClient) -> None:
    assert negotiate(accept, tuple(REPORT_TYPES)) == kind
    response = post(client, EXAMPLE, Accept=accept)
    if kind is None:
        assert "text/turtle" in is_problem(response, 406, "not-acceptable")["detail"]
    else:
        assert response.headers["content-type"].split(";")[0] == kind


def test_content_types() -> None:
    assert media_type("Text/Turtle; Charset=UTF-8") == ("text/turtle", "utf-8")
    assert media_type("") == ("", "")


# Problems


@pytest.mark.parametrize("name", ["broken-turtle.ttl", "latin-1.ttl", "utf-16.ttl", "empty.ttl", "only-comments.ttl", "triple-term.ttl"])
def test_what_cannot_be_read(name: str, client: TestClient) -> None:
    body = is_problem(post(client, (BROKEN / name).read_bytes(), "text/turtle"), 400, "unreadable-case")
    assert body["problems"][0]["place"].startswith(NAME)


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ("{broken", "body, line 1, column 2", "property name"),
        ('{\n  "id": "c-1",\n  requests: []\n}', "body, line 3, column 3", "property name"),
        ("[1,2", "body, line 1, column 5", "delimiter"),
        ("hello", "body, line 1, column 1", "expecting value"),
        ("@prefix mtus: <https://w3id.org/mtus/ontology/> .", "body, line 1, column 1", "expecting value"),
        ('<?xml version="1.0"?><a/>', "body, line 1, column 1", "expecting value"),
    ],
)
def test_what_is_sent_as_json_is_explained_as_json(content: str, place: str, words: str, client: TestClient) -> None:
    (problem,) = is_problem(post(client, content.encode()), 400, "unreadable-case")["problems"]
    assert (problem["code"], problem["place"]) == ("syntax", place)
    assert "This is not valid JSON: " in problem["why"]
    assert words in problem["why"]


@pytest.mark.parametrize("content", ["[]", "null", '"text"', "5"])
def test_json_that_is_no_object_is_no_case(content: str, client: TestClient) -> None:
    (problem,) = is_problem(post(client, content.encode()), 400, "unreadable-case")["problems"]
    assert (problem["code"], problem["why"]) == ("json-shape", "A case is a JSON object.")


def test_the_place_of_a_syntax_error(client: TestClient) -> None:
    body = is_problem(post(client, (BROKEN / "broken-turtle.ttl").read_bytes(), "text/turtle"), 400, "unreadable-case")
    assert body["problems"][0]["place"] == "body, line 45, column 27"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unknown-property.json", "unknown-property"),
        ("impossible-date.json", "impossible-date"),
        ("dangling-reference.json", "dangling-reference"),
        ("cycle-of-one.json", "dependency-cycle"),
        ("described-twice.json", "described-twice"),
    ],
)
def test_what_cannot_be_validated(name: str, code: str, client: TestClient) -> None:
    body = is_problem(post(client, (BROKEN / name).read_bytes()), 422, "invalid-case")
    assert body["problems"][0]["code"] == code
    assert body["problems"][0]["place"].startswith("body#/")


def test_contradictory_facts(client: TestClient) -> None:
    body = is_problem(post(client, (BROKEN / "contradictory-types.ttl").read_bytes(), "text/turtle"), 422, "invalid-case")
    assert "nothing is both" in body["problems"][0]["why"]


def test_every_broken_file_gets_an_answer(client: TestClient) -> None:
    kinds = {".ttl": "text/turtle", ".trig": "application/trig", ".json": "application/json", ".jsonld": "application/ld+json"}
    for path in sorted(BROKEN.iterdir()):
        response = post(client, path.read_bytes(), kinds.get(path.suffix, "application/rdf+xml"))
        assert response.status_code in (200, 400, 422), path.name
        if response.status_code != 200:
            is_problem(response, response.status_code, "unreadable-case" if response.status_code == 400 else "invalid-case")


def test_an_external_entity_is_never_read(client: TestClient) -> None:
    response = post(client, (BROKEN / "external-entity.rdf").read_bytes(), "application/rdf+xml")
    assert is_problem(response, 400, "unreadable-case")["problems"][0]["code"] == "doctype"
    assert "root:" not in response.text


def test_a_body_that_says_it_is_too_large(client: TestClient) -> None:
    is_problem(post(client, b"#" * 4_000_001, "text/turtle"), 413, "case-too-large")


def test_a_body_that_turns_out_too_large(client: TestClient) -> None:
    chunks = (b"#" * 100_000 for _ in range(60))
    response = client.post("/validate", content=chunks, headers={"Content-Type": "text/turtle"})
    is_problem(response, 413, "case-too-large")


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Content-Type": "text/plain"}, "'text/plain'"),
        ({"Content-Type": ""}, "no Content-Type"),
        ({"Content-Type": "multipart/form-data"}, "multipart/form-data"),
        ({"Content-Type": "text/turtle; charset=latin-1"}, "latin-1"),
    ],
)
def test_media_types_that_are_not_read(headers: dict[str, str], word: str, client: TestClient) -> None:
    response = client.post("/validate", content=TURTLE, headers=headers)
    assert word in is_problem(response, 415, "unsupported-media-type")["detail"]
    assert "text/turtle" in response.headers["accept-post"]


def test_a_body_without_a_type(client: TestClient) -> None:
    request = client.build_request("POST", "/validate", content=TURTLE)
    request.headers.pop("content-type", None)
    is_problem(client.send(request), 415, "unsupported-media-type")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods(method: str, client: TestClient) -> None:
    response = client.request(method, "/validate")
    is_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/validate/", "/nothing", "/docs", "/../etc/passwd"])
def test_other_addresses(path: str, client: TestClient) -> None:
    response = client.get(path, follow_redirects=True)
    assert response.status_code in (404, 405)
    is_problem(response, response.status_code, "not-found" if response.status_code == 404 else "method-not-allowed")


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("secret /srv/app/reasoner/infer.py"),
        engine_error("engine-failed", "compiled shapes", "secret /work", "Report it."),
        knowledge_error("no-knowledge", "/srv/app/ontology", "secret", "Install it."),
    ],
    ids=["crash", "engine", "knowledge"],
)
def test_our_own_faults_say_nothing_of_the_machine(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(validating, "report_case", fail)
    # in a thread, since another process would not have the fault
    with client_of(tmp_path / "store", MTUS_DETERMINE_PROCESSES="0") as client, caplog.at_level(logging.ERROR):
        response = post(client, EXAMPLE)
    body = is_problem(response, 500, "internal-error")
    assert "secret" not in response.text
    assert "says nothing about the case" in body["detail"]
    assert any(record.exc_info for record in caplog.records)


# The service


def test_health(client: TestClient, knowledge: Knowledge) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "version": "0.1.0", "knowledge": knowledge.digest, "waiting": 0}


def test_readiness(client: TestClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "waiting": 0}


def test_without_a_store_the_service_is_up_and_not_ready(tmp_path: Path) -> None:
    # nothing listens there
    with client_of(
        "http://127.0.0.1:9/query", MTUS_STORE_GRAPHS="http://127.0.0.1:9/store", MTUS_JOURNAL=str(tmp_path / "journal")
    ) as client:
        assert client.get("/healthz").status_code == 200
        body = is_problem(client.get("/readyz"), 503, "store-failed")
        assert body["problems"][0]["place"] == "store"


def test_version_has_all_that_a_determination_follows_from(client: TestClient, knowledge: Knowledge) -> None:
    told = client.get("/version").json()
    made = receipt(load_case(EXAMPLE, knowledge, name="case.json"), knowledge)
    assert (told["knowledge"], told["version"], told["engines"]) == (made.knowledge_digest, made.reasoner_version, dict(made.engines))
    digests = {told["knowledge"], told["ontology"], told["shapes"]}
    assert len(digests) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def test_head_is_get_without_its_body(client: TestClient, openapi: dict[str, Any]) -> None:
    addresses = [path for path, methods in openapi["paths"].items() if "get" in methods and "{" not in path]
    # a name that is there, one that is not, a page, a file, and what has no GET
    addresses += [
        "/queries/items-by-month.csv",
        "/determinations/none",
        "/provisions/MAS-3",
        "/guideline.html",
        "/static/style.css",
        "/lint",
    ]
    for address in addresses:
        got, head = client.get(address), client.head(address)
        assert head.content == b"", address
        assert head.status_code == got.status_code, address
        for name in ("content-type", "etag", "vary", "allow", "location", "content-length"):
            assert head.headers.get(name) == got.headers.get(name), (address, name)
    assert client.delete("/queries").headers["allow"] == "GET, HEAD"
    assert client.get("/lint").headers["allow"] == "POST"


def test_the_knowledge_is_loaded_once(client: TestClient) -> None:
    assert deps.shipped_knowledge() is deps.shipped_knowledge()


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


# What the guard may answer to a request with a body.
GUARDED = ("401", "403", "408", "421", "429", "503")


def test_openapi(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1")
    operations = {(path, method): o["operationId"] for path, methods in openapi["paths"].items() for method, o in methods.items()}
    below = {
        "letter": "getLetter",
        "trace": "getTrace",
        "what-would-change": "getWhatWouldChange",
        "lint": "getLint",
        "replay": "getReplay",
    }
    assert operations == {
        ("/validate", "post"): "validateCase",
        ("/healthz", "get"): "getHealth", ("/readyz", "get"): "getReadiness", ("/version", "get"): "getVersion",
        ("/reviews", "post"): "reviewDetermination",
        ("/sparql", "get"): "queryGet", ("/sparql", "post"): "queryPost",
        ("/.well-known/sparql-examples", "get"): "getSparqlExamples", ("/graphs", "get"): "getGraph", ("/queries", "get"): "listQueries",
        ("/queries/{name}", "get"): "askStoredQuery",
        ("/determinations", "post"): "determineCase", ("/determinations", "get"): "listDeterminations",
        ("/determinations/{name}", "get"): "getDetermination",
        **{(f"/determinations/{{name}}/{name}", "get"): operation for name, operation in below.items()},
        ("/determinations/{name}/review", "post"): "reviewKeptDetermination", ("/determinations/{name}/review", "get"): "getReviews",
        ("/lint", "post"): "lintCase", ("/what-would-change", "post"): "whatWouldChange", ("/checklist", "post"): "makeChecklist",
        ("/batch", "post"): "determineBatch",
        ("/editions", "get"): "listEditions", ("/topics", "get"): "listTopics", ("/coverage", "get"): "getCoverage",
        ("/provisions", "get"): "listProvisions", ("/provisions/{name}", "get"): "getProvision",
        ("/criteria", "get"): "listCriteria", ("/criteria/{name}", "get"): "getCriterion",
        ("/schemas/{name}", "get"): "getSchema", ("/context/{name}", "get"): "getContext",
        ("/problems", "get"): "listProblems", ("/problems/{code}", "get"): "getProblem",
        ("/{domain}/api/validate", "post"): "itbValidate", ("/{domain}/api/validateMultiple", "post"): "itbValidateMultiple",
        ("/{domain}/api/info", "get"): "itbInfo", ("/api/info", "get"): "itbInfoOfAll",
    }  # fmt: skip
    operation = openapi["paths"]["/validate"]["post"]
    assert set(operation["requestBody"]["content"]) == set(INPUT_TYPES)
    assert set(operation["responses"]["200"]["content"]) == set(REPORT_TYPES)
    assert set(operation["responses"]) == {"200", "400", "406", "413", "415", "422", "500", *GUARDED}
    for status, answer in operation["responses"].items():
        if status != "200":
            assert set(answer["content"]) == {"application/problem+json"}
    for reference in set(json.dumps(openapi).split('"#/components/schemas/')[1:]):
        assert reference.split('"')[0] in openapi["components"]["schemas"]


def test_the_examples_of_the_description_are_valid(openapi: dict[str, Any], client: TestClient) -> None:
    operation = openapi["paths"]["/validate"]["post"]
    sent = 0
    for kind, content in operation["requestBody"]["content"].items():
        if "example" in content:
            example = content["example"]
            response = post(client, (example if isinstance(example, str) else json.dumps(example)).encode(), kind)
            assert response.status_code == 200
            sent += 1
    assert sent == 2
    rdflib.Graph().parse(data=operation["responses"]["200"]["content"]["text/turtle"]["example"], format="turtle")


def test_the_examples_of_answers_are_answers(openapi: dict[str, Any], client: TestClient) -> None:
    """The operation, asked as an example of it asks, gives what has the same form; lists are shown by their first."""
    shown = openapi["components"]["examples"]
    case = json.dumps(openapi["paths"]["/determinations"]["post"]["requestBody"]["content"]["application/json"]["example"])
    made = client.post("/determinations?keep=false", content=case, headers={"Content-Type": "application/json"})
    assert made.json() == shown["determination"]["value"]
    assert client.post("/lint", content=case, headers={"Content-Type": "application/json"}).json() == shown["lint"]["value"]
    asked = {
        "editions": "/editions", "topics": "/topics", "provisions": "/provisions", "criteria": "/criteria", "coverage": "/coverage",
        "problem": "/problems/invalid-case", "domain": "/mtus/api/info", "domains": "/api/info",
        "provision": f"/provisions/{shown['provision']['value']['name']}", "criterion": f"/criteria/{shown['criterion']['value']['name']}",
    }  # fmt: skip
    for name, address in asked.items():
        value, found = shown[name]["value"], client.get(address).json()
        if isinstance(value, dict):
            found |= {key: one[: len(value[key])] for key, one in found.items() if isinstance(one, list)}
        assert value == found, name
    referred = set(re.findall(r"#/components/examples/([\w-]+)", json.dumps(openapi["paths"])))
    assert referred == set(shown), "each is shown somewhere"


def test_every_failure_is_described_as_problem_details(openapi: dict[str, Any]) -> None:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
            assert "500" in operation["responses"], (path, method)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    # an address that has a page may say it on a page too, to who asks for one
                    assert set(answer["content"]) - {"text/html"} == {"application/problem+json"}, (path, method, status)


def test_every_example_of_a_body_is_accepted(openapi: dict[str, Any], client: TestClient) -> None:
    sent = 0
    for path, methods in openapi["paths"].items():
        for kind, content in methods.get("post", {}).get("requestBody", {}).get("content", {}).items():
            if "example" in content and path not in ("/sparql",):
                example = content["example"]
                body = example if isinstance(example, str) else json.dumps(example)
                response = client.post(path.replace("{domain}", "mtus"), content=body.encode(), headers={"Content-Type": kind})
                assert response.status_code in (200, 201), (path, kind, response.text[:500])
                sent += 1
    assert sent >= 10


def test_problems_are_as_described(openapi: dict[str, Any], client: TestClient) -> None:
    import jsonschema

    schema = {"$ref": "#/components/schemas/ProblemDetails", "components": openapi["components"]}
    for content in (b":a b", (BROKEN / "unknown-property.json").read_bytes()):
        jsonschema.validate(post(client, content).json(), schema)
    jsonschema.validate(client.get("/nothing").json(), schema)
