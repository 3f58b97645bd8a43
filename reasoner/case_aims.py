"""What a case has to state for a criterion to be met, or to be contradicted: read from the shapes of the criterion.

This is a help for making cases up, not an inverse of the reasoner: where a component compares several facts, the outcome is left to
chance. What a case means is always what the reasoner says of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from mtus.reasoner.case_material import Material
from mtus.reasoner.case_terms import Use
from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.namespaces import MTUS, XSD
from mtus.reasoner.paths import Predicate, Sequence
from mtus.reasoner.shape_model import Constraint, Shape

FINDING, COURSE = MTUS + "Finding", MTUS + "TreatmentCourse"
_ORDERS = {"minInclusive": "ge", "maxInclusive": "le", "minExclusive": "gt", "maxExclusive": "lt"}
_PLAIN = ("hasValue", "in", *_ORDERS)


@dataclass
class Wanted:
    """A thing that a shape looks for: the classes it reads and those it holds things against, and its tests by property."""

    read: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    tests: dict[str, list[Constraint]] = field(default_factory=dict)


@dataclass
class Aim:
    """What a criterion looks at: properties of the request, of the course that it renews and of its condition, and other things."""

    own: dict[str, list[Constraint]] = field(default_factory=dict)
    course: dict[str, list[Constraint]] = field(default_factory=dict)
    condition: dict[str, list[Constraint]] = field(default_factory=dict)
    things: dict[str, Wanted] = field(default_factory=dict)


def aim_of(criterion: Criterion, material: Material) -> Aim:
    """Return what ``criterion``, which has shapes of its own, looks at."""
    aim = Aim()
    shapes = material.knowledge.shape_model.targeted
    _look(shapes[criterion.on_file], aim, held=False)
    if criterion.holds:
        _look(shapes[criterion.holds], aim, held=True)
    return _in_order(aim)


def _in_order(aim: Aim) -> Aim:
    """Return ``aim`` in an order that does not depend on the names of blank nodes, which are others in each process."""
    return Aim(
        own=_sorted(aim.own),
        course=_sorted(aim.course),
        condition=_sorted(aim.condition),
        things={
            prop: Wanted(sorted(wanted.read), sorted(wanted.held), _sorted(wanted.tests)) for prop, wanted in sorted(aim.things.items())
        },
    )


def _sorted(tests: dict[str, list[Constraint]]) -> dict[str, list[Constraint]]:
    return {prop: sorted(found, key=lambda c: (c.kind, str(c.values))) for prop, found in sorted(tests.items())}


def _look(shape: Shape, aim: Aim, *, held: bool) -> None:
    for part in shape.property_shapes:
        steps = [step.iri for step in _steps(part) if isinstance(step, Predicate)]
        if len(steps) != len(_steps(part)):
            continue
        tests = list(_tests(part.constraints)) if held else []
        if steps[0] == MTUS + "renewsCourse" and len(steps) == 2:
            aim.course.setdefault(steps[1], []).extend(tests)
        elif steps[0] == MTUS + "forCondition" and len(steps) == 2:
            aim.condition.setdefault(steps[1], []).extend(tests)
        elif len(steps) == 1 and not any(c.shapes for c in part.constraints if c.kind == "qualified"):
            aim.own.setdefault(steps[0], []).extend(tests)
        if len(steps) == 1:
            for c in part.constraints:
                if c.kind == "qualified" and c.minimum:
                    _thing(c.shapes, aim.things.setdefault(steps[0], Wanted()), held=held)
    for c in shape.constraints:
        if c.kind == "or":
            _look(c.shapes[0], aim, held=held)


def _thing(shapes: Iterable[Shape], wanted: Wanted, *, held: bool) -> None:
    for shape in shapes:
        for c in shape.constraints:
            if c.kind == "class":
                (wanted.held if held else wanted.read).append(str(c.values[0]))
        for part in shape.property_shapes:
            if isinstance(part.path, Predicate):
                wanted.tests.setdefault(part.path.iri, []).extend(_tests(part.constraints) if held else ())


def _steps(shape: Shape) -> tuple[object, ...]:
    return shape.path.steps if isinstance(shape.path, Sequence) else (shape.path,)


def _tests(constraints: Iterable[Constraint]) -> Iterable[Constraint]:
    """Yield the constraints on single values, those inside others included."""
    for c in constraints:
        if c.kind in _PLAIN or c.kind == "not":
            yield c
        elif c.kind == "qualified":
            for shape in c.shapes:
                yield from _tests(shape.constraints)


def passes(value: Term, tests: Iterable[Constraint]) -> bool:
    """Return whether ``value`` is one that all ``tests`` want."""
    return all(_passes(value, c) for c in tests)


def _passes(value: Term, c: Constraint) -> bool:
    if c.kind == "not":
        return not all(passes(value, _tests(shape.constraints)) for shape in c.shapes)
    if c.kind in ("hasValue", "in"):
        return value in c.values
    limit = c.values[0]
    if not isinstance(value, Literal) or not isinstance(limit, Literal):
        return True
    numeric = value.datatype in (XSD + "integer", XSD + "decimal")
    a, b = (Decimal(value.value), Decimal(limit.value)) if numeric else (value.value, limit.value)
    return {"ge": a >= b, "le": a <= b, "gt": a > b, "lt": a < b}[_ORDERS[c.kind]]  # type: ignore[operator]


@dataclass
class Recipe:
    """How a thing comes under a class: stated classes to choose from, values, and classes of what it refers to."""

    classes: list[str]
    values: dict[str, Term] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


def recipe(cls: str, material: Material, kind: str) -> Recipe:
    """Return how a thing of the general class ``kind`` comes under ``cls``: by what is stated, and by its definition."""
    plain = material.narrower(cls, material.findings if kind == FINDING else material.conditions if kind != COURSE else [COURSE])
    if plain:
        return Recipe(plain)
    for definition in material.definitions:
        if definition.head != cls:
            continue
        parts = [recipe(c, material, kind) for c in definition.classes]
        found = Recipe(_common([p.classes for p in parts]))
        for part in parts:
            found.values |= part.values
            found.links |= part.links
        found.values |= dict(definition.values)
        found.links |= dict(definition.some)
        if found.classes:
            return found
    # a class by the name alone: whatever is narrower than one of the classes that imply it
    return Recipe([c for below in _below(cls, material) for c in recipe(below, material, kind).classes])


def _below(cls: str, material: Material) -> list[str]:
    return sorted(sub for sub, above in material.knowledge.rules.super_classes.items() if any(sup == cls for sup, _ in above))


def _common(lists: list[list[str]]) -> list[str]:
    return [c for c in lists[0] if all(c in other for other in lists[1:])] if lists else []


def terms_of(use: Use, material: Material, cls: str) -> list[str]:
    """Return the terms that ``use`` may have as values and that are of class ``cls`` by what the ontology says of them."""
    background = material.knowledge.background
    return sorted(t for t in use.terms if any(o == cls or cls in material.kinds(str(o)) for _, _, o in background.get(t, ())))
