"""A store of named graphs: what its backends have in common, and what a query of it sees."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, TypeAlias

import pyoxigraph as ox

from mtus.reasoner.errors import EngineError, engine_error
from mtus.reasoner.written import Graphs

Solutions: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
NOTHING: Final[Graphs] = {}


@dataclass(frozen=True)
class Dataset:
    """What a query sees (https://www.w3.org/TR/sparql11-protocol/#dataset): default and named graphs, by name.

    Where both are None the query sees what it names itself with ``FROM``; where it names nothing, ``is_union`` makes all graphs together
    the default graph, and each is a named graph.
    """

    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    is_union: bool = True


ALL_GRAPHS: Final = Dataset()


class Store(AbstractContextManager["Store"], ABC):
    """A store that is open. Use it as a context manager; what was written is there for readers once it is closed."""

    location: str

    @abstractmethod
    def query(self, text: str, dataset: Dataset = ALL_GRAPHS) -> Solutions:
        """Return what ``text``, a SPARQL 1.1 query, gives.

        Raises :class:`SyntaxError` for what is no query, and :class:`EngineError` where the store fails.
        """

    @abstractmethod
    def write(self, graphs: Graphs, *, shared: Graphs = NOTHING, removed: Sequence[str] = ()) -> None:
        """Write whole ``graphs`` in their order, remove those ``removed``, and add to the ``shared`` ones, as nearly at once as can be."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store; what was written is published."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def rows(self, text: str, **terms: str) -> list[tuple[str, ...]]:
        """Return the rows of a SELECT query as texts; ``$name`` in it stands for the IRI, or the IRIs with spaces between, of that name."""
        for name, iris in terms.items():
            text = text.replace(f"${name}", " ".join(str(ox.NamedNode(iri)) for iri in iris.split()))
        found = self.query(text)
        assert isinstance(found, ox.QuerySolutions)
        return [tuple(_text(term) for term in row) for row in found]

    def graph(self, name: str) -> list[ox.Quad]:
        """Return the quads of the graph ``name``."""
        found = self.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", Dataset(default=(name,), named=()))
        assert isinstance(found, ox.QueryTriples)
        graph = ox.NamedNode(name)
        return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in found]


def is_failure(error: Exception) -> bool:
    """Return whether ``error``, met while a query was answered, is a failure of the store and no mistake of the query.

    The engine raises ``RuntimeError`` both for files that are damaged and for a query that it cannot evaluate.
    """
    return isinstance(error, OSError) or str(error).startswith("Corruption")


def engine_failed(location: str, error: Exception) -> EngineError:
    """Return the error for a store that failed with ``error``."""
    return engine_error(
        "store-failed", location, f"The store failed: {str(error)[:300]}", "Try again, and look at the store where it lasts."
    )


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode) else str(term)
