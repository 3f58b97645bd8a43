"""Turn a query of :mod:`mtus.reasoner.sparql_syntax` into a Python function over the graph of one case.

The solutions are those of the SPARQL algebra (https://www.w3.org/TR/sparql11-query/#sparqlAlgebra) with ``$this`` bound beforehand. A
query in which evaluating from left to right could differ from that (a variable that is bound in an OPTIONAL alone and joined later, or a
filter inside a group about a variable from outside it) is not compiled.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from operator import itemgetter
from typing import Final, TypeAlias

from mtus.reasoner.graph import Graph, Term
from mtus.reasoner.namespaces import TYPE
from mtus.reasoner.sparql_expressions import Evaluated, Places, Solution, aggregated_function, expression_function, is_sure, place_of
from mtus.reasoner.sparql_syntax import (
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
from mtus.reasoner.sparql_values import truth

# Goes on with a solution; returns whether one was found that is enough.
Step: TypeAlias = Callable[[Graph, Solution], bool]
# Whether a query has a solution for a focus node.
Test: TypeAlias = Callable[[Graph, str], bool]

_FOUND: Final = "the solutions found, where all are needed"


@lru_cache(maxsize=1024)
def compile_query(text: str) -> Test | None:
    """Return a function that says whether the query ``text`` has a solution for ``$this``; None where it needs the general engine.

    The function raises :class:`mtus.reasoner.sparql_values.OtherValuesError` where it meets values that the general engine has to look at.
    """
    query = read_query(text)
    if query is None or not _is_plain(query.where, frozenset((THIS,)), is_top=True):
        return None
    try:
        return _test(query)
    except KeyError:
        return None


def _test(query: Query) -> Test:
    places: Places = {THIS: 0, _FOUND: 1}
    known, having = frozenset((THIS,)), query.having
    if having is None:
        # a group of solutions is a solution where there is any of them
        where = _group(query.where, known, places, _enough)
        return lambda graph, focus: where(graph, _start(focus, places))
    where = _group(query.where, known, places, _keep)
    condition = aggregated_function(having, places)

    def test(graph: Graph, focus: str) -> bool:
        start = _start(focus, places)
        where(graph, start)
        found: list[Solution] = start[1]
        return bool(found) and truth(condition(found)) is True

    return test


def _start(focus: str, places: Places) -> Solution:
    solution: Solution = [None] * len(places)
    solution[0], solution[1] = focus, []
    return solution


def _enough(_: Graph, __: Solution) -> bool:
    return True


def _keep(_: Graph, solution: Solution) -> bool:
    kept = solution[:]
    # a circle would keep it in memory
    kept[1] = None
    solution[1].append(kept)
    return False


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


# Patterns: each step tries what it can be bound to, goes on with it, and leaves its variables unbound when nothing is left to try. So a
# query stops at the first solution that is enough, and solutions are copied only where all of them are needed.


def _group(group: Group, bound: frozenset[str], places: Places, then: Step) -> Step:
    """Return the step for ``group``, given solutions that all bind ``bound``; it goes on with ``then``."""
    known = [bound]
    for element in group.elements:
        always = frozenset[str]()
        if isinstance(element, Pattern):
            always = frozenset(_mentioned(element))
        elif isinstance(element, Union):
            always = frozenset.intersection(*(frozenset(_surely_bound(inner)) for inner in element.groups))
        known.append(known[-1] | always)
    for condition in reversed(group.filters):
        then = _filter(condition, known[-1], places, then)
    for element, before in zip(reversed(group.elements), reversed(known[:-1]), strict=True):
        then = _element(element, before, places, then)
    return then


def _filter(condition: Expression | Exists, bound: frozenset[str], places: Places, then: Step) -> Step:
    if isinstance(condition, Exists):
        inner, wanted = _group(condition.group, bound, places, _enough), condition.wanted
        return lambda graph, solution: inner(graph, solution[:]) is wanted and then(graph, solution)
    evaluate = expression_function(condition, places, bound)
    if is_sure(condition, bound):
        return lambda graph, solution: bool(evaluate(solution)) and then(graph, solution)
    return lambda graph, solution: truth(evaluate(solution)) is True and then(graph, solution)


def _element(element: Pattern | Optional | Union | Bind, bound: frozenset[str], places: Places, then: Step) -> Step:
    match element:
        case Pattern():
            return _pattern(element, bound, places, then)
        case Optional(group):
            return _optional(group, bound, places, then)
        case Union(groups):
            return partial(_any, [_group(inner, bound, places, then) for inner in groups])
        case Bind(expression, variable):
            return partial(_bind, expression_function(expression, places, bound), place_of(variable, places), then)


def _any(parts: list[Step], graph: Graph, solution: Solution) -> bool:
    # a generator for any() would take longer than the loop
    for part in parts:  # noqa: SIM110
        if part(graph, solution):
            return True
    return False


def _bind(evaluate: Evaluated, place: int, then: Step, graph: Graph, solution: Solution) -> bool:
    solution[place] = evaluate(solution)
    found = then(graph, solution)
    solution[place] = None
    return found


def _optional(group: Group, bound: frozenset[str], places: Places, then: Step) -> Step:
    matched = place_of(f"whether optional part {len(places)} matched", places)

    def go_on(graph: Graph, solution: Solution) -> bool:
        solution[matched] = True
        return then(graph, solution)

    inner = _group(group, bound, places, go_on)

    def run(graph: Graph, solution: Solution) -> bool:
        solution[matched] = False
        return inner(graph, solution) or (not solution[matched] and then(graph, solution))

    return run


def _pattern(pattern: Pattern, bound: frozenset[str], places: Places, then: Step) -> Step:
    subject, predicate, value = pattern.subject, pattern.predicate, pattern.value
    if isinstance(subject, Variable) and subject.name in bound:
        if predicate == TYPE and not isinstance(value, Variable):
            return _typed(place_of(subject.name, places), value, then)
        if predicate != TYPE and isinstance(value, Variable) and value.name not in bound | {subject.name}:
            return _values(place_of(subject.name, places), predicate, place_of(value.name, places), then)
    start_of, end_of = _part(subject, places), _part(value, places)

    def run(graph: Graph, solution: Solution) -> bool:
        start, end = start_of(solution), end_of(solution)
        if start is not None and end is not None:
            return end in graph.objects(start, predicate) and then(graph, solution)
        for found in _matches(graph, pattern, start, end):
            for name, term in found:
                solution[places[name]] = term
            enough = then(graph, solution)
            for name, _ in found:
                solution[places[name]] = None
            if enough:
                return True
        return False

    return run


def _values(subject: int, predicate: str, place: int, then: Step) -> Step:
    """Return the step for ``?subject predicate ?name`` where the subject is bound; most patterns are such."""

    def run(graph: Graph, solution: Solution) -> bool:
        table = graph.forward.get(predicate)
        if table is None:
            return False
        was_bound = solution[place]
        for value in table.get(solution[subject], ()):
            if was_bound is None:
                solution[place] = value
            elif was_bound != value:
                continue
            if then(graph, solution):
                return True
        solution[place] = was_bound
        return False

    return run


def _typed(place: int, cls: Term, then: Step) -> Step:
    """Return the step for ``?name a cls`` where the name is bound."""
    return lambda graph, solution: cls in graph.classes_of(solution[place]) and then(graph, solution)


def _matches(graph: Graph, pattern: Pattern, start: Term | None, end: Term | None) -> Iterable[tuple[tuple[str, Term], ...]]:
    """Yield what the variables of ``pattern`` are bound to, given its subject or its value or neither."""
    subject, predicate, value = pattern.subject, pattern.predicate, pattern.value
    if start is not None:
        assert isinstance(value, Variable)
        yield from (((value.name, o),) for o in graph.objects(start, predicate))
        return
    assert isinstance(subject, Variable)
    if end is not None:
        yield from (((subject.name, s),) for s in graph.subjects(predicate, end))
        return
    assert isinstance(value, Variable)
    for s, _, o in graph.with_predicate(predicate):
        if subject != value:
            yield ((subject.name, s), (value.name, o))
        elif s == o:
            yield ((subject.name, s),)


def _part(part: Part, places: Places) -> Callable[[Solution], Term | None]:
    # what a pattern joins with is a term: a number that was worked out is never joined (see _is_plain)
    if isinstance(part, Variable):
        return itemgetter(place_of(part.name, places))
    return lambda _: part
