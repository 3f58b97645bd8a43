"""What is told of a request: its identifier in the answer, and its line in the log."""

import secrets
import time
from dataclasses import dataclass, field
from http import HTTPMethod
from typing import Final

from starlette.types import Scope

_PLACE: Final = "mtus.told"


@dataclass
class Told:
    """What one request leaves in the log; the identifier is ours, since one that a client chooses may be anything."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    started: float = field(default_factory=time.perf_counter)
    route: str = ""
    key: str = ""
    status: int = 0

    @property
    def has_started(self) -> bool:
        """Whether the answer has begun, so that no other can be given."""
        return self.status != 0

    def fields(self, method: str) -> dict[str, str | int | float]:
        """Return the fields of the line in the log; a method that nobody knows is not repeated."""
        known = method if method in list(HTTPMethod) else "other"
        spent = round((time.perf_counter() - self.started) * 1000, 1)
        return {"request": self.id, "method": known, "route": self.route, "status": self.status, "milliseconds": spent, "key": self.key}


def told(scope: Scope) -> Told:
    """Return what is told of the request ``scope``, made where nothing was yet."""
    found: Told = scope.setdefault(_PLACE, Told())
    return found
