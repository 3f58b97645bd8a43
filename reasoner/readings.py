"""Facts on file that disagree: found, kept apart, and resolved one way at a time.

Two statements are about the same where they agree in everything except what they say (properties marked mtus:isReadingValue) and
where they stand. They disagree where they then say different things. Both are kept; neither is preferred.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from mtus.reasoner.errors import case_error
from mtus.reasoner.graph import Term
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import MTUS, TYPE
from mtus.reasoner.settings import Settings
from mtus.reasoner.vocabulary import Vocabulary

_DISPLAY = {MTUS + "label", MTUS + "note"}
_LISTS = (MTUS + "hasFinding", MTUS + "hasCourse")


@dataclass(frozen=True)
class Conflict:
    """Statements about the same that disagree: each alternative is a set of statements (IRIs) that agree among themselves."""

    alternatives: tuple[tuple[str, ...], ...]

    @property
    def statements(self) -> tuple[str, ...]:
        """All statements of the conflict."""
        return tuple(statement for alternative in self.alternatives for statement in alternative)


def conflicts(facts: Facts, vocabulary: Vocabulary) -> tuple[Conflict, ...]:
    """Return the conflicts among the stated findings and courses, in a stable order."""
    statements = _comparable(facts)
    if not statements:
        return ()
    about: dict[str, set[tuple[str, Term]]] = {statement: set() for statement in statements}
    says: dict[str, set[tuple[str, Term]]] = {statement: set() for statement in statements}
    for subject, predicate, value in facts.stated:
        if subject not in statements or predicate in _DISPLAY:
            continue
        prop = vocabulary.properties.get(predicate)
        if predicate == TYPE or (prop and not prop.is_reading and not prop.is_provenance):
            about[subject].add((predicate, value))
        elif prop and prop.is_reading:
            says[subject].add((predicate, value))
    groups: dict[tuple[object, ...], dict[frozenset[tuple[str, Term]], list[str]]] = {}
    for statement in sorted(statements):
        # Statements that say different kinds of thing (a count here, a percentage there) add to one another.
        key = (frozenset(about[statement]), frozenset(name for name, _ in says[statement]))
        groups.setdefault(key, {}).setdefault(frozenset(says[statement]), []).append(statement)
    found = [Conflict(tuple(sorted(tuple(alternative) for alternative in group.values()))) for group in groups.values() if len(group) > 1]
    return tuple(sorted(found, key=lambda conflict: conflict.alternatives))


def _comparable(facts: Facts) -> set[str]:
    """Return the stated findings and courses that could be about the same as another: those with a type that another one has."""
    statements = {value for _, predicate, value in facts.stated if predicate in _LISTS}
    by_type: dict[Term, set[str]] = {}
    for subject, predicate, value in facts.stated:
        if predicate == TYPE and subject in statements:
            by_type.setdefault(value, set()).add(subject)
    return set[str]().union(*(alike for alike in by_type.values() if len(alike) > 1))


def readings(found: tuple[Conflict, ...], facts: Facts, settings: Settings) -> Iterator[frozenset[str]]:
    """Yield, for each way to resolve all conflicts, the statements that it sets aside."""
    count = prod(len(conflict.alternatives) for conflict in found)
    if count > settings.max_readings:
        why = f"The facts disagree in {len(found)} places, which can be resolved in {count} ways."
        raise case_error("too-many-conflicts", facts.name, why,
                         "Correct statements that are plainly wrong, or raise the limit max_readings.")  # fmt: skip
    for chosen in product(*(conflict.alternatives for conflict in found)):
        kept = {statement for alternative in chosen for statement in alternative}
        yield frozenset(s for conflict in found for s in conflict.statements if s not in kept)
