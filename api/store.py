"""The store as the routes see it: queries in processes of their own, the stored queries, and how it is opened when the service starts."""

import logging
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from mtus.reasoner.errors import MtusError, StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_pool import QueryPool
from mtus.reasoner.query_results import Answer
from mtus.reasoner.settings import QuerySettings
from mtus.reasoner.store import ALL_GRAPHS, Dataset
from mtus.reasoner.store_location import open_writer
from mtus.reasoner.stored_cases import put_knowledge
from mtus.reasoner.stored_queries import StoredQuery

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Archive:
    """The store of a running service: where it is, its limits, the processes that query it, and the stored queries."""

    location: str
    settings: QuerySettings
    pool: QueryPool
    queries: dict[str, StoredQuery]

    async def answer(self, request: QueryRequest) -> Answer:
        """Return the answer to ``request``; raise :class:`MtusError` where there is none."""
        return await run_in_threadpool(self.pool.answer, request)

    async def rows(self, query: str, dataset: Dataset = ALL_GRAPHS) -> dict[str, Any]:
        """Return the answer to ``query``, one of our own, as SPARQL JSON."""
        found = await self.answer(QueryRequest(query, dataset))
        read: dict[str, Any] = orjson.loads(found.content)
        return read


def archive(request: Request) -> Archive:
    """Return the store of the application that answers ``request``."""
    found: Archive = request.app.state.archive
    return found


def prepare_store(location: str, knowledge: Knowledge) -> None:
    """Make the store at ``location`` where there is none, and bring its knowledge up to date.

    What stands in the way is logged and does not keep the service from starting: a load under way brings the knowledge itself, and
    queries say what is wrong with the store.
    """
    try:
        with open_writer(location) as store:
            put_knowledge(store, knowledge)
    except StoreError as error:
        _LOG.warning("the store was not prepared: %s", error)
    except MtusError:
        _LOG.exception("the store failed")
