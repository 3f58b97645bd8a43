"""Hostile input over HTTP: each is refused with place and remedy, nothing of the machine leaks, and the service answers the next request.

A route that takes a case is added to ROUTES; the table in docs/explanation/security.md says what each input gets.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import IMR_2015
from fastapi.testclient import TestClient
from served import client_of, fill, is_problem

from mtus.api.published import Published
from mtus.reasoner.knowledge import Knowledge

BROKEN = Path(__file__).parent / "broken"
CASE = json.loads((IMR_2015 / "case.json").read_bytes())
TURTLE, JSON, JSON_LD, XML = "text/turtle", "application/json", "application/ld+json", "application/rdf+xml"
# Where a case goes in.
ROUTES = ("/validate", "/determinations", "/lint", "/what-would-change")
RDF_XML = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="https://a.example/">'
VALID = (BROKEN / "_valid.json").read_bytes()
MANY_DIGITS = re.sub(rb'"visitCount": \d+', b'"visitCount": ' + b"9" * 100_000, VALID, count=1)
# Nothing of these may stand in an answer.
SECRETS = ("root:", "/etc/passwd", "Traceback", "site-packages", ".py", "/tmp/")


@dataclass(frozen=True)
class Hostile:
    """An input: its media type, the status and the code that it gets, and a word of place or remedy."""

    name: str
    content: bytes
    kind: str
    status: int
    code: str
    word: str


def broken(name: str, kind: str, status: int, code: str, word: str) -> Hostile:
    return Hostile(name, (BROKEN / name).read_bytes(), kind, status, code, word)


def clique(size: int) -> bytes:
    links = [f"_:n{a} a <https://w3id.org/mtus/ontology/Condition> ." for a in range(size)]
    links += [f"_:n{a} <http://purl.org/dc/terms/relation> _:n{b} ." for a in range(size) for b in range(size) if a != b]
    return (BROKEN / "_valid.ttl").read_bytes() + "\n".join(links).encode()


INPUTS = (
    broken("external-entity.rdf", XML, 400, "doctype", "Remove the <!DOCTYPE"),
    broken("growing-entity.rdf", XML, 400, "doctype", "Remove the <!DOCTYPE"),
    broken("remote-context.jsonld", JSON_LD, 400, "remote-context", "body"),
    broken("remote-import.jsonld", JSON_LD, 400, "remote-context", "body"),
    broken("import.ttl", TURTLE, 422, "import", "Leave the import out"),
    Hostile("nested-json", b"[" * 100_000 + b"]" * 100_000, JSON, 400, "json-depth", "more than 200 levels"),
    Hostile("nested-json-unclosed", b'{"a":' * 100_000, JSON, 400, "json-depth", "more than 200 levels"),
    Hostile("quotes-without-end", b'{"' + b'\\"' * 500_000, JSON, 400, "syntax", "body"),
    Hostile("nested-json-ld", b'{"@id":' * 50_000 + b"1" + b"}" * 50_000, JSON_LD, 400, "json-depth", "more than 200 levels"),
    Hostile("nested-turtle", b"<a:a> <a:b> " + b"[ <a:b> " * 50_000, TURTLE, 400, "syntax", "line 1"),
    Hostile("nested-xml", RDF_XML + b"<a:b><a:A>" * 50_000, XML, 400, "xml-depth", "more than 200 levels"),
    Hostile("literal-of-a-megabyte", json.dumps({**CASE, "label": "x" * 1_000_000}).encode(), JSON, 422, "text-too-long", "body#/label"),
    Hostile("number-of-many-digits", MANY_DIGITS, JSON, 422, "", "body#/requests/"),
    Hostile("clique-of-12", clique(12), TURTLE, 422, "blank-node-tangle", "Give them identifiers"),
    Hostile("clique-of-60", clique(60), TURTLE, 422, "blank-node-tangle", "Give them identifiers"),
    broken("blank-node-clique.ttl", TURTLE, 422, "blank-node-tangle", "Give them identifiers"),
    broken("blank-node-ring.ttl", TURTLE, 422, "blank-node-tangle", "Give them identifiers"),
    broken("latin-1.ttl", TURTLE, 400, "not-utf-8", "line"),
    broken("utf-16.ttl", TURTLE, 400, "not-utf-8", "UTF-8"),
    Hostile("bytes", bytes(range(256)) * 10, TURTLE, 400, "not-utf-8", "UTF-8"),
    broken("half-a-character.json", JSON, 422, "", "body#/"),
    broken("repeated-key.json", JSON, 400, "repeated-key", "Keep one of them"),
    broken("repeated-key.jsonld", JSON_LD, 400, "repeated-key", "Keep one of them"),
    broken("not-a-number.json", JSON, 400, "syntax", "is no number"),
    *(
        Hostile(f"json-{value.decode()}", value, JSON, 400, "json-shape", "A case is a JSON object")
        for value in (b"null", b" true\n", b"-1.5", b'"x"')
    ),
    Hostile("infinity", b'{"visitCount": -Infinity}', JSON, 400, "syntax", "is no number"),
    broken("impossible-date.json", JSON, 422, "impossible-date", "2015-02-30"),
    broken("impossible-date.ttl", TURTLE, 422, "impossible-date", "2015-02-30"),
    broken("identifier-with-space.ttl", TURTLE, 400, "syntax", "no spaces"),
    broken("identifier-with-space.json", JSON, 422, "bad-identifier", "body#/"),
    broken("id-with-space.json", JSON, 422, "case-id", "body#/"),
)
CROSS_JOIN = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?l"
# (a+)+ on a long text: engines that go back try for ever.
REGEX = 'SELECT ?x WHERE { ?s ?p ?o . BIND(REPLACE(STR(?o), ".", "a") AS ?t) FILTER(REGEX(CONCAT(?t, ?t, ?t, "!"), "^((a+)+)+$")) }'
QUERIES = {
    "cross join": (CROSS_JOIN, (503,), ("query-time", "query-memory")),
    "regular expression that explodes": (REGEX, (200, 503), ("query-time",)),
    "regular expression that is large": ('ASK { FILTER(REGEX("a", "((((a{1,500}){1,500}){1,500}){1,500})")) }', (200,), ()),
    "nested groups": ("SELECT * WHERE " + "{" * 5000 + "}" * 5000, (400,), ("query-too-deep",)),
    "a file": ("SELECT * FROM <file:///etc/passwd> WHERE { ?s ?p ?o }", (200,), ()),
    "a service": ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", (400,), ("query-service",)),
    "an IRI with spaces": ("SELECT * WHERE { <http://a b> ?p ?o }", (400,), ("query-syntax",)),
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    folder = fill(tmp_path_factory.mktemp("hostile") / "store", knowledge)
    with client_of(folder, MTUS_QUERY_SECONDS="1") as found:
        yield found


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("hostile", INPUTS, ids=lambda hostile: hostile.name)
def test_hostile_input(hostile: Hostile, route: str, client: TestClient) -> None:
    started = time.perf_counter()
    response = client.post(route, content=hostile.content, headers={"Content-Type": hostile.kind})
    assert time.perf_counter() - started < 5
    body = is_problem(response, hostile.status, "unreadable-case" if hostile.status == 400 else "invalid-case")
    assert len(response.content) < 100_000
    first = body["problems"][0]
    assert first["code"] == hostile.code or not hostile.code, first
    assert first["place"].startswith("body")
    assert first["remedy"]
    assert hostile.word in json.dumps(body["problems"], ensure_ascii=False)
    for secret in SECRETS:
        assert secret not in response.text
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("name", QUERIES)
def test_hostile_query(name: str, client: TestClient) -> None:
    query, statuses, kinds = QUERIES[name]
    started = time.perf_counter()
    response = client.get(f"/sparql?query={quote(query)}", headers={"Accept": "application/sparql-results+json"})
    assert time.perf_counter() - started < 6
    assert response.status_code in statuses, response.text
    if response.status_code == 200:
        answer = response.json()
        # an expression that is too large is an error of the filter, which then holds for nothing
        assert answer.get("boolean", False) is False
        assert answer.get("results", {}).get("bindings", []) == []
    else:
        kind = response.json()["type"].rsplit("/", 1)[-1]
        assert kind in kinds
        is_problem(response, response.status_code, kind)
    for secret in SECRETS:
        assert secret not in response.text.replace(query, "")
    assert client.get("/sparql?query=ASK{}", headers={"Accept": "application/sparql-results+json"}).json()["boolean"] is True


@pytest.mark.parametrize(("name", "kind"), [("negative-visits.json", JSON), ("negative-visits.ttl", TURTLE)])
def test_negative_visits_are_in_the_report(name: str, kind: str, client: TestClient) -> None:
    """A case that can be read and breaks a shape of well-formed cases is validated: the report is what says so."""
    response = client.post("/validate", content=(BROKEN / name).read_bytes(), headers={"Content-Type": kind})
    assert response.status_code == 200
    assert "sh:conforms false" in response.text
    assert "sh:value -" in response.text


REVIEWS = (
    b"[" * 100_000, b'{"review": NaN}', b'{"review": 1, "review": 2}', b"\xff\xfe", b"null", b'{"determination": "<a>", "review": {}}',
)  # fmt: skip


@pytest.mark.parametrize("content", REVIEWS)
def test_hostile_reviews(content: bytes, client: TestClient) -> None:
    response = client.post("/reviews", content=content, headers={"Content-Type": JSON})
    assert response.status_code in (400, 422)
    body = is_problem(response, response.status_code, response.json()["type"].rsplit("/", 1)[-1])
    assert body["problems"][0]["place"].startswith("body")
    assert client.get("/healthz").status_code == 200


# Each would end the text in the query of the list and go on with one of its own.
QUERIES_IN_A_NAME = ('")SERVICE<http://127.0.0.1:1/>{?a ?b ?c}}#', '")?a ?b ?c.?d ?e ?f.?g ?h ?i}ORDER BY ?i#', '">', "\\", "a\nb", "'")


@pytest.mark.parametrize("after", QUERIES_IN_A_NAME)
@pytest.mark.parametrize("path", ["/", "/determinations"])
def test_the_name_at_which_a_list_goes_on_is_no_part_of_a_query(path: str, after: str, client: TestClient) -> None:
    started = time.perf_counter()
    body = is_problem(client.get(path, params={"after": after}), 422, "bad-parameter")
    assert body["problems"][0]["place"] == "query/after"
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("after", QUERIES_IN_A_NAME)
def test_the_store_takes_any_name_as_a_text(after: str, tmp_path: Path, knowledge: Knowledge) -> None:
    with closing(Published(str(fill(tmp_path / "store", knowledge)))) as published:
        first, second = published.listed("", 10)
        assert published.listed(after, 10) == [one for one in (first, second) if one.name > after]
        assert published.listed(first.name, 10) == [second]
