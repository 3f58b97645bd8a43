"""Answers of queries, and the list of stored queries, as tables for the terminal."""

from collections.abc import Iterable
from typing import Any

import orjson
from rich.table import Table
from rich.text import Text

from mtus.reasoner.render_rdf import PREFIXES
from mtus.reasoner.stored_queries import StoredQuery

_BY_LENGTH = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def answer_table(content: bytes, asked: StoredQuery | None = None) -> Table:
    """Return an answer in SPARQL JSON as a table; ``asked`` is the stored query that it answers, which says what is counted."""
    read = orjson.loads(content)
    title = Text(asked.title, style="bold") if asked else None
    caption = Text(f"Of: {asked.denominator}.") if asked else None
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    if "boolean" in read:
        table.add_column("answer")
        table.add_row("yes" if read["boolean"] else "no")
        return table
    names, rows = read["head"]["vars"], read["results"]["bindings"]
    for name in names:
        numeric = bool(rows) and all(_is_number(row.get(name)) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown_term(row[name]) if name in row else "") for name in names))
    return table


def stored_query_table(queries: Iterable[StoredQuery]) -> Table:
    """Return names, questions and parameters of stored queries as a table."""
    table = Table("Name", "Question", "Parameters")
    for query in queries:
        parameters = "\n".join(f"{p.name} ({p.kind}, {p.default})" for p in query.parameters)
        table.add_row(Text(query.name, overflow="fold"), Text(query.question), Text(parameters))
    return table


def shown_term(term: dict[str, Any]) -> str:
    """Return a term of SPARQL JSON for people: an IRI shortened with the project's prefixes, a literal as its text."""
    value = term["value"]
    if term["type"] != "uri":
        return str(value)
    return next((f"{prefix}:{value[len(base) :]}" for prefix, base in _BY_LENGTH if value.startswith(base) and value != base), str(value))


def _is_number(term: dict[str, Any] | None) -> bool:
    return term is None or str(term.get("datatype", "")).rsplit("#", 1)[-1] in ("integer", "decimal", "double")
