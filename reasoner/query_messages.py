"""What a process that answers queries and the one that started it say to each other: pickled, each message preceded by its length."""

import pickle
import struct
from dataclasses import dataclass
from typing import IO, Any, Final

from mtus.reasoner.errors import Problem
from mtus.reasoner.store import ALL_GRAPHS, Dataset

_LENGTH: Final = struct.Struct(">Q")


@dataclass(frozen=True)
class QueryRequest:
    """A query that was read (:func:`mtus.reasoner.sparql_text.read_query`), what it sees, and the formats of its answer."""

    text: str
    dataset: Dataset = ALL_GRAPHS
    table_type: str = "application/sparql-results+json"
    graph_type: str = "text/turtle"


@dataclass(frozen=True)
class Failure:
    """Why a query has no answer: the class of the error by name, and its problems."""

    kind: str
    problems: tuple[Problem, ...]


def send(stream: IO[bytes], message: Any) -> None:
    """Write ``message`` to ``stream``."""
    content = pickle.dumps(message)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Return the next message of ``stream``; raise :class:`EOFError` at its end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)
