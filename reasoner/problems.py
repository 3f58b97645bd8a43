"""Collect the problems of one stage, up to a limit, and complain about all of them at once."""

from mtus.reasoner.errors import CaseError, Problem


class Problems:
    """The problems of one case; ``limit`` is how many are told, since a list without end helps nobody."""

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self._limit = limit
        self._told: list[Problem] = []
        self._untold = 0

    def room(self) -> bool:
        """Return whether one more problem would be told; ask before looking for similar names, which takes time."""
        return len(self._told) < self._limit

    def tell(self, code: str, where: str, why: str, remedy: str) -> None:
        """Add a problem, or only count it where enough have been told."""
        if self.room():
            self._told.append(Problem(code, where, why, remedy))
        else:
            self._untold += 1

    def complain(self) -> None:
        """Raise :class:`CaseError` where there is any problem."""
        if not self._told:
            return
        told = tuple(self._told)
        if self._untold:
            why = f"{self._untold:,} more problems are not listed."
            told += (Problem("more-problems", self.name, why, "Mend those above, and try again."),)
        raise CaseError(told)
