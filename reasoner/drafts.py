"""Put together the statement that would be on file: complete enough for a case, in the words that a case may use.

What has to be on every statement (its document, its place in the case, the day of a status) is read from the case shapes, so that a
proposed statement is one that the loader would take.
"""

import hashlib
from collections.abc import Iterable
from datetime import date

from mtus.reasoner.case_terms import CASE_CLASS, CaseTerms, Use, case_terms
from mtus.reasoner.express import Draft, Expresser
from mtus.reasoner.graph import Graph, Literal, Term, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE_SHAPES, MTUS, TYPE, XSD
from mtus.reasoner.paths import Inverse, Predicate
from mtus.reasoner.shape_model import Shape, integer

_DOCUMENT = MTUS + "Document"
_PRESENT = MTUS + "documentedPresent"
_REQUEST = MTUS + "TreatmentRequest"
_PLACEHOLDER = "urn:mtus:draft"


class Drafter:
    """Completes drafts of statements about the requests of cases."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.terms: CaseTerms = case_terms(knowledge)
        self.express = Expresser(knowledge, self.terms)
        self.needed = _needed(knowledge)

    def start(self) -> Draft:
        """Return an empty draft."""
        return Draft(_PLACEHOLDER)

    def complete(self, draft: Draft, request: str, graph: Graph) -> bool:
        """Add what every thing in ``draft`` needs to be taken by the loader; return whether that was possible."""
        for node in draft.nodes:  # grows while documents and measurements are added
            kinds = self.terms.kinds(frozenset(str(o) for s, p, o in draft.facts if s == node and p == TYPE))
            if _REQUEST in kinds:
                return False  # no request is ever made up
            for cls in sorted(kinds):
                for shape in self.needed.get(cls, ()):
                    if not self._fill(draft, node, shape, request, graph):
                        return False
        return True

    def finished(self, draft: Draft, request: str) -> tuple[Triple, ...]:
        """Return the facts of ``draft`` with names for its nodes that follow from what they say: the same statement has the same."""
        lines = "\n".join(sorted(map(repr, draft.facts)))
        base = f"{request}/documented-{hashlib.sha256(lines.encode()).hexdigest()[:8]}"

        def named(term: Term) -> Term:
            return base + term[len(_PLACEHOLDER) :] if isinstance(term, str) and term.startswith(_PLACEHOLDER) else term

        return tuple((str(named(s)), p, named(o)) for s, p, o in draft.facts)

    def put_into(self, draft: Draft, kind: str) -> None:
        """Let the documents of ``draft`` be of ``kind``, where that is what they may be."""
        wider = self.terms.kinds(frozenset((kind,))) - {kind}
        for subject, predicate, value in tuple(draft.facts):
            if predicate == TYPE and value in wider and _DOCUMENT in self.terms.kinds(frozenset((str(value),))):
                del draft.facts[subject, predicate, value]
                draft.add(subject, TYPE, kind)

    def request_day(self, request: str, graph: Graph) -> Literal | None:
        """Return the date of ``request``, lent ones included."""
        number = graph.text(request, MTUS + "requestDay")
        return Literal(date.fromordinal(int(number)).isoformat(), XSD + "date") if number else None

    def from_day_number(self, predicate: str, value: Term) -> tuple[str, Term]:
        """Return a day number as the date that a case states."""
        dates = {number: prop for prop, number in self.terms.day_numbers.items()}
        if predicate in dates and isinstance(value, Literal):
            return dates[predicate], Literal(date.fromordinal(int(value.value)).isoformat(), XSD + "date")
        return predicate, value

    def _fill(self, draft: Draft, node: str, shape: Shape, request: str, graph: Graph) -> bool:
        path = shape.path
        if isinstance(path, Inverse):
            owner = graph.node(request, MTUS + "isRequestOf") or ""
            use = self.terms.uses.get(path.iri)
            if use and CASE_CLASS in use.used_on:
                draft.add(owner, path.iri, node)
            return True
        if not isinstance(path, Predicate) or self._has(draft, node, path.iri):
            return True
        use = self.terms.uses.get(path.iri)
        return use is not None and self._value(draft, node, use, request, graph)

    def _has(self, draft: Draft, node: str, prop: str) -> bool:
        inverses = {inverse for inverse, _ in self.knowledge.rules.inverses.get(prop, ())}
        return any((s == node and p == prop) or (o == node and p in inverses) for s, p, o in draft.facts)

    def _value(self, draft: Draft, node: str, use: Use, request: str, graph: Graph) -> bool:
        prop = use.property
        if prop.values_from:
            draft.add(node, prop.iri, _PRESENT if _PRESENT in use.terms else min(use.terms))
            return True
        if prop.datatype:
            value = self.request_day(request, graph) if prop.datatype == XSD + "date" else plain_value(prop.datatype)
            if value is not None:
                draft.add(node, prop.iri, value)
            return value is not None
        if _REQUEST in use.refers_to:
            draft.add(node, prop.iri, request)
            return True
        if not use.refers_to:
            return False
        if _DOCUMENT in use.refers_to:
            draft.add(node, prop.iri, self._document(draft, graph))
            return True
        there = draft.new_node()
        draft.add(node, prop.iri, there)
        return self.express.make(draft, there, min(use.refers_to), graph)

    def _document(self, draft: Draft, graph: Graph) -> str:
        """Return the document of ``draft``: all that it says stands in one."""
        known = (s for s, p, o in draft.facts if p == TYPE and _DOCUMENT in self.terms.kinds(frozenset((str(o),))))
        found = next(known, None)
        if found is None:
            found = draft.new_node()
            draft.add(found, TYPE, MTUS + "ClinicalDocument")
        return found


def plain_value(datatype: str) -> Literal | None:
    """Return a value of ``datatype`` that says no more than that there is one."""
    return {
        XSD + "integer": Literal("1", XSD + "integer"), XSD + "decimal": Literal("1.0", XSD + "decimal"),
        XSD + "boolean": Literal("true", XSD + "boolean"), XSD + "string": Literal("stated"),
    }.get(datatype)  # fmt: skip


def _needed(knowledge: Knowledge) -> dict[str, list[Shape]]:
    """Return the property shapes of the case shapes that ask for a value, by the class of things they are about."""
    found: dict[str, list[Shape]] = {}
    for shape in knowledge.shape_model.targeted.values():
        if not shape.iri.startswith(CASE_SHAPES):
            continue
        asked = [part for part in shape.property_shapes if any(_asks_for_one(c.kind, c.values) for c in part.constraints)]
        for target in shape.targets:
            found.setdefault(target, []).extend(asked)
    return found


def _asks_for_one(kind: str, values: Iterable[Term]) -> bool:
    return kind == "minCount" and any(integer(value) > 0 for value in values)
