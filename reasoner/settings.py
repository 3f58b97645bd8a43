"""Limits, as documented settings with their reasons."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Limits of one run.

    ``max_bytes``: a case is some kilobytes; a hundred times the largest real one is still below this.
    ``max_triples``: the same, counted in triples.
    ``max_readings``: how many ways to resolve conflicting facts are tried; each costs one evaluation of the case.
    """

    max_bytes: int = 4_000_000
    max_triples: int = 40_000
    max_readings: int = 64


DEFAULT = Settings()
