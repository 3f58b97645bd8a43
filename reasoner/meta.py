"""The knowledge about the knowledge: shapes/meta run over ontology and shapes, before the first case is seen.

A criterion without its burden, a provision that nobody reviewed or a misspelt constraint would give wrong answers silently. So what
fails here does not load.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.errors import KnowledgeError, Problem
from mtus.reasoner.graph import Graph
from mtus.reasoner.namespaces import MTUS, SH, TYPE
from mtus.reasoner.rows import Row
from mtus.reasoner.shape_model import Shape, Shapes, read_shapes

if TYPE_CHECKING:
    from mtus.reasoner.knowledge import Knowledge


def refuse_bad_knowledge(knowledge: "Knowledge", graph: Graph | None = None) -> None:
    """Raise :class:`KnowledgeError` with every flaw of ``knowledge``; return where there is none.

    ``graph`` is what the shapes about shapes look at, where that is not ontology and shapes alone.
    """
    graph = graph or Graph([*knowledge.ontology, *knowledge.shapes])
    problems = [
        *_undeclared(graph, knowledge),
        *_idle(knowledge.shape_model),
        *meta_problems(Evaluator(graph).rows(read_shapes(knowledge.meta_shapes).targeted.values()), graph, knowledge.meta_shapes),
    ]
    if problems:
        raise KnowledgeError(tuple(dict.fromkeys(problems)))


def meta_problems(rows: Iterable[Row], graph: Graph, meta_shapes: Graph) -> list[Problem]:
    """Return what the ``rows`` of a validation of ``graph`` against ``meta_shapes`` say, in words."""
    return [
        Problem(
            meta_shapes.text(row.source_shape, MTUS + "errorCode") or "meta-shape",
            _owner(graph, row.focus),
            meta_shapes.text(row.source_shape, SH + "message") or f"It fails {row.source_shape}.",
            meta_shapes.text(row.source_shape, MTUS + "remedy") or "Complete the entry; see CONTRIBUTING.md, add a topic.",
        )
        for row in rows
    ]


def _owner(graph: Graph, node: str) -> str:
    """Return ``node``, or where it is a blank node the nearest IRI that leads to it."""
    while node.startswith("_:"):
        above = next((subject for subject, _, value in graph if value == node), None)
        if above is None:
            return node
        node = above
    return node


def _undeclared(graph: Graph, knowledge: "Knowledge") -> list[Problem]:
    """Find words of the ontology's namespace that nothing declares: engines pass over a misspelt word silently."""
    declared = {subject for subject, _, _ in graph.with_predicate(TYPE)} | _parameters(graph)
    used: dict[str, str] = {}
    for subject, predicate, value in graph:
        for term in (subject, predicate, value):
            if isinstance(term, str) and term.startswith(MTUS) and term not in declared:
                used.setdefault(term, subject)
    return [
        Problem(
            "undeclared-term", _owner(graph, place), f"{term} is used and nothing declares it; engines would pass over it silently.",
            f"Did you mean {nearest}?" if (nearest := knowledge.vocabulary.nearest(term, declared)) else "Declare it in the ontology.",
        )
        for term, place in used.items()
    ]  # fmt: skip


def _parameters(graph: Graph) -> set[str]:
    """Return the properties by which shapes state the parameters of constraint components."""
    return {path for _, _, node in graph.with_predicate(SH + "parameter") for path in graph.nodes(node, SH + "path")}


def _idle(shapes: Shapes) -> list[Problem]:
    """Find shapes that ask nothing, such as one that states only some of the parameters of its component."""
    return [
        Problem(
            "shape-asks-nothing", shape.iri, "The shape has no constraint, so it could never fail.",
            "State what it asks; a component needs all of its parameters.",
        )
        for targeted in shapes.targeted.values() for shape in (targeted, *targeted.property_shapes) if _asks_nothing(shape)
    ]  # fmt: skip


def _asks_nothing(shape: Shape) -> bool:
    return not (shape.constraints or shape.components)
