"""The status of each criterion as a function, made once: of the classes of a request, and of what fails at it.

A criterion whose on-file shape fails is undocumented; else one whose holds shape fails is contradicted; else it is met. Composed
criteria follow :mod:`mtus.reasoner.kleene`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from mtus.reasoner.graph import Term
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.kleene import Status, all_of, any_of, given, none_of, unless

StatusFunction: TypeAlias = Callable[["RequestStatuses"], Status]


class RequestStatuses(dict[str, Status]):
    """The statuses of criteria for one request, each worked out when it is asked for: ``statuses[criterion]``.

    ``functions`` say how, by criterion; ``types`` are the classes of the request, and ``fails`` says which shapes fail at it.
    """

    def __init__(self, functions: Mapping[str, StatusFunction], types: frozenset[Term], fails: Mapping[str, bool]) -> None:
        super().__init__()
        self.functions = functions
        self.types = types
        self.fails = fails

    def __missing__(self, criterion: str) -> Status:
        """Work out the status of ``criterion``."""
        found = self[criterion] = self.functions[criterion](self)
        return found


def status_functions(criteria: Iterable[Criterion], *, alternative: bool) -> dict[str, StatusFunction]:
    """Return the functions of all ``criteria``, as the guideline is read, or under the ``alternative`` readings of vague words."""
    return {
        c.iri: _applicable(c, _conditional(c, _composed(c) if not c.on_file else _tested(c, alternative=alternative))) for c in criteria
    }


def _applicable(criterion: Criterion, function: StatusFunction) -> StatusFunction:
    needed = {criterion.target, criterion.applies_to} - {""}
    if not needed:
        return function
    if len(needed) == 1:
        (only,) = needed
        return lambda statuses: function(statuses) if only in statuses.types else Status.NOT_APPLICABLE
    return lambda statuses: function(statuses) if needed <= statuses.types else Status.NOT_APPLICABLE


def _conditional(criterion: Criterion, function: StatusFunction) -> StatusFunction:
    exception, precondition = criterion.exception, criterion.precondition

    def default(statuses: RequestStatuses) -> Status:
        return unless(function(statuses), statuses[exception])

    conclusion = default if exception else function
    if not precondition:
        return conclusion
    return lambda statuses: given(statuses[precondition], conclusion(statuses))


def _tested(criterion: Criterion, *, alternative: bool) -> StatusFunction:
    on_file, holds = criterion.on_file, criterion.alternative if alternative and criterion.alternative else criterion.holds
    if not holds:
        return lambda statuses: Status.UNDOCUMENTED if statuses.fails[on_file] else Status.MET

    def tested(statuses: RequestStatuses) -> Status:
        fails = statuses.fails
        return Status.UNDOCUMENTED if fails[on_file] else Status.CONTRADICTED if fails[holds] else Status.MET

    return tested


def _composed(criterion: Criterion) -> StatusFunction:
    ways = ((all_of, criterion.all_of), (any_of, criterion.any_of), (none_of, criterion.none_of))
    functions = [_of_parts(compose, parts) for compose, parts in ways if parts]
    if len(functions) == 1:
        return functions[0]
    return lambda statuses: all_of([function(statuses) for function in functions])


def _of_parts(compose: Callable[[Iterable[Status]], Status], parts: tuple[str, ...]) -> StatusFunction:
    return lambda statuses: compose(map(statuses.__getitem__, parts))
