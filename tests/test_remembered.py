"""What is remembered is bounded, and a case leaves nothing behind that refers to itself."""

import gc

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_triples
from mtus.reasoner.pipeline import answer_facts
from mtus.reasoner.remembered import Remembered
from mtus.reasoner.synthesize import Synthesizer


def test_remembered_is_bounded_and_right_after_it_was_emptied() -> None:
    asked: list[int] = []

    def square(number: int) -> int:
        asked.append(number)
        return number * number

    remembered: Remembered[int, int] = Remembered(square, most=3)
    assert [remembered[n] for n in (1, 1, 2, 3, 4, 1)] == [1, 1, 4, 9, 16, 1]
    assert asked == [1, 2, 3, 4, 1]
    assert len(remembered) <= 3


def test_no_case_leaves_a_circle(knowledge: Knowledge) -> None:
    """The collector of cycles is off while a chunk is worked on, so a circle would keep each case in memory."""
    cases = [Synthesizer(knowledge, 12).triples(number) for number in range(20)]

    def answer_all() -> None:
        for case in cases:
            answer_facts(load_triples(case, knowledge, name="case"), knowledge)

    # what is made once is made at the first time
    answer_all()
    gc.collect()
    gc.disable()
    try:
        answer_all()
        assert gc.collect() == 0
    finally:
        gc.enable()
