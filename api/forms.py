"""A stored determination in the formats that it is given in."""

from collections.abc import Callable
from typing import Final

import pyoxigraph as ox

from mtus.api.answering import JSON, JSON_LD, TEXT, TRIG, TURTLE
from mtus.api.deps import case_limits
from mtus.reasoner.case_graphs import to_trig
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.receipt import was_made_with
from mtus.reasoner.render_json import to_json, to_json_ld
from mtus.reasoner.render_rdf import to_triples, to_turtle, write_rdf
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.stored import Stored

# The first is the default.
DETERMINATION_TYPES: Final = (JSON, JSON_LD, TURTLE, TRIG, TEXT)


def written(stored: Stored, kind: str, knowledge: Knowledge) -> str:
    """Return ``stored`` as ``kind``, one of :data:`DETERMINATION_TYPES`."""
    forms: dict[str, Callable[[Stored], str]] = {
        JSON: lambda found: to_json(found.determination),
        JSON_LD: lambda found: to_json_ld(found.determination),
        TURTLE: lambda found: to_turtle(found.determination),
        TRIG: lambda found: _graphs(found, knowledge),
        TEXT: lambda found: to_letter(found.determination, knowledge),
    }
    return forms[kind](stored)


def _graphs(stored: Stored, knowledge: Knowledge) -> str:
    """Return facts, inferences, report, determination and trace, each as a graph of its own.

    Under other knowledge or another release inferences and report would be others; then the graph of the determination is all there is.
    """
    determination = stored.determination
    if stored.facts and was_made_with(determination.receipt, knowledge):
        found, assessed = determine_with_facts(
            stored.facts.encode(), name="facts", syntax="n-quads", knowledge=knowledge, settings=case_limits()
        )
        if found == determination:
            return to_trig(found, assessed, knowledge)
    graph = ox.NamedNode(determination.id)
    return write_rdf([ox.Quad(q.subject, q.predicate, q.object, graph) for q in to_triples(determination)], ox.RdfFormat.TRIG)
