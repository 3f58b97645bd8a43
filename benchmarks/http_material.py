"""What is asked in a run of load: one case again and again, new cases without end, and a store that is full already."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.http_client import http_request
from mtus.reasoner.case_graphs import case_graphs, to_n_quads
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.local_store import open_for_writing
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine_loaded
from mtus.reasoner.stored_cases import put_knowledge
from mtus.reasoner.synthesize import USUAL
from mtus.reasoner.synthesize_files import CaseFormat, portions

# Cases of the load and cases of the full store are of different seeds, so that they have different names.
_LOAD_SEED, _STORE_SEED = 1, 2
_DIFFERENT: Final = 1_000
_PORTION: Final = 50
# The engine sorts what it is given at once: more is faster, and some hundred megabytes fit in any memory.
_AT_ONCE: Final = 500
_JSON: Final = "application/json"


def renamed_case(content: bytes, path: str) -> Iterator[bytes]:
    """Yield requests that post the case in ``content``, plain JSON, to ``path``, each time under a new name, so that it is a new case."""
    case = json.loads(content)
    name = case["id"]
    for number in itertools.count(1):
        yield http_request("POST", path, json.dumps({**case, "id": f"{name}-{number}"}).encode(), kind=_JSON)


def new_cases(count: int, path: str) -> Iterator[bytes]:
    """Return requests that post synthetic cases to ``path``, no two alike: ``count`` different ones, then the same under new names.

    The cases are made at once, so that nothing but asking is left to do under load.
    """
    made = [case for portion in portions(count, _LOAD_SEED, USUAL, CaseFormat.NDJSON, 2) for case in portion]
    return _renamed(made, path)


def _renamed(made: list[bytes], path: str) -> Iterator[bytes]:
    own = f"synthetic-{_LOAD_SEED}-"
    for turn in itertools.count():
        other = f"synthetic-{_LOAD_SEED}-{turn}-"
        for case in made:
            renamed = case.strip().replace(own.encode(), other.encode())
            yield http_request("POST", path, renamed, kind=_JSON)


def fill(store: Path, count: int, progress: Callable[[int], None] = lambda _: None) -> None:
    """Store ``count`` synthetic cases; ``progress`` is told how many more there are.

    A thousand are different; the others are the same under other names, since making their graphs takes a tenth of a second each.
    """
    cases = [case for portion in portions(min(count, _DIFFERENT), _STORE_SEED, USUAL, CaseFormat.NDJSON, 2) for case in portion]
    tasks = [cases[start : start + _PORTION] for start in range(0, len(cases), _PORTION)]
    with open_for_writing(store) as writer, get_context("spawn").Pool(2) as pool:
        put_knowledge(writer, load_knowledge())
        made = [case for task in pool.imap(_determined, tasks) for case in task]
        for start in range(0, count, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, count))
            writer.load_at_once(b"".join(_renamed_graphs(*made[n % _DIFFERENT], n // _DIFFERENT) for n in numbers))
            progress(len(numbers))


def _determined(cases: list[bytes]) -> list[tuple[str, bytes]]:
    """Return the graphs of ``cases`` as N-Quads, each with the name of its determination."""
    knowledge = load_knowledge()
    done = (determine_loaded(load_case(case, knowledge), knowledge) for case in cases)
    return [(local_name(determination.id), to_n_quads(case_graphs(determination, assessed, knowledge))) for determination, assessed in done]


def _renamed_graphs(name: str, quads: bytes, turn: int) -> bytes:
    """Return ``quads`` as those of another case; names of blank nodes begin with that of the determination too."""
    if not turn:
        return quads
    other = hashlib.sha256(f"{name} {turn}".encode()).hexdigest()
    own = f"synthetic-{_STORE_SEED}-"
    return quads.replace(own.encode(), f"synthetic-{_STORE_SEED}-{turn}-".encode()).replace(name[:12].encode(), other[:12].encode())
