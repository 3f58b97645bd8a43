"""What a shape asks for, as far as a proposal needs to know it: which kind of thing, along which path, with which properties."""

from mtus.reasoner.paths import Path, Predicate, Sequence
from mtus.reasoner.shape_model import Shape


def alternatives(shape: Shape) -> list[tuple[Shape, ...]]:
    """Return the property shapes of ``shape``: those of each of its alternatives, together with those that always count."""
    ors = [c for c in shape.constraints if c.kind == "or"]
    if not ors:
        return [shape.property_shapes]
    return [(*shape.property_shapes, *inner.property_shapes) for c in ors for inner in c.shapes]


def nested_of(shape: Shape) -> list[Shape]:
    """Return the property shapes inside the qualified value shape of ``shape``."""
    return [part for c in shape.constraints if c.kind == "qualified" and c.minimum for inner in c.shapes for part in inner.property_shapes]


def class_of(shape: Shape) -> str:
    """Return the class that a qualified value shape asks for, or nothing."""
    for c in shape.constraints:
        if c.kind == "qualified" and c.minimum:
            classes = [str(inner.values[0]) for nested in c.shapes for inner in nested.constraints if inner.kind == "class"]
            if classes:
                return classes[0]
    return ""


def property_of(shape: Shape) -> str:
    """Return the property that ``shape`` is about, or nothing where its path is longer."""
    return shape.path.iri if isinstance(shape.path, Predicate) else ""


def steps_of(path: Path | None) -> tuple[str, ...]:
    """Return the properties of a path that only goes forward, else nothing."""
    if isinstance(path, Predicate):
        return (path.iri,)
    if isinstance(path, Sequence) and all(isinstance(step, Predicate) for step in path.steps):
        return tuple(step.iri for step in path.steps if isinstance(step, Predicate))
    return ()


def classes_read(shape: Shape) -> set[str]:
    """Return the classes that ``shape`` narrows statements to, those that its components name included."""
    found = {str(value) for _, parameters in shape.components for _, value in parameters if isinstance(value, str)}
    agenda = [shape]
    while agenda:
        for c in agenda.pop().constraints:
            found |= {str(value) for value in c.values} if c.kind == "class" else set()
            agenda += c.shapes
    return found
