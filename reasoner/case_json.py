"""The plain JSON form of a case: ordinary JSON whose keys are the ontology's names.

It stands for the triples that JSON-LD 1.1 gives with our own context (:func:`json_ld_context`, https://www.w3.org/TR/json-ld11/).
They are read from it directly, which is faster and lets every mistake be told by its JSON pointer; a test holds both readings
against each other. Names and context come from the ontology, so a new term needs no code.
"""

import re
from dataclasses import dataclass
from typing import Any

from mtus.reasoner.case_terms import CaseTerms, Use
from mtus.reasoner.errors import case_error
from mtus.reasoner.formats import too_many
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.namespaces import CASE, MTUS, TYPE, XSD
from mtus.reasoner.problems import Problems
from mtus.reasoner.settings import Settings
from mtus.reasoner.strict_json import Decimal, Integer, parse_json, pointer_step
from mtus.reasoner.vocabulary import Vocabulary

MAX_DEPTH = 20
# A local identifier is one path segment of an IRI; anything else has to be a whole IRI.
_LOCAL_ID = re.compile(r"(?!\.{1,2}$)[\w.~-]{1,200}")
_IRI = re.compile(r"""(https?://|urn:[a-z0-9-]+:)[^\s<>"{}|\\^`\x00-\x20]{1,1000}""")
_SCHEMA_KEY = "$schema"
_DECIMAL = XSD + "decimal"
# What is written in quotes in JSON.
_QUOTED = (XSD + "string", XSD + "date")


@dataclass(frozen=True)
class JsonCase:
    """What a plain JSON case says, with the JSON pointer of each triple and of each thing."""

    triples: list[Triple]
    pointers: list[str]
    things: dict[str, str]


