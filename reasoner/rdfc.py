"""Canonical names of blank nodes: RDFC-1.0 (https://www.w3.org/TR/rdf-canon/) for graphs whose blank nodes are easily told apart.

Those of a trace or a report are: what each says of itself tells nearly all of them apart, and what is around them the rest. For such
graphs this is several times faster than to hand them to a library and to read them back. A graph with many blank nodes that look alike
from one place is left to the library. The tests hold both against each other. Names of functions follow the sections of the specification.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import permutations
from typing import Final, TypeAlias

# Subject, predicate and object as canonical N-Triples writes them (https://www.w3.org/TR/rdf12-n-triples/#canonical-ntriples).
Written: TypeAlias = tuple[str, str, str]

# All orders of nodes that look alike are tried; 24 orders are quick.
_MOST_ALIKE: Final = 4
# A trace needs some ten looks at what is around a node; a tangle would need ever more.
_MOST_LOOKS: Final = 5_000


class TooAlike(Exception):
    """More blank nodes look alike from one place than are named here."""


def canonical_names(triples: Sequence[Written]) -> dict[str, str]:
    """Return the canonical name (``c14n0``...) of each blank node of ``triples``, none of which stands there twice.

    Triples without blank nodes may be left out. Raises :class:`TooAlike` where the graph is to be left to a library.
    """
    return _Namer(triples).names


class _Issuer:
    """Gives names in the order in which they are asked for (section 4.5)."""

    def __init__(self, prefix: str, given: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.given = given or {}

    def issue(self, node: str) -> str:
        found = self.given.get(node)
        if found is None:
            found = self.given[node] = f"{self.prefix}{len(self.given)}"
        return found

    def copy(self) -> "_Issuer":
        return _Issuer(self.prefix, dict(self.given))


class _Namer:
    """Names the blank nodes of one graph (section 4.4)."""

    def __init__(self, triples: Iterable[Written]) -> None:
        self._around: dict[str, list[Written]] = {}
        looks: dict[str, list[str]] = {}
        for triple in triples:
            subject, predicate, value = triple
            if subject[0] == "_":
                end = value if value[0] != "_" else "_:a" if value == subject else "_:z"
                looks.setdefault(subject, []).append(f"_:a {predicate} {end} .\n")
                self._around.setdefault(subject, []).append(triple)
                if value[0] == "_" and value != subject:
                    looks.setdefault(value, []).append(f"_:z {predicate} _:a .\n")
                    self._around.setdefault(value, []).append(triple)
            elif value[0] == "_":
                looks.setdefault(value, []).append(f"{subject} {predicate} _:a .\n")
                self._around.setdefault(value, []).append(triple)
        self._first = {node: _hash("".join(sorted(lines))) for node, lines in looks.items()}
        alike: dict[str, list[str]] = {}
        for node, digest in self._first.items():
            alike.setdefault(digest, []).append(node)
        self._issued = _Issuer("c14n")
        self._looks = 0
        order = sorted(alike)
        for digest in order:
            if len(alike[digest]) == 1:
                self._issued.issue(alike[digest][0])
        for digest in order:
            if len(alike[digest]) > 1:
                self._name(alike[digest])
        self.names = self._issued.given

    def _name(self, nodes: list[str]) -> None:
        """Name ``nodes``, which look alike, by what is around them."""
        found = []
        for node in nodes:
            if node not in self._issued.given:
                issuer = _Issuer("b")
                issuer.issue(node)
                found.append(self._hash_n_degree(node, issuer))
        for _, issuer in sorted(found, key=lambda result: result[0]):
            for node in issuer.given:
                self._issued.issue(node)

    def _hash_n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Return the digest of ``node`` by all around it, and the names that were given on the way (section 4.8)."""
        self._looks += 1
        if self._looks > _MOST_LOOKS:
            raise TooAlike
        related: dict[str, list[str]] = {}
        for subject, predicate, value in self._around[node]:
            for position, other in (("s", subject), ("o", value)):
                if other[0] == "_" and other != node:
                    related.setdefault(self._hash_related(position, predicate, other, issuer), []).append(other)
        data = ""
        for digest in sorted(related):
            path, issuer = self._shortest(related[digest], issuer)
            data += digest + path
        return _hash(data), issuer

    def _hash_related(self, position: str, predicate: str, other: str, issuer: _Issuer) -> str:
        """Return the digest of how ``other`` is related (section 4.7)."""
        name = self._issued.given.get(other) or issuer.given.get(other)
        return _hash(f"{position}{predicate}{f'_:{name}' if name else self._first[other]}")

    def _shortest(self, nodes: list[str], issuer: _Issuer) -> tuple[str, _Issuer]:
        """Return the path through ``nodes`` that comes first of those in all orders, and the names that were given on it."""
        if len(nodes) > _MOST_ALIKE:
            raise TooAlike
        return min((self._path(order, issuer) for order in permutations(nodes)), key=lambda found: found[0])

    def _path(self, nodes: Sequence[str], issuer: _Issuer) -> tuple[str, _Issuer]:
        issuer, path, unnamed = issuer.copy(), "", []
        for node in nodes:
            name = self._issued.given.get(node)
            if name is None:
                if node not in issuer.given:
                    unnamed.append(node)
                name = issuer.issue(node)
            path += f"_:{name}"
        for node in unnamed:
            digest, following = self._hash_n_degree(node, issuer)
            path += f"_:{issuer.issue(node)}<{digest}>"
            issuer = following
        return path, issuer


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
