"""Read the part of SPARQL 1.1 (https://www.w3.org/TR/sparql11-query/) in which most constraint components are written.

Read are: SELECT of ``$this`` alone; triples whose predicates are given; OPTIONAL, UNION, FILTER with expressions, EXISTS and NOT EXISTS,
BIND; GROUP BY ``$this`` with HAVING and the aggregates COUNT, SUM, MIN and MAX. For anything else :func:`read_query` returns None, and
the general engine is asked.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.namespaces import TYPE, XSD

THIS: Final = "this"
AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX")


@dataclass(frozen=True)
class Variable:
    """A variable, by its name."""

    name: str


Part: TypeAlias = Variable | Term


@dataclass(frozen=True)
class Pattern:
    """A triple with variables; its predicate is given."""

    subject: Part
    predicate: str
    value: Part


@dataclass(frozen=True)
class Optional:
    """OPTIONAL { … }."""

    group: "Group"


@dataclass(frozen=True)
class Union:
    """{ … } UNION { … }, or a group in a group."""

    groups: tuple["Group", ...]


@dataclass(frozen=True)
class Bind:
    """BIND(expression AS ?variable)."""

    expression: "Expression"
    variable: str


@dataclass(frozen=True)
class Exists:
    """FILTER EXISTS { … }, or NOT EXISTS."""

    group: "Group"
    wanted: bool


@dataclass(frozen=True)
class Call:
    """An operator, a function or an aggregate with its arguments, by its name in capitals; ``!`` in front of the name: DISTINCT."""

    name: str
    arguments: tuple["Expression", ...]


Expression: TypeAlias = Call | Variable | Term
Element: TypeAlias = Pattern | Optional | Union | Bind


@dataclass(frozen=True)
class Group:
    """What stands between braces: elements in their order, and filters, which hold for all of it."""

    elements: tuple[Element, ...]
    filters: tuple[Expression | Exists, ...]


@dataclass(frozen=True)
class Query:
    """A query: its pattern, and what it asks of all solutions together, where it groups them and asks anything."""

    where: Group
    having: Expression | None


class _UnsupportedError(Exception):
    """The query uses more of SPARQL than is read here."""


_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?:
    (?P<iri><[^<>\s]*>) | (?P<variable>[?$]\w+) | (?P<number>\d+(?:\.\d+)?) | (?P<string>"[^"\\\n]*"(?:\^\^<[^<>\s]*>)?)
    | (?P<name>[A-Za-z][\w-]*(?::[\w-]+(?:\.[\w-]+)*)? | :[\w-]+) | (?P<sign>\|\||&&|!=|<=|>=|[{}().;,=<>+*/!-])
    )\s*""",
    re.VERBOSE,
)
_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_COMPARISONS = ("=", "!=", "<", ">", "<=", ">=")


def read_query(text: str) -> Query | None:
    """Return what ``text`` asks, or None where it uses more of SPARQL than is read here, or is no SPARQL at all."""
    try:
        return _Parser(text).query()
    except (_UnsupportedError, IndexError):
        return None


