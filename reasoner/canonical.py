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

# How a blank node begins where it is written as if it were an IRI.
_WRONG_NAME = "<_:"
_ECHAR = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_ESCAPED = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')


def named_with_digest(triples: Sequence[Triple], name: str) -> tuple[Sequence[Triple], str]:
    """Return ``triples``, each there once, with canonical names for their blank nodes; and their :func:`digest`.

    Raises :class:`CaseError` as :func:`name_blank_nodes` does.
    """
    text = _text(triples)
    # looking once through the text takes less than looking at each term; a literal that looks like that costs time and changes nothing
    if _WRONG_NAME in text:
        triples = name_blank_nodes(triples, name)
        text = canonical_text(triples)
    return triples, _digest_of(text)


def digest(triples: Iterable[Triple]) -> str:
    """Return the SHA-256 of ``triples`` as canonical N-Quads; their blank nodes have canonical names."""
    return _digest_of(canonical_text(triples))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_text(triples: Iterable[Triple]) -> str:
    """Return ``triples`` as canonical N-Quads in order; their blank nodes have canonical names."""
    return "".join(sorted(map(canonical_line, triples)))


def _text(triples: Iterable[Triple]) -> str:
    """Return the same for triples without blank nodes, and something with ``_WRONG_NAME`` in it for others."""
    lines = [f"<{s}> <{p}> <{o}> .\n" if o.__class__ is str else f"<{s}> <{p}> {literal_text(o)} .\n" for s, p, o in triples]  # type: ignore[arg-type]
    lines.sort()
    return "".join(lines)


def canonical_line(triple: Triple) -> str:
    """Return ``triple`` as one line of canonical N-Quads (https://www.w3.org/TR/rdf-canon/#canonical-quads)."""
    subject, predicate, value = triple
    start = subject if subject.startswith("_:") else f"<{subject}>"
    end = literal_text(value) if isinstance(value, Literal) else value if value.startswith("_:") else f"<{value}>"
    return f"{start} <{predicate}> {end} .\n"


def literal_text(literal: Literal) -> str:
    """Return ``literal`` as canonical N-Quads have it."""
    text, datatype, language = literal
    text = escape(text)
    if datatype == _STRING:
        return f'"{text}"'
    return f'"{text}"@{language}' if language else f'"{text}"^^<{datatype}>'


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
