"""What the tests of the service share: a store with a few cases, and a client of the application over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, VARIANTS
from fastapi.testclient import TestClient

from mtus.api.main import create_app
from mtus.reasoner.case_loader import store_content
from mtus.reasoner.graph import n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.local_store import open_for_writing
from mtus.reasoner.stored_cases import put_knowledge

JSON = "application/sparql-results+json"
CASES = "SELECT ?case WHERE { ?case a <https://w3id.org/mtus/ontology/Case> }"


def fill(folder: Path, knowledge: Knowledge) -> Path:
    """Store the case of 2015 and a variant of it."""
    with open_for_writing(folder) as writer:
        put_knowledge(writer, knowledge)
        for path in (IMR_2015 / "case.json", VARIANTS / "two-counts.json"):
            store_content(writer, path.read_bytes(), knowledge, name=path.name)
    return folder


@contextmanager
def client_of(folder: Path | str, **environment: str) -> Iterator[TestClient]:
    """Give a client of the application over the store in ``folder``, with settings of the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with TestClient(create_app(str(folder)), raise_server_exceptions=False) as client:
            yield client


def kind_of(response: Any) -> str:
    """Return the media type of ``response`` without parameters."""
    return str(response.headers["content-type"]).split(";", maxsplit=1)[0]


def is_problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """Return the problem details in ``response`` after looking at everything that they always have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = dict(response.json())
    assert body["status"] == status
    assert body["type"] == f"https://w3id.org/mtus/problem/{kind}"
    assert body["title"]
    assert body["detail"]
    for problem in body.get("problems", []):
        assert set(problem) == {"code", "place", "why", "remedy"}
        assert all(problem.values())
    for leak in ("Traceback", "/root", "/work", "site-packages", ".py", "object at 0x", "/tmp/", "pytest"):
        assert leak not in response.text
    return body


def case_written(content: bytes, kind: str, knowledge: Knowledge) -> bytes:
    """Return the case in ``content``, plain JSON, in the media type ``kind``."""
    if kind == "application/json":
        return content
    form = ox.RdfFormat.from_media_type(kind)
    assert form is not None
    triples = n_triples(load_case(content, knowledge).stated)
    return ox.serialize((q.triple for q in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES)), format=form) or b""
