"""How statuses compose: every truth table in full, written out, so that a change of one cell fails one row."""

from itertools import permutations, product

import pytest

from mtus.reasoner.kleene import Status, all_of, any_of, given, none_of, unless
from mtus.reasoner.namespaces import OWL, TYPE

M, C, U, X, N = Status.MET, Status.CONTRADICTED, Status.UNDOCUMENTED, Status.CONFLICTING, Status.NOT_APPLICABLE
BY_LETTER = {"M": M, "C": C, "U": U, "X": X, "N": N}
LETTERS = "MCUXN"

# Rows are the first part, columns the second, both in the order M C U X N.
AND = {"M": "MCUXM", "C": "CCCCC", "U": "UCUXU", "X": "XCXXX", "N": "MCUXN"}
OR = {"M": "MMMMM", "C": "MCUXC", "U": "MUUXU", "X": "MXXXX", "N": "MCUXN"}
NOT = {"M": "C", "C": "M", "U": "U", "X": "X", "N": "N"}
# Rows are the default, columns its exception: only an exception that is met lifts it, one in dispute leaves it in dispute.
UNLESS = {"M": "MMMMM", "C": "MCCXC", "U": "MUUXU", "X": "MXXXX", "N": "MNNXN"}
# Rows are the precondition, columns the status under it.
GIVEN = {"M": "MCUXN", "C": "NNNNN", "U": "MUUUN", "X": "MXXXN", "N": "NNNNN"}

TABLES = {
    "and": (AND, lambda a, b: all_of((a, b))),
    "or": (OR, lambda a, b: any_of((a, b))),
    "unless": (UNLESS, unless),
    "given": (GIVEN, given),
}
CELLS = [(name, row, column) for name in TABLES for row in LETTERS for column in LETTERS]


@pytest.mark.parametrize(("name", "row", "column"), CELLS)
def test_table(name: str, row: str, column: str) -> None:
    table, compose = TABLES[name]
    expected = BY_LETTER[table[row][LETTERS.index(column)]]
    assert compose(BY_LETTER[row], BY_LETTER[column]) is expected


@pytest.mark.parametrize("letter", LETTERS)
def test_not(letter: str) -> None:
    assert none_of((BY_LETTER[letter],)) is BY_LETTER[NOT[letter]]


def test_none_of_is_not_of_or() -> None:
    for a, b in product(Status, Status):
        assert none_of((a, b)) is none_of((any_of((a, b)),))


def test_order_and_grouping_of_parts_do_not_matter() -> None:
    for parts in product(Status, repeat=3):
        for compose in (all_of, any_of, none_of):
            assert len({compose(order) for order in permutations(parts)}) == 1
        for compose in (all_of, any_of):
            assert compose(parts) is compose((compose(parts[:2]), parts[2]))


def test_nothing_to_compose_is_not_applicable() -> None:
    assert all_of(()) is any_of(()) is none_of(()) is N


def test_every_status_has_an_iri_of_the_vocabulary(knowledge) -> None:
    assert {status.iri for status in Status} <= set(knowledge.ontology.subjects(TYPE, OWL + "NamedIndividual"))
