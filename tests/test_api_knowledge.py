"""The knowledge, schemas and contexts over HTTP."""

import json
from collections.abc import Iterator

import jsonschema
import pytest
import rdflib
from conftest import IMR_2015
from fastapi.testclient import TestClient
from served import client_of, is_problem

from mtus.reasoner.knowledge import Knowledge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("knowledge") / "store") as found:
        yield found


def test_lists_hold_all_there_is(client: TestClient, knowledge: Knowledge) -> None:
    guidelines = knowledge.guidelines
    for name, known in (("editions", guidelines.editions), ("topics", guidelines.sections), ("provisions", guidelines.provisions),
                        ("criteria", guidelines.criteria)):  # fmt: skip
        rows = client.get(f"/{name}").json()[name]
        assert [row["iri"] for row in rows] == list(known)
    for name in ("topics", "provisions", "criteria"):
        assert client.get(f"/{name}?edition=chronic-pain-2009").json()[name]
    assert client.get("/criteria?edition=chronic-pain-2017").json()["criteria"] == []


def test_every_address_in_the_lists_is_there(client: TestClient) -> None:
    for name in ("provisions", "criteria"):
        for row in client.get(f"/{name}").json()[name][::7]:
            found = client.get(row["url"])
            assert {key: value for key, value in found.json().items() if key != "cases"} == row
            assert client.get(f"/{name}/{row['iri']}").json() == found.json()
            for link in [*row.get("parts", ()), row.get("provisionUrl")]:
                assert link is None or client.get(link).status_code == 200


def test_a_provision_without_criteria_says_why(client: TestClient) -> None:
    rows = [row for row in client.get("/provisions").json()["provisions"] if not row["isEncoded"]]
    assert rows
    assert all(row["notEncodedBecause"] for row in rows)
    assert all(row["confidence"] and row["source"] for row in client.get("/provisions").json()["provisions"])


def test_a_provision_and_its_criteria_name_the_example_cases_that_touch_them(client: TestClient) -> None:
    provision = client.get("/provisions/MAS-3").json()
    own = [case for case in provision["cases"] if case["url"] == "/examples/imr-2015.html"]
    assert {case["status"] for case in own} == {"contradicted", "undocumented"}
    assert {case["request"] for case in own} == {"Massage therapy, 12 sessions"}
    assert client.get(own[0]["url"]).status_code == 200
    for criterion in provision["criteria"]:
        cases = client.get(criterion["url"]).json()["cases"]
        assert cases == [case for case in provision["cases"] if case["criterion"] == criterion["name"]]


def test_coverage_adds_up(client: TestClient, knowledge: Knowledge) -> None:
    found = client.get("/coverage").json()
    assert found["all"]["provisions"] == len(knowledge.guidelines.provisions)
    assert found["all"]["criteria"] == len(knowledge.guidelines.criteria)
    for row in found["sections"]:
        assert row["provisions"] == row["encoded"] + len(row["notEncoded"])
        assert row["isEncoded"] or row["because"]


@pytest.mark.parametrize(("kind", "form"), [("text/turtle", "turtle"), ("application/rdf+xml", "xml"), ("application/ld+json", "json-ld")])
def test_a_thing_as_rdf(kind: str, form: str, client: TestClient, knowledge: Knowledge) -> None:
    criterion = next(iter(knowledge.guidelines.criteria.values()))
    response = client.get(f"/criteria/{criterion.iri}", headers={"Accept": kind})
    graph = rdflib.Graph().parse(data=response.content, format=form)
    assert (rdflib.URIRef(criterion.iri), None, None) in graph
    assert (rdflib.URIRef(criterion.on_file), None, None) in graph, "its shapes come with it"


def test_entity_tags_are_those_of_the_knowledge(client: TestClient, knowledge: Knowledge) -> None:
    for address in ("/editions", "/provisions/ESI-2", "/coverage"):
        tag = client.get(address).headers["etag"]
        assert knowledge.digest in tag
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", ["/provisions/nothing", "/criteria/nothing", "/topics?edition=nothing", "/provisions/..%2F.."])
def test_what_is_not_known(address: str, client: TestClient) -> None:
    is_problem(client.get(address), 404, "no-such-knowledge")


def test_the_schemas_are_those_that_count(client: TestClient) -> None:
    case = json.loads((IMR_2015 / "case.json").read_text("utf-8"))
    schema = client.get("/schemas/case.json")
    assert schema.headers["content-type"] == "application/schema+json"
    jsonschema.validate(case, schema.json())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**case, "nothing": 1}, schema.json())
    jsonschema.Draft202012Validator.check_schema(client.get("/schemas/review.json").json())
    is_problem(client.get("/schemas/nothing.json"), 404, "no-schema")


def test_a_case_with_our_context_is_the_case(client: TestClient) -> None:
    case = json.loads((IMR_2015 / "case.json").read_text("utf-8"))
    context, iri = client.get("/context/case.jsonld").json(), f"https://w3id.org/mtus/case/{case['id']}"
    plain = client.post("/determinations?keep=false", json=case)
    whole = {"@context": [{"@base": iri + "/"}, context["@context"]], **case, "id": iri, "type": "Case"}
    headers = {"Content-Type": "application/ld+json"}
    linked = client.post("/determinations?keep=false", content=json.dumps(whole), headers=headers)
    assert linked.status_code == 200
    assert linked.json()["id"] == plain.json()["id"]
    for name in ("determination.jsonld", "review.jsonld"):
        assert "@vocab" in client.get(f"/context/{name}").json()["@context"]
    is_problem(client.get("/context/nothing"), 404, "no-schema")
