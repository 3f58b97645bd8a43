"""Write cases: as N-Quads with one graph for each, and in the plain JSON form."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from mtus.reasoner.case_terms import CASE_CLASS, CaseTerms
from mtus.reasoner.graph import Literal, Term, Triple, n_triples
from mtus.reasoner.namespaces import CASE, MTUS, TYPE, XSD, local_name


def case_of(triples: Iterable[Triple]) -> str:
    """Return the IRI of the case that ``triples`` describe."""
    return next(s for s, p, o in triples if p == TYPE and o == CASE_CLASS)


def n_quads(triples: Sequence[Triple]) -> bytes:
    """Return a case as N-Quads (https://www.w3.org/TR/n-quads/), all of them in the graph that has the name of the case."""
    end = f" <{case_of(triples)}> .\n".encode()
    return n_triples(triples).replace(b" .\n", end)


def plain_json(triples: Sequence[Triple], terms: CaseTerms, *, indent: int | None = None) -> bytes:
    """Return a case in the plain JSON form (see :mod:`mtus.reasoner.case_json`), as one line where ``indent`` is None."""
    case = case_of(triples)
    about: dict[str, list[tuple[str, Term]]] = {}
    for subject, predicate, value in triples:
        about.setdefault(subject, []).append((predicate, value))
    text = json.dumps(_Objects(case, about, terms).of(case), ensure_ascii=False, indent=indent)
    return text.encode() + b"\n"


class _Objects:
    def __init__(self, case: str, about: dict[str, list[tuple[str, Term]]], terms: CaseTerms) -> None:
        self.case, self.about, self.terms = case, about, terms
        self.written: set[str] = set()

    def of(self, thing: str) -> dict[str, Any]:
        self.written.add(thing)
        found: dict[str, Any] = {} if thing.startswith("_:") else {"id": self._id(thing)}
        for predicate, value in self.about[thing]:
            if predicate == TYPE:
                key, shown = "type", local_name(str(value))
            else:
                use = self.terms.uses[predicate]
                key, shown = use.property.json_name, self._value(value, is_term=bool(use.property.values_from))
            if key in found:
                found[key] = [*(found[key] if isinstance(found[key], list) else [found[key]]), shown]
            else:
                found[key] = shown
        if thing == self.case:
            found.pop("type")
        return found

    def _id(self, thing: str) -> str:
        if thing == self.case:
            name = thing.removeprefix(CASE)
            return name if "/" not in name else thing
        return thing.removeprefix(self.case + "/")

    def _value(self, value: Term, *, is_term: bool) -> Any:
        if isinstance(value, Literal):
            if value.datatype == XSD + "boolean":
                return value.value == "true"
            if value.datatype == XSD + "integer" or (value.datatype == XSD + "decimal" and "." not in value.value):
                return int(value.value)
            return float(value.value) if value.datatype == XSD + "decimal" else value.value
        if is_term:
            return value.removeprefix(MTUS)
        # things are described where they are met first, and by their identifiers from then on
        return self.of(value) if value in self.about and value not in self.written else self._id(value)
