"""JSON, JSON-LD, Turtle and TriG: one structure, readable by other people's tools, queryable, and the same bytes every time."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from conftest import IMR_2015, VARIANTS, determine_file
from rdflib.compare import isomorphic

from mtus.reasoner.case_graphs import to_trig
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, CASE, DETERMINATION, MTUS, PROV, SKOS, TYPE, local_name
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.render_json import to_dict, to_json, to_json_ld, trace_context
from mtus.reasoner.render_rdf import to_triples, to_turtle
from mtus.reasoner.trace import Determination

# rdflib's own readers use what rdflib deprecates
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

NAMES = ["case", "all-documented", "two-counts", "july-2016", "gym-membership", "earlier-injections-2", "massage-6-with-exercise"]


def _determination(name: str) -> Determination:
    return determine_file(IMR_2015 / "case.json" if name == "case" else VARIANTS / f"{name}.json")


def _trig(knowledge: Knowledge, name: str = "case.json") -> ox.Store:
    determination, assessed = determine_with_facts((IMR_2015 / name).read_bytes(), name=name, knowledge=knowledge)
    store = ox.Store()
    store.load(to_trig(determination, assessed, knowledge).encode(), format=ox.RdfFormat.TRIG)
    return store


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for item in node:
            yield from _walk(item)


# JSON


def test_json_keys_are_camel_case(imr_2015: Determination) -> None:
    keys = {key for node in _walk(to_dict(imr_2015)) for key in node}
    assert len(keys) > 50
    assert [key for key in sorted(keys) if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", key)] == []


VOCABULARIES = {
    "answer": "Answer", "status": "CriterionStatus", "otherStatus": "CriterionStatus", "disposition": "Disposition",
    "overall": "Disposition", "reasonKind": "ReasonKind", "role": "CriterionRole", "burden": "Burden", "effect": "UndocumentedEffect",
    "confidence": "Confidence", "basis": "DateBasis", "provisionKind": "ProvisionKind", "stage": "ReviewStage", "answerThen": "Answer",
    "changeKind": "ChangeKind",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_enumerated_values_are_those_of_the_vocabularies(name: str, knowledge: Knowledge) -> None:
    seen: dict[str, set[str]] = {}
    for node in _walk(to_dict(_determination(name))):
        for key in VOCABULARIES.keys() & node.keys():
            seen.setdefault(key, set()).add(node[key])
    assert {"answer", "status", "reasonKind", "disposition", "stage"} <= seen.keys() | ({"status"} if name == "july-2016" else set())
    for key, values in seen.items():
        known = {local_name(iri) for iri in knowledge.ontology.subjects(TYPE, MTUS + VOCABULARIES[key])}
        assert values <= known, key


def test_json_and_json_ld_differ_by_the_context_alone(imr_2015: Determination) -> None:
    linked = json.loads(to_json_ld(imr_2015))
    assert linked.pop("@context") == trace_context()
    assert linked == json.loads(to_json(imr_2015))


def test_every_key_has_a_meaning_in_the_context(imr_2015: Determination, knowledge: Knowledge) -> None:
    declared = {local_name(iri) for iri in knowledge.vocabulary.properties}
    for name in NAMES:
        keys = {key for node in _walk(to_dict(_determination(name))) for key in node}
        assert keys - trace_context().keys() - declared - _nested_keys() == set()
    assert "reliedOn" in {key for node in _walk(to_dict(imr_2015)) for key in node}


def _nested_keys() -> set[str]:
    nested = (term["@context"] for term in trace_context().values() if isinstance(term, dict) and "@context" in term)
    return {key for context in nested for key in context}


def test_the_review_slot_shows_what_is_to_be_filled_in(imr_2015: Determination) -> None:
    review = to_dict(imr_2015)["review"]
    assert review.pop("type") == "ReviewSlot"
    assert review == dict.fromkeys(["reviewer", "reviewerRole", "licenceState", "reviewedAt", "outcome", "reason"])


# RDF


@pytest.mark.parametrize("name", NAMES)
def test_two_libraries_read_the_same_from_json_ld(name: str) -> None:
    determination = _determination(name)
    ours = rdflib.Graph().parse(data=to_turtle(determination), format="turtle")
    theirs = rdflib.Graph()
    for context in rdflib.Dataset().parse(data=to_json_ld(determination), format="json-ld").graphs():
        theirs += context
    assert len(ours) > 20
    assert len(ours) == len(theirs)
    assert isomorphic(_with_plain_strings(ours), _with_plain_strings(theirs))


def _with_plain_strings(graph: rdflib.Graph) -> rdflib.Graph:
    """Return ``graph`` with xsd:string left out, which RDF 1.1 calls the same and rdflib does not."""
    found = rdflib.Graph()
    for s, p, o in graph:
        plain = isinstance(o, rdflib.Literal) and o.datatype == rdflib.XSD.string
        found.add((s, p, rdflib.Literal(str(o)) if plain else o))
    return found


def test_the_facts_in_trig_are_those_of_the_case(knowledge: Knowledge, imr_2015: Determination) -> None:
    store = _trig(knowledge)
    stated = ox.Dataset(ox.parse((IMR_2015 / "case.ttl").read_bytes(), format=ox.RdfFormat.TURTLE))
    graph = ox.NamedNode(f"{imr_2015.case}/facts")
    found = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in store.quads_for_pattern(None, None, None, graph))
    # the loader writes numbers in one form: 24.0 and 24 are the same fact
    assert {str(q) for q in found if "decimal" not in str(q)} == {str(q) for q in stated if "decimal" not in str(q)}
    assert len(found) == len(stated)


REASONS = """
PREFIX mtus: <https://w3id.org/mtus/ontology/>
PREFIX answer: <https://w3id.org/mtus/answer/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?request ?kind ?provision ?page ?fact ?document ?date WHERE {
  {
    ?part mtus:determinesRequest ?request ; mtus:hasAnswer answer:not-supported ; mtus:hasReason ?reason .
    ?reason mtus:hasReasonKind ?kind ; mtus:isAbout ?about .
    OPTIONAL { ?reason mtus:hasCitation ?citation . ?citation mtus:provisionId ?provision . OPTIONAL { ?citation mtus:page ?page } }
    OPTIONAL { ?part mtus:hasAssessment ?assessment . ?assessment mtus:assessesCriterion ?about ; prov:wasDerivedFrom ?used .
               ?used mtus:isAbout ?fact }
  }
  OPTIONAL { ?fact mtus:statedIn ?document . ?document mtus:documentDate ?date }
}
"""


def test_one_query_joins_reasons_with_the_facts_on_file(knowledge: Knowledge) -> None:
    rows = {
        tuple("" if value is None else local_name(value.value) for value in solution)
        for solution in _trig(knowledge).query(REASONS, use_default_graph_as_union=True)  # type: ignore[union-attr]
    }
    for modality in ("course-massage", "course-manipulation", "course-tens"):
        assert ("request-massage", "contradicted", "PM-2", "98", modality, "note", "2015-08-18") in rows
    assert ("request-massage", "contradicted", "MAS-3", "60", "request-massage", "ur", "2015-08-25") in rows
    assert ("request-injection", "undocumented", "ESI-1b", "46") in {row[:4] for row in rows}
    assert ("request-injection", "undocumented", "ESI-8b", "46") in {row[:4] for row in rows}
    assert ("request-sedation", "derivative", "G-13", "") in {row[:4] for row in rows}
    assert {row[0] for row in rows} == {"request-massage", "request-injection", "request-sedation"}


def test_provenance(imr_2015: Determination) -> None:
    trace = ox.Dataset(to_triples(imr_2015))
    node = ox.NamedNode(imr_2015.id)

    def objects(subject: Any, name: str) -> list[Any]:
        return [q.object for q in trace.quads_for_subject(subject) if q.predicate.value == PROV + name]

    (activity,) = objects(node, "wasGeneratedBy")
    assert ox.NamedNode(imr_2015.case) in objects(activity, "used")
    assert ox.NamedNode(f"urn:sha256:{imr_2015.receipt.knowledge_digest}") in objects(activity, "used")
    (agent,) = objects(activity, "wasAssociatedWith")
    kinds = {(q.subject, q.object.value) for q in trace if q.predicate.value == TYPE}
    assert {(node, PROV + "Entity"), (activity, PROV + "Activity"), (agent, PROV + "SoftwareAgent")} <= kinds
    derived = [q for q in trace if q.predicate.value == PROV + "wasDerivedFrom"]
    sourced = {q.subject for q in trace if q.predicate.value == PROV + "hadPrimarySource"}
    assert derived
    assert {q.object for q in derived} <= sourced


def test_every_term_of_ours_is_declared(knowledge: Knowledge) -> None:
    described = {s for s, _, _ in knowledge.ontology} | {s for s, _, _ in knowledge.shapes}
    instances = (CASE, DETERMINATION, BASE + "reasoner/")
    for name in NAMES:
        nodes = {
            term.value
            for q in to_triples(_determination(name))
            for term in (q.predicate, q.subject, q.object)
            if isinstance(term, ox.NamedNode)
        }
        terms = {iri for iri in nodes if iri.startswith(BASE) and not iri.startswith(instances)}
        assert terms - described == set(), name


def test_declarations_have_label_and_definition(imr_2015: Determination, knowledge: Knowledge) -> None:
    terms = {q.predicate.value for q in to_triples(imr_2015) if q.predicate.value.startswith(MTUS)}
    for name in ("prefLabel", "definition"):
        assert [iri for iri in sorted(terms) if not knowledge.ontology.text(iri, SKOS + name)] == []


_PRINT = """
import sys
from pathlib import Path
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.render_json import to_json, to_json_ld
from mtus.reasoner.case_graphs import to_trig
from mtus.reasoner.render_rdf import to_turtle
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.render_tree import to_tree
knowledge = load_knowledge()
for path in map(Path, sys.argv[1:]):
    found, assessed = determine_with_facts(path.read_bytes(), name=path.name, knowledge=knowledge)
    texts = [to_json(found), to_json_ld(found), to_turtle(found), to_trig(found, assessed, knowledge), to_letter(found, knowledge)]
    texts += [to_tree(request, knowledge) for request in found.requests]
    sys.stdout.buffer.write("".join(texts).encode())
