"""What is submitted over HTTP is shown to SPARQL: determinations and reviews, with a store in a folder and with one on a server."""

import csv
import io
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015, VARIANTS
from fastapi.testclient import TestClient
from reviews import OVERTURNED, made
from served import client_of
from servers import oxigraph

from mtus.api.journal import Journal
from mtus.api.keeper import journal_path
from mtus.api.publisher import publish
from mtus.api.store import prepare_store
from mtus.api.submission import submission_of
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_json import to_json
from mtus.reasoner.render_review import review_to_json
from mtus.reasoner.review_schema import filled_skeleton
from mtus.reasoner.store_location import open_reader
from mtus.reasoner.stored_cases import Outcome, stored_cases
from mtus.reasoner.trace import Determination

CASE = (IMR_2015 / "case.json").read_bytes()
OTHER = (VARIANTS / "two-counts.json").read_bytes()
JSON = {"Content-Type": "application/json"}
OVERRIDES = "/queries/criteria-by-override-rate.csv"
OVERRIDE = ("criterion", "reasonKind", "status", "reason", "evidence")
REVIEWER = {"name": "R-17", "role": "independent-medical-reviewer", "licenceStates": ["CA"], "specialties": ["Pain Medicine"]}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    yield from oxigraph("--union-default-graph")


