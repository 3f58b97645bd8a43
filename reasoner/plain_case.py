"""Write facts as a case in plain JSON, the form that :mod:`mtus.reasoner.case_json` reads."""

from collections.abc import Iterable
from typing import Any, Final

from mtus.reasoner.case_terms import CASE_CLASS, CaseTerms
from mtus.reasoner.graph import Graph, Literal, Term, Triple
from mtus.reasoner.namespaces import MTUS, XSD, local_name

# Where the things of a case are listed, in the order in which people read them.
_FIRST: Final = ("claim", "worker", "review", "documents", "conditions", "treatments", "requests", "courses", "findings")


def to_plain_json(case: str, triples: Iterable[Triple], terms: CaseTerms) -> dict[str, Any]:
    """Return the facts of ``case`` (an IRI) as plain JSON data, without its identifier; things are called by what follows that IRI.

    Each thing stands where the case lists it, or else where it is first referred to. Properties that a case may not state are left out.
    """
    return _Writer(case, Graph(triples), terms).case()


class _Writer:
    def __init__(self, case: str, graph: Graph, terms: CaseTerms) -> None:
        self.main = case
        self.base = case + "/"
        self.graph = graph
        self.terms = terms
        self.lists = [iri for iri, use in terms.uses.items() if CASE_CLASS in use.used_on and use.refers_to]
        listed = (o for iri in self.lists for o in graph.objects(case, iri))
        self.elsewhere = {str(node) for node in listed}
        self.written: set[str] = {case}

    def case(self) -> dict[str, Any]:
        found = self._members(self.main)
        order = {name: number for number, name in enumerate(_FIRST)}
        return dict(sorted(found.items(), key=lambda pair: order.get(pair[0], -1)))

    def _members(self, node: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for iri, use in self.terms.uses.items():
            values = [] if use.property.is_derived else self.graph.objects(node, iri)
            written = [self._value(value, is_list=node == self.main and iri in self.lists) for value in values]
            if written:
                single = len(written) == 1 and not (node == self.main and use.property.json_name.endswith("s") and use.refers_to)
                found[use.property.json_name] = written[0] if single else written
        return found

    def _value(self, value: Term, *, is_list: bool) -> Any:
        if isinstance(value, Literal):
            return _literal(value)
        if not self.graph.types(value) or value in self.written or (value in self.elsewhere and not is_list):
            return self._name(value)
        self.written.add(value)
        types = [local_name(cls) for cls in self.graph.types(value)]
        return {"id": self._name(value), "type": types[0] if len(types) == 1 else types, **self._members(value)}

    def _name(self, iri: str) -> str:
        return iri.removeprefix(self.base) if iri.startswith(self.base) else iri.removeprefix(MTUS)


def _literal(value: Literal) -> str | int | float | bool:
    if value.datatype == XSD + "integer":
        return int(value.value)
    if value.datatype == XSD + "decimal":
        return float(value.value)
    return value.value == "true" if value.datatype == XSD + "boolean" else value.value
