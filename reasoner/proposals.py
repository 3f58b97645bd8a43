"""Which changes could turn a criterion that fails: read off its own shapes.

For a test that is undocumented, these are the statements that its on-file shape looks for, with values that satisfy its holds shape
(or, for a precondition, break it). For one that is contradicted, nothing on file can be unsaid: only a smaller quantity, or fewer
treatments at once, can be asked for.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import TypeAlias

from mtus.reasoner.changes import ADD, Change, Value
from mtus.reasoner.choices import Choice, any_value, asked_of_value, choices
from mtus.reasoner.drafts import Drafter
from mtus.reasoner.evidence import usual_documents
from mtus.reasoner.express import Draft
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.infer import Closure
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, TYPE
from mtus.reasoner.paths import Path, Predicate, Sequence, values
from mtus.reasoner.reductions import reductions
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.witness import witness

_REQUEST = MTUS + "TreatmentRequest"
# A criterion with shapes of its own, and whether it should come out met or contradicted.
Test: TypeAlias = tuple[Criterion, bool]
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What a statement says beside its class: the property, and a value.
_Values = tuple[tuple[str, Choice], ...]


class Proposer:
    """Proposes changes for the criteria of one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.drafter = Drafter(knowledge)
        self.shapes = knowledge.shape_model.all
        # quantities of which less is never worse
        self.limited = {c.limits_quantity for c in knowledge.guidelines.criteria.values()}
        self._classes: dict[str, frozenset[str]] = {}

    def for_criterion(self, criterion: Criterion, hypothesis: Hypothesis) -> list[Change]:
        """Return changes of which one or more might make ``criterion`` met, each once: those for all the tests that it rests on."""
        return self.for_tests(self.tests(criterion, True), hypothesis)

    def for_tests(self, tests: Iterable[Test], hypothesis: Hypothesis) -> list[Change]:
        """Return changes that might make one of ``tests`` come out as wanted, each once."""
        found: dict[str, Change] = {}
        for criterion, wanted in tests:
            for change in self._for_test(criterion, wanted, hypothesis):
                known = found.get(change.key)
                found[change.key] = change if known is None else _merged(known, change)
        return list(found.values())

    def classes_of(self, change: Change) -> frozenset[str]:
        """Return the classes of the things that ``change`` puts on file, as far as they follow from what it says itself."""
        if change.key not in self._classes:
            closure = Closure(self.knowledge.rules, self.knowledge.background)
            closure.extend(change.added)
            self._classes[change.key] = frozenset(cls for node in {s for s, _, _ in change.added} for cls in closure.graph.types(node))
        return self._classes[change.key]

    def tests(self, criterion: Criterion, wanted: bool = True) -> Iterator[Test]:
        """Yield the tests that ``criterion`` rests on, each with whether it should come out met."""
        criteria = self.knowledge.guidelines.criteria
        if criterion.on_file:
            yield criterion, wanted
        for iri in (*criterion.all_of, *criterion.any_of):
            yield from self.tests(criteria[iri], wanted)
        for iri in criterion.none_of:
            yield from self.tests(criteria[iri], not wanted)
        if criterion.exception:
            yield from self.tests(criteria[criterion.exception], wanted)
        if criterion.precondition:
            yield from self.tests(criteria[criterion.precondition], False)

    def _for_test(self, criterion: Criterion, wanted: bool, hypothesis: Hypothesis) -> Iterable[Change]:
        target = criterion.target
        if target and target not in hypothesis.table.types:
            return []
        failed = hypothesis.table.failed
        if (criterion.on_file, hypothesis.request) in failed:
            return self._documentation(criterion, wanted, hypothesis)
        broken = bool(criterion.holds) and (criterion.holds, hypothesis.request) in failed
        if wanted and broken:
            return reductions(criterion, self.shapes[criterion.holds], hypothesis)
        if not wanted and criterion.holds and not broken:
            return self._unsaid(criterion, self.shapes[criterion.holds], hypothesis)
        return []

    # Documentation

    def _documentation(self, criterion: Criterion, wanted: bool, hypothesis: Hypothesis) -> list[Change]:
        holds = self.shapes[criterion.holds] if criterion.holds else None
        found: list[Change] = []
        for parts in _alternatives(self.shapes[criterion.on_file]):
            missing = [part for part in parts if hypothesis.fails(part)]
            if wanted and holds:
                witnessed = self._witnessed(criterion, holds, hypothesis)
                found += witnessed
                made = {term for change in witnessed for term in (*self.classes_of(change), *(p for _, p, _ in change.added))}
                missing = [part for part in missing if (_class_of(part) or next(iter(_steps(part.path)[-1:]), "")) not in made]
            for part in missing:
                found += self._for_part(criterion, part, holds, wanted, hypothesis)
        return found

    def _unsaid(self, criterion: Criterion, holds: Shape, hypothesis: Hypothesis) -> Iterator[Change]:
        """Yield values that would break ``holds``, which holds because nothing is on file under a property that it looks at."""
        for part in holds.property_shapes:
            if not values(hypothesis.graph, hypothesis.request, part.path or Sequence(())):
                yield from self._values(criterion, part, [part], False, hypothesis)

    def _witnessed(self, criterion: Criterion, holds: Shape, hypothesis: Hypothesis) -> list[Change]:
        made: list[Triple] = []
        for component, parameters in holds.components:
            made += witness(component, parameters, hypothesis.request, hypothesis.graph, self.knowledge)
        named = frozenset(str(value) for _, parameters in holds.components for _, value in parameters)
        return [change for group in _connected(made) if (change := self._from_witness(criterion, group, named, hypothesis))]

    def _from_witness(self, criterion: Criterion, made: list[Triple], told: frozenset[str], hypothesis: Hypothesis) -> Change | None:
        draft = self.drafter.start()
        names: dict[str, str] = {}

        def named(term: Term) -> Term:
            if not isinstance(term, str) or not term.startswith("_:") or hypothesis.graph.types(term):
                return term
            if term not in names:
                names[term] = draft.new_node()
            return names[term]

        nearest = {hypothesis.request, *(o for s, _, o in made if s == hypothesis.request)}
        about, values = "", []
        for subject, predicate, value in _from(hypothesis.request, made):
            node, there = str(named(subject)), named(value)
            prop, stated = self.drafter.from_day_number(predicate, there)
            if prop == TYPE:
                about = about or str(stated)
                fits = self.drafter.express.make(draft, node, str(stated), hypothesis.graph)
            else:
                fits = self.drafter.express.link(draft, node, prop, stated, hypothesis.graph)
                # what stands further off, such as the scores of a comparison, is only one way in which it may be so
                values += (
                    [_witnessed_value(prop, stated, criterion)]
                    if subject in nearest and (isinstance(stated, Literal) or prop in told)
                    else []
                )
            if not fits:
                return None
        return self._change(criterion, draft, about or (values[0].prop if values else ""), tuple(values), hypothesis)

    def _for_part(self, criterion: Criterion, part: Shape, holds: Shape | None, wanted: bool, hypothesis: Hypothesis) -> Iterable[Change]:
        same = [shape for shape in (holds.property_shapes if holds else ()) if shape.path == part.path]
        kind = _class_of(part)
        if kind:
            return self._statements(criterion, part, same, kind, wanted, hypothesis)
        return self._values(criterion, part, same, wanted, hypothesis)

    def _statements(
        self, criterion: Criterion, part: Shape, same: list[Shape], kind: str, wanted: bool, hypothesis: Hypothesis
    ) -> Iterator[Change]:
        """Yield the statements of class ``kind`` that ``part`` looks for, with values that the shapes of ``same`` path ask for."""
        narrowest = next((cls for shape in same if wanted and (cls := _class_of(shape))), kind)
        for said in self._value_sets(part, same, wanted):
            draft = self.drafter.start()
            node = draft.new_node()
            if not self.drafter.express.make(draft, node, narrowest, hypothesis.graph):
                continue
            if not self._reach(draft, part.path, node, hypothesis):
                continue
            for prop, choice in said:
                self._say(draft, node, prop, choice.value)
            change = self._change(criterion, draft, narrowest, _told(said), hypothesis)
            if change:
                yield change

    def _value_sets(self, part: Shape, same: list[Shape], wanted: bool) -> Iterator[_Values]:
        """Yield what the statement has to say: one value for each property that is asked for; several sets where one has to break."""
        asked = {prop: () for shape in _nested(part) if (prop := _property(shape))}
        held = {prop: asked_of_value(shape) for other in same for shape in _nested(other) if (prop := _property(shape))}
        names = [*dict.fromkeys((*asked, *held))]
        terms = self.drafter.terms

        def satisfying(prop: str) -> list[Choice]:
            return choices(held.get(prop, ()), prop, True, terms) or any_value(prop, terms)

        if wanted:
            for chosen in product(*(satisfying(prop) for prop in names)):
                yield tuple(zip(names, chosen, strict=True))
            return
        for broken, constraints in held.items():
            for choice in choices(constraints, broken, False, terms):
                others = [(prop, satisfying(prop)[0]) for prop in names if prop != broken and satisfying(prop)]
                yield ((broken, choice), *others)

    def _values(self, criterion: Criterion, part: Shape, same: list[Shape], wanted: bool, hypothesis: Hypothesis) -> Iterator[Change]:
        """Yield values that ``part`` asks to be stated of the request, or of a thing that it leads to."""
        steps = _steps(part.path)
        if not steps:
            return
        constraints = tuple(c for shape in same for c in asked_of_value(shape))
        prop = steps[-1]
        use = self.drafter.terms.uses.get(prop)
        if use is None or (use.property.is_derived and not use.refers_to):
            return
        if not (use.property.datatype or use.property.values_from):
            yield from self._things(criterion, steps, same, wanted, hypothesis)
            return
        found = choices(constraints, prop, wanted, self.drafter.terms)
        for choice in found or (any_value(prop, self.drafter.terms, limited=prop in self.limited) if wanted else []):
            draft = self.drafter.start()
            owner = self._owner(draft, steps[:-1], prop, hypothesis)
            if owner:
                self._say(draft, owner, prop, choice.value)
                change = self._change(criterion, draft, prop, _told(((prop, choice),)), hypothesis)
                if change:
                    yield change

    def _things(
        self, criterion: Criterion, steps: tuple[str, ...], same: list[Shape], wanted: bool, hypothesis: Hypothesis
    ) -> Iterator[Change]:
        """Yield a new thing that the last of ``steps`` leads to, such as the condition that a request is for."""
        use = self.drafter.terms.uses[steps[-1]]
        asked = [cls for shape in same if wanted and (cls := _class_of(shape))]
        for cls in asked or sorted(use.refers_to):
            draft = self.drafter.start()
            node = draft.new_node()
            if self.drafter.express.make(draft, node, cls, hypothesis.graph) and self._reach_by(draft, steps, node, hypothesis):
                change = self._change(criterion, draft, cls, (), hypothesis)
                if change:
                    yield change

    # Where a statement hangs

    def _reach(self, draft: Draft, path: Path | None, node: str, hypothesis: Hypothesis) -> bool:
        steps = _steps(path)
        return bool(steps) and self._reach_by(draft, steps, node, hypothesis)

    def _reach_by(self, draft: Draft, steps: tuple[str, ...], node: str, hypothesis: Hypothesis) -> bool:
        owners = [hypothesis.request]
        for step in steps[:-1]:
            owners = [there for owner in owners for there in hypothesis.graph.nodes(owner, step)]
        return bool(owners) and self.drafter.express.link(draft, owners[0], steps[-1], node, hypothesis.graph)

    def _owner(self, draft: Draft, steps: tuple[str, ...], prop: str, hypothesis: Hypothesis) -> str:
        """Return the thing on file that ``prop`` is to be stated of, or a new one where none is on file."""
        owners = [hypothesis.request]
        for number, step in enumerate(steps):
            there = [node for owner in owners for node in hypothesis.graph.nodes(owner, step)]
            if not there:
                if number < len(steps) - 1:
                    return ""
                new = draft.new_node()
                return new if self._new_owner(draft, owners[0], step, prop, new, hypothesis) else ""
            owners = there
        return next((owner for owner in owners if not hypothesis.graph.objects(owner, prop)), "")

    def _new_owner(self, draft: Draft, before: str, step: str, prop: str, new: str, hypothesis: Hypothesis) -> bool:
        classes = sorted(cls for cls in self.drafter.terms.uses[prop].used_on if cls != _REQUEST)
        return any(
            self.drafter.express.make(draft, new, cls, hypothesis.graph)
            and self.drafter.express.link(draft, before, step, new, hypothesis.graph)
            for cls in classes[:1]
        )

    def _say(self, draft: Draft, node: str, prop: str, value: Term) -> None:
        """Add a value, unless what ``node`` is already says something under ``prop``."""
        if not any(s == node and p == prop for s, p, _ in draft.facts):
            draft.add(node, prop, value)

    def _change(self, criterion: Criterion, draft: Draft, about: str, values: tuple[Value, ...], hypothesis: Hypothesis) -> Change | None:
        request = hypothesis.request
        if not self.drafter.complete(draft, request, hypothesis.graph):
            return None
        documents = usual_documents(self._documented(about), self.knowledge)
        if documents:
            self.drafter.put_into(draft, documents[0])
        added = tuple(t for t in self.drafter.finished(draft, request) if t not in hypothesis.graph)
        slot, way, degree = _settles(about, values, added)
        return Change(ADD, about, values, documents, added, (), (criterion.iri,), slot, way, degree) if added else None

    def _documented(self, about: str) -> str:
        """Return the class whose usual documents count: of the statement, or of the thing whose property is stated."""
        if about in self.knowledge.vocabulary.classes:
            return about
        use = self.drafter.terms.uses.get(about)
        owners = use.used_on if use else frozenset()
        return _REQUEST if _REQUEST in owners else min(owners, default="")


