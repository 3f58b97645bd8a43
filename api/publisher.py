"""``python -m mtus.api.publisher``: the process that brings what was submitted into the store that SPARQL sees.

It is a process of its own, at low priority, so that nobody who submits waits for it. It holds the store's lock for a second or two at a
time, and lets others in between. A process that is killed leaves the rest pending; the next one goes on with it.
"""

import os
import selectors
import sys
import time
from pathlib import Path
from typing import Final

import orjson

from mtus.api.journal import Journal, Pending, State
from mtus.reasoner.errors import CaseError, EngineError, MtusError, StoreError
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.store import Store
from mtus.reasoner.store_location import open_writer
from mtus.reasoner.stored_cases import put_knowledge, store_content, stored_case

# A copy for the readers costs about as much as storing some ten cases; this many make it worth while and still show soon.
_BATCH: Final = 64
_BATCH_SECONDS: Final = 2.0
# Between two batches another process can take the store.
_PAUSE_SECONDS: Final = 0.3
# Where the store is locked or does not answer.
_RETRY_SECONDS: Final = 1.0
# Another service on the same journal may have left something.
_IDLE_SECONDS: Final = 600.0
# How long what is pending is still brought in when the service ends; the rest waits in the journal.
_LAST_SECONDS: Final = 5.0


def publish(location: str, journal: Journal, knowledge: Knowledge, seconds: float = _BATCH_SECONDS) -> int:
    """Bring pending submissions of ``journal`` into the store at ``location``; return how many were brought in or refused.

    Raises :class:`MtusError` where the store cannot be used now; what is pending stays so.
    """
    batch = journal.pending(_BATCH)
    if not batch:
        return 0
    marks: list[tuple[str, State, str]] = []
    end = time.monotonic() + seconds
    with open_writer(location) as store:
        put_knowledge(store, knowledge)
        for submission in batch:
            marks.append((submission.name, *_store(store, submission, knowledge)))
            if time.monotonic() > end:
                break
    # only after the store was closed, and its readers see the cases
    journal.mark(marks)
    return len(marks)


def _store(store: Store, submission: Pending, knowledge: Knowledge) -> tuple[State, str]:
    """Store one submission; what the store does not take stays in the journal, with the reason."""
    facts = str(orjson.loads(submission.content)["statedFacts"]).encode()
    try:
        store_content(store, facts, knowledge, name=submission.name, syntax="n-quads", replace=submission.replaces)
    except EngineError:
        raise
    except (CaseError, StoreError) as error:
        return State.REFUSED, str(error)
    there = stored_case(store, submission.case)
    if there is None or there.determination != DETERMINATION + submission.name:
        return State.REFUSED, "It was made with other knowledge or another release; the case is stored as it is determined now."
    return State.SHOWN, ""


def run(location: str, path: Path) -> None:
    """Bring in what is pending, now and whenever a line comes from standard input, until that ends and nothing is left."""
    knowledge, journal = load_knowledge(), Journal(path)
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        deadline, wait = float("inf"), 0.0
        while time.monotonic() < deadline:
            if deadline == float("inf") and selector.select(wait) and not os.read(sys.stdin.fileno(), 65536):
                deadline = time.monotonic() + _LAST_SECONDS
                selector.unregister(sys.stdin)
            try:
                is_done, pause = not publish(location, journal, knowledge), _PAUSE_SECONDS
            except MtusError as error:
                if error.problems[0].code != "store-in-use":
                    print(error, file=sys.stderr)
                is_done, pause = False, _RETRY_SECONDS
            if is_done and deadline < float("inf"):
                break
            wait = _IDLE_SECONDS if is_done else 0.0
            if not is_done:
                # others have their turn, however much is submitted meanwhile
                time.sleep(pause)
    journal.close()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    run(sys.argv[1], Path(sys.argv[2]))
