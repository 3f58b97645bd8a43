"""Where in its file something stands: a line for the text formats of RDF, a JSON pointer for plain JSON."""

from functools import cached_property
from typing import NamedTuple, Protocol

from mtus.reasoner.case_json import JsonCase
from mtus.reasoner.formats import statement_lines
from mtus.reasoner.namespaces import BASE, local_name

_LONGEST = 100


class At(NamedTuple):
    """A triple by its number in the file, with its subject, and its predicate where that is what matters."""

    number: int
    subject: str
    predicate: str = ""


class Places(Protocol):
    """Finds the places of the triples of one file."""

    def of(self, at: At) -> str:
        """Return the place of the triple ``at``."""
        ...

    def of_thing(self, at: At) -> str:
        """Return the place of the subject of ``at``, the first triple that speaks of it."""
        ...


class TextPlaces:
    """Lines of an RDF text; they are looked up only where there is a problem to be placed."""

    def __init__(self, name: str, content: bytes, syntax: str) -> None:
        self._name = name
        self._content = content
        self._syntax = syntax

    @cached_property
    def _lines(self) -> list[int]:
        return statement_lines(self._content, self._syntax)

    def of(self, at: At) -> str:
        """Return file, line, thing and property."""
        line = f", line {self._lines[at.number]}" if at.number < len(self._lines) else ""
        return f"{self._name}{line}, {shown(at.subject)}" + (f", {local_name(at.predicate)[:_LONGEST]}" if at.predicate else "")

    def of_thing(self, at: At) -> str:
        """Return file, line and thing."""
        return self.of(at)


class ThingPlaces:
    """Things and their properties, for a case that was read among many."""

    def __init__(self, name: str) -> None:
        self._name = name

    def of(self, at: At) -> str:
        """Return file, thing and property."""
        return f"{self._name}, {shown(at.subject)}" + (f", {local_name(at.predicate)[:_LONGEST]}" if at.predicate else "")

    def of_thing(self, at: At) -> str:
        """Return file and thing."""
        return self.of(at)


class JsonPlaces:
    """Pointers into a plain JSON case."""

    def __init__(self, name: str, case: JsonCase) -> None:
        self._name = name
        self._case = case

    def of(self, at: At) -> str:
        """Return file and JSON pointer of the value."""
        return f"{self._name}#{self._case.pointers[at.number]}"

    def of_thing(self, at: At) -> str:
        """Return file and JSON pointer of the object that describes the thing."""
        return f"{self._name}#{self._case.things.get(at.subject, self._case.pointers[at.number])}"


def shown(iri: str) -> str:
    """Return ``iri`` as people know it: the local identifier of a thing of the case, the name of a term, else the IRI itself."""
    if iri.startswith("_:"):
        return "a thing without an identifier"
    return quoted(local_name(iri) if iri.startswith(BASE) else iri, _LONGEST)


def quoted(text: str, longest: int = 60) -> str:
    """Return ``text``, cut where it is longer than ``longest``."""
    return text if len(text) <= longest else text[:longest] + "…"
