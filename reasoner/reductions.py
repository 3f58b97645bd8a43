"""How a request could be reduced where facts on file contradict a criterion: to a smaller quantity, or to fewer treatments at once."""

from collections.abc import Iterator

from mtus.reasoner.changes import REDUCE, Change, Value
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.graph import Literal
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.namespaces import MTUS, TYPE, XSD
from mtus.reasoner.paths import values
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.witness import counts_treatments_in_use

_COURSE_STATUS, _ENDS_AS = MTUS + "hasCourseStatus", MTUS + "endsAs"
_HAS_REQUEST, _IS_REQUEST_OF = MTUS + "hasRequest", MTUS + "isRequestOf"


def reductions(criterion: Criterion, holds: Shape, hypothesis: Hypothesis) -> Iterator[Change]:
    """Yield reductions that might make ``holds``, the broken holds shape of ``criterion``, hold."""
    if criterion.limits_quantity:
        yield from _smaller(criterion, holds, hypothesis)
    if any(counts_treatments_in_use(component, hypothesis.knowledge) for component, _ in holds.components):
        for thing in _counted(criterion, hypothesis):
            yield from _without(criterion, thing, hypothesis)


def _smaller(criterion: Criterion, holds: Shape, hypothesis: Hypothesis) -> Iterator[Change]:
    """Yield the largest quantity at which ``holds`` holds; of a list of things, each one less."""
    request, prop = hypothesis.request, criterion.limits_quantity
    stated = [value for s, p, value in hypothesis.facts.stated if (s, p) == (request, prop)]
    numbers = [v for v in stated if isinstance(v, Literal) and v.datatype == XSD + "integer"]
    for value in numbers:
        asked = int(value.value)
        # what an earlier reduction left is what there is to reduce further
        low, high = 0, min(asked, *(int(v.value) for v in hypothesis.graph.objects(request, prop) if isinstance(v, Literal)))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _holds_at(holds, request, prop, middle, hypothesis) else (low, middle)
        if low:
            less = Literal(str(low), value.datatype)
            yield Change(REDUCE, prop, (Value(prop, "is", less.value),), (), ((request, prop, less),), ((request, prop, value),),
                         (criterion.iri,), f"{request} {prop}", "less", asked - low)  # fmt: skip
    if not numbers and len(stated) > 1:
        for thing in stated:
            text = thing.value if isinstance(thing, Literal) else thing
            yield Change(REDUCE, prop, (Value(prop, "without", text),), (), (), ((request, prop, thing),), (criterion.iri,))


def _holds_at(holds: Shape, request: str, prop: str, quantity: int, hypothesis: Hypothesis) -> bool:
    """Return whether ``holds`` holds with another quantity; nothing is inferred from a quantity, so the inferences stay."""
    changed = hypothesis.graph.with_value(request, prop, Literal(str(quantity), XSD + "integer"))
    return Evaluator(changed).conforms(holds, request)


def _counted(criterion: Criterion, hypothesis: Hypothesis) -> Iterator[str]:
    """Yield the courses and requests that ``criterion`` counts beside the request, by the shapes that say what it reads."""
    knowledge = hypothesis.knowledge
    own = set(hypothesis.graph.nodes(hypothesis.request, MTUS + "requestsTreatment"))
    seen: set[str] = {hypothesis.request}
    for iri in knowledge.shapes.nodes(criterion.holds, MTUS + "reads"):
        shape = knowledge.shape_model.all[iri]
        counted = [c for c in shape.constraints if c.kind == "qualified"]
        for node in values(hypothesis.graph, hypothesis.request, shape.path) if shape.path else ():
            fits = all(hypothesis.evaluator.conforms(nested, node) for c in counted for nested in c.shapes)
            if isinstance(node, str) and node not in seen and fits and own.isdisjoint(_treatments(node, hypothesis)):
                seen.add(node)
                yield node


def _treatments(node: str, hypothesis: Hypothesis) -> list[str]:
    graph = hypothesis.graph
    return graph.nodes(node, MTUS + "deliversTreatment") + graph.nodes(node, MTUS + "requestsTreatment")


def _without(criterion: Criterion, thing: str, hypothesis: Hypothesis) -> Iterator[Change]:
    """Yield the change by which ``thing``, a course or another request, is in use no longer."""
    ontology = hypothesis.knowledge.ontology
    for status in hypothesis.graph.nodes(thing, _COURSE_STATUS):
        ended = ontology.node(status, _ENDS_AS)
        if ended:
            told = (Value(_COURSE_STATUS, "without", thing),)
            yield Change(
                REDUCE, _COURSE_STATUS, told, (), ((thing, _COURSE_STATUS, ended),), ((thing, _COURSE_STATUS, status),), (criterion.iri,)
            )
    if (thing, TYPE, MTUS + "TreatmentRequest") in hypothesis.graph and not hypothesis.graph.subjects(MTUS + "isDerivativeOf", thing):
        gone = tuple(t for t in hypothesis.facts.stated if thing in (t[0], t[2]))
        yield Change(REDUCE, _HAS_REQUEST, (Value(_HAS_REQUEST, "without", thing),), (), (), gone, (criterion.iri,))
