"""Hold the three validation engines against one another, on every case file and on many random cases.

    python tests/full_agreement.py                        2,000 random cases and all case files, both other engines
    python tests/full_agreement.py --cases 200 --engines shifty

The tests take a sample of the same (tests/test_engines.py). Exit code 1 where any row differs.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from time import perf_counter

from random_cases import CaseMaker
from rich.console import Console
from rich.progress import track

from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph, Term
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import RDF, SH, TYPE
from mtus.reasoner.rows import Row
from mtus.reasoner.validate import Engine, validate

ROOT = Path(__file__).resolve().parent.parent
OTHERS: tuple[Engine, ...] = ("shifty", "pyshacl")


@dataclass(frozen=True)
class Disagreement:
    """Rows that one engine gives and another does not."""

    case: str
    engine: str
    only_compiled: tuple[tuple[object, ...], ...]
    only_other: tuple[tuple[object, ...], ...]


def case_files() -> list[Path]:
    """Return every case below examples/ and shapes/, the ones that are refused included."""
    cases = [
        *(ROOT / "examples").rglob("case.json"),
        *(ROOT / "examples").rglob("variants/*.json"),
        *(ROOT / "shapes").glob("**/cases/*.ttl"),
    ]
    return sorted(path for path in cases if not path.name.endswith(".expected.json"))


def graph_of(content: bytes, knowledge: Knowledge, name: str = "case") -> Graph:
    """Return the facts and inferences of a case; raise :class:`CaseError` where it is refused before any engine sees it."""
    return infer(load_case(content, knowledge, name=name).triples, knowledge.rules, knowledge.background).graph


def comparable(rows: Iterable[Row]) -> Counter[tuple[object, ...]]:
    """Return ``rows`` without the names of blank nodes, which each engine chooses for itself."""
    return Counter((_named(row.focus), _named(row.source_shape), row.component, _named(row.value)) for row in rows)


def _named(term: Term | None) -> Term | None:
    return "_:" if isinstance(term, str) and term.startswith("_:") else term


def with_focus_nodes(knowledge: Knowledge, graph: Graph) -> Knowledge:
    """Return ``knowledge`` with those shapes alone that have a focus node in ``graph``.

    A shape without a focus node gives no row, and the reference engine takes seconds to go through them all.
    """
    targeted = knowledge.shape_model.targeted.values()
    kept = frozenset(s.iri for s in targeted if any(graph.subjects(TYPE, target) for target in s.targets))
    key = (knowledge.digest, kept)
    if key not in _PRUNED:
        if len(_PRUNED) >= 32:
            _PRUNED.pop(next(iter(_PRUNED)))
        _PRUNED[key] = _pruned(knowledge, kept)
    return _PRUNED[key]


# The same shapes are asked for again and again, and take long to put together; only some are kept, since each is large.
_PRUNED: dict[tuple[str, frozenset[str]], Knowledge] = {}


def _pruned(knowledge: Knowledge, kept: frozenset[str]) -> Knowledge:
    """Return ``knowledge`` with the shapes ``kept`` and what they refer to."""
    shapes = knowledge.shapes
    about: dict[str, list[tuple[str, Term]]] = {}
    for subject, predicate, value in shapes:
        about.setdefault(subject, []).append((predicate, value))
    agenda = [*kept, *shapes.subjects(TYPE, SH + "ConstraintComponent")]
    reached = set(agenda)
    while agenda:
        node = agenda.pop()
        for predicate, value in about.get(node, ()):
            if predicate.startswith((SH, RDF)) and isinstance(value, str) and value not in reached:
                reached.add(value)
                agenda.append(value)
    return replace(knowledge, shapes=Graph(t for t in shapes if t[0] in reached))


def compare(case: str, graph: Graph, knowledge: Knowledge, engine: Engine) -> Disagreement | None:
    """Return how ``engine`` differs from the compiled shapes on ``graph``, or None."""
    pruned = with_focus_nodes(knowledge, graph) if engine == "pyshacl" else knowledge
    ours, others = comparable(validate(graph, knowledge)), comparable(validate(graph, pruned, engine))
    if ours == others:
        return None
    return Disagreement(case, engine, tuple((ours - others).elements()), tuple((others - ours).elements()))


@cache
def _maker(root: Path | None) -> CaseMaker:
    return CaseMaker(load_knowledge(root))


def _work(task: tuple[int | Path, tuple[Engine, ...], Path | None]) -> tuple[int, list[Disagreement]]:
    """Compare the engines on one task: a seed, or a case file; return how many rows there were, and what differs."""
    source, engines, root = task
    knowledge = load_knowledge(root)
    name = source.relative_to(ROOT).as_posix() if isinstance(source, Path) else f"random case {source}"
    try:
        content = source.read_bytes() if isinstance(source, Path) else _maker(root).content(source)
        graph = graph_of(content, knowledge, source.name if isinstance(source, Path) else "case.nt")
    except CaseError:
        if isinstance(source, Path):
            return -1, []  # refused before any engine sees it, as some examples are meant to be
        raise
    found = [compare(name, graph, knowledge, engine) for engine in engines]
    return len(validate(graph, knowledge)), [d for d in found if d]


def main() -> int:
    """Run the comparison, print its counts and every difference, and return the exit code."""
    parser = argparse.ArgumentParser(description="Hold the validation engines against one another.")
    parser.add_argument("--cases", type=int, default=2000, help="how many random cases (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first one (default 0)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--engines", nargs="+", choices=OTHERS, default=list(OTHERS))
    parser.add_argument("--root", type=Path, help="a folder with ontology/ and shapes/ to take instead of those that are installed")
    parser.add_argument("--random-only", action="store_true", help="leave the case files out")
    options = parser.parse_args()
    console = Console()
    engines = tuple(options.engines)
    files = [] if options.random_only else case_files()
    tasks = [(source, engines, options.root) for source in (*files, *range(options.first, options.first + options.cases))]
    rows, refused, differing = 0, 0, 0
    start = perf_counter()
    with Pool(options.processes) as pool:
        work = pool.imap_unordered(_work, tasks, chunksize=4)
        for count, found in track(work, f"compiled against {' and '.join(engines)}", total=len(tasks), console=console):
            rows, refused, differing = rows + max(count, 0), refused + (count < 0), differing + bool(found)
            for difference in found:
                console.print(difference)
    minutes = (perf_counter() - start) / 60
    console.print(
        f"{len(files) - refused} case files ({refused} more are refused on loading) and {options.cases} random cases, {rows} rows each "
        f"from compiled, {', '.join(engines)}: {differing} cases differ. {minutes:.1f} minutes."
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
