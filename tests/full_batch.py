"""Hold `mtus batch` against `mtus determine`, and the closure without reasons against inference, on thousands of cases.

    python tests/full_batch.py                      all case files, 2,000 random, 2,000 dirty and 2,000 synthetic cases
    python tests/full_batch.py --cases 200 --first 10000

The tests take a sample of the same (tests/test_batch.py). Exit code 1 where anything differs.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from batch_support import Refused, rows_or_problems, same
from dirty_cases import dirty
from full_agreement import case_files
from random_cases import CaseMaker
from rich.console import Console
from rich.progress import track

from mtus.reasoner.batch_read import BatchFormat, Chunk
from mtus.reasoner.batch_work import Task, Wanted, work
from mtus.reasoner.closure import closure
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Triple, n_triples
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.synthesize import Synthesizer

KINDS = ("random", "dirty", "synthetic")


@cache
def _makers() -> tuple[CaseMaker, Synthesizer]:
    return CaseMaker(load_knowledge()), Synthesizer(load_knowledge(), 77)


def _triples(kind: str, seed: int) -> Sequence[Triple]:
    maker, synthetic = _makers()
    if kind == "synthetic":
        return synthetic.triples(seed)
    return dirty(maker.triples(seed), seed) if kind == "dirty" else maker.triples(seed)


def _work(task: Path | tuple[str, int]) -> tuple[str, bool, bool]:
    """Compare one case; return its name, whether it is refused, and whether everything is the same."""
    knowledge = load_knowledge()
    if isinstance(task, Path):
        name, content, form, text = task.name, task.read_bytes(), BatchFormat.FOLDER, str(task).encode()
        agrees = True
    else:
        name, content = f"{task[0]} case {task[1]}.nt", n_triples(_triples(*task))
        form, text = BatchFormat.PARQUET, content
        agrees = _same_graph(_triples(*task))
    chunk = Chunk(0, name, form, texts=((name, text),))
    done = work(Task(chunk, (Wanted("ndjson"),), knowledge.digest))
    rows = [json.loads(line) for line in done.parts[0].splitlines()]
    expected = rows_or_problems(content, name, "", knowledge)
    return name, isinstance(expected, Refused), agrees and same(rows, expected)


def _same_graph(triples: Sequence[Triple]) -> bool:
    knowledge = load_knowledge()
    found: list[object] = []
    for say in (lambda: infer(triples, knowledge.rules, knowledge.background).graph, lambda: closure(triples, knowledge.closure_rules)):
        try:
            found.append(set(say()))
        except CaseError as error:
            found.append(str(error))
    return found[0] == found[1]


def main() -> int:
    """Run the comparison, print its counts and every case that differs, and return the exit code."""
    parser = argparse.ArgumentParser(description="Hold batch against determine.")
    parser.add_argument("--cases", type=int, default=2000, help="how many cases of each kind (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one (default 0)")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    console = Console()
    seeds = range(options.first, options.first + options.cases)
    tasks: list[Path | tuple[str, int]] = [*case_files(), *((kind, seed) for kind in KINDS for seed in seeds)]
    refused, differing = 0, []
    with Pool(options.processes) as pool:
        for name, is_refused, agrees in track(pool.imap(_work, tasks, chunksize=8), "comparing", total=len(tasks), console=console):
            refused += is_refused
            differing += [] if agrees else [name]
    for name in differing:
        console.print(f"{name} differs")
    console.print(f"{len(tasks):,} cases, {refused:,} of them refused by both: {len(differing)} differ.")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
