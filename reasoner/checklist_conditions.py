"""When a criterion speaks at all, as conditions on the answers of a checklist: read off its precondition and the classes it is narrowed to.

A precondition is read off its holds shape. Whether a request belongs to a class is tried out: facts that put it there are worked out
from the axioms backwards, and for each value that could stand in their fields the axioms say whether it does as well. What cannot be
said as a condition on answers always holds: better asked than left out.
"""

from dataclasses import dataclass
from typing import TypeAlias

from mtus.reasoner.asked import nested_of, steps_of
from mtus.reasoner.case_terms import CaseTerms
from mtus.reasoner.changes import ADD, Change
from mtus.reasoner.checklist_fill import filled
from mtus.reasoner.checklist_records import ABSENT, MAIN, PRESENT, STATUS, Field, Record, Records
from mtus.reasoner.closure import closure
from mtus.reasoner.drafts import plain_value
from mtus.reasoner.express import Draft, Expresser
from mtus.reasoner.gates import ALWAYS, EXISTS, NEVER, Clauses, Gate, both, either, opposite
from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import TYPE, local_name
from mtus.reasoner.proposals import Proposer
from mtus.reasoner.shape_model import Constraint, Shape

_NOWHERE = "urn:tried:document"
_Filled: TypeAlias = dict[tuple[Record, Field], tuple[Term, ...]]
_OPERATORS = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}


@dataclass(frozen=True)
class Condition:
    """A condition in words, and as clauses of gates."""

    text: str
    clauses: Clauses


