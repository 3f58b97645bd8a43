"""What the tests of the store share: many small cases, and what a store holds of each."""

import json
from collections import Counter
from pathlib import Path

from conftest import ROOT

from mtus.reasoner.case_graphs import graph_names
from mtus.reasoner.store import Store
from mtus.reasoner.stored_cases import stored_cases

SKELETON = json.loads((ROOT / "examples" / "skeletons" / "case.json").read_text("utf-8"))


def write_cases(folder: Path, count: int) -> list[Path]:
    """Write ``count`` synthetic cases that differ in their identifier and in the number of visits; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        case = json.loads(json.dumps(SKELETON))
        case["id"] = f"synthetic-{number:04}"
        case["requests"][0]["visitCount"] = 1 + number % 12
        path = folder / f"case-{number:04}.json"
        path.write_text(json.dumps(case), "utf-8")
        paths.append(path)
    return paths


def sizes(store: Store) -> dict[str, tuple[int, ...]]:
    """Return for each stored case the number of triples in each of its graphs."""
    counts = Counter({name: int(n) for name, n in store.rows("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")})
    return {case: tuple(counts[name] for name in graph_names(case, determination)) for case, determination in stored_cases(store)}


def graphs_of_no_case(store: Store) -> set[str]:
    """Return the named graphs of cases and determinations that belong to no case that is stored as a whole."""
    known = {name for case, determination in stored_cases(store) for name in graph_names(case, determination)}
    names = {name for (name,) in store.rows("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")}
    return {name for name in names - known if "/case/" in name or "/determination/" in name}
