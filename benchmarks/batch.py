"""Compare `mtus batch` with the naive pipeline and with the time that parsing alone takes: one table, all of it measured in one run.

    python -m benchmarks.batch                       1,000, 10,000 and 100,000 cases
    python -m benchmarks.batch --sizes 1000 --json

All lines are about the same synthetic cases. The naive pipeline (rdflib, pySHACL with ``inference="owlrl"``) and pySHACL on precomputed
types take seconds a case: they are measured on the first few cases, and their cases a second are worked out from that. The floor is the
time in which pyoxigraph parses the same bytes and does nothing with them. All answers are compared in the same run.
"""

import argparse
import gc
import json
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import pyoxigraph as ox
import pyshacl
import rdflib
from rich.console import Console
from rich.table import Table

from benchmarks.measure import show
from mtus.reasoner.assess import assess
from mtus.reasoner.decide_case import requests_of
from mtus.reasoner.graph import n_triples
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.pipeline import decide_assessed
from mtus.reasoner.rows import Row
from mtus.reasoner.synthesize_files import CaseFormat, write_cases
from mtus.reasoner.validate import report_rows, validate

_LOG = re.compile(r"in ([\d,.]+) s: .* largest process ([\d,]+) MB")


@dataclass(frozen=True)
class Line:
    """One line of the table; ``measured`` is on how many cases, where that is fewer than ``cases``."""

    what: str
    cases: int
    measured: int
    seconds: float
    megabytes: float | None = None

    @property
    def milliseconds(self) -> float:
        """Milliseconds a case."""
        return 1000 * self.seconds / self.measured


def measure(sizes: list[int], *, naive: int, reference: int, progress: Callable[[str], None] = lambda _: None) -> list[Line]:
    """Measure everything; ``naive`` and ``reference`` are on how many cases the two slow pipelines run.

    Raises ``AssertionError`` where any answer differs.
    """
    knowledge = load_knowledge()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        source = place / "cases.nq"
        progress(f"{max(sizes):,} synthetic cases")
        write_cases(max(sizes), 2015, source, CaseFormat.N_QUADS, processes=2)
        few = list(islice(_cases(source), max(naive, reference)))
        answers = _answers(place, few)
        progress("the naive pipeline")
        lines = [_slow("naive: rdflib, pySHACL with owlrl", few[:naive], _naive, answers, knowledge)]
        progress("pySHACL on precomputed types")
        lines.append(_slow("pySHACL on precomputed types", few[:reference], _reference, answers, knowledge))
        for size in sizes:
            part = place / f"{size}.nq"
            _first(source, size, part)
            progress(f"the floor, {size:,} cases")
            lines.append(Line("floor: pyoxigraph parses", size, size, _floor(part)))
            digests = set()
            for processes in (1, 2):
                progress(f"{size:,} cases, {processes} processes")
                line, digest = _ours(part, size, processes)
                lines.append(line)
                digests.add(digest)
            assert len(digests) == 1, "one and two processes give different rows"
    return lines


def _cases(source: Path) -> Iterator[bytes]:
    """Yield each case of ``source`` as N-Triples."""
    with source.open("rb") as stream:
        for _, lines in groupby(stream, key=lambda line: line.rsplit(b" ", 2)[1]):
            yield b"".join(line.rsplit(b" ", 2)[0] + b" .\n" for line in lines)


def _first(source: Path, count: int, target: Path) -> None:
    with source.open("rb") as stream, target.open("wb") as out:
        for _, lines in islice(groupby(stream, key=lambda line: line.rsplit(b" ", 2)[1]), count):
            out.writelines(lines)


def _floor(source: Path) -> float:
    start = perf_counter()
    for _ in ox.parse(path=str(source), format=ox.RdfFormat.N_QUADS):
        pass
    return perf_counter() - start


