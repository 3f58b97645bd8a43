"""Turn a query of :mod:`mtus.reasoner.sparql_syntax` into a Python function over the graph of one case.

The solutions are those of the SPARQL algebra (https://www.w3.org/TR/sparql11-query/#sparqlAlgebra) with ``$this`` bound beforehand. A
query in which evaluating from left to right could differ from that (a variable that is bound in an OPTIONAL alone and joined later, or a
filter inside a group about a variable from outside it) is not compiled.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import TYPE
from mtus.reasoner.sparql_syntax import (
    AGGREGATES,
    THIS,
    Bind,
    Call,
    Exists,
    Expression,
    Group,
    Optional,
    Part,
    Pattern,
    Query,
    Union,
    Variable,
    read_query,
)
from mtus.reasoner.sparql_values import ARITHMETIC, ORDER, Number, OtherValuesError, Value, equal, number, truth

Solution: TypeAlias = dict[str, Value]
Step: TypeAlias = Callable[[Graph, list[Solution]], list[Solution]]
Evaluated: TypeAlias = Callable[[Graph, Solution], Value]
# Whether a query has a solution for a focus node.
Test: TypeAlias = Callable[[Graph, str], bool]


@lru_cache(maxsize=1024)
def compile_query(text: str) -> Test | None:
    """Return a function that says whether the query ``text`` has a solution for ``$this``; None where it needs the general engine.

    The function raises :class:`OtherValuesError` where it meets values that the general engine has to look at.
    """
    query = read_query(text)
    if query is None or not _is_plain(query.where, frozenset((THIS,)), is_top=True):
        return None
    try:
        return _test(query)
    except KeyError:
        return None


def _test(query: Query) -> Test:
    where, having = _group(query.where, frozenset((THIS,))), query.having
    if having is None:
        # a group of solutions is a solution where there is any of them
        return lambda graph, focus: bool(where(graph, [{THIS: focus}]))
    condition = _aggregated(having)

    def test(graph: Graph, focus: str) -> bool:
        solutions = where(graph, [{THIS: focus}])
        return bool(solutions) and truth(condition(graph, solutions)) is True

    return test


# Whether a query may be evaluated from left to right


def _is_plain(group: Group, outside: frozenset[str], *, is_top: bool = False, sees_outside: bool = True) -> bool:
    """Return whether ``group`` may be evaluated on solutions that bind ``outside``; its filters may speak of them if ``sees_outside``."""
    bound, unsure = set(outside), set[str]()
    own = _bound_in(group) | {THIS}
    for element in group.elements:
        mentioned = _mentioned(element)
        if not isinstance(element, Bind) and mentioned & unsure:
            return False
        match element:
            case Pattern():
                bound |= mentioned
            case Optional(inner):
                if not _is_plain(inner, frozenset(bound)):
                    return False
                unsure |= mentioned - bound
            case Union(groups):
                if not all(_is_plain(inner, frozenset(bound), sees_outside=False) for inner in groups):
                    return False
                always = frozenset.intersection(*(frozenset(_surely_bound(inner)) for inner in groups))
                unsure |= mentioned - always - bound
                bound |= always
            case Bind(expression, variable):
                if variable in bound | unsure or not (is_top or _variables(expression) <= own):
                    return False
                unsure.add(variable)
    for condition in group.filters:
        if isinstance(condition, Exists):
            if not _is_plain(condition.group, frozenset(bound | unsure)):
                return False
        elif not sees_outside and not _variables(condition) <= own:
            return False
    return True


def _surely_bound(group: Group) -> set[str]:
    return set[str]().union(*(_mentioned(element) for element in group.elements if isinstance(element, Pattern)))


def _mentioned(element: object) -> set[str]:
    match element:
        case Pattern(subject, _, value):
            return {part.name for part in (subject, value) if isinstance(part, Variable)}
        case Optional(group):
            return _bound_in(group)
        case Union(groups):
            return set[str]().union(*(_bound_in(group) for group in groups))
        case _:
            return set()


def _bound_in(group: Group) -> set[str]:
    return set[str]().union(*(_mentioned(e) for e in group.elements), (e.variable for e in group.elements if isinstance(e, Bind)))


def _variables(expression: Expression) -> set[str]:
    if isinstance(expression, Variable):
        return {expression.name}
    return set[str]().union(*(_variables(a) for a in expression.arguments)) if isinstance(expression, Call) else set()


# Patterns


def _group(group: Group, bound: frozenset[str]) -> Step:
    """Return the step for ``group``, given solutions that all bind ``bound``."""
    steps: list[Step] = []
    known = bound
    for element in group.elements:
        steps.append(_element(element, known))
        if isinstance(element, Pattern):
            known |= _mentioned(element)
        elif isinstance(element, Union):
            known |= frozenset.intersection(*(frozenset(_surely_bound(inner)) for inner in element.groups))
    filters = [_filter(condition, known) for condition in group.filters]

    def run(graph: Graph, solutions: list[Solution]) -> list[Solution]:
        for step in steps:
            solutions = step(graph, solutions)
            if not solutions:
                return solutions
        for holds in filters:
            solutions = [solution for solution in solutions if holds(graph, solution)]
        return solutions

    return run


def _filter(condition: Expression | Exists, bound: frozenset[str]) -> Callable[[Graph, Solution], bool]:
    if isinstance(condition, Exists):
        inner, wanted = _group(condition.group, bound), condition.wanted
        return lambda graph, solution: bool(inner(graph, [solution])) is wanted
    evaluate = _expression(condition)
    return lambda graph, solution: truth(evaluate(graph, solution)) is True


def _element(element: Pattern | Optional | Union | Bind, bound: frozenset[str]) -> Step:
    match element:
        case Pattern():
            return _pattern(element, bound)
        case Optional(group):
            inner = _group(group, bound)
            return lambda graph, solutions: [found for solution in solutions for found in inner(graph, [solution]) or [solution]]
        case Union(groups):
            parts = [_group(inner, bound) for inner in groups]
            return lambda graph, solutions: [found for part in parts for found in part(graph, solutions)]
        case Bind(expression, variable):
            evaluate = _expression(expression)
            return lambda graph, solutions: [{**solution, variable: evaluate(graph, solution)} for solution in solutions]


def _pattern(pattern: Pattern, bound: frozenset[str]) -> Step:
    subject, predicate, value = pattern.subject, pattern.predicate, pattern.value
    if isinstance(subject, Variable) and predicate == TYPE and not isinstance(value, Variable):
        return _typed(pattern, subject.name, value)
    name = value.name if isinstance(value, Variable) else ""
    if isinstance(subject, Variable) and subject.name in bound and predicate != TYPE and name and name not in bound:
        return _values(subject.name, predicate, name)

    def run(graph: Graph, solutions: list[Solution]) -> list[Solution]:
        found: list[Solution] = []
        for solution in solutions:
            start, end = _part(subject, solution), _part(value, solution)
            if start is None:
                found += _from_value(graph, pattern, solution, end)
            elif end is None:
                found += [{**solution, name: o} for o in graph.objects(start, predicate)]
            elif end in graph.objects(start, predicate):
                found.append(solution)
        return found

    return run


def _values(subject: str, predicate: str, name: str) -> Step:
    """Return the step for ``?subject predicate ?name`` where the subject is bound, and the value is not: most patterns are such."""

    def run(graph: Graph, solutions: list[Solution]) -> list[Solution]:
        table = graph.forward.get(predicate)
        if table is None:
            return []
        return [{**solution, name: o} for solution in solutions for o in table.get(solution[subject], ())]

    return run


def _typed(pattern: Pattern, name: str, cls: Term) -> Step:
    """Return the step for ``?name a cls``, which mostly tests what is bound already."""

    def run(graph: Graph, solutions: list[Solution]) -> list[Solution]:
        found: list[Solution] = []
        for solution in solutions:
            thing = solution.get(name)
            if thing is None:
                found += _from_value(graph, pattern, solution, cls)
            elif cls in graph.classes_of(thing):  # type: ignore[arg-type]  # a number that was worked out is never joined
                found.append(solution)
        return found

    return run


def _from_value(graph: Graph, pattern: Pattern, solution: Solution, end: Term | None) -> Iterable[Solution]:
    """Yield the solutions of a pattern whose subject is not known."""
    if end is None:
        yield from _all(graph, pattern, solution)
        return
    assert isinstance(pattern.subject, Variable)
    for subject in graph.subjects(pattern.predicate, end):
        yield {**solution, pattern.subject.name: subject}


def _all(graph: Graph, pattern: Pattern, solution: Solution) -> Iterable[Solution]:
    assert isinstance(pattern.subject, Variable)
    assert isinstance(pattern.value, Variable)
    same = pattern.subject == pattern.value
    for s, _, o in graph.with_predicate(pattern.predicate):
        if not same or s == o:
            yield {**solution, pattern.subject.name: s, pattern.value.name: o}


def _part(part: Part, solution: Solution) -> Term | None:
    # what a pattern joins with is a term: a number that was worked out is never joined (see _is_plain)
    return solution.get(part.name) if isinstance(part, Variable) else part  # type: ignore[return-value]


# Expressions


def _expression(expression: Expression) -> Evaluated:
    if isinstance(expression, Variable):
        name = expression.name
        return lambda _, solution: solution.get(name)
    if not isinstance(expression, Call):
        return lambda _, __: expression
    arguments = [_expression(a) for a in expression.arguments]
    return _call(expression.name, arguments)


def _call(name: str, arguments: list[Evaluated]) -> Evaluated:
    """Return the operator ``name``; KeyError where there is none of that name here."""
    if name == "COALESCE":
        return lambda graph, s: next((v for a in arguments if (v := a(graph, s)) is not None), None)
    if name == "BOUND":
        return lambda graph, s: arguments[0](graph, s) is not None
    if name == "!":
        return lambda graph, s: None if (v := truth(arguments[0](graph, s))) is None else not v
    left, right = arguments
    if name in ("||", "&&"):
        decisive = name == "||"
        return lambda graph, s: _both(truth(left(graph, s)), truth(right(graph, s)), decisive=decisive)
    if name in ("=", "!="):
        wanted = name == "="
        return lambda graph, s: None if (a := left(graph, s)) is None or (b := right(graph, s)) is None else equal(a, b) is wanted
    operator: Callable[[Number, Number], Value] = (ARITHMETIC | ORDER)[name]
    return lambda graph, s: None if (a := left(graph, s)) is None or (b := right(graph, s)) is None else operator(number(a), number(b))


def _both(left: bool | None, right: bool | None, *, decisive: bool) -> bool | None:
    """Return or (``decisive`` is True) or and: an error counts only where the other side does not decide."""
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def _aggregated(expression: Expression) -> Callable[[Graph, list[Solution]], Value]:
    """Return an expression over all solutions of a group."""
    if not isinstance(expression, Call):
        evaluate = _expression(expression)
        return lambda graph, solutions: evaluate(graph, {THIS: solutions[0][THIS]})
    name = expression.name.removeprefix("!")
    if name in AGGREGATES:
        return _aggregate(name, _expression(expression.arguments[0]), distinct=expression.name.startswith("!"))
    arguments = [_aggregated(a) for a in expression.arguments]
    evaluated: list[Evaluated] = [lambda _, s, n=str(n): s.get(n) for n in range(len(arguments))]  # type: ignore[misc]
    operator = _call(expression.name, evaluated)
    return lambda graph, solutions: operator(graph, {str(n): a(graph, solutions) for n, a in enumerate(arguments)})


def _aggregate(name: str, evaluate: Evaluated, *, distinct: bool) -> Callable[[Graph, list[Solution]], Value]:
    def run(graph: Graph, solutions: list[Solution]) -> Value:
        found = [evaluate(graph, solution) for solution in solutions]
        if any(not isinstance(value, str | Literal | int | Decimal) for value in found):
            raise OtherValuesError
        if name == "COUNT":
            return len(set(found)) if distinct else len(found)
        numbers = [number(value) for value in (dict.fromkeys(found) if distinct else found)]
        return sum(numbers) if name == "SUM" else min(numbers) if name == "MIN" else max(numbers)

    return run
