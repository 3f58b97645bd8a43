"""The witness of a constraint component: facts that are enough for its test to hold, by the CONSTRUCT query that it carries."""

from collections.abc import Iterable

import pyoxigraph as ox

from mtus.reasoner.component_queries import Parameters, bound_query, mentioned_terms
from mtus.reasoner.errors import knowledge_error
from mtus.reasoner.graph import Graph, Term, Triple, from_triples, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, TYPE
from mtus.reasoner.shape_model import Component

_THIS = ox.Variable("this")
# Things of the case without an identifier have one while the query runs, so that they are told from the new things that it makes.
_BLANK, _NAMED = "_:", "urn:blank:"


def witness(component: Component, parameters: Parameters, focus: str, graph: Graph, knowledge: Knowledge) -> list[Triple]:
    """Return facts about ``focus`` at which ``component`` holds; new things in them are blank nodes; nothing where it has no witness.

    Raises :class:`KnowledgeError` for a query that does not parse.
    """
    query = knowledge.shapes.text(component.iri, MTUS + "witness")
    if not query:
        return []
    text = bound_query(query, parameters)
    store = ox.Store()
    store.load(n_triples(_renamed(_matchable(graph, text), _BLANK, _NAMED)), format=ox.RdfFormat.N_TRIPLES)
    try:
        made = store.query(text, substitutions={_THIS: ox.NamedNode(focus)})
    except SyntaxError as error:
        why = f"The query of its witness does not parse: {error}."
        raise knowledge_error("witness-query", component.iri, why, "Mend the query in mtus:witness.") from error
    assert isinstance(made, ox.QueryTriples)
    return [triple for triple in _renamed(sorted(from_triples(made), key=str), _NAMED, _BLANK) if triple not in graph]


def counts_treatments_in_use(component: Component, knowledge: Knowledge) -> bool:
    """Return whether ``component`` limits how many treatments are in use at once."""
    return knowledge.shapes.text(component.iri, MTUS + "countsTreatmentsInUse") == "true"


def _matchable(graph: Graph, query: str) -> Iterable[Triple]:
    """Return the triples that the WHERE part of ``query`` can match."""
    start = query.index("CONSTRUCT")
    terms = mentioned_terms(query[:start] + query[query.index("WHERE", start) :])
    if terms is None:
        return graph
    stated = [triple for term in sorted(terms) for triple in graph.with_predicate(term)]
    return [*stated, *((thing, TYPE, term) for term in sorted(terms) for thing in graph.subjects(TYPE, term))]


def _renamed(triples: Iterable[Triple], prefix: str, instead: str) -> list[Triple]:
    def name(term: Term) -> Term:
        return instead + term[len(prefix) :] if isinstance(term, str) and term.startswith(prefix) else term

    return [(str(name(s)), p, name(o)) for s, p, o in triples]