def _ours(source: Path, size: int, processes: int) -> tuple[Line, str]:
    target = source.with_suffix(".ndjson")
    command = [sys.executable, "-m", "mtus.reasoner", "batch", str(source), "-o", str(target), "--processes", str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _LOG.search(done.stdout)
    assert found, done.stdout
    seconds, megabytes = (float(text.replace(",", "")) for text in found.groups())
    digest = next(line for line in done.stdout.splitlines() if "SHA-256" in line)
    return Line(f"ours, {processes} process{'es' if processes > 1 else ''}", size, size, seconds, megabytes), digest


# The slow pipelines


def _answers(place: Path, cases: list[bytes]) -> list[dict[str, str]]:
    """Return the answers that the batch gives, by request, for each case."""
    folder = place / "few"
    folder.mkdir()
    for number, case in enumerate(cases):
        (folder / f"{number:04}.nt").write_bytes(case)
    target = place / "few.ndjson"
    command = [sys.executable, "-m", "mtus.reasoner", "batch", str(folder), "-o", str(target), "--processes", "1"]
    subprocess.run(command, capture_output=True, check=True)
    found: list[dict[str, str]] = [{} for _ in cases]
    for line in target.read_bytes().splitlines():
        row = json.loads(line)
        found[int(Path(row["input"]).stem)][f"{row['case']}/{row['request']}"] = row["answer"]
    return found


Slow = Callable[[bytes, Knowledge], list[Row]]


def _slow(what: str, cases: list[bytes], pipeline: Slow, answers: list[dict[str, str]], knowledge: Knowledge) -> Line:
    seconds = 0.0
    gc.collect()
    for case, answer in zip(cases, answers, strict=False):
        start = perf_counter()
        rows = pipeline(case, knowledge)
        seconds += perf_counter() - start
        assert _decided(case, rows, knowledge) == answer, f"{what} gives other answers"
    return Line(what, len(cases), len(cases), seconds)


def _naive(case: bytes, knowledge: Knowledge) -> list[Row]:
    """Return what fails according to pySHACL out of the box: the closure of case and ontology is made for each case."""
    shapes, ontology = _parsed(knowledge)
    data = rdflib.Graph().parse(data=case, format="nt")
    conforms, found, text = pyshacl.validate(data, shacl_graph=shapes, ont_graph=ontology, inference="owlrl")
    assert isinstance(found, rdflib.Graph)
    return report_rows(found, conforms, text, "naive")


_PARSED: dict[str, tuple[rdflib.Graph, rdflib.Graph]] = {}


def _parsed(knowledge: Knowledge) -> tuple[rdflib.Graph, rdflib.Graph]:
    if knowledge.digest not in _PARSED:
        shapes = rdflib.Graph().parse(data=knowledge.shapes_text, format="nt")
        _PARSED[knowledge.digest] = (shapes, rdflib.Graph().parse(data=n_triples(knowledge.ontology), format="nt"))
    return _PARSED[knowledge.digest]


def _reference(case: bytes, knowledge: Knowledge) -> list[Row]:
    """Return what fails according to pySHACL on the closure that our rules give."""
    _, inferred = _inferred(case, knowledge)
    return list(validate(inferred.graph, knowledge, "pyshacl"))


def _inferred(case: bytes, knowledge: Knowledge) -> tuple[Facts, Inferred]:
    facts = load_case(case, knowledge, syntax="n-triples")
    return facts, infer(facts.triples, knowledge.rules, knowledge.background)


def _decided(case: bytes, rows: list[Row], knowledge: Knowledge) -> dict[str, str]:
    """Return the answers that follow from ``rows``."""
    facts, inferred = _inferred(case, knowledge)
    requests = requests_of(inferred.graph, facts.case)
    decided = decide_assessed(assess(facts, requests, inferred, tuple(rows), knowledge), requests, knowledge)
    return {request: d.decision.answer.value for request, d in decided.items()}


def table(lines: list[Line]) -> Table:
    """Return ``lines`` as a table; ratios are of milliseconds a case."""
    naive = lines[0].milliseconds
    floors = {line.cases: line.milliseconds for line in lines if line.what.startswith("floor")}
    shown = Table(title=f"Batch on {platform.machine()}, Python {platform.python_version()}, all in one run; all answers agree")
    for name in ("what", "cases", "ms a case", "cases a second", "naive takes", "times the floor", "largest process"):
        shown.add_column(name, justify="left" if name == "what" else "right")
    size = 0
    for line in lines:
        if line.cases != size and line.what.startswith("floor"):
            shown.add_section()
        size = line.cases
        floor = floors.get(line.cases, floors[min(floors)])
        memory = f"{line.megabytes:,.0f} MB" if line.megabytes else ""
        times = "" if line is lines[0] else f"{naive / line.milliseconds:,.0f} times"
        rate = f"{1000 / line.milliseconds:,.{0 if line.milliseconds < 100 else 2}f}"
        shown.add_row(line.what, f"{line.cases:,}", f"{line.milliseconds:,.3f}", rate, times, f"{line.milliseconds / floor:,.1f}", memory)
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the table or the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description="Compare the batch with the naive pipeline.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="how many cases (default 1000 10000 100000)")
    parser.add_argument("--naive", type=int, default=3, help="on how many cases the naive pipeline runs (default 3)")
    parser.add_argument("--reference", type=int, default=10, help="on how many cases pySHACL on precomputed types runs (default 10)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    if min(*options.sizes, options.naive, options.reference) < 1:
        parser.error("all numbers of cases have to be at least 1")
    console, errors = Console(width=140), Console(stderr=True)
    with errors.status("measuring") as status:
        lines = measure(sorted(options.sizes), naive=options.naive, reference=options.reference,
                        progress=lambda what: status.update(f"measuring {what}"))  # fmt: skip
    show(lines, table, console, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
