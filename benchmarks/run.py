"""Compare the reasoner with the naive pipeline, in one run on one machine, and print one table.

    python -m benchmarks                     the whole table
    python -m benchmarks --rounds 50         fewer runs of each step
    python -m benchmarks --json              the figures as JSON

The naive pipeline is what the parts give out of the box: rdflib parses the case, pySHACL validates it with the same shapes, the
ontology as ``ont_graph`` and ``inference="owlrl"``. Absolute times swing with the machine; the ratios are of one run.
"""

import argparse
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import rdflib
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Timing, process, show, timed
from mtus.reasoner.assess import assess
from mtus.reasoner.decide_case import decide_case, requests_of
from mtus.reasoner.explain import explain
from mtus.reasoner.graph import n_triples
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.pipeline import decide_all, determine
from mtus.reasoner.render_json import to_json
from mtus.reasoner.validate import ENGINES, validate
from mtus.reasoner.whatif import what_if

CASE = Path(__file__).resolve().parent.parent / "examples" / "imr-2015" / "case.json"
# Without the command: what `mtus determine` does, from the start of a process.
_WITHOUT_COMMAND = (
    "import sys, pathlib; from mtus.reasoner.pipeline import determine; print(determine(pathlib.Path(sys.argv[1]).read_bytes()))"
)


@dataclass(frozen=True)
class Line:
    """One line of the table; ``megabytes`` where memory was measured."""

    group: str
    what: str
    timing: Timing
    megabytes: float | None = None


def benchmark(*, rounds: int, progress: Callable[[str], None] = lambda _: None) -> list[Line]:
    """Measure everything; ``rounds`` is how often each step of ours is run."""
    knowledge = load_knowledge()
    content = CASE.read_bytes()
    facts = load_case(content, knowledge, name=CASE.name)
    turtle = ox.serialize(ox.parse(n_triples(facts.stated), format=ox.RdfFormat.N_TRIPLES), format=ox.RdfFormat.TURTLE)
    progress("the naive pipeline")
    lines = [Line("naive", 'rdflib, pySHACL with inference="owlrl"', _naive(turtle, knowledge, runs=max(1, rounds // 100)))]
    progress("a warm determination")
    few = max(1, rounds // 10)
    lines += [
        Line("warm", "plain JSON to JSON with trace", timed(lambda: to_json(determine(content, name=CASE.name)), runs=rounds)),
        Line("warm", "Turtle to JSON with trace", timed(lambda: to_json(determine(turtle, syntax="turtle")), runs=rounds)),
    ]
    progress("what would change the answers")
    lines.append(Line("what-if", "all minimal sets, three requests", _what_if(content, knowledge, runs=few)))
    progress("its steps")
    lines += _steps(content, knowledge, rounds)
    progress("validation by three engines")
    graph = infer(facts.triples, knowledge.rules, knowledge.background).graph
    lines += [
        Line(
            "validation", engine, timed(lambda e=engine: validate(graph, knowledge, e), runs=1 + few // 10 if engine == "pyshacl" else few)
        )
        for engine in ENGINES
    ]  # type: ignore[misc]
    progress("from the start of a process")
    lines += [Line("process", what, *process(command, runs=min(5, few))) for what, command in _commands()]
    return lines


def _naive(turtle: bytes, knowledge: Knowledge, *, runs: int) -> Timing:
    shapes = rdflib.Graph().parse(data=knowledge.shapes_text, format="nt")
    ontology = rdflib.Graph().parse(data=n_triples(knowledge.ontology), format="nt")

    def run() -> None:
        case = rdflib.Graph().parse(data=turtle, format="turtle")
        pyshacl.validate(case, shacl_graph=shapes, ont_graph=ontology, inference="owlrl")

    return timed(run, runs=runs, warm_up=0)


def _what_if(content: bytes, knowledge: Knowledge, *, runs: int) -> Timing:
    """Time the search for what would change the answers, after the case was decided."""
    assessed, decided = decide_all(load_case(content, knowledge, name=CASE.name), knowledge)
    return timed(lambda: what_if(assessed, decided, knowledge), runs=runs)


def _steps(content: bytes, knowledge: Knowledge, rounds: int) -> list[Line]:
    """Time each step of a determination alone, on what the steps before it gave."""
    facts = load_case(content, knowledge, name=CASE.name)
    inferred = infer(facts.triples, knowledge.rules, knowledge.background)
    rows = validate(inferred.graph, knowledge)
    requests = requests_of(inferred.graph, facts.case)
    assessed = assess(facts, requests, inferred, rows, knowledge)
    decided = tuple(decide_case(assessed, requests, knowledge).values())
    determination = explain(assessed, decided, knowledge)
    steps: dict[str, Callable[[], object]] = {
        "load": lambda: load_case(content, knowledge, name=CASE.name),
        "infer": lambda: infer(facts.triples, knowledge.rules, knowledge.background),
        "validate": lambda: validate(inferred.graph, knowledge),
        "assess": lambda: assess(facts, requests, inferred, rows, knowledge),
        "decide": lambda: decide_case(assessed, requests, knowledge),
        "explain": lambda: explain(assessed, decided, knowledge),
        "render": lambda: to_json(determination),
    }
    return [Line("step", name, timed(work, runs=rounds)) for name, work in steps.items()]


def _commands() -> list[tuple[str, list[str]]]:
    """Return what to start: the command where it is installed, else the same by Python."""
    beside = Path(sys.executable).with_name("mtus")
    found = str(beside) if beside.exists() else shutil.which("mtus")
    if found:
        return [("mtus determine, one case", [found, "determine", str(CASE)])]
    return [("determine by Python, one case", [sys.executable, "-c", _WITHOUT_COMMAND, str(CASE)])]


def table(lines: list[Line]) -> Table:
    """Return ``lines`` as a table, with how many times faster than the naive pipeline each is."""
    naive = lines[0].timing.milliseconds
    shown = Table(title=f"{CASE.parent.name} on {platform.machine()}, Python {platform.python_version()}; medians, all in one run")
    for name in ("", "what", "ms", "fastest to slowest", "runs", "naive takes", "peak memory"):
        shown.add_column(name, justify="left" if name in ("", "what") else "right")
    before = ""
    for line in lines:
        if before not in ("", line.group):
            shown.add_section()
        t = line.timing
        times = f"{naive / t.milliseconds:,.0f} times" if line.group in ("warm", "process") else ""
        memory = f"{line.megabytes:.0f} MB" if line.megabytes else ""
        group = line.group if line.group != before else ""
        shown.add_row(group, line.what, f"{t.milliseconds:,.2f}", f"{t.fastest:,.2f} to {t.slowest:,.2f}", str(t.runs), times, memory)
        before = line.group
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the table or the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare the reasoner with the naive pipeline.")
    parser.add_argument("--rounds", type=int, default=200, help="how often each step of ours is run (default 200)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds has to be at least 1")
    console, errors = Console(), Console(stderr=True)
    with errors.status("measuring") as status:
        lines = benchmark(rounds=options.rounds, progress=lambda what: status.update(f"measuring {what}"))
    show(lines, table, console, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