def _witnessed_value(prop: str, value: Term, criterion: Criterion) -> Value:
    """Return a value from a witness; of a quantity that the criterion limits, the witness is the largest."""
    if not isinstance(value, Literal):
        return Value(prop, "is", value)
    return Value(prop, "at most" if prop == criterion.limits_quantity else "stated", value.value)


def _merged(first: Change, second: Change) -> Change:
    """Return one change for two that say the same: for the criteria of both, and with the values of the one that is more definite."""
    definite = next((c for c in (first, second) if c.values and all(v.relation != "stated" for v in c.values)), first)
    return replace(definite, why=tuple(dict.fromkeys((*first.why, *second.why))))


def _settles(about: str, values: tuple[Value, ...], added: tuple[Triple, ...]) -> tuple[str, str, float]:
    """Return what a change with ``values`` settles so that no other can, in which way, and how far it goes."""
    if not values:
        return "", "", 0
    subject = next((s for s, p, _ in added if p == values[0].prop), "")
    is_new = any(s == subject and p == TYPE for s, p, _ in added)
    slot = " ".join([about if is_new else subject, *sorted(value.prop for value in values)])
    way = " ".join(value.relation for value in values)
    number = values[0].text if len(values) == 1 and _NUMBER.fullmatch(values[0].text) else ""
    if not number or values[0].relation not in ("at least", "at most"):
        return slot, f"{way} {' '.join(value.text for value in values)}", 0
    return slot, way, float(number) * (1 if values[0].relation == "at least" else -1)


