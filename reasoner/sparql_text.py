"""What can be said of a SPARQL query from its words alone, before any engine sees it: its form, its dataset, what it may not do.

The words are those of the grammar (https://www.w3.org/TR/sparql11-query/#sparqlGrammar): comments, IRIs, strings, variables, names and
keywords. The engine may fetch what ``SERVICE`` names, so that keyword must not hide, not even where engine and grammar disagree on where
a word ends. Comments are blanked out before the engine sees the query; an IRI holds no brace and no ``<``, so that no pattern fits into
what only looks like one; and a keyword glued to a number, to another keyword or to a name is looked for inside words and prefixes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.errors import query_error
from mtus.reasoner.settings import QUERIES, QuerySettings

FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
# Keywords that only an update has (https://www.w3.org/TR/sparql11-update/).
_UPDATES: Final = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"))
_PROLOGUE: Final = frozenset(("BASE", "PREFIX", "VERSION"))

_ESCAPED: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>[ \t\r\n]+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
    | (?P<string>
        \"\"\"(?:(?:"|"")?(?:[^"\\]|\\.))*\"\"\" | \'\'\'(?:(?:'|'')?(?:[^'\\]|\\.))*\'\'\' | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<blank>_:\w(?:[\w.\-]*[\w\-])?)
    | (?P<name>
        (?:[^\W\d_](?:[\w.\-]*[\w\-])?)?:(?:(?:[\w:]|{_ESCAPED})(?:(?:[\w.:\-]|{_ESCAPED})*(?:[\w:\-]|{_ESCAPED}))?)?)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word of a query: its kind, its text and where it begins (characters from the start)."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class QueryText:
    """A query that may be asked: its text with comments blanked out, its form, and whether it names its dataset itself (FROM)."""

    text: str
    form: str
    names_dataset: bool

    @property
    def gives_graph(self) -> bool:
        """Whether the answer is a graph; it is a table or a truth value otherwise."""
        return self.form in ("CONSTRUCT", "DESCRIBE")


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of ``text`` without spaces and comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind not in ("space", "comment"):
            yield Token(kind, match.group(), match.start())


def read_query(text: str, settings: QuerySettings = QUERIES, name: str = "query") -> QueryText:
    """Return what ``text`` asks for; ``name`` is what errors call it.

    Raises :class:`QueryError` for an update, for ``SERVICE``, for what is no query, and for one that is too long or too deeply nested.
    """
    _refuse_length(text, settings, name)
    found = list(tokens(text))
    _refuse_depth(found, text, settings, name)
    form = _form(found, text, name)
    _refuse_service(found, text, name)
    names_dataset = any(token.kind == "word" and token.text.upper() == "FROM" for token in found)
    return QueryText(_without_comments(text), form, names_dataset)


def bind(text: str, values: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """Return the query ``text`` with each ``$name`` replaced by the term that ``values`` has for ``name``.

    Terms are put in as whole words of the grammar, escaped by the RDF library, wherever ``$name`` stands as a word of its own; so a
    value can never become another part of the query. What is written with ``?`` stays a variable.
    """
    parts: list[str] = []
    end = 0
    for token in tokens(text):
        value = values.get(token.text[1:]) if token.kind == "variable" and token.text.startswith("$") else None
        if value is not None:
            parts += (text[end : token.start], str(value))
            end = token.start + len(token.text)
    return "".join((*parts, text[end:]))


def place(text: str, start: int, name: str) -> str:
    """Return the place of the character ``start`` of ``text`` with line and column, both from one."""
    before = text[:start]
    return f"{name}, line {before.count(chr(10)) + 1}, column {start - before.rfind(chr(10))}"


def _without_comments(text: str) -> str:
    """Return ``text`` with spaces for its comments, so that lines and columns stay as they are."""
    return _TOKEN.sub(lambda match: " " * len(match.group()) if match.lastgroup == "comment" else match.group(), text)


def _form(found: list[Token], text: str, name: str) -> str:
    """Return the form of the query: the first keyword that does not belong to the prologue."""
    for token in found:
        word = token.text.upper()
        if token.kind != "word" or word in _PROLOGUE:
            continue
        if word in FORMS:
            return word
        where = place(text, token.start, name)
        if word in _UPDATES:
            raise query_error("query-update", where, f"This is an update ({word}); nothing can be changed here.",
                              "Ask a query; `mtus load` stores cases.")  # fmt: skip
        raise query_error("query-syntax", where, f"'{token.text[:40]}' does not begin a query.", f"Begin with {', '.join(FORMS)}.")
    raise query_error("query-syntax", name, "There is no query in the text.", f"Begin with {', '.join(FORMS)}.")


def _refuse_length(text: str, settings: QuerySettings, name: str) -> None:
    if len(text) > settings.max_query_characters:
        why = f"The query has {len(text):,} characters; the limit is {settings.max_query_characters:,}."
        raise query_error("query-too-long", name, why, "Ask a shorter question, or raise the limit MTUS_MAX_QUERY_CHARACTERS.")


def _refuse_service(found: list[Token], text: str, name: str) -> None:
    for token in found:
        keyword = token.text if token.kind == "word" else token.text.split(":")[0] if token.kind == "name" else ""
        if "SERVICE" in keyword.upper():
            where = place(text, token.start, name)
            why = "The query asks another server (SERVICE), or a name in it reads like that; nothing is ever fetched."
            raise query_error("query-service", where, why, "Ask the other server yourself, or choose another prefix.")


def _refuse_depth(found: list[Token], text: str, settings: QuerySettings, name: str) -> None:
    depth = 0
    for token in found:
        depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
        if depth > settings.max_query_depth:
            why = f"The query is nested more than {settings.max_query_depth} levels deep."
            raise query_error("query-too-deep", place(text, token.start, name), why, "Ask a simpler question.")
