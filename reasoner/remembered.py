"""Remember what a pure function gave, in bounded memory."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V], Generic[K, V]):
    """What ``make`` gives for each key that was asked for, worked out at the first time: ``remembered[key]``.

    Keys recur from case to case, and a look-up that needs no Python is what makes remembering worth while. Where there are as many as
    ``most``, all are forgotten, so that memory does not grow with the number of cases.
    """

    def __init__(self, make: Callable[[Any], V], most: int = 20_000) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, key: K) -> V:
        """Work out what is not known yet."""
        found = self._make(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = found
        return found