class _Parser:
    def __init__(self, text: str) -> None:
        self.prefixes = dict(_PREFIX.findall(text))
        self.tokens: list[tuple[str, str]] = []
        body, position = _PREFIX.sub(" ", text).rstrip(), 0
        while position < len(body):
            found = _TOKEN.match(body, position)
            if found is None:
                raise _UnsupportedError(body[position : position + 20])
            kind = found.lastgroup or ""
            self.tokens.append((kind, found.group(kind)))
            position = found.end()
        self.place = 0

    # Tokens

    def word(self) -> str:
        """Return the next token in capitals, or nothing at the end."""
        return self.tokens[self.place][1].upper() if self.place < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        if self.word() in words:
            self.place += 1
            return True
        return False

    def need(self, word: str) -> None:
        if not self.take(word):
            raise _UnsupportedError(f"{word} expected, {self.word()} found")

    # Patterns

    def query(self) -> Query:
        self.need("SELECT")
        self.take("DISTINCT")
        self.this()
        self.take("WHERE")
        where, having = self.group(), None
        if self.take("GROUP"):
            self.need("BY")
            self.this()
            if self.take("HAVING"):
                self.need("(")
                having = self.expression()
                self.need(")")
        if self.place != len(self.tokens):
            raise _UnsupportedError(self.word())
        return Query(where, having)

    def this(self) -> None:
        if self.part() != Variable(THIS):
            raise _UnsupportedError("another variable than $this")

    def group(self) -> Group:
        self.need("{")
        elements: list[Element] = []
        filters: list[Expression | Exists] = []
        while not self.take("}"):
            if self.take("OPTIONAL"):
                elements.append(Optional(self.group()))
            elif self.take("FILTER"):
                filters.append(self.filter())
            elif self.take("BIND"):
                elements.append(self.bind())
            elif self.word() == "{":
                groups = [self.group()]
                while self.take("UNION"):
                    groups.append(self.group())
                elements.append(Union(tuple(groups)))
            else:
                elements += self.triples()
            self.take(".")
        return Group(tuple(elements), tuple(filters))

    def filter(self) -> Expression | Exists:
        if self.take("NOT"):
            self.need("EXISTS")
            return Exists(self.group(), wanted=False)
        if self.take("EXISTS"):
            return Exists(self.group(), wanted=True)
        return self.bracketed()

    def bind(self) -> Bind:
        self.need("(")
        expression = self.expression()
        self.need("AS")
        variable = self.part()
        self.need(")")
        if not isinstance(variable, Variable):
            raise _UnsupportedError("BIND to no variable")
        return Bind(expression, variable.name)

    def triples(self) -> list[Pattern]:
        subject, found = self.part(), []
        while True:
            predicate = TYPE if self.take("A") else self.part()
            if not isinstance(predicate, str):
                raise _UnsupportedError("a variable as predicate")
            found.append(Pattern(subject, predicate, self.part()))
            while self.take(","):
                found.append(Pattern(subject, predicate, self.part()))
            if not self.take(";"):
                return found
            if self.word() in (".", "}"):
                return found

    def part(self) -> Part:
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "variable":
            return Variable(text[1:])
        if kind == "iri":
            return text[1:-1]
        if kind == "number":
            return Literal(text, XSD + ("decimal" if "." in text else "integer"))
        if kind == "string":
            value, _, datatype = text[1:].partition('"')
            return Literal(value, datatype[3:-1] or XSD + "string")
        if text.lower() in ("true", "false"):
            return Literal(text.lower(), XSD + "boolean")
        prefix, colon, name = text.partition(":")
        if kind != "name" or not colon or prefix not in self.prefixes:
            raise _UnsupportedError(text)
        return str(self.prefixes[prefix] + name)

    # Expressions, from the operators that bind least

    def bracketed(self) -> Expression:
        self.need("(")
        found = self.expression()
        self.need(")")
        return found

    def expression(self) -> Expression:
        found = self.conjunction()
        while self.take("||"):
            found = Call("||", (found, self.conjunction()))
        return found

    def conjunction(self) -> Expression:
        found = self.comparison()
        while self.take("&&"):
            found = Call("&&", (found, self.comparison()))
        return found

    def comparison(self) -> Expression:
        left = self.sum()
        word = self.word()
        return Call(word, (left, self.sum())) if self.take(*_COMPARISONS) else left

    def sum(self) -> Expression:
        found = self.product()
        while (word := self.word()) and self.take("+", "-"):
            found = Call(word, (found, self.product()))
        return found

    def product(self) -> Expression:
        found = self.unary()
        while self.take("*"):
            found = Call("*", (found, self.unary()))
        return found

    def unary(self) -> Expression:
        return Call("!", (self.primary(),)) if self.take("!") else self.primary()

    def primary(self) -> Expression:
        word = self.word()
        if word == "(":
            return self.bracketed()
        if word in ("COALESCE", "BOUND", *AGGREGATES):
            self.place += 1
            self.need("(")
            name = "!" + word if self.take("DISTINCT") else word
            arguments = [self.expression()]
            while self.take(","):
                arguments.append(self.expression())
            self.need(")")
            return Call(name, tuple(arguments))
        return self.part()
