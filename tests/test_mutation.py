"""A sample of the mutants, the same in every run; all of them run by ``python -m tests.mutation``."""

import random

from mutation import explained, killer, mutants

SAMPLE = 500


def test_mutants_of_a_sample_are_killed_or_explained() -> None:
    reasons = explained()
    sample = random.Random(20151124).sample([m for m in mutants() if m.id not in reasons], SAMPLE)
    survived = [m.id for m in sample if not killer(m)]
    assert not survived, "survived without an explanation:\n" + "\n".join(survived)


def test_explained_survivors_survive() -> None:
    by_id = {m.id: m for m in mutants()}
    stale = [identifier for identifier in explained() if identifier not in by_id or killer(by_id[identifier])]
    assert not stale, "no mutant of that name survives:\n" + "\n".join(stale)


def test_the_score_is_at_least_ninety_percent() -> None:
    assert len(explained()) < 0.1 * len(mutants())


def test_every_explanation_says_something() -> None:
    assert all(len(reason) > 30 for reason in explained().values())


def test_every_kind_of_change_is_tried() -> None:
    kinds = {m.kind for m in mutants()}
    assert {
        "limit", "dropped constraint", "removed path step", "misspelt path", "misspelt target", "misspelt class", "flipped value",
        "qualified count", "swapped shapes", "dropped exception", "dropped precondition", "dropped appliesTo", "changed burden",
        "changed role", "changed list", "dropped part", "dropped shape", "wider class", "stance",
    } == kinds  # fmt: skip
