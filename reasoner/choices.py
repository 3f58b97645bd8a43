"""Which values would satisfy, or break, what a shape asks of one property.

A limit is taken at its edge: where at least 50 percent is asked for, 50 satisfies and 49 breaks it. Values beyond the edge would do
as well, and are no other change.
"""

from dataclasses import dataclass

from mtus.reasoner.case_terms import CaseTerms
from mtus.reasoner.drafts import plain_value
from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.namespaces import XSD
from mtus.reasoner.shape_model import Constraint, Shape

_SATISFIED = {
    "minInclusive": (0, "at least"),
    "minExclusive": (1, "at least"),
    "maxInclusive": (0, "at most"),
    "maxExclusive": (-1, "at most"),
}
_BROKEN = {
    "minInclusive": (-1, "at most"),
    "minExclusive": (0, "at most"),
    "maxInclusive": (1, "at least"),
    "maxExclusive": (0, "at least"),
}


@dataclass(frozen=True)
class Choice:
    """A value, and how it stands to what is asked: is, at least, at most, or stated (any value)."""

    value: Term
    relation: str


def asked_of_value(shape: Shape) -> tuple[Constraint, ...]:
    """Return the constraints of ``shape`` on its value nodes, those inside a qualified shape included."""
    inner = (c for outer in shape.constraints if outer.kind == "qualified" for nested in outer.shapes for c in nested.constraints)
    return (*shape.constraints, *inner)


def choices(constraints: tuple[Constraint, ...], prop: str, wanted: bool, terms: CaseTerms) -> list[Choice]:
    """Return values of ``prop`` that satisfy all of ``constraints``, or with ``wanted`` False break one; nothing where none is seen."""
    found: list[Choice] = []
    for constraint in constraints:
        found += _of_one(constraint, prop, wanted, terms)
    found = [choice for choice in found if not _is_negative(choice.value)]
    if wanted and found:
        # the narrowest of several limits satisfies the others too
        return [max(found, key=lambda choice: (choice.relation == "at least", _number(choice.value)))]
    return found


def any_value(prop: str, terms: CaseTerms, *, limited: bool = False) -> list[Choice]:
    """Return a value of ``prop`` that says no more than that there is one; of a ``limited`` quantity the least."""
    use = terms.uses[prop]
    if use.property.values_from:
        return [Choice(min(use.terms), "stated")] if use.terms else []
    value = plain_value(use.property.datatype)
    return [Choice(value, "at most" if limited else "stated")] if value else []


def _of_one(c: Constraint, prop: str, wanted: bool, terms: CaseTerms) -> list[Choice]:
    if c.kind in _SATISFIED and isinstance(c.values[0], Literal):
        step, relation = (_SATISFIED if wanted else _BROKEN)[c.kind]
        return [Choice(_stepped(c.values[0], step), relation)]
    named = c.values if c.kind in ("hasValue", "in") else ()
    refused: tuple[Term, ...] = ()
    if c.kind == "not":
        refused = tuple(v for nested in c.shapes for inner in nested.constraints if inner.kind in ("hasValue", "in") for v in inner.values)
    if not named and not refused:
        return []
    inside = bool(named) == wanted
    if inside:
        return [Choice(value, "is") for value in (named or refused)[:1]]
    return [Choice(value, "is") for value in _others(prop, named or refused, terms)[:1]]


def _others(prop: str, values: tuple[Term, ...], terms: CaseTerms) -> list[Term]:
    """Return the values of ``prop`` beside ``values``: of its vocabulary, or the other truth value."""
    use = terms.uses.get(prop)
    if use is None:
        return []
    if use.property.datatype == XSD + "boolean":
        return [Literal(text, XSD + "boolean") for text in ("false", "true") if Literal(text, XSD + "boolean") not in values]
    return sorted(term for term in use.terms if term not in values)


def _stepped(value: Literal, step: int) -> Literal:
    if value.datatype == XSD + "integer":
        return Literal(str(int(value.value) + step), value.datatype)
    if value.datatype == XSD + "decimal":
        return Literal(f"{float(value.value) + step:.1f}", value.datatype)
    return value


def _number(value: Term) -> float:
    return float(value.value) if isinstance(value, Literal) and value.datatype in (XSD + "integer", XSD + "decimal") else 0.0


def _is_negative(value: Term) -> bool:
    return _number(value) < 0
