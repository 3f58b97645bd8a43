"""A small in-memory RDF graph with the two indexes that the rules and the trace need.

IRIs and blank nodes are plain strings (blank nodes start with ``_:``); literals are :class:`Literal`. One case is some
hundred triples, for which dictionaries of Python objects are faster than any store.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import pyoxigraph as ox

from mtus.reasoner.namespaces import RDF, TYPE, XSD


class Literal(NamedTuple):
    """An RDF literal: lexical form, datatype IRI and language tag (empty where there is none)."""

    value: str
    datatype: str = XSD + "string"
    language: str = ""


Term: TypeAlias = str | Literal
Triple: TypeAlias = tuple[str, str, Term]

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Graph:
    """A set of triples, indexed by subject and by object."""

    def __init__(self, triples: Iterable[Triple] = ()) -> None:
        self.triples: dict[Triple, None] = {}
        self._forward: dict[tuple[str, str], list[Term]] = {}
        self._backward: dict[tuple[str, Term], list[str]] = {}
        self._by_predicate: dict[str, list[Triple]] = {}
        for triple in triples:
            self.add(triple)

    def copy(self) -> "Graph":
        """Return a graph of the same triples that can grow by itself."""
        other = Graph()
        other.triples = dict(self.triples)
        other._forward = {key: list(found) for key, found in self._forward.items()}
        other._backward = {key: list(found) for key, found in self._backward.items()}
        other._by_predicate = {key: list(found) for key, found in self._by_predicate.items()}
        return other

    def add(self, triple: Triple) -> bool:
        """Add ``triple``; return whether it is new."""
        if triple in self.triples:
            return False
        subject, predicate, value = triple
        self.triples[triple] = None
        self._forward.setdefault((subject, predicate), []).append(value)
        self._backward.setdefault((predicate, value), []).append(subject)
        self._by_predicate.setdefault(predicate, []).append(triple)
        return True

    def __contains__(self, triple: Triple) -> bool:
        return triple in self.triples

    def __iter__(self) -> Iterator[Triple]:
        return iter(self.triples)

    def __len__(self) -> int:
        return len(self.triples)

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        """Return the objects of ``subject`` under ``predicate``, in the order in which they were added."""
        return self._forward.get((subject, predicate), []) if isinstance(subject, str) else []

    def subjects(self, predicate: str, value: Term) -> list[str]:
        """Return the subjects that have ``value`` under ``predicate``."""
        return self._backward.get((predicate, value), [])

    def with_predicate(self, predicate: str) -> list[Triple]:
        """Return all triples with ``predicate``."""
        return self._by_predicate.get(predicate, [])

    def nodes(self, subject: Term, predicate: str) -> list[str]:
        """Return the objects that are IRIs or blank nodes."""
        return [value for value in self.objects(subject, predicate) if isinstance(value, str)]

    def node(self, subject: str, predicate: str) -> str | None:
        """Return the first object that is an IRI or blank node, or None."""
        return next(iter(self.nodes(subject, predicate)), None)

    def text(self, subject: str, predicate: str) -> str | None:
        """Return the lexical form of the first literal object, or None."""
        return next((o.value for o in self.objects(subject, predicate) if isinstance(o, Literal)), None)

    def types(self, subject: Term) -> list[str]:
        """Return the classes of ``subject``."""
        return self.nodes(subject, TYPE)

    def list_items(self, head: str) -> list[str]:
        """Return the nodes of the RDF list at ``head``."""
        items: list[str] = []
        while head != RDF + "nil":
            items += self.nodes(head, RDF + "first")
            following = self.node(head, RDF + "rest")
            if following is None:
                break
            head = following
        return items


def from_quads(quads: Iterable[ox.Quad]) -> Iterator[Triple]:
    """Yield the triples of pyoxigraph ``quads``, whatever graph they stand in."""
    return from_triples(quads)


def from_triples(triples: Iterable[ox.Triple | ox.Quad]) -> Iterator[Triple]:
    """Yield pyoxigraph ``triples`` in our own form."""
    for triple in triples:
        yield _node(triple.subject), triple.predicate.value, _term(triple.object)


def _node(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return term.value
    if isinstance(term, ox.BlankNode):
        return "_:" + term.value
    raise ValueError(f"a triple term or literal cannot be a subject: {term}")


def _term(term: object) -> Term:
    if isinstance(term, ox.Literal):
        return Literal(term.value, term.datatype.value, term.language or "")
    return _node(term)


def n_triples(triples: Iterable[Triple]) -> bytes:
    """Return ``triples`` as N-Triples (https://www.w3.org/TR/n-triples/), in the order given."""
    return "".join(f"{_write(s)} <{p}> {_write(o)} .\n" for s, p, o in triples).encode()


def _write(term: Term) -> str:
    if isinstance(term, str):
        return term if term.startswith("_:") else f"<{term}>"
    text = term.value.translate(_ESCAPES)
    if term.language:
        return f'"{text}"@{term.language}'
    return f'"{text}"' if term.datatype == XSD + "string" else f'"{text}"^^<{term.datatype}>'
