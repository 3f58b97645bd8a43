"""What is asked in a run of load: one case again and again, new cases without end, and a store that is full already."""

import itertools
import json
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks.http_client import http_request
from mtus.reasoner.case_graphs import to_n_quads
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.local_store import open_for_writing
from mtus.reasoner.pipeline import determine_loaded
from mtus.reasoner.stored_cases import put_knowledge
from mtus.reasoner.synthesize import USUAL
from mtus.reasoner.synthesize_files import CaseFormat, portions

# Cases of the load and cases of the full store are of different seeds, so that they have different names.
_LOAD_SEED, _STORE_SEED = 1, 2
_PORTION: Final = 100
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
    """Store ``count`` synthetic cases, determined by two processes; ``progress`` is told how many more there are.

    `mtus load` stores the same graphs, and looks for each case first whether it is there.
    """
    knowledge = load_knowledge()
    cases = [case for portion in portions(count, _STORE_SEED, USUAL, CaseFormat.NDJSON, 2) for case in portion]
    tasks = [cases[start : start + _PORTION] for start in range(0, count, _PORTION)]
    with open_for_writing(store) as writer, get_context("spawn").Pool(2) as pool:
        put_knowledge(writer, knowledge)
        for task, quads in zip(tasks, pool.imap(_determined, tasks), strict=True):
            writer.write((("", tuple(ox.parse(quads, format=ox.RdfFormat.N_QUADS))),))
            progress(len(task))


def _determined(cases: list[bytes]) -> bytes:
    """Return the graphs of ``cases`` as N-Quads."""
    knowledge = load_knowledge()
    loaded = (load_case(case, knowledge) for case in cases)
    return b"".join(to_n_quads(*determine_loaded(facts, knowledge), knowledge) for facts in loaded)
