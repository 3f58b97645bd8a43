"""The store that a batch writes into, where one is named: each chunk goes in at once, as a whole or not at all.

What is stored already is left as it is. So a chunk that is done again after an interruption does no harm, and completes what is not there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mtus.reasoner.batch_summary import Summary
from mtus.reasoner.batch_work import Determined
from mtus.reasoner.errors import StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.store import Store
from mtus.reasoner.store_location import is_remote, open_writer_soon
from mtus.reasoner.stored_cases import ToStore, put_cases, put_knowledge

# Refused cases are told one by one up to so many; all are counted.
_MOST_TOLD: Final = 10


class BatchStore:
    """A ``store`` open for writing; ``replace`` says whether cases may take the place of what is stored of them."""

    def __init__(self, store: Store, knowledge_digest: str, *, replace: bool) -> None:
        self.refusals: list[StoreError] = []
        self._store = store
        self._knowledge_digest = knowledge_digest
        self._replace = replace

    def put(self, determined: Sequence[Determined], counts: Summary) -> None:
        """Store what was ``determined`` of a chunk, and count in ``counts`` what became of it.

        Raises :class:`EngineError` where the store fails; of the chunk nothing is stored then, or some whole cases.
        """
        cases = [ToStore(case.graphs, case.name, self._replace) for case in determined]
        for became in put_cases(self._store, cases, self._knowledge_digest):
            if isinstance(became, StoreError):
                counts.unstored += 1
                counts.errors.update({problem.code for problem in became.problems})
                if len(self.refusals) < _MOST_TOLD:
                    self.refusals.append(became)
            else:
                counts.stored[became.value] += 1


@contextmanager
def batch_store(location: str, knowledge: Knowledge, *, replace: bool = False) -> Iterator[BatchStore]:
    """Give the store at ``location``, a folder or a URL, with ``knowledge`` in it.

    Raises :class:`StoreError` where another process writes the store, and where it cannot be used.
    """
    with open_writer_soon(location) as store:
        put_knowledge(store, knowledge)
        yield BatchStore(store, knowledge.digest, replace=replace)


def identity(location: str) -> str:
    """Return what tells the store at ``location`` from others, from wherever a batch is run; empty where there is none."""
    return location if not location or is_remote(location) else str(Path(location).resolve())
