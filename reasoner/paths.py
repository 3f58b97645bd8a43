"""SHACL property paths (https://www.w3.org/TR/shacl/#property-paths): parsing, and evaluation with the triples walked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.namespaces import RDF, SH


@dataclass(frozen=True)
class Predicate:
    """One step along a property."""

    iri: str


@dataclass(frozen=True)
class Inverse:
    """One step against a property."""

    iri: str


@dataclass(frozen=True)
class Sequence:
    """Steps one after another."""

    steps: tuple["Path", ...]


Path: TypeAlias = Predicate | Inverse | Sequence


def read_path(graph: Graph, node: str) -> Path | None:
    """Return the path at ``node`` of a shapes graph, or None for a kind of path that is not supported."""
    if not node.startswith("_:"):
        return Predicate(node)
    inverse = graph.node(node, SH + "inversePath")
    if inverse is not None:
        return None if inverse.startswith("_:") else Inverse(inverse)
    if graph.node(node, RDF + "first") is not None:
        steps = [read_path(graph, item) for item in graph.list_items(node)]
        return None if None in steps else Sequence(tuple(step for step in steps if step is not None))
    return None


def steps_of(path: Path) -> frozenset[str]:
    """Return the properties along which ``path`` goes, in either direction."""
    return frozenset((path.iri,)) if isinstance(path, Predicate | Inverse) else frozenset().union(*(steps_of(s) for s in path.steps))


def values(graph: Graph, focus: Term, path: Path) -> list[Term]:
    """Return the value nodes of ``path`` from ``focus``, each once, in a stable order."""
    if isinstance(path, Predicate):
        return graph.objects(focus, path.iri)
    if isinstance(path, Inverse):
        return list(graph.subjects(path.iri, focus))
    found: list[Term] = [focus]
    for step in path.steps:
        found = list(dict.fromkeys(value for node in found for value in values(graph, node, step)))
    return found


def walks(graph: Graph, focus: Term, path: Path) -> Iterator[tuple[Term, tuple[Triple, ...]]]:
    """Yield each value node of ``path`` with the triples that were walked to reach it."""
    if isinstance(path, Predicate):
        for value in graph.objects(focus, path.iri):
            yield value, ((str(focus), path.iri, value),)
    elif isinstance(path, Inverse):
        for subject in graph.subjects(path.iri, focus):
            yield subject, ((subject, path.iri, focus),)
    else:
        yield from _sequence(graph, focus, path.steps)


def _sequence(graph: Graph, focus: Term, steps: tuple[Path, ...]) -> Iterator[tuple[Term, tuple[Triple, ...]]]:
    if not steps:
        yield focus, ()
        return
    for middle, before in walks(graph, focus, steps[0]):
        for end, after in _sequence(graph, middle, steps[1:]):
            yield end, before + after