class Conditions:
    """Conditions for one request, which is on file in ``hypothesis`` with nothing else."""

    def __init__(self, records: Records, proposer: Proposer, hypothesis: Hypothesis) -> None:
        self.records = records
        self.proposer = proposer
        self.hypothesis = hypothesis
        self.knowledge = hypothesis.knowledge
        self.types = frozenset(hypothesis.graph.types(hypothesis.request))
        self.express = _Widened(self.knowledge, records.terms)
        self._classes: dict[str, Clauses | None] = {}

    def is_possible(self, criterion: Criterion) -> bool:
        """Return whether ``criterion`` can speak of the request, whatever else is on file."""
        criteria = self.knowledge.guidelines.criteria
        if any(self.of_class(cls) is None for cls in (criterion.target, criterion.applies_to) if cls):
            return False
        parts = (*criterion.all_of, *criterion.any_of, *criterion.none_of)
        return not parts or any(self.is_possible(criteria[iri]) for iri in parts)

    def of_class(self, cls: str) -> Clauses | None:
        """Return when the request is a ``cls``; None where it can never be, being for the treatment that it is for."""
        if cls in self.types:
            return ALWAYS
        if cls not in self._classes:
            self._classes[cls] = self._of_class(cls)
        return self._classes[cls]

    def of_criterion(self, criterion: Criterion) -> Clauses:
        """Return when ``criterion`` is met."""
        criteria = self.knowledge.guidelines.criteria
        if not self.is_possible(criterion):
            return NEVER
        found = [self.of_class(cls) or ALWAYS for cls in (criterion.target, criterion.applies_to) if cls]
        if criterion.on_file:
            found.append(self._of_test(criterion))
        found += [self.of_criterion(criteria[iri]) for iri in criterion.all_of]
        found += [opposite(self.of_criterion(criteria[iri])) for iri in criterion.none_of if self.is_possible(criteria[iri])]
        if criterion.any_of:
            found.append(either(self.of_criterion(criteria[iri]) for iri in criterion.any_of))
        met = both(found)
        return either((met, self.of_criterion(criteria[criterion.exception]))) if criterion.exception else met

    # Classes

    def _of_class(self, cls: str) -> Clauses | None:
        found = self._expressed(cls, "")
        if found is not None:
            return found
        # what is a ``cls`` because of a value that it has, whatever the value
        ways = [way for prop in self.express.domains if (way := self._expressed(cls, prop)) is not None]
        return either(ways) if ways else None

    def _expressed(self, cls: str, prop: str) -> Clauses | None:
        """Return when the request is a ``cls``, by facts from which that follows; ``prop`` is one that may count by its domain."""
        drafter, graph, request = self.proposer.drafter, self.hypothesis.graph, self.hypothesis.request
        draft = drafter.start()
        self.express.prop = prop
        if not self.express.make(draft, request, cls, graph):
            return None
        if any(s == request and p in self.records.single and graph.objects(request, p) for s, p, _ in draft.facts):
            return None
        if not drafter.complete(draft, request, graph):
            return None
        added = tuple(t for t in drafter.finished(draft, request) if t not in graph)
        if not added:
            return None
        values: _Filled = {}
        for record, asked in self.records.read_all(Change(ADD, "", (), (), added), request, local_name(cls)):
            values |= {(record, one.field): one.values for one in asked if one.values}
            if self.records.is_place(record):
                kind = record.ask(Field(MAIN, TYPE), local_name(cls))
                values[record, kind] = tuple(str(o) for _, p, o in added if p == TYPE and o in self.records.kinds_of(record))
        return both(self._of_field(cls, record, one, values) for record, one in values)

    def _of_field(self, cls: str, record: Record, asked: Field, values: _Filled) -> Clauses:
        """Return which answers to ``asked`` put the request into ``cls``, where the other fields have ``values``."""
        options = (PRESENT, ABSENT) if asked.prop == STATUS else self.records.options(record, asked)
        if not options:
            return ((Gate(record.key, asked, EXISTS),),)
        fitting = [option for option in options if self._is_in(cls, {**values, (record, asked): (option,)})]
        return (tuple(Gate(record.key, asked, "=", option) for option in fitting),)

    def _is_in(self, cls: str, values: _Filled) -> bool:
        request, terms = self.hypothesis.request, self.records.terms
        tried = list(self.hypothesis.facts.triples)
        for number, record in enumerate(dict.fromkeys(record for record, _ in values)):
            own = {asked: given for (whose, asked), given in values.items() if whose is record}
            tried += filled(record, own, f"urn:tried:{number}", (request,), _NOWHERE, Literal(""), terms)
        return cls in closure(tried, self.knowledge.closure_rules).classes_of(request)

    # Tests

    def _of_test(self, criterion: Criterion) -> Clauses:
        """Return when a criterion with shapes of its own is met, by the parts of its holds shape."""
        request, source = self.hypothesis.request, local_name(criterion.on_file)
        changes = self.proposer.for_tests([(criterion, True), (criterion, False)], self.hypothesis)
        asked = [one for change in changes if change.kind == ADD for one in self.records.read(change, request, source)]
        if not criterion.holds:
            return both(((Gate(one.record.key, one.field, EXISTS),),) for one in asked) if not criterion.applies_to else ALWAYS
        looked_at = [(shape, part) for part in self._parts(criterion.holds) for shape in nested_of(part) or (part,)]
        fields = [(one.record, one.field) for one in asked]
        return both(self._of_part(shape, is_inner=shape is not part, asked=fields, source=source) for shape, part in looked_at)

    def _parts(self, shape: str) -> tuple[Shape, ...]:
        return self.knowledge.shape_model.all[shape].property_shapes

    def _of_part(self, shape: Shape, *, is_inner: bool, asked: list[tuple[Record, Field]], source: str) -> Clauses:
        """Return what the constraints of ``shape`` ask of the field that it looks at; nothing where no field is known for it."""
        steps = steps_of(shape.path)
        if not steps:
            return ALWAYS
        place = next(
            (r for r in self.records.known.values() if self.records.is_place(r) and any(p == steps[0] for _, p, _ in r.facts)), None
        )
        if place and len(steps) == 1:
            return self._of_kind(place, _constraints(shape), source)
        found = next(((r, f) for r, f in asked if f.prop == steps[-1]), None)
        if found is None and len(steps) == 1 and not is_inner and self.records.is_field(steps[0]):
            found = self.records.value_of(self.hypothesis.request, steps[0], self.hypothesis.request)
        if found is None:
            return ALWAYS
        record, one = found
        return both(self._of_constraint(record, one, c) for c in _constraints(shape))

    def _of_kind(self, record: Record, constraints: list[Constraint], source: str) -> Clauses:
        asked = record.ask(Field(MAIN, TYPE), source)
        found = []
        for c in constraints:
            wanted = [str(value) for value in c.values] if c.kind == "class" else []
            inner = [i for shape in c.shapes for i in shape.constraints] if c.kind == "not" else []
            refused = [str(value) for i in inner if i.kind == "class" for value in i.values]
            for cls in wanted:
                found.append((tuple(Gate(record.key, asked, "=", kind) for kind in self.records.kinds_of(record, cls)),))
            for cls in refused:
                found += [((Gate(record.key, asked, "!=", kind),),) for kind in self.records.kinds_of(record, cls)]
        return both(found)

    def _of_constraint(self, record: Record, asked: Field, c: Constraint) -> Clauses:
        key = record.key
        if c.kind in _OPERATORS:
            return ((Gate(key, asked, _OPERATORS[c.kind], c.values[0]),),)
        if c.kind in ("hasValue", "in"):
            return (tuple(Gate(key, asked, "=", value) for value in c.values),)
        if c.kind == "not":
            inner = [v for shape in c.shapes for i in shape.constraints if i.kind in ("hasValue", "in") for v in i.values]
            return tuple((Gate(key, asked, "!=", value),) for value in inner)
        return ALWAYS


class _Widened(Expresser):
    """Also makes a thing a class by a value under ``prop``, of which the class is the domain; ``domains`` are those that may be."""

    def __init__(self, knowledge: Knowledge, terms: CaseTerms) -> None:
        super().__init__(knowledge, terms)
        self.prop = ""
        self.domains = sorted(prop for prop in knowledge.rules.domains if self._may_state(prop) and terms.uses[prop].property.datatype)

    def _make(self, draft: Draft, node: str, cls: str, graph: Graph, seen: frozenset[str]) -> bool:
        if (node, TYPE, cls) in graph or super()._make(draft, node, cls, graph, seen):
            return True
        if not self.prop or all(domain != cls for domain, _ in self.rules.domains[self.prop]):
            return False
        use = self.terms.uses[self.prop]
        datatype = use.property.datatype
        if not graph.types(node) and not any((s, p) == (node, TYPE) for s, p, _ in draft.facts):
            draft.add(node, TYPE, min(use.used_on))
        draft.add(node, self.prop, plain_value(datatype) or Literal("2000-01-01", datatype))
        return True


def _constraints(shape: Shape) -> list[Constraint]:
    """Return the constraints on the values of ``shape``, those inside a qualified value shape included."""
    inner = [i for c in shape.constraints if c.kind == "qualified" and c.minimum for nested in c.shapes for i in nested.constraints]
    return [*shape.constraints, *inner]
