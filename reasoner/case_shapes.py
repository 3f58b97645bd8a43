"""Which shapes of a well-formed case fail, asked of a whole case at once.

A case shape limits many properties of which most things have few. So limits are looked at from the side of what is stated: property by
property, for the values that there are. Only what has to be there is asked of each thing. What is asked most, the number of values and
their class, is asked in the loop itself, without a call.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.conformance import NO_CLASSES, Holds, Test, holds_for, test_of
from mtus.reasoner.graph import Term
from mtus.reasoner.namespaces import TYPE
from mtus.reasoner.paths import Predicate
from mtus.reasoner.remembered import Remembered
from mtus.reasoner.shape_model import Constraint, Shape, integer

# Constraints that hold where there is no value.
_LIMITS: Final = ("class", "datatype", "nodeKind", "in", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "maxCount",
                  "lessThan", "lessThanOrEquals", "disjoint")  # fmt: skip
Classes: TypeAlias = frozenset[Term]


class _Wanted(NamedTuple):
    """What shapes ask of a thing of some classes: properties that it has to have, and other tests."""

    properties: tuple[tuple[Shape, str], ...]
    tests: tuple[tuple[Shape, Test], ...]


class _Limit(NamedTuple):
    """What a shape asks of the values of one property of a thing of some classes: how many at most, of which class, and the rest."""

    shape: Shape
    most: int
    cls: Term | None
    others: tuple[Holds, ...]


class CaseShapes:
    """Some case shapes, made ready; once for a body of knowledge."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        self._shapes = tuple(shapes)
        self._rest = {shape: _rest(shape) for shape in self._shapes}
        self._wanted: Remembered[Classes, _Wanted] = Remembered(self._wanted_of)
        properties = dict.fromkeys(prop for shape in self._shapes for prop, _ in _constraints(shape, _LIMITS))
        self._limits = [(prop, Remembered[Classes, list[_Limit]](partial(self._limits_of, prop))) for prop in properties]

    def failing(self, evaluator: Evaluator) -> list[tuple[Shape, str]]:
        """Return the shapes that fail, each with the focus node at which it does; some may be named twice."""
        found: list[tuple[Shape, str]] = []
        forward, all_classes, wanted = evaluator.forward, evaluator.classes, self._wanted
        for thing, classes in all_classes.items():
            properties, tests = wanted[classes]  # type: ignore[index]  # the classes of a thing never change
            for shape, prop in properties:
                table = forward.get(prop)
                if table is None or thing not in table:
                    found.append((shape, str(thing)))
            for shape, test in tests:
                if not test(evaluator, thing):
                    found.append((shape, str(thing)))
        for prop, limits in self._limits:
            for thing, values in forward.get(prop, {}).items():
                if thing not in all_classes:
                    continue
                for shape, most, cls, others in limits[all_classes[thing]]:  # type: ignore[index]
                    fails = len(values) > most
                    if cls is not None:
                        for value in values:
                            if cls not in all_classes.get(value, NO_CLASSES):
                                fails = True
                    for holds in others:
                        if not holds(evaluator, thing, values):
                            fails = True
                    if fails:
                        found.append((shape, str(thing)))
        return found

    def _fitting(self, classes: Classes) -> list[Shape]:
        return [shape for shape in self._shapes if not classes.isdisjoint(shape.targets)]

    def _wanted_of(self, classes: Classes) -> _Wanted:
        fitting = self._fitting(classes)
        properties = tuple((shape, prop) for shape in fitting for prop, c in _constraints(shape, ("minCount",)) if _is_one(c))
        return _Wanted(properties, tuple((shape, test_of(rest)) for shape in fitting if (rest := self._rest[shape])))

    def _limits_of(self, prop: str, classes: Classes) -> list[_Limit]:
        found = []
        for shape in self._fitting(classes):
            limits = [c for limited, c in _constraints(shape, _LIMITS) if limited == prop]
            most = [c for c in limits if c.kind == "maxCount"]
            cls = [c for c in limits if c.kind == "class"][:1]
            others = tuple(holds_for(c) for c in limits if c not in (*most, *cls))
            if limits:
                found.append(
                    _Limit(shape, min((integer(c.values[0]) for c in most), default=_ANY), cls[0].values[0] if cls else None, others)
                )
        return found


_ANY: Final = 1 << 30


def _constraints(shape: Shape, kinds: tuple[str, ...]) -> Iterator[tuple[str, Constraint]]:
    """Yield what a node shape asks of the values of single properties by constraints of ``kinds``: the property, and the constraint."""
    for part in shape.property_shapes:
        if isinstance(part.path, Predicate) and part.path.iri != TYPE:
            yield from ((part.path.iri, c) for c in part.constraints if c.kind in kinds)


def _is_one(minimum: Constraint) -> bool:
    return integer(minimum.values[0]) == 1


def _rest(shape: Shape) -> Shape | None:
    """Return what is left of a node shape when values are limited and asked for elsewhere; None where that is nothing."""
    elsewhere = {c for _, c in _constraints(shape, _LIMITS)} | {c for _, c in _constraints(shape, ("minCount",)) if _is_one(c)}
    parts = [replace(part, constraints=tuple(c for c in part.constraints if c not in elsewhere)) for part in shape.property_shapes]
    left = tuple(part for part in parts if part.constraints or part.components)
    others = tuple(c for c in shape.constraints if c.kind != "property")
    if not left and not others and not shape.components:
        return None
    return replace(shape, constraints=(*others, Constraint("property", shapes=left)))
