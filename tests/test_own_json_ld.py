"""The trace and the review as RDF: what is written straight from the data is what a JSON-LD processor reads, for every case that ships."""

from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, ROOT, determine_file
from reviews import OVERTURNED, made

from mtus.reasoner.changing import what_would_change
from mtus.reasoner.errors import EngineError, MtusError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import read_case_file
from mtus.reasoner.own_json_ld import Context, own_triples, trace_triples
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import dumps, to_dict, trace_context
from mtus.reasoner.render_review import review_statements, review_to_json_ld
from mtus.reasoner.render_whatif import to_json_ld as whatif_to_json_ld
from mtus.reasoner.render_whatif import to_turtle as whatif_to_turtle
from mtus.reasoner.written import canonical_statements, written_quad

SUFFIXES = {".json", ".jsonld", ".ttl", ".trig", ".nt", ".nq", ".rdf", ".owl", ".xml"}
FOLDERS = [ROOT / "examples", *sorted(folder for folder in (ROOT / "shapes").rglob("cases") if folder.is_dir())]
SMALL = {"@vocab": "https://example.org/", "id": "@id", "type": "@type"}


def read_by_processor(document: dict[str, Any]) -> tuple[str, ...]:
    return canonical_statements(map(written_quad, ox.parse(dumps(document), format=ox.RdfFormat.JSON_LD)))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_trace_of_every_case(folder: Path, knowledge: Knowledge) -> None:
    compared = 0
    for path in sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and not p.name.endswith(".expected.json")):
        try:
            data = to_dict(determine(read_case_file(path), name=path.name, knowledge=knowledge))
        except MtusError:
            continue
        assert canonical_statements(trace_triples(data)) == read_by_processor({"@context": trace_context(), **data}), path
        compared += 1
    assert compared


def test_a_review(knowledge: Knowledge) -> None:
    determination = determine_file(IMR_2015 / "case.json")
    for review in (made(determination), made(determination, requests=OVERTURNED)):
        text = review_to_json_ld(review, knowledge)
        expected = canonical_statements(map(written_quad, ox.parse(text, format=ox.RdfFormat.JSON_LD)))
        assert review_statements(review, knowledge) == expected
        assert not any("_:" in statement.split('"')[0] for statement in expected), "a review has no blank nodes"


def test_what_would_change(knowledge: Knowledge) -> None:
    found = what_would_change((IMR_2015 / "case.json").read_bytes(), knowledge=knowledge)
    expected = canonical_statements(map(written_quad, ox.parse(whatif_to_json_ld(found), format=ox.RdfFormat.JSON_LD)))
    read = canonical_statements(map(written_quad, ox.parse(whatif_to_turtle(found), format=ox.RdfFormat.TURTLE)))
    assert read == expected


HARD = {
    "id": "https://example.org/a",
    "type": ["Thing", "prov:Entity"],
    "nothing": None,
    "empty": [],
    "text": 'quotes " and \\ and \t\n\r\b\f\x00\x1f\x7f and \u2028 \U0001f600 \ufffe',
    "many": ["a", "b", "a", 1, True, False, -7],
    "date": "2015-10-02",
    "link": ["prov:Agent", "urn:x:y", "_:b", "prov://x"],
    "status": ["met", "prov:Entity", "also"],
    "below": [{"deep": {"id": "https://example.org/b", "also": "plain"}}, {}],
}
HARD_CONTEXT = {
    **SMALL,
    "prov": "http://www.w3.org/ns/prov#",
    "also": "https://example.org/property/also",
    "date": {"@id": "https://example.org/on", "@type": "http://www.w3.org/2001/XMLSchema#date"},
    "link": {"@id": "https://example.org/link", "@type": "@id"},
    "status": {
        "@id": "https://example.org/status",
        "@type": "@vocab",
        "@context": {"@vocab": "https://example.org/status/", "also": "https://example.org/status/also"},
    },
    "below": {
        "@id": "https://example.org/below",
        "@context": {"deep": "https://example.org/deeper", "@vocab": "https://example.org/below/"},
    },
}


def test_what_the_context_can_say() -> None:
    found = canonical_statements(own_triples(HARD, Context(HARD_CONTEXT)))
    assert found == read_by_processor({"@context": HARD_CONTEXT, **HARD})
    assert len(found) > 20


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"number": 1.5}, r"a value of this kind is not known here: 1\.5"),
        ({"list": [["nested"]]}, "a value of this kind"),
        ({"id": "relative"}, "'relative' is no absolute identifier"),
    ],
)
def test_what_is_not_ours_is_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=f"not-our-json-ld at the trace as RDF: {said}.*Report the case"):
        own_triples(data, Context(SMALL))


def test_a_context_that_is_not_ours_is_refused() -> None:
    with pytest.raises(EngineError, match=r"the context says of 'x' what is not known here: \['@container'\]"):
        own_triples({"x": "1"}, Context({**SMALL, "x": {"@id": "urn:x", "@container": "@list"}}))
    with pytest.raises(EngineError, match="has to call @id and @type id and type"):
        Context({"@vocab": "urn:v:"})
