"""Expressions of SPARQL (https://www.w3.org/TR/sparql11-query/#expressions) as Python functions over one solution, or over a group of them.

An operator that is given an error, or a variable that is not bound, gives an error: None. Where all variables are bound and nothing can
fail, that is not looked for.
"""

from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, TypeAlias

from mtus.reasoner.graph import Literal
from mtus.reasoner.sparql_syntax import AGGREGATES, THIS, Call, Expression, Variable
from mtus.reasoner.sparql_values import ARITHMETIC, ORDER, Number, OtherValuesError, Value, equal, number, truth

# What the variables of a query are bound to, each at a place of its own; None where it is not bound.
Solution: TypeAlias = list[Any]
Evaluated: TypeAlias = Callable[[Solution], Value]
# The places of the variables, by their names; filled while a query is compiled.
Places: TypeAlias = dict[str, int]

_COMPARISONS: Final = ("=", "!=", *ORDER)


def place_of(name: str, places: Places) -> int:
    """Return the place of the variable ``name``, a new one where it has none."""
    return places.setdefault(name, len(places))


def is_sure(expression: Expression, bound: frozenset[str]) -> bool:
    """Return whether ``expression`` compares, and gives true or false whatever is in ``bound``, which has all its variables."""
    if not isinstance(expression, Call):
        return False
    if expression.name in ("&&", "||"):
        return all(is_sure(a, bound) for a in expression.arguments)
    return expression.name in _COMPARISONS and all(_has_value(a, bound) for a in expression.arguments)


def _has_value(expression: Expression, bound: frozenset[str]) -> bool:
    if isinstance(expression, Call):
        return expression.name in ARITHMETIC and all(_has_value(a, bound) for a in expression.arguments)
    return not isinstance(expression, Variable) or expression.name in bound


def expression_function(expression: Expression, places: Places, bound: frozenset[str] = frozenset()) -> Evaluated:
    """Return ``expression`` as a function of a solution in which all variables of ``bound`` are bound.

    Raises ``KeyError`` where it has an operator that is not known here.
    """
    if isinstance(expression, Variable):
        return itemgetter(place_of(expression.name, places))
    if not isinstance(expression, Call):
        return lambda _: expression
    arguments = [expression_function(a, places, bound) for a in expression.arguments]
    if is_sure(expression, bound) or _has_value(expression, bound):
        return _sure(expression.name, *arguments)
    return _call(expression.name, arguments)


def _sure(name: str, left: Evaluated, right: Evaluated) -> Evaluated:
    """Return the operator ``name`` between what cannot be an error."""
    if name == "&&":
        return lambda s: left(s) and right(s)
    if name == "||":
        return lambda s: left(s) or right(s)
    if name == "=":
        return lambda s: equal(left(s), right(s))
    if name == "!=":
        return lambda s: not equal(left(s), right(s))
    operator: Callable[[Number, Number], Value] = (ARITHMETIC | ORDER)[name]
    return lambda s: operator(number(left(s)), number(right(s)))


def _call(name: str, arguments: list[Evaluated]) -> Evaluated:
    """Return the operator ``name``; KeyError where there is none of that name here."""
    if name == "COALESCE":
        return lambda s: next((v for a in arguments if (v := a(s)) is not None), None)
    if name == "BOUND":
        return lambda s: arguments[0](s) is not None
    if name == "!":
        return lambda s: None if (v := truth(arguments[0](s))) is None else not v
    left, right = arguments
    if name in ("||", "&&"):
        decisive = name == "||"
        return lambda s: _both(truth(left(s)), truth(right(s)), decisive=decisive)
    if name in ("=", "!="):
        wanted = name == "="
        return lambda s: None if (a := left(s)) is None or (b := right(s)) is None else equal(a, b) is wanted
    operator: Callable[[Number, Number], Value] = (ARITHMETIC | ORDER)[name]
    return lambda s: None if (a := left(s)) is None or (b := right(s)) is None else operator(number(a), number(b))


def _both(left: bool | None, right: bool | None, *, decisive: bool) -> bool | None:
    """Return or (``decisive`` is True) or and: an error counts only where the other side does not decide."""
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def aggregated_function(expression: Expression, places: Places) -> Callable[[list[Solution]], Value]:
    """Return ``expression`` as a function of all solutions of a group; raises ``KeyError`` as :func:`expression_function` does."""
    if not isinstance(expression, Call):
        # what is not aggregated is the same in all solutions: a constant, or what they are grouped by
        evaluate = expression_function(expression, {THIS: 0})
        return lambda solutions: evaluate(solutions[0])
    name = expression.name.removeprefix("!")
    if name in AGGREGATES:
        return _aggregate(name, expression_function(expression.arguments[0], places), distinct=expression.name.startswith("!"))
    arguments = [aggregated_function(a, places) for a in expression.arguments]
    operator = _call(expression.name, [itemgetter(n) for n in range(len(arguments))])
    return lambda solutions: operator([a(solutions) for a in arguments])


def _aggregate(name: str, evaluate: Evaluated, *, distinct: bool) -> Callable[[list[Solution]], Value]:
    def run(solutions: list[Solution]) -> Value:
        found = [evaluate(solution) for solution in solutions]
        if any(not isinstance(value, str | Literal | int | Decimal) for value in found):
            raise OtherValuesError
        if name == "COUNT":
            return len(set(found)) if distinct else len(found)
        numbers = [number(value) for value in (dict.fromkeys(found) if distinct else found)]
        return sum(numbers) if name == "SUM" else min(numbers) if name == "MIN" else max(numbers)

    return run
