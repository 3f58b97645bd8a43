"""Limits, as documented settings with their reasons."""

from dataclasses import dataclass, replace


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
    ``max_stored_bytes``: a stored determination is some hundred kilobytes, and an array of them some megabytes.
    ``max_stored_triples``: the same, counted in triples.
    """

    max_bytes: int = 4_000_000
    max_triples: int = 40_000
    max_text: int = 20_000
    max_problems: int = 50
    max_readings: int = 64
    max_steps: int = 5_000
    max_stored_bytes: int = 64_000_000
    max_stored_triples: int = 1_000_000

    def for_stored(self) -> "Settings":
        """Return the same limits for the parser of a stored determination."""
        return replace(self, max_bytes=self.max_stored_bytes, max_triples=self.max_stored_triples)


DEFAULT = Settings()
