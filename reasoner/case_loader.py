"""Cases into a store from what was sent: read, determine, write, many at once.

Reading the store and writing it cost as much for a hundred cases as for ten, so cases go in by batches: whoever has many gives
them to a :class:`CaseLoader`, one batch prepared while the one before is written. A batch is written as a whole or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final, TypeAlias

from mtus.reasoner.case_graphs import CaseGraphs, case_graphs
from mtus.reasoner.child_process import prepare
from mtus.reasoner.errors import CaseError, MtusError, StoreError
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.pipeline import determine_loaded
from mtus.reasoner.receipt import determination_id, receipt
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.store import Store
from mtus.reasoner.stored_cases import Outcome, StoredCase, ToStore, conflict, put_cases, stored_among

# Writing so many at once costs a third of writing them one by one; more would only take more memory, some megabytes each.
BATCH: Final = 64
# Processes are worth their start, some seconds each, for so many cases.
_WORTH_PROCESSES: Final = 400


@dataclass(frozen=True)
class Sent:
    """A case as it was sent: its bytes, what errors call it, its format (empty where the bytes show it), and whether it may replace."""

    content: bytes
    name: str = "case"
    syntax: str = ""
    replace: bool = False


# What became of a case: it was stored, or why not.
Became: TypeAlias = Outcome | CaseError | StoreError
# Begins to determine a case, and returns how to get its graphs.
Determine: TypeAlias = Callable[[Facts], Callable[[], CaseGraphs]]


def store_content(store: Store, content: bytes, knowledge: Knowledge, *, name: str = "case", syntax: str = "",
                  replace: bool = False) -> Outcome:  # fmt: skip
    """Determine the case in ``content`` and store it; one that is stored as it would be is not determined again.

    Raises what :func:`mtus.reasoner.pipeline.determine` and :func:`mtus.reasoner.stored_cases.put_case` raise.
    """
    (became,) = CaseLoader(store, knowledge).store((Sent(content, name, syntax, replace),))
    if isinstance(became, MtusError):
        raise became
    return became


class CaseLoader:
    """Brings batches of cases into ``store``; ``determine`` says who determines them, this process where it is left out."""

    def __init__(self, store: Store, knowledge: Knowledge, settings: Settings = DEFAULT, determine: Determine | None = None) -> None:
        self._store = store
        self._knowledge = knowledge
        self._settings = settings
        self._determine = determine or (lambda facts: partial(_graphs, facts, knowledge, settings))

    def store(self, batch: Sequence[Sent]) -> list[Became]:
        """Store the cases of ``batch``; return what became of each, in their order.

        A wrong case, and one that the store does not take, keeps no other from being stored. Raises :class:`MtusError` where the knowledge,
        the engine or the store fails; of the batch nothing is stored then, or those that are new, or these and some of the replaced.
        """
        return self.finish(self.begin(batch))

    def begin(self, batch: Sequence[Sent]) -> "Begun":
        """Read the cases of ``batch``, see which are stored as they would be, and have the others determined."""
        read = [self._read(sent) for sent in batch]
        there = stored_among(self._store, (facts.case for facts in read if isinstance(facts, Facts)))
        return Begun(
            tuple(batch),
            [self._begin(sent, r, there.get(r.case)) if isinstance(r, Facts) else r for sent, r in zip(batch, read, strict=True)],
        )

    def finish(self, begun: "Begun") -> list[Became]:
        """Write what was begun; see :meth:`store`."""
        became: list[Became | ToStore] = []
        for sent, found in zip(begun.batch, begun.found, strict=True):
            try:
                became.append(ToStore(found(), sent.name, sent.replace) if callable(found) else found)
            except CaseError as error:
                became.append(error)
        written = iter(put_cases(self._store, [item for item in became if isinstance(item, ToStore)], self._knowledge.digest))
        return [next(written) if isinstance(item, ToStore) else item for item in became]

    def _read(self, sent: Sent) -> Facts | CaseError:
        try:
            return load_case(sent.content, self._knowledge, name=sent.name, syntax=sent.syntax, settings=self._settings)
        except CaseError as error:
            return error

    def _begin(self, sent: Sent, facts: Facts, there: StoredCase | None) -> "Became | Callable[[], CaseGraphs]":
        if there is not None and there.determination == determination_id(receipt(facts, self._knowledge)):
            return Outcome.UNCHANGED
        if there is not None and not sent.replace:
            return conflict(there, facts.digest, self._knowledge.digest, sent.name)
        return self._determine(facts)


@dataclass(frozen=True)
class Begun:
    """A batch that is being determined: for each case what became of it already, or how to get its graphs."""

    batch: tuple[Sent, ...]
    found: Sequence[Became | Callable[[], CaseGraphs]]


@contextmanager
def determined_by(processes: int, cases: int, settings: Settings = DEFAULT) -> Iterator[Determine | None]:
    """Give who determines ``cases`` many: so many ``processes``, or this one (None) where there are none or they are not worth it."""
    if processes < 1 or cases < _WORTH_PROCESSES:
        yield None
        return
    # spawned, since a process that has the store open must not be copied
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=prepare) as pool:
        yield lambda facts: pool.submit(_graphs_there, facts, settings).result


def _graphs_there(facts: Facts, settings: Settings) -> CaseGraphs:
    return _graphs(facts, load_knowledge(), settings)


def _graphs(facts: Facts, knowledge: Knowledge, settings: Settings) -> CaseGraphs:
    return case_graphs(*determine_loaded(facts, knowledge, settings=settings), knowledge)
