"""Statements as they are written: canonical N-Triples without the final dot, by the name of their graph.

A store takes and a file holds thousands of statements a case. As lines of text they are made, named, sorted and sent ten times faster
than as objects of an RDF library, which gets them only where it stores or serializes them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import pyoxigraph as ox

from mtus.reasoner.canonical import literal_text
from mtus.reasoner.graph import Literal, Triple
from mtus.reasoner.rdfc import TooAlike, Written, canonical_names

# Statements, each one text, by the name of their graph.
Graphs: TypeAlias = Mapping[str, Sequence[str]]

# Canonical names at both ends of a line; a literal ends with a quotation mark, a datatype or a language.
_CANONICAL: Final = re.compile(r"^_:(?=c14n)|(?<= )_:(?=c14n\d+ \.$)", re.MULTILINE)


def written(triple: Triple) -> Written:
    """Return ``triple`` as it is written."""
    subject, predicate, value = triple
    return _node(subject), f"<{predicate}>", literal_text(value) if isinstance(value, Literal) else _node(value)


def _node(term: str) -> str:
    return term if term.startswith("_:") else f"<{term}>"


def written_quad(quad: ox.Quad) -> Written:
    """Return the triple of ``quad`` as it is written."""
    return str(quad.subject), str(quad.predicate), str(quad.object)


def canonical_statements(triples: Iterable[Written], prefix: str = "") -> tuple[str, ...]:
    """Return ``triples`` as statements, sorted, with canonical names for blank nodes (RDFC-1.0) that begin with ``prefix``."""
    plain: list[str] = []
    blank: dict[Written, None] = {}
    for triple in triples:
        # the canonical names depend on nothing but the statements that speak of blank nodes
        if triple[0][0] == "_" or triple[2][0] == "_":
            blank[triple] = None
        else:
            plain.append(" ".join(triple))
    return tuple(sorted([*plain, *_renamed(list(blank), prefix)] if blank else plain))


def _renamed(triples: Sequence[Written], prefix: str) -> list[str]:
    try:
        names = {node: f"_:{prefix}{name}" for node, name in canonical_names(triples).items()}
    except TooAlike:
        return _renamed_by_library(triples, prefix)
    return [f"{names.get(s, s)} {p} {names.get(o, o)}" for s, p, o in triples]


def _renamed_by_library(triples: Iterable[Written], prefix: str) -> list[str]:
    dataset = ox.Dataset(ox.parse("".join(f"{s} {p} {o} .\n" for s, p, o in triples), format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = _CANONICAL.sub(f"_:{prefix}", str(dataset)).split("\n")
    return [line.removesuffix(" .") for line in lines if line]


def n_quads(graphs: Graphs) -> str:
    """Return ``graphs`` as N-Quads, in their order."""
    return "".join(f" <{name}> .\n".join((*statements, "")) for name, statements in graphs.items())


def quads_of(graphs: Graphs) -> Iterator[ox.Quad]:
    """Yield the quads of ``graphs``, in their order, blank nodes under the names that they have there."""
    yield from ox.parse(n_quads(graphs), format=ox.RdfFormat.N_QUADS)
