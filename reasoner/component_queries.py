"""The queries of SPARQL-based constraint components, with their parameters put in.

See https://www.w3.org/TR/shacl/#sparql-constraint-components. A query is turned into a Python function where it can be
(:mod:`mtus.reasoner.sparql_functions`). Else it runs on a store with the triples that it can match.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import pyoxigraph as ox

from mtus.reasoner.graph import Graph, Term
from mtus.reasoner.namespaces import TYPE, local_name
from mtus.reasoner.shape_model import Component
from mtus.reasoner.sparql_functions import Test, compile_query
from mtus.reasoner.sparql_values import OtherValuesError

Parameters: TypeAlias = tuple[tuple[str, Term], ...]

_THIS: Final = ox.Variable("this")
_VARIABLE: Final = re.compile(r"[$?](\w+)")
_PREFIX: Final = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_NAME: Final = re.compile(r"<([^<>\s]*)>|(?<![\w-])([\w-]*):([\w.-]*\w)|\ba\b")
_TEXT: Final = re.compile(r"(<[^<>\s]*>)|\"[^\"]*\"|'[^']*'|#.*")
# A variable for a predicate or a class, a path that may match more than it names, or a question about other graphs.
_OPEN: Final = re.compile(
    r"[?$]\w+\s+[?$]\w+\s+\S|\ba\s+[?$]|\ba\s[^;.}]*,|[\w>)][*+?](?=[\s/|)])|!\s*(?!BOUND\s*\()[\w<(^]|\bGRAPH\b|\bSERVICE\b", re.IGNORECASE
)


@dataclass(frozen=True)
class ComponentQuery:
    """The query of a component in use; what it finds is what fails."""

    component: str
    text: str

    @cached_property
    def mentioned(self) -> frozenset[str] | None:
        """The terms of the triples that it can match (None: any)."""
        return mentioned_terms(self.text)

    @cached_property
    def function(self) -> Test | None:
        """The query as a function, None where the store is needed."""
        return compile_query(self.text)


@lru_cache(maxsize=4096)
def component_query(component: Component, parameters: Parameters) -> ComponentQuery:
    """Return the query of ``component`` with ``parameters``."""
    return ComponentQuery(local_name(component.iri), bound_query(component.select, parameters))


class Solver:
    """Says which queries have solutions in one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._store: ox.Store | None = None
        self._held: frozenset[str] | None = frozenset()
        self._solved: dict[tuple[str, str], bool] = {}

    def fails(self, query: ComponentQuery, focus: str) -> bool:
        """Return whether ``query`` finds that its component fails at ``focus``."""
        key = (query.text, focus)
        found = self._solved.get(key)
        if found is None:
            found = self._solved[key] = self._solve(query, focus)
        return found

    def _solve(self, query: ComponentQuery, focus: str) -> bool:
        if query.function is not None:
            try:
                return query.function(self._graph, focus)
            except OtherValuesError:
                pass
        return self.ask_store(query, focus)

    def ask_store(self, query: ComponentQuery, focus: str) -> bool:
        """Return the same as :meth:`fails`, from the general engine."""
        self.hold((query,))
        if self._store is None:
            self._store = ox.Store()
            self._store.extend(ox.Quad(_named(s), ox.NamedNode(p), _ox(o)) for s, p, o in self._graph if self._holds(p, o))
        solutions = self._store.query(query.text, substitutions={_THIS: _ox(focus)})
        assert isinstance(solutions, ox.QuerySolutions)
        return next(iter(solutions), None) is not None

    def hold(self, queries: Iterable[ComponentQuery]) -> None:
        """See to it that the store has, or will have, what ``queries`` can match."""
        held = self._held
        for query in queries:
            held = None if held is None or query.mentioned is None else held | query.mentioned
        if held != self._held:
            self._held, self._store = held, None

    def _holds(self, predicate: str, value: Term) -> bool:
        return self._held is None or (value if predicate == TYPE else predicate) in self._held


@lru_cache(maxsize=1024)
def bound_query(select: str, parameters: Parameters) -> str:
    """Return ``select`` with its parameters (a name and a value each) put in: SHACL's pre-binding for constants."""
    terms = {local_name(path): str(_ox(value)) for path, value in parameters}
    return _VARIABLE.sub(lambda match: terms.get(match.group(1), match.group(0)), select)


@lru_cache(maxsize=1024)
def mentioned_terms(query: str) -> frozenset[str] | None:
    """Return the terms that ``query`` names: the triples that it can match have one of them as predicate, or as class.

    None where the query could match other triples too, or where that is not plain to see.
    """
    text = _TEXT.sub(lambda match: match.group(1) or " ", query)
    prefixes = dict(_PREFIX.findall(text))
    body = _PREFIX.sub(" ", text)
    if _OPEN.search(body):
        return None
    found: set[str] = set()
    for iri, prefix, name in _NAME.findall(body):
        if name and prefix not in prefixes:
            return None
        if iri or name:
            found.add(iri or prefixes[prefix] + name)
    return None if TYPE in found else frozenset(found)


def _named(term: str) -> ox.NamedNode:
    # a blank node put into a query would be read as a variable, so in the store it has a name
    return ox.NamedNode("urn:blank:" + term[2:] if term.startswith("_:") else term)


def _ox(term: Term) -> ox.NamedNode | ox.Literal:
    if isinstance(term, str):
        return _named(term)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))
