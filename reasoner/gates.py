"""Conditions on answers: when a part of a checklist is asked at all, in the form that forms of questions can express.

A condition is kept as clauses of which each has to hold, each by one of its gates (conjunctive normal form): that is what nested
groups with FHIR's ``enableWhen`` can say (https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from mtus.reasoner.checklist_records import Field
from mtus.reasoner.graph import Term

EXISTS, MISSING = "exists", "missing"
_MOST = 12
_OPPOSITE = {"=": "!=", "!=": "=", ">=": "<", "<": ">=", "<=": ">", ">": "<=", EXISTS: MISSING, MISSING: EXISTS}


@dataclass(frozen=True)
class Gate:
    """One test of one answer: the field (with the key of its record), the operator, and the value (none for exists and missing).

    ``!=`` holds where no answer has the value, so where nothing is answered as well.
    """

    record: str
    field: Field
    operator: str
    value: Term | None = None


Clauses: TypeAlias = tuple[tuple[Gate, ...], ...]
ALWAYS: Clauses = ()
NEVER: Clauses = ((),)


def both(conditions: Iterable[Clauses]) -> Clauses:
    """Return the condition that holds where all of ``conditions`` do."""
    found = dict.fromkeys(clause for condition in conditions for clause in condition)
    return _simplest(found)


def either(conditions: Iterable[Clauses]) -> Clauses:
    """Return the condition that holds where one of ``conditions`` does.

    Where that takes too many clauses to say, it always holds: what need not be answered is better asked than left out.
    """
    conditions = list(conditions)
    if ALWAYS in conditions:
        return ALWAYS
    size = 1
    for condition in conditions:
        size *= len(condition)
    if size > _MOST:
        return ALWAYS
    return _simplest(dict.fromkeys(tuple(dict.fromkeys(gate for clause in chosen for gate in clause)) for chosen in product(*conditions)))


def opposite(condition: Clauses) -> Clauses:
    """Return the condition that holds where ``condition`` does not."""
    return either(tuple((_turned(gate),) for gate in clause) for clause in condition) if condition else NEVER


def _turned(gate: Gate) -> Gate:
    return Gate(gate.record, gate.field, _OPPOSITE[gate.operator], gate.value)


def _simplest(clauses: Iterable[tuple[Gate, ...]]) -> Clauses:
    """Return ``clauses`` without those that follow from a shorter one, and without those that hold whatever is answered."""
    kept = [clause for clause in clauses if not any(_turned(gate) in clause for gate in clause)]
    return tuple(c for c in kept if not any(set(other) < set(c) for other in kept))
