"""A small in-memory RDF graph with the two indexes that the rules and the trace need.

IRIs and blank nodes are plain strings (blank nodes start with ``_:``); literals are :class:`Literal`. One case is some
hundred triples, for which dictionaries of Python objects are faster than any store.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, NamedTuple, TypeAlias

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
    """A set of triples: by property and subject, and, for those properties for which it is asked, by property and object."""

    def __init__(self, triples: Iterable[Triple] = ()) -> None:
        self._triples: dict[Triple, None] = {}
        self.forward: dict[str, dict[Any, list[Term]]] = {}
        self._backward: dict[str, dict[Term, list[str]]] = {}
        for triple in triples:
            self.add(triple)

    def add(self, triple: Triple) -> bool:
        """Add ``triple``; return whether it is new."""
        if triple in self._triples:
            return False
        subject, predicate, value = triple
        self._triples[triple] = None
        about = self.forward.get(predicate)
        if about is None:
            about = self.forward[predicate] = {}
        values = about.get(subject)
        if values is None:
            about[subject] = [value]
        else:
            values.append(value)
        backward = self._backward.get(predicate)
        if backward is not None:
            backward.setdefault(value, []).append(subject)
        return True

    def __contains__(self, triple: Triple) -> bool:
        return triple in self._triples

    def __iter__(self) -> Iterator[Triple]:
        return iter(self._triples)

    def __len__(self) -> int:
        return len(self._triples)

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        """Return the objects of ``subject`` under ``predicate``, in the order in which they were added."""
        about = self.forward.get(predicate)
        return about.get(subject, []) if about is not None and isinstance(subject, str) else []

    def subjects(self, predicate: str, value: Term) -> list[str]:
        """Return the subjects that have ``value`` under ``predicate``."""
        backward = self._backward.get(predicate)
        if backward is None:
            backward = self._backward[predicate] = {}
            for subject, values in self.forward.get(predicate, {}).items():
                for known in values:
                    backward.setdefault(known, []).append(subject)
        return backward.get(value, [])

    def with_predicate(self, predicate: str) -> list[Triple]:
        """Return all triples with ``predicate``, those of one subject together."""
        return [(subject, predicate, value) for subject, values in self.forward.get(predicate, {}).items() for value in values]

    def classes(self) -> Mapping[Any, Set[Term]]:
        """Return the classes of each thing that has any."""
        return {subject: frozenset(values) for subject, values in self.forward.get(TYPE, {}).items()}

    def classes_of(self, subject: Term) -> frozenset[Term]:
        """Return the classes of one thing."""
        return frozenset(self.objects(subject, TYPE))

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
        yield triple_of(triple)


def triple_of(quad: ox.Triple | ox.Quad) -> Triple:
    """Return the triple of a pyoxigraph quad; raise ``ValueError`` where it speaks of a triple (RDF 1.2)."""
    subject, value = quad.subject, quad.object
    start = subject.value if subject.__class__ is ox.NamedNode else _blank(subject)
    if value.__class__ is ox.NamedNode:
        return start, quad.predicate.value, value.value
    if value.__class__ is ox.Literal:
        literal = Literal(value.value, value.datatype.value, value.language or "")
        return start, quad.predicate.value, literal
    return start, quad.predicate.value, _blank(value)


def _blank(term: object) -> str:
    if isinstance(term, ox.BlankNode):
        return "_:" + term.value
    raise ValueError(f"a triple term or literal cannot be a subject: {term}")


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
