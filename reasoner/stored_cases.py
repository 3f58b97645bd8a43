"""Determined cases in a store: the rules by which they go in, and how they come out.

A store holds the knowledge and, of each case, the named graphs of :mod:`mtus.reasoner.case_graphs`. The same case with the same content is
stored once; the same case with other content is an error, unless it is to be replaced. A case is stored once its determination graph is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.case_graphs import (
    KNOWLEDGE_GRAPHS,
    ONTOLOGY_GRAPH,
    REASONER_GRAPH,
    CaseGraphs,
    canonical_graph,
    case_graphs,
    graph_names,
    knowledge_graphs,
)
from mtus.reasoner.errors import engine_error, store_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import BASE, MTUS
from mtus.reasoner.pipeline import determine_loaded
from mtus.reasoner.receipt import determination_id, receipt
from mtus.reasoner.store import Store

# Says of the knowledge in the store which one it is; a graph of its own, so that it can be changed last.
KNOWLEDGE_MARK_GRAPH: Final = BASE + "knowledge"
_PREFIX: Final = f"PREFIX mtus: <{MTUS}>\n"
_STORED: Final = (
    _PREFIX
    + """SELECT ?determination ?digest ?knowledge WHERE {
  GRAPH ?determination {
    ?determination mtus:determinesCase $case ; mtus:hasReceipt [ mtus:caseDigest ?digest ; mtus:knowledgeDigest ?knowledge ] } }"""
)
_OWNERS: Final = (
    _PREFIX
    + """SELECT DISTINCT ?request ?case WHERE {
  VALUES ?request { $requests }
  GRAPH ?determination {
    ?part mtus:determinesRequest ?request .
    ?determination mtus:hasRequestDetermination ?part ; mtus:determinesCase ?case } }"""
)
_CASES: Final = (
    _PREFIX
    + """SELECT ?case ?determination WHERE {
  GRAPH ?determination { ?determination mtus:determinesCase ?case } } ORDER BY ?case ?determination"""
)
_KNOWLEDGE: Final = _PREFIX + "SELECT ?digest WHERE { GRAPH $mark { $ontology mtus:knowledgeDigest ?digest } }"


@dataclass(frozen=True)
class StoredCase:
    """A case as it stands in the store: its IRI, that of its determination, and the digests of facts and knowledge."""

    case: str
    determination: str
    case_digest: str
    knowledge_digest: str


class Outcome(StrEnum):
    """What storing a case did."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"


def stored_case(store: Store, case: str) -> StoredCase | None:
    """Return how ``case`` stands in ``store``, or None where it does not; raise :class:`EngineError` where it stands there twice."""
    found = store.rows(_STORED, case=case)
    if len(found) > 1:
        raise engine_error("stored-twice", f"{store.location}, {case}", "The case has several determinations in the store.",
                           "Load it again with --replace.")  # fmt: skip
    return StoredCase(case, *found[0]) if found else None


def owners_of(store: Store, requests: Iterable[str]) -> list[tuple[str, str]]:
    """Return those of ``requests`` that are in ``store``, each with the case that it belongs to."""
    return [(request, case) for request, case in store.rows(_OWNERS, requests=" ".join(requests))]


def stored_cases(store: Store) -> tuple[tuple[str, str], ...]:
    """Return case and determination of each stored case, sorted."""
    return tuple((case, determination) for case, determination in store.rows(_CASES))


def put_case(store: Store, graphs: CaseGraphs, knowledge_digest: str, name: str, *, replace: bool = False) -> Outcome:
    """Store a determined case; ``name`` is what errors call it.

    Raises :class:`StoreError` where the case is stored with other content and is not to be replaced, and where a request of it belongs to
    another stored case.
    """
    _refuse_shared_requests(store, graphs, name)
    there = stored_case(store, graphs.case)
    if there is None:
        store.write(graphs.graphs, shared=graphs.shared)
        return Outcome.STORED
    if there.determination == graphs.determination:
        return Outcome.UNCHANGED
    if not replace:
        raise _conflict(there, graphs.case_digest, knowledge_digest, name)
    old = graph_names(there.case, there.determination)
    store.write(graphs.graphs, shared=graphs.shared, removed=tuple(reversed(old)))
    return Outcome.REPLACED


def store_content(store: Store, content: bytes, knowledge: Knowledge, *, name: str = "case", syntax: str = "",
                  replace: bool = False) -> Outcome:  # fmt: skip
    """Determine the case in ``content`` and store it; one that is stored as it would be is not determined again.

    Raises what :func:`mtus.reasoner.pipeline.determine` and :func:`put_case` raise.
    """
    facts = load_case(content, knowledge, name=name, syntax=syntax)
    there = stored_case(store, facts.case)
    if there is not None and there.determination == determination_id(receipt(facts, knowledge)):
        return Outcome.UNCHANGED
    if there is not None and not replace:
        raise _conflict(there, facts.digest, knowledge.digest, name)
    graphs = case_graphs(*determine_loaded(facts, knowledge), knowledge)
    return put_case(store, graphs, knowledge.digest, name, replace=replace)


def put_knowledge(store: Store, knowledge: Knowledge) -> bool:
    """Bring the knowledge in ``store`` to ``knowledge``; return whether anything had to be written."""
    if [(knowledge.digest,)] == store.rows(_KNOWLEDGE, mark=KNOWLEDGE_MARK_GRAPH, ontology=ONTOLOGY_GRAPH):
        return False
    mark = f'<{ONTOLOGY_GRAPH}> <{MTUS}knowledgeDigest> "{knowledge.digest}"'
    store.write({**knowledge_graphs(knowledge), KNOWLEDGE_MARK_GRAPH: (mark,)}, removed=(KNOWLEDGE_MARK_GRAPH, *KNOWLEDGE_GRAPHS))
    return True


def export_case(store: Store, case: str, determination: str) -> list[ox.Quad]:
    """Return the graphs of a stored case, blank nodes with canonical names, sorted, so that equal content gives equal bytes."""
    quads = (canonical_graph(store.graph(name), name, determination) for name in graph_names(case, determination))
    return [*(quad for graph in quads for quad in graph), *sorted(store.graph(REASONER_GRAPH), key=str)]


def _refuse_shared_requests(store: Store, graphs: CaseGraphs, name: str) -> None:
    for request, case in owners_of(store, graphs.requests):
        if case != graphs.case:
            raise store_error("shared-request", name, f"The request {request} belongs to the stored case {case} too.",
                              "Give each case identifiers of its own; answers of two cases would be mixed up.")  # fmt: skip


def _conflict(there: StoredCase, case_digest: str, knowledge_digest: str, name: str) -> Exception:
    if there.case_digest != case_digest:
        return store_error("other-case-stored", name, f"The case {there.case} is stored with other facts.",
                           "Give the new case another identifier, or replace the stored one with --replace.")  # fmt: skip
    changed = "knowledge" if there.knowledge_digest != knowledge_digest else "release"
    return store_error("other-determination-stored", name, f"The case {there.case} is stored as determined under another {changed}.",
                       "Replace its determination with --replace.")  # fmt: skip
