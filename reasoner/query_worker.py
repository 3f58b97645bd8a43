"""A process that answers queries, one after the other, and that can be killed while it does.

It reads requests from standard input and writes answers to standard output (:mod:`mtus.reasoner.query_messages`); only the process that
started it speaks to it (:mod:`mtus.reasoner.query_pool`). Where the store has something new, it is opened again before the next query.
"""

import sys
from typing import IO

from mtus.reasoner.errors import MtusError, Problem, QueryError
from mtus.reasoner.query_messages import Failure, QueryRequest, receive, send
from mtus.reasoner.query_results import Answer, write_answer
from mtus.reasoner.settings import QuerySettings
from mtus.reasoner.sparql_errors import syntax_error
from mtus.reasoner.store import Store, engine_failed, is_failure
from mtus.reasoner.store_location import is_outdated, open_reader


def answer(store: Store, request: QueryRequest, settings: QuerySettings) -> Answer:
    """Return the answer of ``store`` to ``request``; raise :class:`MtusError` where there is none."""
    try:
        found = store.query(request.text, request.dataset)
        return write_answer(found, request.table_type, request.graph_type, settings)
    except SyntaxError as error:
        raise syntax_error(error, request.text) from error
    except (OSError, RuntimeError, ValueError) as error:
        if is_failure(error):
            raise engine_failed(store.location, error) from error
        # what the engine finds wrong with a query only when it evaluates it, such as a function that nobody knows
        raise QueryError((Problem("query-failed", "query", f"{error}"[:300], "Change the query."),)) from error


def serve(location: str, settings: QuerySettings, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer what comes in ``requests`` from the store at ``location``, until there is no more.

    The first message out says that the store is open, or why it is not; it is tried again for each query.
    """
    store: Store | None = None
    found: Answer | Failure | None = None
    request: QueryRequest | None = None
    while True:
        try:
            if store is not None and is_outdated(store):
                store.close()
                store = None
            store = store or open_reader(location)
            found = answer(store, request, settings) if request else None
        except MtusError as error:
            found = Failure(type(error).__name__, error.problems)
        send(answers, found)
        try:
            request = receive(requests)
        except EOFError:
            return


def _limit_memory(megabytes: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Run as a process of its own: the first message names the store and the settings."""
    location, settings = receive(sys.stdin.buffer)
    _limit_memory(settings.query_memory_megabytes)
    serve(location, settings, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
