"""One name and one digest for the same facts: RDF dataset canonicalization (RDFC-1.0, https://www.w3.org/TR/rdf-canon/).

A case without blank nodes is written directly in canonical N-Quads, whose escapes are a short table; one with blank nodes has them
named by pyoxigraph first. The tests hold both ways against each other.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from mtus.reasoner.errors import case_error
from mtus.reasoner.graph import Literal, Term, Triple, from_quads
from mtus.reasoner.namespaces import XSD

# The algorithm tries all orders of blank nodes that look alike from their own triples and refer to one another. These limits keep
# that below a tenth of a second: a clique of eight takes three seconds, a ring of 32 with two links each takes six.
MAX_ALIKE = 8
MAX_NEIGHBOURS = 4

_ECHAR = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_ESCAPED = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')


def digest(triples: Iterable[Triple]) -> str:
    """Return the SHA-256 of ``triples`` as canonical N-Quads; their blank nodes have canonical names."""
    return hashlib.sha256(canonical_text(triples).encode()).hexdigest()


def canonical_text(triples: Iterable[Triple]) -> str:
    """Return ``triples`` as canonical N-Quads in order; their blank nodes have canonical names."""
    lines = [
        # most triples are between things with identifiers
        f"<{t[0]}> <{t[1]}> <{t[2]}> .\n" if t[2].__class__ is str and t[2][:2] != "_:" and t[0][:2] != "_:" else canonical_line(t)
        for t in triples
    ]
    lines.sort()
    return "".join(lines)


def canonical_line(triple: Triple) -> str:
    """Return ``triple`` as one line of canonical N-Quads (https://www.w3.org/TR/rdf-canon/#canonical-quads)."""
    subject, predicate, value = triple
    start = subject if subject.startswith("_:") else f"<{subject}>"
    if isinstance(value, str):
        end = value if value.startswith("_:") else f"<{value}>"
    elif value.datatype == _STRING:
        end = f'"{escape(value.value)}"'
    elif value.language:
        end = f'"{escape(value.value)}"@{value.language}'
    else:
        end = f'"{escape(value.value)}"^^<{value.datatype}>'
    return f"{start} <{predicate}> {end} .\n"


def name_blank_nodes(triples: Sequence[Triple], name: str) -> Sequence[Triple]:
    """Return ``triples`` with canonical names for their blank nodes; themselves where they have none.

    Raises :class:`CaseError` where the blank nodes are so entangled that naming them could take exponential time; ``name`` is what
    it calls the file.
    """
    blank = [t for t in triples if t[0][:2] == "_:" or (t[2].__class__ is str and t[2][:2] == "_:")]
    if not blank:
        return triples
    _refuse_tangle(blank, name)
    dataset = ox.Dataset(ox.Quad(_to_ox(s), ox.NamedNode(p), _to_ox(o)) for s, p, o in triples)  # type: ignore[arg-type]
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return list(from_quads(dataset))


def _refuse_tangle(triples: list[Triple], name: str) -> None:
    seen: dict[str, list[tuple[str, str, Term]]] = {}
    for s, p, o in triples:
        for node in {s, o} if isinstance(o, str) else {s}:
            if node.startswith("_:"):
                seen.setdefault(node, []).append((_masked(s, node), p, _masked(o, node) if isinstance(o, str) else o))
    looks = {node: tuple(sorted(map(repr, around))) for node, around in seen.items()}
    counts = Counter(looks.values())
    alike = {node for node, look in looks.items() if counts[look] > 1}
    links = {frozenset((s, o)) for s, _, o in triples if s != o and s in alike and o in alike}
    neighbours = Counter(node for link in links for node in link)
    if len(neighbours) > MAX_ALIKE or max(neighbours.values(), default=0) > MAX_NEIGHBOURS:
        raise case_error("blank-node-tangle", name, f"{len(neighbours)} things without an identifier look alike and refer to one another.",
                         "Give them identifiers; people have to be able to refer to them anyway.")  # fmt: skip


def _masked(term: str, own: str) -> str:
    return term if not term.startswith("_:") else "_:this" if term == own else "_:other"


def escape(text: str) -> str:
    """Return ``text`` as it stands between the quotation marks of canonical N-Quads."""
    return _ESCAPED.sub(_as_escape, text) if _ESCAPED.search(text) else text


def _as_escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ECHAR.get(character) or f"\\u{ord(character):04X}"


def _to_ox(term: Term) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(term.value, language=term.language)
        return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))
    return ox.BlankNode(term[2:]) if term.startswith("_:") else ox.NamedNode(term)


_STRING = XSD + "string"