"""


def test_same_bytes_in_other_processes() -> None:
    paths = [str(IMR_2015 / "case.ttl"), str(VARIANTS / "two-counts.json")]
    outputs = set()
    for seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", _PRINT, *paths], capture_output=True, check=True, env=environment)
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 100_000


def test_a_variant_has_another_identifier(imr_2015: Determination, variant: Callable[[str], Determination]) -> None:
    other = variant("mri-negative")
    assert other.id != imr_2015.id
    assert other.receipt.knowledge_digest == imr_2015.receipt.knowledge_digest


# Blank nodes


def _with_blank_nodes() -> bytes:
    """Return the case of 2015 with some of its statements blank nodes."""
    text = (IMR_2015 / "case.ttl").read_text("utf-8")
    for name in ("course-tens", "course-massage", "leg-pain"):
        text = re.sub(rf"(?<!\w):{name}\b(?!-)", f"_:{name}", text)
    return text.encode()


def test_blank_nodes_of_a_case_have_one_name_in_facts_and_trace(knowledge: Knowledge) -> None:
    determination, assessed = determine_with_facts(_with_blank_nodes(), name="blank.ttl", knowledge=knowledge)
    store = ox.Store()
    store.load(to_trig(determination, assessed, knowledge).encode(), format=ox.RdfFormat.TRIG)
    found = {
        tuple("" if value is None else value.value for value in solution)
        for solution in store.query(REASONS, use_default_graph_as_union=True)  # type: ignore[union-attr]
    }
    modalities = [row for row in found if row[2] == "PM-2" and row[5]]
    assert len(modalities) == 3
    assert {row[6] for row in modalities} == {"2015-08-18"}
    # the text of the facts is what the digest is of, and has their canonical names
    assert "_:" not in to_json(replace(determination, stated_facts="")).replace("/_:", "")


def test_several_traces_may_stand_in_one_file(imr_2015: Determination, variant: Callable[[str], Determination]) -> None:
    others = [imr_2015, variant("mri-negative"), variant("all-documented")]
    together = ox.Dataset(ox.parse("\n".join(map(to_turtle, others)), format=ox.RdfFormat.TURTLE))
    shared = set(to_triples(others[0])) & set(to_triples(others[1]))
    assert not any(isinstance(q.subject, ox.BlankNode) for q in shared)
    for determination in others:
        mine = {q for q in together if q.subject == ox.NamedNode(determination.id)}
        assert mine == {q for q in to_triples(determination) if q.subject == ox.NamedNode(determination.id)}
    assert len({q.subject for q in together}) == len({q.subject for d in others for q in to_triples(d)})
