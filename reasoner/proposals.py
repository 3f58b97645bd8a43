"""Which changes could turn a criterion that fails: read off its own shapes.

For a test that is undocumented, these are the statements that its on-file shape looks for, with values that satisfy its holds shape
(or, for a precondition, break it). For one that is contradicted, nothing on file can be unsaid: only a smaller quantity, or fewer
treatments at once, can be asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import TypeAlias

from mtus.reasoner.asked import alternatives, class_of, nested_of, property_of, steps_of
from mtus.reasoner.changes import Change, Value
from mtus.reasoner.choices import Choice, any_value, asked_of_value, choices
from mtus.reasoner.closure import closure
from mtus.reasoner.drafts import Drafter
from mtus.reasoner.graph import Literal
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.paths import Sequence, values
from mtus.reasoner.recall import Recall
from mtus.reasoner.reductions import reductions
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.statements import StatementWriter
from mtus.reasoner.witnessed import WitnessReader

# A criterion with shapes of its own, and whether it should come out met or contradicted.
Test: TypeAlias = tuple[Criterion, bool]
# What a statement says beside its class: the property, and a value.
_Values = tuple[tuple[str, Choice], ...]


class Proposer:
    """Proposes changes for the criteria of one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.drafter = knowledge.once(Drafter, lambda: Drafter(knowledge))
        self.writer = StatementWriter(knowledge, self.drafter)
        self.witnesses = WitnessReader(knowledge, self.writer)
        self.shapes = knowledge.shape_model.all
        # quantities of which less is never worse
        self.limited = {c.limits_quantity for c in knowledge.guidelines.criteria.values()}
        self._classes: dict[str, frozenset[str]] = {}
        self._recall: Recall[Change] = Recall()

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
            alone = closure(change.added, self.knowledge.closure_rules)
            self._classes[change.key] = frozenset(cls for node in {s for s, _, _ in change.added} for cls in alone.types(node))
        return self._classes[change.key]

    def only_inferred(self, criterion: Criterion) -> frozenset[str]:
        """Return the properties of which the on-file shape of ``criterion`` asks for any value at all, and which no case may state.

        Nothing can be proposed for these by themselves; other changes may have the effect that there is a value.
        """
        uses = self.drafter.terms.uses
        parts = (part for parts in alternatives(self.shapes[criterion.on_file]) for part in parts if not class_of(part))
        return frozenset(prop for part in parts for prop in steps_of(part.path)[-1:] if prop not in uses)

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
        if target and target not in hypothesis.types:
            return []
        if hypothesis.fails(criterion.on_file):
            key = ("documentation", hypothesis.request, criterion.iri, str(wanted))
            return self._recall.get(key, hypothesis, lambda asked: self._documentation(criterion, wanted, asked))
        broken = bool(criterion.holds) and hypothesis.fails(criterion.holds)
        if wanted and broken:
            return reductions(criterion, self.shapes[criterion.holds], hypothesis)
        if not wanted and criterion.holds and not broken:
            holds = self.shapes[criterion.holds]
            key = ("unsaid", hypothesis.request, criterion.iri, "")
            return self._recall.get(key, hypothesis, lambda asked: self._unsaid(criterion, holds, asked))
        return []

    # Documentation

    def _documentation(self, criterion: Criterion, wanted: bool, hypothesis: Hypothesis) -> list[Change]:
        holds = self.shapes[criterion.holds] if criterion.holds else None
        found: list[Change] = []
        for parts in alternatives(self.shapes[criterion.on_file]):
            missing = [part for part in parts if hypothesis.lacks(part)]
            if wanted and holds:
                witnessed = self.witnesses.changes(criterion, holds, hypothesis)
                found += witnessed
                made = {term for change in witnessed for term in (*self.classes_of(change), *(p for _, p, _ in change.added))}
                missing = [part for part in missing if (class_of(part) or next(iter(steps_of(part.path)[-1:]), "")) not in made]
            for part in missing:
                found += self._for_part(criterion, part, holds, wanted, hypothesis)
        return found

    def _unsaid(self, criterion: Criterion, holds: Shape, hypothesis: Hypothesis) -> Iterator[Change]:
        """Yield values that would break ``holds``, which holds because nothing is on file under a property that it looks at."""
        for part in holds.property_shapes:
            if not values(hypothesis.graph, hypothesis.request, part.path or Sequence(())):
                yield from self._values(criterion, part, [part], False, hypothesis)

    def _for_part(self, criterion: Criterion, part: Shape, holds: Shape | None, wanted: bool, hypothesis: Hypothesis) -> Iterable[Change]:
        same = [shape for shape in (holds.property_shapes if holds else ()) if shape.path == part.path]
        kind = class_of(part)
        if kind:
            return self._statements(criterion, part, same, kind, wanted, hypothesis)
        return self._values(criterion, part, same, wanted, hypothesis)

    def _statements(
        self, criterion: Criterion, part: Shape, same: list[Shape], kind: str, wanted: bool, hypothesis: Hypothesis
    ) -> Iterator[Change]:
        """Yield the statements of class ``kind`` that ``part`` looks for, with values that the shapes of ``same`` path ask for."""
        narrowest = next((cls for shape in same if wanted and (cls := class_of(shape))), kind)
        for said in self._value_sets(part, same, wanted):
            draft = self.drafter.start()
            node = draft.new_node()
            if not self.drafter.express.make(draft, node, narrowest, hypothesis.graph):
                continue
            if not self.writer.reach(draft, part.path, node, hypothesis):
                continue
            for prop, choice in said:
                self.writer.say(draft, node, prop, choice.value)
            change = self.writer.change(criterion, draft, narrowest, _told(said), hypothesis)
            if change:
                yield change

    def _value_sets(self, part: Shape, same: list[Shape], wanted: bool) -> Iterator[_Values]:
        """Yield what the statement has to say: one value for each property that is asked for; several sets where one has to break."""
        asked = {prop: () for shape in nested_of(part) if (prop := property_of(shape))}
        held = {prop: asked_of_value(shape) for other in same for shape in nested_of(other) if (prop := property_of(shape))}
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
        steps = steps_of(part.path)
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
            owner = self.writer.owner_of(draft, steps[:-1], prop, hypothesis)
            if owner:
                self.writer.say(draft, owner, prop, choice.value)
                change = self.writer.change(criterion, draft, prop, _told(((prop, choice),)), hypothesis)
                if change:
                    yield change

    def _things(
        self, criterion: Criterion, steps: tuple[str, ...], same: list[Shape], wanted: bool, hypothesis: Hypothesis
    ) -> Iterator[Change]:
        """Yield a new thing that the last of ``steps`` leads to, such as the condition that a request is for."""
        use = self.drafter.terms.uses[steps[-1]]
        asked = [cls for shape in same if wanted and (cls := class_of(shape))]
        for cls in asked or sorted(use.refers_to):
            draft = self.drafter.start()
            node = draft.new_node()
            if self.drafter.express.make(draft, node, cls, hypothesis.graph) and self.writer.reach_by(draft, steps, node, hypothesis):
                change = self.writer.change(criterion, draft, cls, (), hypothesis)
                if change:
                    yield change


def _merged(first: Change, second: Change) -> Change:
    """Return one change for two that say the same: for the criteria of both, and with the values of the one that is more definite."""
    definite = next((c for c in (first, second) if c.values and all(v.relation != "stated" for v in c.values)), first)
    return replace(definite, why=tuple(dict.fromkeys((*first.why, *second.why))))


def _told(values: _Values) -> tuple[Value, ...]:
    told = (Value(prop, c.relation, c.value.value if isinstance(c.value, Literal) else c.value) for prop, c in values)
    return tuple(sorted(told, key=lambda value: value.prop))
