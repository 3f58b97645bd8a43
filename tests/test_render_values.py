"""Values of vocabularies in RDF: some of their names are keys of the trace too, and must not be read as these."""

import json

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, VARIANTS, determine_file
from test_render import VOCABULARIES

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, TYPE, local_name
from mtus.reasoner.render_json import NAMED_VALUES, trace_context
from mtus.reasoner.render_rdf import to_triples


def test_every_value_of_a_vocabulary_is_itself_in_rdf(knowledge: Knowledge) -> None:
    assert VOCABULARIES.keys() == NAMED_VALUES.keys()
    for key, cls in VOCABULARIES.items():
        values = knowledge.ontology.subjects(TYPE, MTUS + cls)
        assert values
        document = {"@context": trace_context(), "id": BASE + "thing", key: [local_name(value) for value in values]}
        found = {q.object.value for q in ox.parse(json.dumps(document).encode(), format=ox.RdfFormat.JSON_LD)}
        assert found == set(values), key


@pytest.mark.parametrize("name", ["case", "massage-6-with-exercise", "july-2016"])
def test_values_of_vocabularies_in_rdf_are_those_of_the_vocabularies(name: str, knowledge: Knowledge) -> None:
    """Some names of values, such as ``supported``, are keys of the trace too; in RDF they are the values."""
    context = trace_context()
    found: dict[str, set[str]] = {}
    for quad in to_triples(determine_file(IMR_2015 / "case.json" if name == "case" else VARIANTS / f"{name}.json")):
        for key, cls in VOCABULARIES.items():
            if quad.predicate.value == context[key]["@id"]:
                found.setdefault(cls, set()).add(quad.object.value)
    assert {"Answer", "Disposition", "DateBasis", "ReasonKind"} <= found.keys()
    for cls, values in found.items():
        assert values <= set(knowledge.ontology.subjects(TYPE, MTUS + cls)), cls
