"""Read stored determinations and reviews, in whatever format they were written: JSON, JSON-LD, Turtle or TriG.

What is read is written again and compared with the file, so that nothing in the file goes unread. The facts of the case come with it
where the file has them: as a text in the trace, or in TriG as a graph of their own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from mtus.reasoner.canonical import canonical_text
from mtus.reasoner.case_graphs import REASONER_GRAPH, graph_names
from mtus.reasoner.errors import CaseError, StoredError, stored_error
from mtus.reasoner.formats import JSON, JSON_LD, decode, parse, recognise
from mtus.reasoner.graph import Graph, Triple, from_quads
from mtus.reasoner.json_ld import safe_json_ld
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, TYPE
from mtus.reasoner.read_graph import data_from
from mtus.reasoner.read_trace import determination_from, object_from, refuse_difference, shape_error
from mtus.reasoner.render_json import blank_name, trace_context
from mtus.reasoner.render_rdf import to_triples
from mtus.reasoner.render_review import review_context, review_to_dict, review_triples
from mtus.reasoner.review import SignedReview
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.strict_json import parse_json
from mtus.reasoner.trace import Determination

_DETERMINATION, _REVIEW = "Determination", "DeterminationReview"


@dataclass(frozen=True)
class Stored:
    """A stored determination; ``facts`` are the facts of the case as N-Quads, empty where the file has none.

    ``inferences`` and ``report`` are the conclusions and the validation report that a TriG file holds, None where it holds none.
    """

    determination: Determination
    facts: str
    inferences: frozenset[Triple] | None = None
    report: frozenset[Triple] | None = None


@dataclass(frozen=True)
class Found:
    """What one file holds."""

    name: str
    determinations: tuple[Stored, ...] = ()
    reviews: tuple[SignedReview, ...] = ()


def read_stored(content: bytes, name: str, knowledge: Knowledge, settings: Settings = DEFAULT) -> Found:
    """Return the determinations and reviews in ``content``; ``name`` is what errors call the file.

    Raises :class:`StoredError` where it holds neither, where it cannot be parsed, and where it is not as it was written.
    """
    try:
        found = _read(content, name, knowledge, settings)
    except CaseError as error:
        # what cannot be parsed is told in the same words as for a case
        raise StoredError(error.problems) from error
    if not found.determinations and not found.reviews:
        raise stored_error("not-a-determination", name, "The file holds no stored determination and no review of one.",
                         "Write one with `mtus determine CASE --format json`; the letter and a case are none.")  # fmt: skip
    return found


def _read(content: bytes, name: str, knowledge: Knowledge, settings: Settings) -> Found:
    text = decode(content, name)
    syntax = recognise(text, name)
    found = _from_json(text, name, knowledge) if syntax in (JSON, JSON_LD) else None
    if found is None:
        read = safe_json_ld(text, name) if syntax == JSON_LD else text.encode()
        found = _from_rdf(parse(read, syntax, name, settings.for_stored()), name, knowledge)
    return found


def read_stored_file(path: Path, knowledge: Knowledge, settings: Settings = DEFAULT) -> Found:
    """Return what the file at ``path`` holds; raise :class:`StoredError` where it cannot be read. See :func:`read_stored`."""
    return read_stored(read_bytes(path, settings), path.name, knowledge, settings)


def read_bytes(path: Path, settings: Settings = DEFAULT) -> bytes:
    """Return the bytes of a stored file; raise :class:`StoredError` where there is none, or where it is too large."""
    try:
        with path.open("rb") as stream:
            return read_stream(stream, path.name, settings)
    except OSError as error:
        raise stored_error("no-file", str(path), f"The file cannot be read: {error.strerror}.", "Check the name.") from error


def read_stream(stream: BinaryIO, name: str, settings: Settings = DEFAULT) -> bytes:
    """Return the bytes of ``stream``, such as standard input; never reads more than the limit. Raises :class:`StoredError` beyond it."""
    limit = settings.max_stored_bytes
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise stored_error("stored-too-large", name, f"The file has more than {limit:,} bytes.",
                           "Store one determination a file, or raise the limit max_stored_bytes.")  # fmt: skip
    return content


def one_determination(found: Found) -> Stored:
    """Return the only determination in ``found``; raise :class:`StoredError` where there are several or none."""
    if len(found.determinations) != 1:
        held = f"{len(found.determinations)} determinations" if found.determinations else "no determination"
        raise stored_error("one-determination", found.name, f"The file holds {held}; one is expected here.",
                         "Store one determination a file: `mtus determine CASE --format json --output FILE`.")  # fmt: skip
    return found.determinations[0]


def one_review(found: Found) -> SignedReview:
    """Return the only review in ``found``; raise :class:`StoredError` where there are several or none."""
    if len(found.reviews) != 1:
        held = f"{len(found.reviews)} reviews" if found.reviews else "no review"
        raise stored_error("one-review", found.name, f"The file holds {held}; one is expected here.",
                         "Write one with `mtus review DETERMINATION`.")  # fmt: skip
    return found.reviews[0]


# JSON


def _from_json(text: str, name: str, knowledge: Knowledge) -> Found | None:
    """Return what the JSON ``text`` holds, or None for JSON-LD with another context than ours, which is read as RDF."""
    document = parse_json(text, name, plain_numbers=True)
    items = document if isinstance(document, list) else [document]
    contexts = [item.get("@context") for item in items if isinstance(item, dict)]
    if any(context not in (None, trace_context(), review_context()) for context in contexts):
        return None
    found = Found(name)
    for number, item in enumerate(items):
        own = name if item is document else f"{name}#/{number}"
        if isinstance(item, dict):
            found = _with_data({key: value for key, value in item.items() if key != "@context"}, own, found, knowledge)
    return found


def _with_data(data: dict[str, Any], name: str, found: Found, knowledge: Knowledge) -> Found:
    kind = data.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if _DETERMINATION in kinds:
        determination = determination_from(data, name)
        return replace(found, determinations=(*found.determinations, Stored(determination, determination.stated_facts)))
    if _REVIEW in kinds:
        review = object_from(SignedReview, {key: value for key, value in data.items() if key != "wasGeneratedBy"}, name)
        refuse_difference(review_to_dict(review, knowledge), data, name)
        return replace(found, reviews=(*found.reviews, review))
    return found


# RDF


def _from_rdf(quads: Iterable[ox.Quad], name: str, knowledge: Knowledge) -> Found:
    graphs: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        graphs.setdefault(quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else "", []).append(quad)
    found = Found(name)
    beside = {graph: list(from_quads(own)) for graph, own in graphs.items()}
    unread = set(graphs)
    for label, named in graphs.items():
        traces, reviews = (_roots(Graph(beside[label]), cls) for cls in (_DETERMINATION, _REVIEW))
        if not traces and not reviews:
            continue
        # what stands in the graphs of facts and conclusions, the determination does not say again
        apart = [graph for node in traces for graph in _apart(node, graphs)] if label else []
        told = [graph for node in traces for graph in (f"{node}/trace", REASONER_GRAPH) if graph in graphs] if label else []
        own = [*named, *(quad for graph in told for quad in graphs[graph])]
        said = [quad for graph in apart for quad in graphs[graph]]
        graph = Graph(from_quads([*own, *said]))
        unread -= {*apart, *told}
        determinations = tuple(_object(Determination, node, graph, trace_context(), name) for node in traces)
        signed = tuple(_object(SignedReview, node, graph, review_context(), name) for node in reviews)
        _refuse_rest(own, said, [*map(to_triples, determinations), *(review_triples(review, knowledge) for review in signed)], name)
        stored = tuple(_with_graphs(determination, beside) for determination in determinations)
        unread -= {label, *(graph for d in determinations for graph in graph_names(d.case, d.id))}
        found = replace(found, determinations=(*found.determinations, *stored), reviews=(*found.reviews, *signed))
    if unread and (found.determinations or found.reviews):
        raise shape_error(name, "", f"The graph {min(unread)} belongs to no determination of the file.")
    return found


def _apart(determination: str, graphs: Mapping[str, list[ox.Quad]]) -> list[str]:
    """Return the graphs of facts and conclusions of ``determination``; the case is the one that it says it determines."""
    told = Graph(from_quads(graphs.get(determination, ())))
    named = {graph for case in told.nodes(determination, MTUS + "determinesCase") for graph in graph_names(case, determination)[:2]}
    return sorted(named & graphs.keys())


def _roots(graph: Graph, cls: str) -> list[str]:
    return sorted(graph.subjects(TYPE, MTUS + cls))


def _object(cls: Any, node: str, graph: Graph, context: Mapping[str, Any], name: str) -> Any:
    return object_from(cls, data_from(cls, node, graph, context, name), name)


def _with_graphs(determination: Determination, graphs: Mapping[str, list[Triple]]) -> Stored:
    """Return ``determination`` with the facts and the conclusions that stand in graphs of their own, or with the facts in it."""

    def own(graph: str) -> list[Triple] | None:
        triples = graphs.get(graph)
        return None if triples is None else list(unnamed(triples, determination))

    facts, inferences, report = map(own, graph_names(determination.case, determination.id)[:3])
    text = determination.stated_facts if facts is None else canonical_text(facts)
    kept = (None if triples is None else frozenset(triples) for triples in (inferences, report))
    return Stored(replace(determination, stated_facts=text), text, *kept)


def unnamed(triples: Iterable[Triple], determination: Determination) -> Iterator[Triple]:
    """Yield ``triples`` with the blank nodes of the case in place of the names that the trace gives them."""
    blank = blank_name(determination.receipt.case_digest)

    def own(term: Any) -> Any:
        return "_:" + term.removeprefix(blank) if isinstance(term, str) and term.startswith(blank) else term

    return ((own(s), p, own(o)) for s, p, o in triples)


def _refuse_rest(own: list[ox.Quad], said: list[ox.Quad], written: list[ox.Dataset], name: str) -> None:
    """Raise :class:`StoredError` where ``own`` is not what is ``written`` of what was read from it, less what is ``said`` elsewhere."""
    elsewhere = {quad.triple for quad in said}
    here, there = _canonical(own), _canonical(quad for dataset in written for quad in dataset if quad.triple not in elsewhere)
    extra, missing = sorted(here - there), sorted(there - here)
    if extra or missing:
        raise _rest(name, extra, missing)


def _rest(name: str, extra: list[str], missing: list[str]) -> StoredError:
    told = f"It states what no determination states: {extra[0][:300]}." if extra else f"It lacks a statement: {missing[0][:300]}."
    return shape_error(name, "", told)


def _canonical(quads: Iterable[ox.Quad]) -> set[str]:
    """Return ``quads`` as text, whatever graph they stand in, with the canonical names of their blank nodes."""
    dataset = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}
