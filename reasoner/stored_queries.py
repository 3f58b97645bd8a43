"""Questions of analysts that are stored as files: a SPARQL query with a header that says what it asks and of how many.

The header is a block of comments (api/queries/README.md has the whole form)::

    # title: Answers by treatment
    # question: How are the requests for each treatment answered?
    # denominator: all requests of stored cases
    # parameter: from | date | 0001-01-01 | the first day of the date of request
    # chart: bar | treatment | supported

Parameters stand in the query as ``$name``. Values are put in as terms (:func:`mtus.reasoner.sparql_text.bind`), never as text.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.errors import knowledge_error, query_error
from mtus.reasoner.namespaces import XSD
from mtus.reasoner.render_rdf import PREFIXES
from mtus.reasoner.sparql_text import bind, read_query

CHARTS: Final = ("bar", "line")
_HEADER: Final = re.compile(r"#\s?([a-z]+): (.+)")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, the kind of its values (a key of :data:`KINDS`), its default as text, and what it means."""

    name: str
    kind: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Chart:
    """A picture of the table: its kind (one of :data:`CHARTS`), the column along the axis, and the columns that are drawn."""

    kind: str
    labels: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class StoredQuery:
    """A question with its query; ``denominator`` says what shares and counts are of."""

    name: str
    title: str
    question: str
    denominator: str
    parameters: tuple[Parameter, ...]
    chart: Chart | None
    text: str

    def bound(self, values: Mapping[str, str]) -> str:
        """Return the query with ``values`` for its parameters, defaults for the others.

        Raises :class:`QueryError` for a parameter that it does not have, and for a value that is none of its kind.
        """
        known = [parameter.name for parameter in self.parameters]
        for name in values:
            if name not in known:
                raise query_error("unknown-parameter", f"{self.name}, {name}", f"'{name[:100]}' is no parameter of this query.",
                                  _guess(name, known) or f"It has these: {', '.join(known) or 'none'}.")  # fmt: skip
        terms = {p.name: self._term(p, values.get(p.name, p.default)) for p in self.parameters}
        return bind(self.text, terms)

    def _term(self, parameter: Parameter, value: str) -> ox.NamedNode | ox.Literal:
        try:
            return KINDS[parameter.kind](value.strip())
        except ValueError:
            why = f"'{value[:100]}' is no {parameter.kind}."
            example = parameter.default
            raise query_error("bad-parameter-value", f"{self.name}, {parameter.name}", why, f"For example: {example}.") from None


def read_stored_queries(folder: Path | None = None) -> dict[str, StoredQuery]:
    """Return the stored queries of ``folder``, or those that ship with the service, by name.

    Raises :class:`KnowledgeError` for a file whose header is incomplete or wrong.
    """
    folder = folder or Path(str(files("mtus.api"))) / "queries"
    return {path.stem: _read(path) for path in sorted(folder.glob("*.rq"))}


def stored_query(name: str, queries: Mapping[str, StoredQuery]) -> StoredQuery:
    """Return the query ``name`` of ``queries``; raise :class:`QueryError` where there is none."""
    if name not in queries:
        raise query_error(
            "unknown-query", name[:100], "No stored query has this name.", _guess(name, list(queries)) or "`mtus query` lists them."
        )
    return queries[name]


def _read(path: Path) -> StoredQuery:
    text = path.read_text("utf-8")
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        match = _HEADER.fullmatch(line)
        if match is None:
            raise _wrong(path, f"'{line[:60]}' is no line of a header.")
        said.setdefault(match[1], []).append(match[2].strip())
    for key in ("title", "question", "denominator"):
        if len(said.get(key, ())) != 1:
            raise _wrong(path, f"It does not say its {key} once.")
    unknown = said.keys() - {"title", "question", "denominator", "parameter", "chart"}
    if unknown or not _NAME.fullmatch(path.stem):
        raise _wrong(path, f"'{min(unknown, default=path.stem)}' is no word of a header, or no name.")
    charts = [_chart(path, line) for line in said.get("chart", ())]
    parameters = tuple(_parameter(path, line) for line in said.get("parameter", ()))
    read_query(text, name=path.name)
    found = StoredQuery(path.stem, said["title"][0], said["question"][0], said["denominator"][0], parameters,
                        charts[0] if charts else None, text)  # fmt: skip
    found.bound({})
    return found


def _parameter(path: Path, line: str) -> Parameter:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) != 4 or parts[1] not in KINDS or not re.fullmatch(r"[a-z][a-z_]*", parts[0]):
        raise _wrong(path, f"The parameter '{line[:60]}' is not written as name | kind | default | meaning.")
    return Parameter(*parts)


def _chart(path: Path, line: str) -> Chart:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) < 3 or parts[0] not in CHARTS:
        raise _wrong(path, f"The chart '{line[:60]}' is not written as kind | column | column ….")
    return Chart(parts[0], parts[1], tuple(parts[2:]))


def _wrong(path: Path, why: str) -> Exception:
    return knowledge_error("query-header", path.name, why, "See api/queries/README.md.")


def _guess(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean '{near[0]}'?" if near else ""


def _iri(value: str) -> ox.NamedNode:
    """Return the IRI that ``value`` is, or that it shortens with one of the project's prefixes."""
    prefix, _, rest = value.partition(":")
    full = PREFIXES[prefix] + rest if prefix in PREFIXES else value.removeprefix("<").removesuffix(">")
    if "://" not in full and not full.startswith("urn:"):
        raise ValueError(value)
    return ox.NamedNode(full)


def _date(value: str) -> ox.Literal:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(value)
    date.fromisoformat(value)
    return _typed(value, "date")


def _integer(value: str) -> ox.Literal:
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise ValueError(value)
    return _typed(value, "integer")


def _decimal(value: str) -> ox.Literal:
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", value):
        raise ValueError(value)
    return _typed(value, "decimal")


def _typed(value: str, name: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + name))


# How a value of each kind becomes a term; each raises ValueError for what is none.
KINDS: Final[dict[str, Callable[[str], ox.NamedNode | ox.Literal]]] = {
    "date": _date, "integer": _integer, "decimal": _decimal, "text": ox.Literal, "name": _iri,
}  # fmt: skip
