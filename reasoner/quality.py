"""Checks of the knowledge that are SPARQL queries: one file a check, each row of its result a violation.

The header of a file is its manual page: ``# problem:``, ``# why:`` and ``# remedy:``, one line each.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from mtus.reasoner.errors import knowledge_error
from mtus.reasoner.graph import Graph, n_triples
from mtus.reasoner.namespaces import BASE

_HEADERS = ("problem", "why", "remedy")


@dataclass(frozen=True)
class QualityCheck:
    """One check: its name (that of its file), its manual page, and its query."""

    name: str
    problem: str
    why: str
    remedy: str
    query: str


def read_quality_checks(folder: Path | None = None) -> tuple[QualityCheck, ...]:
    """Return the checks of ``folder``, or those that ship with the ontology, by name.

    Raises :class:`KnowledgeError` for a file without its header.
    """
    folder = folder or Path(str(files("mtus.ontology"))) / "quality"
    return tuple(_read(path) for path in sorted(folder.glob("*.rq")))


def store_of(*graphs: Graph) -> ox.Store:
    """Return ``graphs`` together as a store that can be queried."""
    store = ox.Store()
    for graph in graphs:
        store.bulk_load(n_triples(graph), format=ox.RdfFormat.N_TRIPLES)
    return store


def violations(check: QualityCheck, store: ox.Store) -> tuple[str, ...]:
    """Return what ``check`` finds in ``store``, a line each, sorted; empty where all is well."""
    found = store.query(check.query)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    lines = (", ".join(f"{name} {_short(row[name])}" for name in names if row[name] is not None) for row in found)
    return tuple(sorted(lines))


def header(text: str, name: str, path: Path) -> str:
    """Return what the comment ``# name:`` of the query ``text`` says; raise :class:`KnowledgeError` where it is missing."""
    start = f"# {name}:"
    found = next((line.removeprefix(start).strip() for line in text.splitlines() if line.startswith(start)), "")
    if not found:
        raise knowledge_error("query-header", path.name, f"The query does not state its {name}.", f"Begin a comment line with '{start}'.")
    return found


def _read(path: Path) -> QualityCheck:
    text = path.read_text(encoding="utf-8")
    problem, why, remedy = (header(text, name, path) for name in _HEADERS)
    return QualityCheck(path.stem, problem, why, remedy, text)


def _short(term: object) -> str:
    return str(term.value if isinstance(term, ox.NamedNode | ox.Literal) else term).removeprefix(BASE)
