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


class InputError(CaseError):
    """Something else than a case that was given is wrong, such as the answers to a checklist."""

    title = "What was given cannot be used as it is."


class KnowledgeError(MtusError):
    """The ontology or the shapes are wrong; refused when they are loaded."""

    title = "The knowledge cannot be used as it is."


class EngineError(MtusError):
    """A reasoning or validation engine failed; that is never an answer."""

    title = "An engine failed; no answer was given."


def case_error(code: str, where: str, why: str, remedy: str) -> CaseError:
    """Return a :class:`CaseError` with one problem."""
    return CaseError((Problem(code, where, why, remedy),))


def knowledge_error(code: str, where: str, why: str, remedy: str) -> KnowledgeError:
    """Return a :class:`KnowledgeError` with one problem."""
    return KnowledgeError((Problem(code, where, why, remedy),))


def engine_error(code: str, where: str, why: str, remedy: str) -> EngineError:
    """Return an :class:`EngineError` with one problem."""
    return EngineError((Problem(code, where, why, remedy),))
