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

from mtus.api.deps import case_limits
from mtus.api.journal import Journal, Pending, PendingReview, State
from mtus.reasoner.case_loader import Became, CaseLoader, Sent
from mtus.reasoner.errors import MtusError
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.review import SignedReview
from mtus.reasoner.store import Store
from mtus.reasoner.store_location import open_writer
from mtus.reasoner.stored import one_review, read_stored
from mtus.reasoner.stored_cases import StoredCase, put_knowledge, stored_among
from mtus.reasoner.stored_reviews import put_reviews

# The store is opened for so many, which makes its copy for the readers worth while.
_BATCH: Final = 128
# So many go in at once: more are cheaper, fewer keep to the time better.
_AT_ONCE: Final = 32
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
    reviews = {review.name: read for review in journal.pending_reviews(_BATCH) if (read := _review(review, knowledge))}
    if not batch and not reviews:
        return 0
    marks: list[tuple[str, State, str]] = []
    end = time.monotonic() + seconds
    with open_writer(location) as store:
        put_knowledge(store, knowledge)
        loader = CaseLoader(store, knowledge, case_limits())
        for start in range(0, len(batch), _AT_ONCE):
            marks += _store(store, loader, batch[start : start + _AT_ONCE])
            if time.monotonic() > end:
                break
        put_reviews(store, reviews.values(), knowledge)
    # only after the store was closed, and its readers see the cases
    journal.mark(marks)
    journal.mark_reviews(reviews)
    return len(marks) + len(reviews)


def _store(store: Store, loader: CaseLoader, batch: list[Pending]) -> list[tuple[str, State, str]]:
    """Store submissions and say where each stands then; what the store does not take stays in the journal, with the reason."""
    became = loader.store([Sent(_facts(pending), pending.name, "n-quads", pending.replaces) for pending in batch])
    there = stored_among(store, (pending.case for pending in batch))
    return [(pending.name, *_state(pending, outcome, there.get(pending.case))) for pending, outcome in zip(batch, became, strict=True)]


def _state(pending: Pending, became: Became, there: StoredCase | None) -> tuple[State, str]:
    if isinstance(became, MtusError):
        return State.REFUSED, str(became)
    if there is None or there.determination != DETERMINATION + pending.name:
        return State.REFUSED, "It was made with other knowledge or another release; the case is stored as it is determined now."
    return State.SHOWN, ""


def _facts(pending: Pending) -> bytes:
    return str(orjson.loads(pending.content)["statedFacts"]).encode()


def _review(pending: PendingReview, knowledge: Knowledge) -> SignedReview | None:
    """Return a review as the journal has it; None where it cannot be read, as one of another release: it waits, and keeps nothing back."""
    try:
        return one_review(read_stored(pending.content, f"{pending.name}.json", knowledge, case_limits()))
    except MtusError as error:
        print(f"the review {pending.name} is not brought into the store: {error.problems[0].code}", file=sys.stderr)
        return None


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
