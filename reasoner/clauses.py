"""Of a criterion that is not met: tests of which at least one has to come out otherwise before it can be met.

A criterion is met where its parts are, in Kleene's logic. Read the other way round that gives conditions none of which may fail; one
of them is enough to go on with, and the one with the fewest tests leaves the least to be tried.
"""

from collections.abc import Iterable

from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.kleene import Status
from mtus.reasoner.proposals import Test

_FAILED = (Status.CONTRADICTED, Status.NOT_APPLICABLE)


def clause(criterion: Criterion, wanted: bool, hypothesis: Hypothesis) -> list[Test]:
    """Return tests of which at least one has to change for ``criterion`` to be met, or where not ``wanted`` for it to fail to be.

    ``criterion`` is not as wanted in ``hypothesis``. A test that is returned comes with how it would have to come out.
    """
    criteria = hypothesis.knowledge.guidelines.criteria
    if not wanted:
        return _to_break(criterion, hypothesis)
    found = _body(criterion, hypothesis)
    if criterion.exception:
        found += clause(criteria[criterion.exception], True, hypothesis)
    if criterion.precondition:
        condition = criteria[criterion.precondition]
        found += _to_break(condition, hypothesis)
        if hypothesis.status(condition.iri) is not Status.MET and hypothesis.status(criterion.iri) is Status.NOT_APPLICABLE:
            found += clause(condition, True, hypothesis)
    return list(dict.fromkeys(found))


def _body(criterion: Criterion, hypothesis: Hypothesis) -> list[Test]:
    """Return a clause for what ``criterion`` itself asks, its exception and its precondition apart."""
    if criterion.on_file:
        return [(criterion, True)]
    criteria = hypothesis.knowledge.guidelines.criteria
    needed: list[list[Test]] = []
    needed += [clause(criteria[iri], True, hypothesis) for iri in criterion.all_of if hypothesis.status(iri) is not Status.MET]
    needed += [_to_break(criteria[iri], hypothesis) for iri in criterion.none_of if hypothesis.status(iri) not in _FAILED]
    if criterion.any_of and not any(hypothesis.status(iri) is Status.MET for iri in criterion.any_of):
        needed.append([test for iri in criterion.any_of for test in clause(criteria[iri], True, hypothesis)])
    return _fewest(needed)


def _to_break(criterion: Criterion, hypothesis: Hypothesis) -> list[Test]:
    """Return a clause for ``criterion`` to be contradicted, or not to apply."""
    if criterion.on_file:
        return [(criterion, False)]
    criteria = hypothesis.knowledge.guidelines.criteria
    found = [test for iri in criterion.all_of for test in _to_break(criteria[iri], hypothesis)]
    found += [test for iri in criterion.none_of for test in clause(criteria[iri], True, hypothesis)]
    if criterion.any_of:
        standing = [iri for iri in criterion.any_of if hypothesis.status(iri) not in _FAILED]
        found += _fewest([_to_break(criteria[iri], hypothesis) for iri in standing])
    if criterion.precondition:
        found += _to_break(criteria[criterion.precondition], hypothesis)
    return found


def _fewest(clauses: Iterable[list[Test]]) -> list[Test]:
    return min(clauses, key=len, default=[])
