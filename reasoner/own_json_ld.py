"""Our own JSON-LD as triples, straight from the data: what a JSON-LD processor gives for it, in a tenth of the time.

Reading a trace with a processor takes longer than determining its case. Its context is ours and uses little of JSON-LD 1.1
(https://www.w3.org/TR/json-ld11/), so this module follows that context itself: ``@vocab``, prefixes, the aliases of ``@id`` and ``@type``,
types of values, and contexts of a property. There is no second description: whoever changes the context changes what is given here. What
it does not know it refuses, and a test holds it against a processor for every case. Contexts that others wrote are read by
:mod:`mtus.reasoner.json_ld`.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any, Final, NamedTuple

from mtus.reasoner.canonical import escape
from mtus.reasoner.errors import EngineError, engine_error
from mtus.reasoner.namespaces import TYPE, XSD
from mtus.reasoner.rdfc import Written
from mtus.reasoner.render_json import trace_context

_ID, _KIND = "id", "type"
_RDF_TYPE: Final = f"<{TYPE}>"
_KEYWORDS: Final = {"@id", "@type", "@context"}
# A term ends so where it may be a prefix (https://www.w3.org/TR/json-ld11/#compact-iris).
_DELIMITERS: Final = (":", "/", "?", "#", "[", "]", "@")


def trace_triples(data: Mapping[str, Any]) -> list[Written]:
    """Return the triples of ``data``, which is plain JSON data under the context of a trace; blank nodes are numbered."""
    return own_triples(data, _trace())


def own_triples(data: Mapping[str, Any], context: "Context") -> list[Written]:
    """Return the triples of ``data``, one node with all below it, under ``context``; raise :class:`EngineError` for what is not ours."""
    found: list[Written] = []
    _Walk(found, count()).node(data, context)
    return found


class _Term(NamedTuple):
    """A key: its property as written, how its values are read (``@id``, ``@vocab``, a datatype, or empty), and their context."""

    written: str
    kind: str
    inside: "Context"


class Context:
    """A JSON-LD context of ours, made ready; raises :class:`EngineError` for what this module does not know."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        if definitions.get(_ID) != "@id" or definitions.get(_KIND) != "@type":
            raise _unknown(f"the context has to call @id and @type {_ID} and {_KIND}")
        self._definitions = definitions
        self._vocabulary: str = definitions["@vocab"]
        self._prefixes = {key: iri for key, iri in definitions.items() if isinstance(iri, str) and iri.endswith(_DELIMITERS)}
        self._terms: dict[str, _Term] = {}
        self._named: dict[str, str] = {}

    def term(self, key: str) -> _Term:
        """Return what ``key`` says."""
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = self._term(key)
        return found

    def name(self, value: str) -> str:
        """Return ``value``, a name of the vocabulary or an IRI, as written."""
        found = self._named.get(value)
        if found is None:
            defined = self._definitions.get(value)
            iri = (defined if isinstance(defined, str) else defined["@id"]) if defined is not None else value
            found = self._named[value] = self.node(iri) if ":" in iri else f"<{self._vocabulary}{iri}>"
        return found

    def node(self, value: str) -> str:
        """Return the identifier ``value`` as written: an IRI, a compact IRI or a blank node."""
        if value.startswith("_:"):
            return value
        prefix, colon, rest = value.partition(":")
        if not colon:
            raise _unknown(f"'{value[:100]}' is no absolute identifier")
        if prefix in self._prefixes and not rest.startswith("//"):
            return f"<{self._prefixes[prefix]}{rest}>"
        return f"<{value}>"

    def _term(self, key: str) -> _Term:
        defined = self._definitions.get(key)
        if isinstance(defined, dict):
            if not defined.keys() <= _KEYWORDS:
                raise _unknown(f"the context says of '{key}' what is not known here: {sorted(defined.keys() - _KEYWORDS)}")
            inner = defined.get("@context")
            inside = self if inner is None else Context({**self._definitions, **inner})
            return _Term(self.name(key), defined.get("@type", ""), inside)
        return _Term(self.name(key), "", self)


class _Walk:
    """Goes through a document and notes its triples."""

    def __init__(self, found: list[Written], numbers: Iterator[int]) -> None:
        self._found = found
        self._numbers = numbers

    def node(self, data: Mapping[str, Any], context: Context) -> str:
        """Note what ``data`` says of one thing; return how that is written."""
        found, identifier = self._found, data.get(_ID)
        subject = f"_:b{next(self._numbers)}" if identifier is None else context.node(identifier)
        for key, value in data.items():
            if key == _ID or value is None:
                continue
            if key == _KIND:
                for kind in value if isinstance(value, list) else (value,):
                    found.append((subject, _RDF_TYPE, context.name(kind)))
                continue
            predicate, kind, inside = context.term(key)
            if value.__class__ is list:
                for item in value:
                    found.append((subject, predicate, self._value(item, kind, inside)))
            else:
                found.append((subject, predicate, self._value(value, kind, inside)))
        return subject

    def _value(self, value: Any, kind: str, context: Context) -> str:
        if isinstance(value, str):
            if kind == "":
                return f'"{escape(value)}"'
            if kind == "@id":
                return context.node(value)
            return context.name(value) if kind == "@vocab" else f'"{escape(value)}"^^<{kind}>'
        if isinstance(value, dict):
            return self.node(value, context)
        if kind == "" and isinstance(value, bool):
            return f'"{"true" if value else "false"}"^^<{XSD}boolean>'
        if kind == "" and isinstance(value, int):
            return f'"{value}"^^<{XSD}integer>'
        raise _unknown(f"a value of this kind is not known here: {value!r:.100}")


@lru_cache(maxsize=1)
def _trace() -> Context:
    return Context(trace_context())


def _unknown(why: str) -> EngineError:
    return engine_error("not-our-json-ld", "the trace as RDF", why, "Report the case; what was determined can be had as JSON.")
