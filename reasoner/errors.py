"""Errors with a code, a place, a reason and a remedy; the same on the command line and over HTTP.

An error is never an answer. Each class says who can mend it, and with that the exit code: 2 for the input, 3 for the
knowledge or an engine.
"""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    ``code`` names the kind of mistake, ``where`` the file, line, pointer or node, ``why`` what is wrong and why it
    matters, ``remedy`` how to mend it.
    """

    code: str
    where: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code} at {self.where}: {self.why} {self.remedy}".strip()


@dataclass
class MtusError(Exception):
    """One or more problems that stopped the work; nothing was half done."""

    problems: tuple[Problem, ...] = field(default_factory=tuple)
    exit_code: ClassVar[int] = 3
    title: ClassVar[str] = "The work stopped."

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class CaseError(MtusError):
    """The case is wrong; whoever wrote it can mend it."""

    exit_code = 2
    title = "The case cannot be used as it is."


class AnswersError(CaseError):
    """The answers to a checklist are wrong."""

    title = "The answers cannot be used as they are."


class StoredError(CaseError):
    """A stored determination cannot be used: it is none, or it is not as it was written."""

    title = "The file cannot be used as it is."


class ReviewError(CaseError):
    """A review is wrong, or does not fit its determination."""

    title = "The review cannot be used as it is; nothing was signed."


class UsageError(CaseError):
    """A command was given what does not go together, or a name that is not known."""

    title = "The command cannot be used like this."


class KnowledgeError(MtusError):
    """The ontology or the shapes are wrong; refused when they are loaded."""

    title = "The knowledge cannot be used as it is."


class EngineError(MtusError):
    """A reasoning or validation engine failed; that is never an answer."""

    title = "An engine failed; no answer was given."


class StoreError(MtusError):
    """The store that was named cannot be used like this; whoever named it can mend it."""

    exit_code = 2
    title = "The store cannot be used as it is."


class QueryError(MtusError):
    """The query is wrong, or asks for what is not given; whoever wrote it can mend it."""

    exit_code = 2
    title = "The query cannot be answered as it is."


def case_error(code: str, where: str, why: str, remedy: str) -> CaseError:
    """Return a :class:`CaseError` with one problem."""
    return CaseError((Problem(code, where, why, remedy),))


def stored_error(code: str, where: str, why: str, remedy: str) -> StoredError:
    """Return a :class:`StoredError` with one problem."""
    return StoredError((Problem(code, where, why, remedy),))


def review_error(code: str, where: str, why: str, remedy: str) -> ReviewError:
    """Return a :class:`ReviewError` with one problem."""
    return ReviewError((Problem(code, where, why, remedy),))


def usage_error(code: str, where: str, why: str, remedy: str) -> UsageError:
    """Return a :class:`UsageError` with one problem."""
    return UsageError((Problem(code, where, why, remedy),))


def knowledge_error(code: str, where: str, why: str, remedy: str) -> KnowledgeError:
    """Return a :class:`KnowledgeError` with one problem."""
    return KnowledgeError((Problem(code, where, why, remedy),))


def engine_error(code: str, where: str, why: str, remedy: str) -> EngineError:
    """Return an :class:`EngineError` with one problem."""
    return EngineError((Problem(code, where, why, remedy),))


def store_error(code: str, where: str, why: str, remedy: str) -> StoreError:
    """Return a :class:`StoreError` with one problem."""
    return StoreError((Problem(code, where, why, remedy),))


def query_error(code: str, where: str, why: str, remedy: str) -> QueryError:
    """Return a :class:`QueryError` with one problem."""
    return QueryError((Problem(code, where, why, remedy),))
