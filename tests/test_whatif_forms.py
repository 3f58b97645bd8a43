"""What would change an answer, in its forms: text, JSON, JSON-LD, Turtle, and the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from conftest import IMR_2015, VARIANTS
from typer.testing import CliRunner

from mtus.reasoner.changing import what_would_change
from mtus.reasoner.cli import app
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import WIDTH
from mtus.reasoner.namespaces import BASE, CASE, DETERMINATION, MTUS
from mtus.reasoner.remedies import WhatIf
from mtus.reasoner.render_whatif import to_json, to_json_ld, to_text, to_turtle


@pytest.fixture(scope="module")
def imr(knowledge: Knowledge) -> WhatIf:
    return what_would_change((IMR_2015 / "case.json").read_bytes(), name="case.json", knowledge=knowledge)


def test_the_text_says_what_a_set_is_and_what_it_is_not(imr: WhatIf, knowledge: Knowledge) -> None:
    text = to_text(imr, knowledge)
    assert all(len(line) <= WIDTH for line in text.splitlines())
    for sentence in ("Needed in any case:", "And one of these 6, the least effort first:", "only what is true can be put on file."):
        assert sentence in text
    assert "[not verified]" in text
    assert text.count("so that it is settled that this is not so:") >= 1


def test_all_forms_come_from_one_structure(imr: WhatIf, knowledge: Knowledge) -> None:
    data = json.loads(to_json(imr))
    linked = json.loads(to_json_ld(imr))
    context = linked.pop("@context")
    assert linked == data
    assert [len(r.get("sets", ())) for r in data["requests"]] == [8, 6, 0]
    ours = rdflib.Graph().parse(data=to_turtle(imr), format="turtle")
    theirs = rdflib.Graph()
    for graph in rdflib.Dataset().parse(data=to_json_ld(imr), format="json-ld").graphs():
        theirs += graph
    assert len(ours) == len(theirs) > 300
    assert context["sets"] == MTUS + "hasChangeSet"


def test_every_term_is_declared(imr: WhatIf, knowledge: Knowledge) -> None:
    described = {s for s, _, _ in knowledge.ontology} | {s for s, _, _ in knowledge.shapes}
    quads = ox.parse(to_turtle(imr).encode(), format=ox.RdfFormat.TURTLE)
    nodes = {term.value for q in quads for term in (q.subject, q.predicate, q.object) if isinstance(term, ox.NamedNode)}
    terms = {iri for iri in nodes if iri.startswith(BASE) and not iri.startswith((CASE, DETERMINATION))}
    assert terms - described == set()


def test_sparql_finds_the_sets_beside_the_determination(imr: WhatIf) -> None:
    store = ox.Store()
    store.load(to_turtle(imr).encode(), format=ox.RdfFormat.TURTLE)
    query = """PREFIX mtus: <https://w3id.org/mtus/ontology/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT DISTINCT ?label WHERE { ?of mtus:determinesRequest ?request ; mtus:hasChangeSet/mtus:hasChange ?change .
            ?change skos:prefLabel ?label ; mtus:hasPurposeOfChange/mtus:assessesCriterion ?criterion .
            FILTER(STRENDS(STR(?criterion), "ESI-1b.corroboration")) }"""
    assert [row["label"].value for row in store.query(query)] == ["corroboration of radiculopathy by a study: L4-L5"]  # type: ignore[union-attr]


def test_the_same_bytes_in_every_process() -> None:
    command = [sys.executable, "-m", "mtus.reasoner", "whatif", str(IMR_2015 / "case.json"), "--format", "json"]
    runs = {
        subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1
    assert b"request-injection" in runs.pop()


def test_the_command(tmp_path: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["whatif", str(IMR_2015 / "case.json")])
    assert (done.exit_code, "WHAT WOULD CHANGE THE ANSWERS" in done.output) == (1, True)
    assert runner.invoke(app, ["whatif", str(VARIANTS / "massage-6-with-exercise.json")]).exit_code == 0
    output = tmp_path / "changes.ttl"
    assert runner.invoke(app, ["whatif", str(IMR_2015 / "case.json"), "--format", "turtle", "-o", str(output)]).exit_code == 1
    assert "mtus:ChangeSet" in output.read_text("utf-8")
    assert runner.invoke(app, ["whatif", "nothing.json"]).exit_code == 2
