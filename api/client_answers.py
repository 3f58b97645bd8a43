"""What the Python client gives and raises, and how it writes what it sends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

Case = bytes | str | Mapping[str, Any]
# A row of a table: a value by the name of its column.
Row = dict[str, Any]


@dataclass
class Refused(Exception):
    """The service answered with problem details (RFC 9457): ``code`` is the last part of their type, ``problems`` lists each mistake."""

    status: int
    code: str
    title: str
    detail: str
    problems: tuple[dict[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"


@dataclass
class Cut(Exception):
    """The answer to a query is longer than the service gives: ``answer`` has what it gave, ``count`` how many rows or triples that is."""

    answer: Any
    count: int

    def __str__(self) -> str:
        return f"The answer was cut after {self.count:,}; ask a narrower question, or take it as it is with may_be_cut=True."


@dataclass
class BrokenOff(Exception):
    """The answer to a batch ended after ``count`` lines of ``expected``; what was kept by then stays, and sending it again completes it."""

    count: int
    expected: int

    def __str__(self) -> str:
        return f"The answer broke off after {self.count:,} of {self.expected:,} cases; send the batch again."


@dataclass(frozen=True)
class Made:
    """A determination as the service gave it: its name (the last segment of its IRI), its data, and whether it is new."""

    name: str
    data: dict[str, Any]
    is_new: bool

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What is determined, request by request."""
        found: list[dict[str, Any]] = self.data["requests"]
        return found


def content_of(case: Case) -> bytes:
    """Return ``case`` as the body of a request; JSON data is written as JSON."""
    if isinstance(case, bytes):
        return case
    return case.encode() if isinstance(case, str) else orjson.dumps(dict(case))


def refuse(response: httpx.Response) -> None:
    """Raise :class:`Refused` where ``response`` is no success."""
    if response.is_success:
        return
    told = response.json() if response.headers.get("content-type", "").startswith("application/problem+json") else {}
    code = str(told.get("type", "")).rsplit("/", 1)[-1] or "no-answer"
    raise Refused(response.status_code, code, told.get("title", response.reason_phrase), told.get("detail", response.text[:200]),
                  tuple(told.get("problems", ())))  # fmt: skip


def refuse_cut(response: httpx.Response, answer: Any, *, may_be_cut: bool) -> None:
    """Raise :class:`Cut` with ``answer`` where ``response`` says that it was cut, unless it ``may_be_cut``."""
    after = response.headers.get("answer-cut-after")
    if after is not None and not may_be_cut:
        raise Cut(answer, int(after))
