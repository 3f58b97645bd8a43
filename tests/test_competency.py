"""The competency questions: each query gives the table that is expected, exactly."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from mtus.reasoner.competency import ask, question_store, read_questions, unexpected
from mtus.reasoner.errors import KnowledgeError
from mtus.reasoner.knowledge import load_knowledge

QUESTIONS = {question.name: question for question in read_questions()}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    return question_store(load_knowledge())


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_expected_table(name: str, store: ox.Store) -> None:
    question = QUESTIONS[name]
    assert unexpected(question, ask(question, store)) == ()


def test_there_are_enough_questions_and_none_is_empty() -> None:
    assert len(QUESTIONS) >= 12
    assert [name for name, question in QUESTIONS.items() if len(question.expected) < 2] == []


def test_every_question_is_one() -> None:
    assert [q.question for q in QUESTIONS.values() if not q.question.endswith("?")] == []


def test_a_difference_is_told_row_by_row() -> None:
    question = QUESTIONS["what-falls-with-what"]
    header = question.expected[0]
    assert unexpected(question, (header, ("a", "b"))) == (
        f"expected and missing: {' | '.join(question.expected[1])}",
        "found and not expected: a | b",
    )
    assert unexpected(question, (*question.expected, question.expected[1])) == ("the rows are right and their order or number is not",)


def test_a_query_without_its_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alone.rq").write_text("# question: Why?\nSELECT * WHERE {}")
    with pytest.raises(KnowledgeError, match=r"alone\.csv"):
        read_questions(tmp_path)


def test_a_query_without_its_question_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mute.rq").write_text("SELECT * WHERE {}")
    (tmp_path / "mute.csv").write_text("a\n")
    with pytest.raises(KnowledgeError, match="does not state its question"):
        read_questions(tmp_path)
