"""Values and operators of SPARQL expressions (https://www.w3.org/TR/sparql11-query/#OperatorMapping) for whole and decimal numbers.

An operator that is given something else raises :class:`OtherValuesError`, and the general engine is asked: it knows the other datatypes.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.namespaces import XSD

Number: TypeAlias = int | Decimal
# What an expression gives: a term, a number that was worked out, or whether something holds. None is SPARQL's error, and unbound.
Value: TypeAlias = Term | Number | bool | None

# Numbers within these bounds are worked out exactly by any engine; beyond, the general engine says what overflows.
_LARGEST: Final = 10**12
_PLACES: Final = -6
_MOST_REMEMBERED: Final = 10_000
_remembered: dict[Literal, Number] = {}


class OtherValuesError(Exception):
    """Values that the general engine has to look at."""


def number(value: Value) -> Number:
    """Return ``value`` as a number; raise :class:`OtherValuesError` where it is none, or a very large or very fine one."""
    if isinstance(value, Literal):
        found = _remembered.get(value)
        if found is None:
            found = _read(value)
            if len(_remembered) > _MOST_REMEMBERED:
                _remembered.clear()
            _remembered[value] = found
        return found
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    raise OtherValuesError


def _read(literal: Literal) -> Number:
    if literal.datatype == XSD + "integer" and literal.value.removeprefix("-").isdecimal() and literal.value.isascii():
        return _checked(int(literal.value))
    if literal.datatype == XSD + "decimal" and literal.value.removeprefix("-").replace(".", "", 1).isdecimal() and literal.value.isascii():
        return _checked(Decimal(literal.value))
    raise OtherValuesError


def _checked(found: Number) -> Number:
    if not -_LARGEST <= found <= _LARGEST or (isinstance(found, Decimal) and int(found.as_tuple().exponent) < _PLACES):
        raise OtherValuesError
    return found


ARITHMETIC: Final[dict[str, Callable[[Number, Number], Number]]] = {
    "+": lambda a, b: _checked(a + b),
    "-": lambda a, b: _checked(a - b),
    "*": lambda a, b: _checked(a * b),
}
ORDER: Final[dict[str, Callable[[Number, Number], bool]]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def equal(left: Value, right: Value) -> bool:
    """Return whether two values are equal: the same term, or numbers of the same size."""
    if isinstance(left, str) or isinstance(right, str):
        # a reference is never equal to a literal
        return left == right
    return number(left) == number(right)


def truth(value: Value) -> bool | None:
    """Return the effective boolean value; None where there is none, such as for a reference."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return None
    return number(value) != 0