def _told(values: _Values) -> tuple[Value, ...]:
    told = (Value(prop, c.relation, c.value.value if isinstance(c.value, Literal) else c.value) for prop, c in values)
    return tuple(sorted(told, key=lambda value: value.prop))


def _alternatives(shape: Shape) -> list[tuple[Shape, ...]]:
    """Return the property shapes of ``shape``: those of each of its alternatives, together with those that always count."""
    ors = [c for c in shape.constraints if c.kind == "or"]
    if not ors:
        return [shape.property_shapes]
    return [(*shape.property_shapes, *inner.property_shapes) for c in ors for inner in c.shapes]


def _nested(shape: Shape) -> list[Shape]:
    """Return the property shapes inside the qualified value shape of ``shape``."""
    return [part for c in shape.constraints if c.kind == "qualified" and c.minimum for inner in c.shapes for part in inner.property_shapes]


def _class_of(shape: Shape) -> str:
    """Return the class that a qualified value shape asks for, or nothing."""
    for c in shape.constraints:
        if c.kind == "qualified" and c.minimum:
            classes = [str(inner.values[0]) for nested in c.shapes for inner in nested.constraints if inner.kind == "class"]
            if classes:
                return classes[0]
    return ""


def _property(shape: Shape) -> str:
    return shape.path.iri if isinstance(shape.path, Predicate) else ""


