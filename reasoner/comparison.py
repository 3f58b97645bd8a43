"""Compare literals as SHACL does (https://www.w3.org/TR/shacl/#core-components-range): values that cannot be compared do not conform."""

import re
from collections.abc import Callable
from decimal import Decimal

from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.literals import canonical_form
from mtus.reasoner.namespaces import XSD

ORDERS: dict[str, Callable[[int], bool]] = {
    "minInclusive": lambda c: c >= 0, "maxInclusive": lambda c: c <= 0, "minExclusive": lambda c: c > 0, "maxExclusive": lambda c: c < 0,
    "lessThan": lambda c: c < 0, "lessThanOrEquals": lambda c: c <= 0,
}  # fmt: skip
_NUMERIC = {XSD + "integer": re.compile("[+-]?[0-9]+"), XSD + "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")}
_STRING, _DATE = XSD + "string", XSD + "date"
# Numbers recur from case to case; those read last are remembered.
_MOST_REMEMBERED = 10_000
_remembered: dict[Literal, Decimal | str | None] = {}


def ordered(kind: str, left: Term, right: Term) -> bool:
    """Return whether ``left`` stands to ``right`` as the constraint ``kind`` asks; incomparable values do not."""
    a, b = comparable(left), comparable(right)
    if a is None or b is None or type(a) is not type(b):
        return False
    return ORDERS[kind]((a > b) - (a < b))  # type: ignore[operator]


def comparable(term: Term) -> Decimal | str | None:
    """Return what ``term`` is compared by; None for a reference, an ill-typed literal and a datatype that no case has."""
    if not isinstance(term, Literal):
        return None
    if term in _remembered:
        return _remembered[term]
    found: Decimal | str | None = None
    if term.datatype in _NUMERIC:
        found = Decimal(term.value) if _NUMERIC[term.datatype].fullmatch(term.value) else None
    elif term.datatype == _STRING or (term.datatype == _DATE and canonical_form(term.value, _DATE)):
        found = term.value
    if term.datatype != _STRING:
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[term] = found
    return found
