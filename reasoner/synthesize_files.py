"""Write many synthetic cases: N-Quads, NDJSON, or a folder with a JSON file for each, made by all cores in the order of their numbers."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from mtus.reasoner.case_terms import case_terms
from mtus.reasoner.case_writer import n_quads, plain_json
from mtus.reasoner.compressed import create_compressed
from mtus.reasoner.errors import case_error
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.synthesize import USUAL, Proportions, Synthesizer

# So many cases are made at a time: large enough that handing them over costs nothing, small enough that memory stays small.
_PORTION = 250


class CaseFormat(StrEnum):
    """Forms of many cases."""

    N_QUADS = "n-quads"
    NDJSON = "ndjson"
    FOLDER = "folder"


@cache
def _synthesizer(seed: int, proportions: Proportions) -> Synthesizer:
    return Synthesizer(load_knowledge(), seed, proportions)


def _portion(task: tuple[int, int, int, Proportions, CaseFormat]) -> list[bytes]:
    first, end, seed, proportions, form = task
    maker = _synthesizer(seed, proportions)
    if form is CaseFormat.N_QUADS:
        return [n_quads(maker.triples(number)) for number in range(first, end)]
    terms = case_terms(load_knowledge())
    indent = 1 if form is CaseFormat.FOLDER else None
    return [plain_json(maker.triples(number), terms, indent=indent) for number in range(first, end)]


def portions(count: int, seed: int, proportions: Proportions, form: CaseFormat, processes: int) -> Iterator[list[bytes]]:
    """Yield ``count`` cases, numbered from 1, in portions and in order; the bytes do not depend on ``processes``."""
    load_knowledge()
    tasks = [(first, min(first + _PORTION, count + 1), seed, proportions, form) for first in range(1, count + 1, _PORTION)]
    if processes == 1 or len(tasks) < 2:
        yield from map(_portion, tasks)
        return
    with Pool(min(processes, len(tasks))) as pool:
        yield from pool.imap(_portion, tasks)


def write_cases(count: int, seed: int, output: Path | None, form: CaseFormat, *, proportions: Proportions = USUAL,
                processes: int = 1, progress: Callable[[int], None] = lambda _: None) -> None:  # fmt: skip
    """Write ``count`` synthetic cases to ``output`` (None: standard output); ``progress`` is told how many more are written.

    Raises :class:`CaseError` where ``output`` cannot be written.
    """
    if form is CaseFormat.FOLDER:
        if output is None:
            raise case_error("cannot-write", "standard output", "A folder has to have a name.", "Name it with --output.")
        output.mkdir(parents=True, exist_ok=True)
        number = 0
        for portion in portions(count, seed, proportions, form, processes):
            for content in portion:
                number += 1
                (output / f"synthetic-{seed}-{number}.json").write_bytes(content)
            progress(len(portion))
        return
    with create_compressed(output) as stream:
        for portion in portions(count, seed, proportions, form, processes):
            stream.write(b"".join(portion))
            progress(len(portion))
