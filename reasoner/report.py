"""The rows of a validation as a standard SHACL validation report (https://www.w3.org/TR/shacl/#validation-report).

The report comes from the rows of the engine at run time, so that it takes milliseconds and says what the determination would say; a
test holds it against the report of the reference engine. Beside the words of SHACL, each result of a shape that belongs to a criterion
has ``mtus:provision`` and ``mtus:burden``, and in a well-formed case ``mtus:status``: the status of the criterion, which is more than
what one shape can say. Where nothing is on file, the shape that asks whether it holds fails as well, and the criterion is undocumented.
"""

from collections.abc import Iterable, Mapping, Sequence

from mtus.reasoner.assess import assess
from mtus.reasoner.decide_case import requests_of
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.infer import infer
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import CASE_SHAPES, FIRST, MTUS, NIL, REST, SH, TYPE, XSD, local_name
from mtus.reasoner.paths import Inverse, Path, Predicate
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.validate import validate

REPORT = "_:report"


def report_case(facts: Facts, knowledge: Knowledge, settings: Settings = DEFAULT) -> list[Triple]:
    """Return the report of the case in ``facts`` against all shapes: those of a well-formed case, and those of every criterion.

    Raises :class:`CaseError` where the facts contradict one another, :class:`EngineError` where the engine fails.
    """
    inferred = infer(facts.triples, knowledge.rules, knowledge.background)
    rows = validate(inferred.graph, knowledge)
    if any(row.source_shape.startswith(CASE_SHAPES) for row in rows):
        # what is not well formed cannot be assessed
        return validation_report(rows, knowledge, {})
    assessed = assess(facts, requests_of(inferred.graph, facts.case), inferred, rows, knowledge, settings=settings)
    return validation_report(rows, knowledge, assessed.statuses.read)


def validation_report(rows: Sequence[Row], knowledge: Knowledge, statuses: Mapping[tuple[str, str], Status]) -> list[Triple]:
    """Return the report for ``rows`` as triples, in a stable order and with stable names of its blank nodes.

    ``statuses`` are those of the criteria, by criterion and focus node; results of a criterion without one say no status.
    """
    writer = _Writer(knowledge, statuses)
    writer.add(REPORT, TYPE, SH + "ValidationReport")
    writer.add(REPORT, SH + "conforms", Literal("false" if rows else "true", XSD + "boolean"))
    for number, row in enumerate(rows, start=1):
        writer.result(f"_:result{number}", row)
    return writer.triples


class _Writer:
    def __init__(self, knowledge: Knowledge, statuses: Mapping[tuple[str, str], Status]) -> None:
        self.knowledge = knowledge
        self.statuses = statuses
        self.triples: list[Triple] = []
        self.criteria = _criteria_by_shape(knowledge.guidelines.criteria.values())
        self._paths = 0

    def add(self, subject: str, predicate: str, value: Term) -> None:
        self.triples.append((subject, predicate, value))

    def result(self, node: str, row: Row) -> None:
        shapes = self.knowledge.shapes
        shape = self.knowledge.shape_model.all[row.source_shape]
        self.add(REPORT, SH + "result", node)
        self.add(node, TYPE, SH + "ValidationResult")
        self.add(node, SH + "focusNode", row.focus)
        if shape.path is not None:
            self.add(node, SH + "resultPath", self._path(shape.path))
        if row.value is not None:
            self.add(node, SH + "value", row.value)
        self.add(node, SH + "sourceShape", row.source_shape)
        self.add(node, SH + "sourceConstraintComponent", self._component(row))
        self.add(node, SH + "resultSeverity", shapes.node(row.source_shape, SH + "severity") or SH + "Violation")
        for message in shapes.objects(row.source_shape, SH + "message"):
            self.add(node, SH + "resultMessage", message)
        for criterion in self.criteria.get(row.node_shape, ()):
            status = self.statuses.get((criterion.iri, row.focus))
            if status is not None:
                self.add(node, MTUS + "status", status.iri)
            self.add(node, MTUS + "provision", criterion.provision)
            self.add(node, MTUS + "burden", criterion.burden)

    def _component(self, row: Row) -> str:
        """Return the IRI of the constraint component, ours or that of SHACL Core."""
        own = (component.iri for component, _ in self.knowledge.shape_model.all[row.source_shape].components)
        return next((iri for iri in own if local_name(iri) == row.component), f"{SH}{row.component}ConstraintComponent")

    def _path(self, path: Path) -> str:
        if isinstance(path, Predicate):
            return path.iri
        self._paths += 1
        node = f"_:path{self._paths}"
        if isinstance(path, Inverse):
            self.add(node, SH + "inversePath", path.iri)
            return node
        head = node
        for number, step in enumerate(path.steps, start=1):
            following = f"{head}x{number}" if number < len(path.steps) else NIL
            self.add(node, FIRST, self._path(step))
            self.add(node, REST, following)
            node = following
        return head


def _criteria_by_shape(criteria: Iterable[Criterion]) -> dict[str, list[Criterion]]:
    found: dict[str, list[Criterion]] = {}
    for criterion in sorted(criteria, key=lambda c: c.iri):
        for shape in (criterion.on_file, criterion.holds, criterion.alternative):
            if shape:
                found.setdefault(shape, []).append(criterion)
    return found
