"""Determined cases in a store: the rules by which they go in, and how they come out.

A store holds the knowledge and, of each case, the named graphs of :mod:`mtus.reasoner.case_graphs`. The same case with the same content is
stored once; the same case with other content is an error, unless it is to be replaced. A case is stored once its determination graph is.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    graph_names,
    knowledge_graphs,
)
from mtus.reasoner.errors import StoreError, engine_error, store_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS
from mtus.reasoner.store import Store

# Says of the knowledge in the store which one it is; a graph of its own, so that it can be changed last.
KNOWLEDGE_MARK_GRAPH: Final = BASE + "knowledge"
_PREFIX: Final = f"PREFIX mtus: <{MTUS}>\n"
_STORED: Final = (
    _PREFIX
    + """SELECT ?case ?determination ?digest ?knowledge WHERE {
  VALUES ?case { $cases }
  GRAPH ?determination {
    ?determination mtus:determinesCase ?case ; mtus:hasReceipt [ mtus:caseDigest ?digest ; mtus:knowledgeDigest ?knowledge ] } }"""
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
    return stored_among(store, (case,)).get(case)


def stored_among(store: Store, cases: Iterable[str]) -> dict[str, StoredCase]:
    """Return those of ``cases`` that are in ``store``, by their IRIs; raise :class:`EngineError` where one stands there twice."""
    found: dict[str, StoredCase] = {}
    for row in store.rows(_STORED, cases=" ".join(dict.fromkeys(cases))):
        there = StoredCase(*row)
        if there.case in found:
            raise engine_error("stored-twice", f"{store.location}, {there.case}", "The case has several determinations in the store.",
                               "Load it again with --replace.")  # fmt: skip
        found[there.case] = there
    return found


def owners_of(store: Store, requests: Iterable[str]) -> list[tuple[str, str]]:
    """Return those of ``requests`` that are in ``store``, each with the case that it belongs to."""
    return [(request, case) for request, case in store.rows(_OWNERS, requests=" ".join(requests))]


def stored_cases(store: Store) -> tuple[tuple[str, str], ...]:
    """Return case and determination of each stored case, sorted."""
    return tuple((case, determination) for case, determination in store.rows(_CASES))


@dataclass(frozen=True)
class ToStore:
    """A determined case that is to be stored; ``name`` is what errors call it, ``replace`` whether it may take the place of another."""

    graphs: CaseGraphs
    name: str
    replace: bool = False


def put_case(store: Store, graphs: CaseGraphs, knowledge_digest: str, name: str, *, replace: bool = False) -> Outcome:
    """Store a determined case; ``name`` is what errors call it.

    Raises :class:`StoreError` where the case is stored with other content and is not to be replaced, and where a request of it belongs to
    another stored case.
    """
    (outcome,) = put_cases(store, (ToStore(graphs, name, replace),), knowledge_digest)
    if isinstance(outcome, StoreError):
        raise outcome
    return outcome


def put_cases(store: Store, cases: Sequence[ToStore], knowledge_digest: str) -> list[Outcome | StoreError]:
    """Store determined ``cases``, those that are new all at once; return what became of each, or why it was refused, in their order.

    Each is stored as :func:`put_case` would store it after those before it.
    """
    there = stored_among(store, (case.graphs.case for case in cases))
    owners = dict(owners_of(store, (request for case in cases for request in case.graphs.requests)))
    outcomes: list[Outcome | StoreError] = []
    new: dict[str, Sequence[str]] = {}
    shared: dict[str, dict[str, None]] = {}
    replaced: list[tuple[CaseGraphs, StoredCase]] = []
    for case in cases:
        graphs, before = case.graphs, there.get(case.graphs.case)
        try:
            _refuse_shared_requests(graphs, owners, case.name)
            if before is not None and before.determination == graphs.determination:
                outcomes.append(Outcome.UNCHANGED)
                continue
            if before is not None and not case.replace:
                raise conflict(before, graphs.case_digest, knowledge_digest, case.name)
        except StoreError as error:
            outcomes.append(error)
            continue
        if before is None:
            new |= graphs.graphs
            for name, statements in graphs.shared.items():
                shared.setdefault(name, {}).update(dict.fromkeys(statements))
        else:
            replaced.append((graphs, before))
        outcomes.append(Outcome.STORED if before is None else Outcome.REPLACED)
        there[graphs.case] = StoredCase(graphs.case, graphs.determination, graphs.case_digest, knowledge_digest)
        owners |= dict.fromkeys(graphs.requests, graphs.case)
    if new:
        store.write(new, shared={name: tuple(statements) for name, statements in shared.items()})
    for graphs, before in replaced:
        old = graph_names(before.case, before.determination)
        store.write(graphs.graphs, shared=graphs.shared, removed=tuple(reversed(old)))
    return outcomes


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


def _refuse_shared_requests(graphs: CaseGraphs, owners: Mapping[str, str], name: str) -> None:
    for request in graphs.requests:
        case = owners.get(request, graphs.case)
        if case != graphs.case:
            raise store_error("shared-request", name, f"The request {request} belongs to the stored case {case} too.",
                              "Give each case identifiers of its own; answers of two cases would be mixed up.")  # fmt: skip


def conflict(there: StoredCase, case_digest: str, knowledge_digest: str, name: str) -> StoreError:
    """Return the error for a case that stands in the store with other content; ``name`` is what it calls the new one."""
    if there.case_digest != case_digest:
        return store_error("other-case-stored", name, f"The case {there.case} is stored with other facts.",
                           "Give the new case another identifier, or replace the stored one with --replace.")  # fmt: skip
    changed = "knowledge" if there.knowledge_digest != knowledge_digest else "release"
    return store_error("other-determination-stored", name, f"The case {there.case} is stored as determined under another {changed}.",
                       "Replace its determination with --replace.")  # fmt: skip
