"""A case as named graphs: which there are, what stands in each, and that what they say is what the ontology knows."""

from dataclasses import replace

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, determine_file

from mtus.reasoner.case_graphs import to_trig
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, SH, local_name
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.render_rdf import to_triples
from mtus.reasoner.trace import Determination
from mtus.reasoner.validate import validate

CASE = (IMR_2015 / "case.json").read_bytes()
NAMES = ["case.json", "variants/all-documented.json", "variants/july-2016.json", "variants/massage-6-with-exercise.json"]


def _store(knowledge: Knowledge) -> ox.Store:
    determination, assessed = determine_with_facts(CASE, name="case.json", knowledge=knowledge)
    store = ox.Store()
    store.load(to_trig(determination, assessed, knowledge).encode(), format=ox.RdfFormat.TRIG)
    return store


def test_trig_has_facts_inferences_and_trace(imr_2015: Determination, knowledge: Knowledge) -> None:
    store = _store(knowledge)
    sizes = {graph.value: len(list(store.quads_for_pattern(None, None, None, graph))) for graph in store.named_graphs()}
    own = {f"{imr_2015.id}/{name}" for name in ("inferences", "report", "trace")}
    assert set(sizes) == {f"{imr_2015.case}/facts", imr_2015.id, *own, f"{BASE}reasoner"}
    assert all(size > 50 for name, size in sizes.items() if name != f"{BASE}reasoner")
    assert not list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    # each triple of the trace stands in one of the graphs; what facts and inferences say already, it does not repeat
    every = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in store if not str(q.graph_name).endswith("/report>"))
    every.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    known = {str(q.triple) for q in every}
    assert len(store) == len({str(q.triple) for q in store})
    trace = to_triples(replace(imr_2015, stated_facts=""))
    plain = [q.triple for q in trace if not any(isinstance(term, ox.BlankNode) for term in q.triple)]
    assert len(plain) > 500
    assert {str(triple) for triple in plain} <= known


def test_trig_has_the_validation_report(imr_2015: Determination, knowledge: Knowledge) -> None:
    store = _store(knowledge)
    graph = ox.NamedNode(f"{imr_2015.id}/report")
    (conforms,) = store.quads_for_pattern(graph, ox.NamedNode(SH + "conforms"), None, graph)
    assert conforms.object.value == "false"  # type: ignore[union-attr]
    results = list(store.quads_for_pattern(graph, ox.NamedNode(SH + "result"), None, graph))
    assert len(results) == len(validate(determine_with_facts(CASE, knowledge=knowledge)[1].inferred.graph, knowledge)) > 10


@pytest.mark.parametrize("name", NAMES)
def test_values_of_vocabularies_are_those_of_the_ontology_in_rdf_too(name: str, knowledge: Knowledge) -> None:
    """A value that is also a key of the JSON, such as "supported", must not be read as that key."""
    found = {
        (q.predicate.value, q.object.value)
        for q in to_triples(determine_file(IMR_2015 / name))
        if q.predicate.value
        in {MTUS + prop for prop in ("hasAnswer", "hasReasonKind", "selectsBy", "hasDisposition", "hasCriterionStatus")}
    }
    schemes = {"hasAnswer": "answer", "hasReasonKind": "reason", "selectsBy": "basis", "hasDisposition": "disposition",
               "hasCriterionStatus": "status"}  # fmt: skip
    told = [q.triple for q in to_triples(determine_file(IMR_2015 / name))]
    found = {(t.predicate.value, t.object.value) for t in told if t.predicate.value.removeprefix(MTUS) in schemes}  # type: ignore[union-attr]
    assert found
    for prop, value in found:
        assert value.startswith(f"{BASE}{schemes[local_name(prop)]}/"), value
        assert knowledge.ontology.types(value)
