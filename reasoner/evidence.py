"""Which facts a criterion read: found by walking the paths of its own shapes, so that a new criterion explains itself.

For a criterion that is met these are the facts that meet it; for one that is contradicted, the facts on file that it was held
against; for one that is undocumented, what little is on file, and beside it what was sought.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.graph import Graph, Literal, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, TYPE
from mtus.reasoner.paths import Path, walks
from mtus.reasoner.shape_model import Shape


@dataclass(frozen=True)
class Fact:
    """Something on file that was read: a whole statement (``predicate`` is empty), or one value of a thing.

    ``walked`` are the triples by which it was reached from the request, and ``kind`` the class for which it was taken.
    """

    subject: str
    predicate: str
    value: Term | None
    kind: str
    walked: tuple[Triple, ...]


@dataclass(frozen=True)
class Sought:
    """Facts that are not on file: what ``shape`` looked for, in its own words, and where such facts usually stand."""

    shape: str
    message: str
    kind: str
    documents: tuple[str, ...]


def read_facts(criterion: Criterion, request: str, status: Status, evaluator: Evaluator, knowledge: Knowledge) -> tuple[Fact, ...]:
    """Return the facts of the graph of ``evaluator`` that ``criterion`` read for ``request``, each once."""
    if not criterion.on_file:
        return ()
    places = knowledge.once(("places of", criterion.iri), lambda: _places_of(criterion, knowledge))
    if status is Status.MET and places.is_plain:
        # What meets it: the values that satisfy the holds shape, not those that merely stand beside them.
        facts = [fact for place in places.holds for fact in _facts(place, request, evaluator, matching=True)]
    else:
        read = [(place, _facts(place, request, evaluator, matching=False)) for place in places.reads]
        # What the criterion counts stands for what is on file there at all, unless there is nothing that it counts.
        narrowed = {place.path for place, found_there in read if found_there}
        parts = (*(place for place in places.on_file if place.path not in narrowed), *places.holds)
        facts = [fact for place in parts for fact in _facts(place, request, evaluator, matching=False)]
        facts += [fact for _, found_there in read for fact in found_there]
    found: dict[tuple[str, str, Term | None], Fact] = {}
    for fact in facts:
        # the request itself is what is assessed, not a fact beside it
        if fact.predicate or fact.subject != request:
            found.setdefault((fact.subject, fact.predicate, fact.value), fact)
    return tuple(found.values())


@dataclass(frozen=True)
class _Place:
    """Where a property shape looks, the class that it narrows the values to (empty for none), and what it asks of each."""

    path: Path
    kind: str
    qualified: tuple[Shape, ...]


@dataclass(frozen=True)
class _Places:
    """Where a criterion looks: by its on-file shape, its holds shape and the shapes that it says it reads.

    ``is_plain`` says that the holds shape asks its property shapes alone, so that what satisfies them is what meets it.
    """

    on_file: tuple[_Place, ...]
    holds: tuple[_Place, ...]
    reads: tuple[_Place, ...]
    is_plain: bool


def _places_of(criterion: Criterion, knowledge: Knowledge) -> _Places:
    shapes = knowledge.shape_model
    holds = shapes.all[criterion.holds] if criterion.holds else None
    reads = [shapes.all[iri] for iri in knowledge.shapes.nodes(criterion.holds, MTUS + "reads")] if holds else []
    return _Places(
        on_file=_places(_parts(shapes.all[criterion.on_file])),
        holds=_places(holds.property_shapes if holds else ()),
        reads=_places(reads),
        is_plain=holds is not None and not holds.components,
    )


def _places(shapes: Iterable[Shape]) -> tuple[_Place, ...]:
    return tuple(
        _Place(shape.path, _kind(shape), tuple(nested for c in shape.constraints if c.kind == "qualified" for nested in c.shapes))
        for shape in shapes
        if shape.path is not None
    )


def _parts(shape: Shape) -> tuple[Shape, ...]:
    """Return the property shapes of ``shape``, those in its alternatives and conjunctions included."""
    nested = tuple(part for c in shape.constraints if c.kind in ("and", "or", "xone") for inner in c.shapes for part in _parts(inner))
    return shape.property_shapes + nested


def sought_facts(criterion: Criterion, knowledge: Knowledge) -> tuple[Sought, ...]:
    """Return what has to be on file for ``criterion``, as its on-file shape says it."""
    return knowledge.once(("sought by", criterion.iri), lambda: _sought_facts(criterion, knowledge))


def _sought_facts(criterion: Criterion, knowledge: Knowledge) -> tuple[Sought, ...]:
    if not criterion.on_file:
        return ()
    on_file = knowledge.shape_model.all[criterion.on_file]
    # a test that stands on the node shape itself, such as an alternative of two paths, is sought under that shape's own words
    parts = on_file.property_shapes or (on_file,)
    return tuple(Sought(part.iri, part.message, kind := _kind(part), usual_documents(kind, knowledge)) for part in parts)


def usual_documents(kind: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the kinds of document in which ``kind`` usually stands; the nearest class above it that says so counts."""
    agenda, seen = [kind], {kind}
    while agenda:
        cls = agenda.pop(0)
        found = knowledge.ontology.nodes(cls, MTUS + "isTypicallyReportedIn")
        if found:
            return tuple(found)
        above = [sup for sup, _ in knowledge.rules.super_classes.get(cls, ()) if sup not in seen]
        seen.update(above)
        agenda += above
    return ()


def _kind(shape: Shape) -> str:
    """Return the class that the values of ``shape`` are narrowed to, or nothing."""
    for constraint in shape.constraints:
        if constraint.kind == "qualified":
            classes = [c.values[0] for nested in constraint.shapes for c in nested.constraints if c.kind == "class"]
            if classes:
                return str(classes[0])
    return ""


def _facts(place: _Place, request: str, evaluator: Evaluator, *, matching: bool) -> list[Fact]:
    """Return the values at ``place``: all of its kind, or with ``matching`` only those that satisfy what is asked there."""
    facts = []
    for value, walked in walks(evaluator.graph, request, place.path):
        if place.kind and not (isinstance(value, str) and (value, TYPE, place.kind) in evaluator.graph):
            continue
        if matching and not all(evaluator.conforms(nested, value) for nested in place.qualified):
            continue
        facts.append(_fact(value, walked, place.kind, evaluator.graph))
    return facts


def _fact(value: Term, walked: tuple[Triple, ...], kind: str, graph: Graph) -> Fact:
    if isinstance(value, str) and (value, TYPE, MTUS + "Statement") in graph:
        return Fact(value, "", None, kind, walked)
    subject, predicate, _ = walked[-1]
    if isinstance(value, Literal) or subject != value:
        return Fact(subject, predicate, value, kind, walked)
    return Fact(value, "", None, kind, walked)