def _steps(path: Path | None) -> tuple[str, ...]:
    """Return the properties of a path that only goes forward, else nothing."""
    if isinstance(path, Predicate):
        return (path.iri,)
    if isinstance(path, Sequence) and all(isinstance(step, Predicate) for step in path.steps):
        return tuple(step.iri for step in path.steps if isinstance(step, Predicate))
    return ()


def _from(start: str, made: list[Triple]) -> list[Triple]:
    """Return ``made`` in an order that does not depend on the names of new things: outwards from ``start``, then what is left."""
    ordered: dict[Triple, None] = {}
    agenda, seen = [start], {start}
    while agenda:
        node = agenda.pop(0)
        around = [t for t in made if t[0] == node]
        for triple in sorted(around, key=lambda t: (t[1] != TYPE, t[1], "" if str(t[2]).startswith("_:") else repr(t[2]))):
            ordered[triple] = None
            if isinstance(triple[2], str) and triple[2] not in seen:
                seen.add(triple[2])
                agenda.append(triple[2])
    return [*ordered, *(t for t in made if t not in ordered)]


def _connected(made: list[Triple]) -> list[list[Triple]]:
    """Return the triples about each new thing together with those about what it leads to; a value of the request stands alone."""
    groups: list[tuple[set[str], list[Triple]]] = []
    for triple in made:
        nodes = {term for term in (triple[0], triple[2]) if isinstance(term, str) and term.startswith("_:")}
        touching = [group for group in groups if nodes & group[0]]
        merged = (set(nodes).union(*(g[0] for g in touching)), [t for g in touching for t in g[1]] + [triple])
        groups = [group for group in groups if group not in touching] + [merged]
    return [triples for _, triples in groups]


def classes_read(shape: Shape) -> set[str]:
    """Return the classes that ``shape`` narrows statements to, those that its components name included."""
    found = {str(value) for _, parameters in shape.components for _, value in parameters if isinstance(value, str)}
    agenda = [shape]
    while agenda:
        for c in agenda.pop().constraints:
            found |= {str(value) for value in c.values} if c.kind == "class" else set()
            agenda += c.shapes
    return found
