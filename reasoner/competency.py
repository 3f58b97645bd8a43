"""Competency questions: what the ontology has to be able to answer, each with its query and the table that is expected.

A question is a pair of files, ``NAME.rq`` with the question in words in its header and ``NAME.csv`` with the expected table. They are
asked of ontology and shapes together with the case of 2015 and everything that is inferred from it; the tables have to agree exactly.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pyoxigraph as ox

from mtus.reasoner.errors import KnowledgeError, Problem
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.quality import header, store_of

_EXAMPLE = ("imr-2015", "case.json")


@dataclass(frozen=True)
class Question:
    """A question in words, its SPARQL query, and the expected table, header first."""

    name: str
    question: str
    query: str
    expected: tuple[tuple[str, ...], ...]


def read_questions(folder: Path | None = None) -> tuple[Question, ...]:
    """Return the questions of ``folder``, or those that ship with the ontology, by name.

    Raises :class:`KnowledgeError` for a query without a table, a table without a query, or a query that does not say its question.
    """
    folder = folder or Path(str(files("mtus.ontology"))) / "competency"
    queries, tables = ({path.stem: path for path in folder.glob(f"*.{suffix}")} for suffix in ("rq", "csv"))
    alone = sorted(queries.keys() ^ tables.keys())
    if alone:
        why = "A competency question is a query and a table; one is missing."
        raise KnowledgeError(tuple(Problem("question-incomplete", name, why, f"Add {name}.rq or {name}.csv.") for name in alone))
    return tuple(_read(queries[name], tables[name]) for name in sorted(queries))


def example_facts(knowledge: Knowledge) -> Facts:
    """Return the facts of the case of 2015, as it ships with the project."""
    content = Path(str(files("mtus.examples"))).joinpath(*_EXAMPLE).read_bytes()
    return load_case(content, knowledge, name="/".join(_EXAMPLE))


def question_store(knowledge: Knowledge) -> ox.Store:
    """Return what the questions are asked of: the knowledge, and the case of 2015 with what follows from it."""
    facts = example_facts(knowledge)
    # The individuals of the ontology count too, for example the levels of evidence and which outranks which.
    own = (triple for triples in knowledge.background.values() for triple in triples)
    inferred = infer([*facts.triples, *own], knowledge.rules, knowledge.background)
    return store_of(knowledge.ontology, knowledge.shapes, inferred.graph)


def ask(question: Question, store: ox.Store) -> tuple[tuple[str, ...], ...]:
    """Return the table that ``store`` gives for ``question``, header first."""
    found = store.query(question.query)
    assert isinstance(found, ox.QuerySolutions)
    written = found.serialize(format=ox.QueryResultsFormat.CSV)
    assert written is not None  # it is, where no file to write to is given
    return _table(written.decode())


def unexpected(question: Question, found: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return how the table ``found`` differs from the expected one, a line each; empty where they agree."""
    if found == question.expected:
        return ()
    lines = [f"expected and missing: {' | '.join(row)}" for row in question.expected if row not in found]
    lines += [f"found and not expected: {' | '.join(row)}" for row in found if row not in question.expected]
    return tuple(lines) or ("the rows are right and their order or number is not",)


def _read(query: Path, table: Path) -> Question:
    text = query.read_text(encoding="utf-8")
    return Question(query.stem, header(text, "question", query), text, _table(table.read_text(encoding="utf-8")))


def _table(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in csv.reader(StringIO(text, newline="")))
