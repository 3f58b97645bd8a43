"""Limits, as documented settings with their reasons."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import inf
from typing import Any

from mtus.reasoner.errors import store_error


@dataclass(frozen=True)
class Settings:
    """Limits of one run.

    ``max_bytes``: a case is some kilobytes; a hundred times the largest real one is still below this.
    ``max_triples``: the same, counted in triples.
    ``max_text``: a label, a place or a note is a line or a paragraph; a longer text is mostly a document pasted by mistake.
    ``max_depth``: JSON or XML of a case has some six levels; each costs a parser stack, or time that grows with its square.
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
    max_depth: int = 200
    max_problems: int = 50
    max_readings: int = 64
    max_steps: int = 5_000
    max_stored_bytes: int = 64_000_000
    max_stored_triples: int = 1_000_000

    def for_stored(self) -> "Settings":
        """Return the same limits for the parser of a stored determination."""
        return replace(self, max_bytes=self.max_stored_bytes, max_triples=self.max_stored_triples)


DEFAULT = Settings()


@dataclass(frozen=True)
class QuerySettings:
    """Limits of SPARQL queries over HTTP; each may be set by an environment variable of its name, as ``MTUS_QUERY_SECONDS=30``.

    ``query_seconds``: a question of an analyst over ten thousand cases takes some seconds; a cross join would take for ever, and its
    process is stopped.
    ``max_rows``: a table of more rows is for a program, which can ask with LIMIT and OFFSET; the rest is cut off, and the answer says so.
    ``max_answer_bytes``: few rows may still be of any size; beyond this the answer is refused, as it is built in memory.
    ``query_memory_megabytes``: sorting or grouping a cross join fills the memory long before its time is up; its process is stopped.
    ``query_workers``: how many queries run at once, each in a process of its own; as many as the machine has to spare.
    ``max_waiting_queries``: how many wait for a free process before others are told to come again; waiting ones hold a thread each.
    ``max_query_characters``: the longest stored query has some 3,000; a list of a thousand values still fits.
    ``max_query_depth``: nesting costs the parser stack, and what people write is nested less than a tenth of this.
    ``max_listed_graphs``: the service description names the graphs; five a case would make it larger than anything it describes.
    """

    query_seconds: float = 20.0
    max_rows: int = 50_000
    max_answer_bytes: int = 64_000_000
    query_memory_megabytes: int = 2_048
    query_workers: int = 2
    max_waiting_queries: int = 16
    max_query_characters: int = 100_000
    max_query_depth: int = 100
    max_listed_graphs: int = 200


QUERIES = QuerySettings()


@dataclass(frozen=True)
class ServiceSettings:
    """Limits of requests over HTTP; each may be set by an environment variable of its name, as ``MTUS_REQUEST_SECONDS=120``.

    ``max_body_bytes``: a determination with its trace, sent for review, has some hundred kilobytes; a case has a smaller limit of its own.
    ``max_stream_bytes``: what a route that works through its body line by line takes in all, since it never holds all of it.
    ``body_seconds``: how long the next piece of a body may take; a client that sends a byte a minute would hold a place for hours.
    ``request_seconds``: a case takes milliseconds, and a query has a limit of its own below this; what takes longer is stuck.
    ``max_running_requests``: how many run at once, those given up included, since no thread can be stopped; others come again.
    ``requests_per_second``: what one client, or one key, may ask on average; a person or a program that works case by case stays far below.
    ``request_burst``: how many it may ask at once before that counts; a page with its scripts and pictures is some ten.
    ``max_connections``: how many connections are open at once; each costs an open file, of which a process often has 1,024 in all, and the
    store, the journal and the processes need theirs.
    ``head_seconds``: how long the head of a request may take, mostly one packet; a client that never completes it costs a connection.
    ``max_head_bytes``: how large it is beyond its first packets; a browser's has some kilobytes, the address included.
    ``shutdown_seconds``: how long the service waits for running requests when it is told to stop.
    ``publish_seconds``: how long it then waits for what was submitted to be brought into the store. The process that does it takes nothing
    new after five seconds, and ends the batch that it has begun, which takes some ten more on a busy machine. Together with the setting
    above this stays below the 90 seconds after which systemd kills. What is cut off is whole in the journal, and goes on at the next start.
    """

    max_body_bytes: int = 16_000_000
    max_stream_bytes: int = 1_000_000_000
    body_seconds: float = 20.0
    request_seconds: float = 60.0
    max_running_requests: int = 128
    requests_per_second: float = 50.0
    request_burst: int = 200
    max_connections: int = 512
    head_seconds: float = 20.0
    max_head_bytes: int = 65_536
    shutdown_seconds: int = 30
    publish_seconds: float = 45.0


SERVICE = ServiceSettings()


def case_settings(environment: Mapping[str, str]) -> Settings:
    """Return the limits of a case with what ``environment`` sets; raise :class:`StoreError` for a value that is no positive number."""
    return replace(DEFAULT, **_found(asdict(DEFAULT), environment))


def query_settings(environment: Mapping[str, str]) -> QuerySettings:
    """Return the settings of queries with what ``environment`` sets; raise :class:`StoreError` for a value that is no positive number."""
    return replace(QUERIES, **_found(asdict(QUERIES), environment))


def service_settings(environment: Mapping[str, str]) -> ServiceSettings:
    """Return the limits of requests with what ``environment`` sets; raise :class:`StoreError` for a value that is no positive number."""
    return replace(SERVICE, **_found(asdict(SERVICE), environment))


def _found(defaults: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, default in defaults.items():
        name = f"MTUS_{key.upper()}"
        if name in environment:
            try:
                value = type(default)(environment[name])
            except ValueError:
                value = 0
            if not 0 < value < inf:
                raise store_error("bad-setting", name, f"'{environment[name]}' is no positive number.", f"The default is {default}.")
            found[key] = value
    return found