@pytest.fixture(params=["folder", "server"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestClient]:
    """A service over a store in a folder, and over one on a server."""
    where = str(request.getfixturevalue("server")) if request.param == "server" else str(tmp_path / "store")
    with client_of(where, MTUS_JOURNAL=str(tmp_path / "journal.sqlite")) as found:
        yield found


def wait_until_shown(client: TestClient, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while client.get("/healthz").json()["waiting"]:
        assert time.monotonic() < deadline, "what was submitted is not shown"
        time.sleep(0.1)


def review_form(determination: Determination) -> dict[str, Any]:
    """A form that overturns the injection, and the sedation with it; the massage is upheld."""
    form = filled_skeleton(determination, dict(REVIEWER), "2015-10-02", ["upheld", "overturned", "overturned"])
    for request, overturned in zip(form["requests"][1:], OVERTURNED, strict=True):
        found = [(o.criterion, o.reason_kind, o.status, o.reason, list(o.evidence)) for o in overturned.overrides]
        request["overrides"] = [{key: value for key, value in zip(OVERRIDE, values, strict=True) if value} for values in found]
    return form


def test_what_is_submitted_is_shown(client: TestClient, imr_2015: Determination) -> None:
    """Determination and review; the stored query then counts the override."""
    assert client.get("/healthz").json()["waiting"] == 0
    sent = client.post("/determinations", content=CASE, headers=JSON)
    assert sent.status_code == 201
    address = sent.headers["location"]
    response = client.post(f"{address}/review", json=review_form(imr_2015))
    assert response.status_code == 201, response.text
    client.post("/determinations", content=OTHER, headers=JSON)
    wait_until_shown(client)
    cases = "SELECT DISTINCT ?case WHERE { ?determination <https://w3id.org/mtus/ontology/determinesCase> ?case }"
    found = client.get("/sparql", params={"query": cases}, headers={"Accept": "text/csv"}).text.split()
    assert imr_2015.case in found
    assert len(found) == 3, "the head and two cases"
    rows = list(csv.DictReader(io.StringIO(client.get(OVERRIDES).text)))
    overridden = [(local_name(row["criterion"]), row["reviewed"], row["overridden"]) for row in rows if row["overridden"] != "0"]
    assert sorted(overridden) == sorted((override.criterion, "1", "1") for override in OVERTURNED[0].overrides)
    # a second time nothing changes
    assert client.post(f"{address}/review", json=review_form(imr_2015)).status_code == 200
    assert client.get("/healthz").json()["waiting"] == 0


@pytest.fixture
def kept(tmp_path: Path, imr_2015: Determination, knowledge: Knowledge) -> Iterator[tuple[str, Journal]]:
    """A store, and a journal with a determination and two reviews of it."""

    location = str(tmp_path / "store")
    prepare_store(location, knowledge)
    journal = Journal(journal_path(location, {}))
    assert journal.put(submission_of(imr_2015), None) is Outcome.STORED
    for review in (made(imr_2015), made(imr_2015, requests=OVERTURNED)):
        text = review_to_json(review, knowledge).encode()
        assert journal.put_review(local_name(review.id), local_name(imr_2015.id), text) is Outcome.STORED
    yield location, journal
    journal.close()


def graphs(location: str) -> dict[str, int]:
    with open_reader(location) as store:
        counts = store.rows("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    return {name: int(count) for name, count in counts}


def test_a_review_comes_after_its_determination_and_once(kept: tuple[str, Journal], knowledge: Knowledge) -> None:
    location, journal = kept
    assert journal.waiting() == 3
    assert journal.pending_reviews(10) == [], "they wait for their determination"
    assert publish(location, journal, knowledge) == 1
    assert [journal.waiting(), len(journal.pending_reviews(10))] == [2, 2]
    assert publish(location, journal, knowledge) == 2
    assert [journal.waiting(), publish(location, journal, knowledge)] == [0, 0]
    before = graphs(location)
    assert len([name for name in before if "/review/" in name]) == 2
    # a process that was killed before it wrote down what it had stored stores it again
    journal._db.execute("UPDATE review SET is_shown = 0")
    assert publish(location, journal, knowledge) == 2
    assert graphs(location) == before


def test_a_journal_of_an_earlier_release(kept: tuple[str, Journal], knowledge: Knowledge) -> None:
    """Reviews that were kept before they were brought into the store are brought in now."""
    location, journal = kept
    publish(location, journal, knowledge)
    publish(location, journal, knowledge)
    with sqlite3.connect(journal_path(location, {})) as file:
        file.execute("DROP INDEX review_not_shown")
        file.execute("ALTER TABLE review DROP COLUMN is_shown")
    later = Journal(journal_path(location, {}))
    assert later.waiting() == 2
    assert publish(location, later, knowledge) == 2
    later.close()


# Limits


def test_limits_of_a_case_hold_for_every_route(tmp_path: Path) -> None:
    content = {"contentToValidate": CASE.decode()}
    asked: dict[str, Any] = {
        "/determinations": CASE, "/determinations?keep=false": CASE, "/validate": CASE, "/lint": CASE, "/what-would-change": CASE,
        "/mtus/api/validate": json.dumps(content), "/mtus/api/validateMultiple": json.dumps([content]), "/batch": b"[%s]" % CASE,
    }  # fmt: skip
    with client_of(tmp_path / "store", MTUS_MAX_TRIPLES="100") as client:
        for path, body in asked.items():
            response = client.post(path, content=body, headers=JSON)
            assert "more than 100 statements" in response.text, path


def test_a_limit_that_was_raised_holds_until_the_case_is_shown(tmp_path: Path, knowledge: Knowledge) -> None:
    long = json.loads(CASE) | {"label": "synthetic " * 2_500}
    with client_of(tmp_path / "store", MTUS_MAX_TEXT="30000") as client:
        response = client.post("/determinations", json=long)
        assert response.status_code == 201, response.text
        address = response.headers["location"]
        for below in ("replay", "lint", "what-would-change", "letter"):
            assert client.get(f"{address}/{below}", headers={"Accept": "text/plain"}).status_code == 200, below
        assert client.get(address, headers={"Accept": "application/trig"}).text.count("ValidationReport") == 1
        wait_until_shown(client)
    with open_reader(str(tmp_path / "store")) as store:
        assert len(stored_cases(store)) == 1


def test_what_was_kept_is_what_was_determined(kept: tuple[str, Journal], imr_2015: Determination) -> None:
    assert kept[1].content(local_name(imr_2015.id)) == to_json(imr_2015).encode()
