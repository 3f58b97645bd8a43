"""Limits, as documented settings with their reasons."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Limits of one run.

    ``max_bytes``: a case is some kilobytes; a hundred times the largest real one is still below this.
    ``max_triples``: the same, counted in triples.
    ``max_text``: a label, a place or a note is a line or a paragraph; a longer text is mostly a document pasted by mistake.
    ``max_problems``: how many problems of one file are listed; more help nobody, and looking for similar names takes time.
    ``max_readings``: how many ways to resolve conflicting facts are tried; each costs one evaluation of the case.
    ``max_steps``: how many sets of changes are tried when looking for what would change an answer; the cases that ship need some
    hundreds at most.
    """

    max_bytes: int = 4_000_000
    max_triples: int = 40_000
    max_text: int = 20_000
    max_problems: int = 50
    max_readings: int = 64
    max_steps: int = 5_000


DEFAULT = Settings()