def json_ld_context(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON-LD 1.1 context of the plain form, without ``@base`` (the identifier of the case, with a slash)."""
    context: dict[str, Any] = {"@vocab": MTUS, "id": "@id", "type": "@type", _SCHEMA_KEY: None}
    for p in vocabulary.properties.values():
        if not p.is_derived:
            context[p.json_name] = {"@id": p.iri, "@type": p.datatype or ("@vocab" if p.values_from else "@id")}
    return context


def read_case_json(text: str, name: str, terms: CaseTerms, problems: Problems, settings: Settings) -> JsonCase:
    """Return what the plain JSON case ``text`` says; ``name`` is what errors call it.

    Unknown keys, nulls, things without a type or described twice are added to ``problems``. Raises :class:`CaseError` where it is no
    JSON (line and column), no object, has no identifier, or states more than the limit, since then nothing more can be said.
    """
    document = parse_json(text, name)
    if not isinstance(document, dict):
        raise case_error("json-shape", f"{name}#", "A case is a JSON object.", "Start with { and give the case an id.")
    identifier = document.get("id")
    if type(identifier) is not str or not (_LOCAL_ID.fullmatch(identifier) or _IRI.fullmatch(identifier)):
        raise case_error("case-id", f"{name}#/id", "The case has no usable identifier.",
                         'Give it one of letters, digits and hyphens, without spaces, such as "id": "case-17".')  # fmt: skip
    reader = _Reader(identifier if ":" in identifier else CASE + identifier, terms, problems, settings)
    reader.read(document)
    return JsonCase(reader.triples, reader.pointers, reader.things)


class _Reader:
    def __init__(self, case: str, terms: CaseTerms, problems: Problems, settings: Settings) -> None:
        self.case = case
        self.base = case + "/"
        self.terms = terms
        self.names = terms.names
        self.triples: list[Triple] = []
        self.pointers: list[str] = []
        self.things: dict[str, str] = {}
        self.problems = problems
        self.settings = settings

    def read(self, document: dict[str, Any]) -> None:
        kind = document.get("type", "Case")
        if kind != "Case":
            self._problem(
                "json-shape", "/type", f"The outermost object is the case itself, and this says '{str(kind)[:60]}'.", "Leave the type out."
            )
        self.things[self.case] = ""
        self._add(self.case, TYPE, MTUS + "Case", "/type")
        self._members(self.case, {k: v for k, v in document.items() if k not in ("type", _SCHEMA_KEY)}, "", 1)

    def _members(self, subject: str, node: dict[str, Any], pointer: str, depth: int) -> None:
        for key, value in node.items():
            if key == "id":
                continue
            place = f"{pointer}/{pointer_step(key)}"
            use = self.names.get(key)
            if use is not None:
                if type(value) is not list:
                    self._value(subject, use, value, place, depth)
                else:
                    for number, item in enumerate(value):
                        self._value(subject, use, item, f"{place}/{number}", depth)
            elif key == "type":
                self._types(subject, value, place)
            else:
                near = self.terms.nearest(key, self.names) if self.problems.room() else None
                remedy = f"Did you mean '{near}'?" if near else "Use a name of the ontology; `mtus schema` lists them."
                self._problem("unknown-property", place, f"'{key[:60]}' is no known name here.", remedy)

    def _types(self, subject: str, value: Any, place: str) -> None:
        for item in value if isinstance(value, list) else [value]:
            if type(item) is str and item:
                self._add(subject, TYPE, item if "://" in item else MTUS + item, place)
            else:
                self._problem(
                    "json-shape", place, "A type is the name of a class, as a text.", 'Write it in quotes, such as "ProgressReport".'
                )

    def _value(self, subject: str, use: Use, value: Any, place: str, depth: int) -> None:
        if type(value) is str:
            term: Term | None = self._text(use, value, place)
        elif isinstance(value, dict):
            term = self._thing(value, place, depth + 1)
        elif isinstance(value, bool):
            term = Literal("true" if value else "false", XSD + "boolean")
        elif isinstance(value, Integer):
            # a whole number is a decimal number too, and is read as one where one is expected
            term = Literal(str(value), _DECIMAL if use.property.datatype == _DECIMAL else XSD + "integer")
        elif isinstance(value, Decimal):
            term = Literal(str(value), _DECIMAL)
        elif value is None:
            self._problem("json-shape", place, "The value is null.", "Leave the key out where nothing is stated.")
            return
        else:
            self._problem("json-shape", place, "The value is a list in a list.", "Write one list.")
            return
        if term is not None:
            self._add(subject, use.property.iri, term, place)

    def _text(self, use: Use, value: str, place: str) -> Term | None:
        datatype = use.property.datatype
        if datatype:
            # numbers and true or false are written without quotes; the check of datatypes says so
            return Literal(value, datatype if datatype in _QUOTED else XSD + "string")
        if use.property.values_from:
            return value if ":" in value else MTUS + value
        return self._reference(value, place)

    def _reference(self, value: Any, place: str) -> str | None:
        """Return the IRI that the identifier ``value`` stands for; None, and a problem, where it is none (a number is no text)."""
        if type(value) is str and _LOCAL_ID.fullmatch(value):
            return self.base + value
        if type(value) is str and _IRI.fullmatch(value):
            return value
        why = f"'{str(value)[:60]}' is no identifier."
        self._problem("bad-identifier", place, why, 'Write a text of letters, digits and hyphens, without spaces, such as "note-1".')
        return None

    def _thing(self, node: dict[str, Any], pointer: str, depth: int) -> str | None:
        """Read an object; return its identifier, or None where it has none that can be used."""
        if depth > MAX_DEPTH:
            self._problem("json-depth", pointer, "The JSON is nested too deeply.", f"Nest at most {MAX_DEPTH} levels.")
            return None
        subject = self._reference(node["id"], f"{pointer}/id") if "id" in node else f"_:j{len(self.things)}"
        if "type" not in node:
            remedy = 'Give it a "type"; to refer to a thing that is described elsewhere, write its id alone, as a text.'
            self._problem("missing-type", pointer, "The object does not say what kind of thing it is.", remedy)
        if subject is None:
            return None
        if subject in self.things:
            why = f"'{node['id']}' is described at {self.things[subject] or 'the top'} already; both would become one thing."
            remedy = "Give one of them another id; to refer to a thing, write its id alone, as a text."
            self._problem("described-twice", pointer, why, remedy)
        self.things.setdefault(subject, pointer)
        self._members(subject, node, pointer, depth)
        return subject

    def _add(self, subject: str, predicate: str, value: Term, pointer: str) -> None:
        if len(self.triples) >= self.settings.max_triples:
            raise too_many(self.problems.name, self.settings)
        self.triples.append((subject, predicate, value))
        self.pointers.append(pointer)

    def _problem(self, code: str, pointer: str, why: str, remedy: str) -> None:
        self.problems.tell(code, f"{self.problems.name}#{pointer}", why, remedy)
