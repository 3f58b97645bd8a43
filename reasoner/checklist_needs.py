"""What each criterion asks of one request before anything is on file: a tree that follows how the criterion is composed.

The criteria are those that can speak of the request, whatever else turns out; what its on-file and holds shapes look for is what is
proposed to turn them (:mod:`mtus.reasoner.proposals`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mtus.reasoner.changes import ADD, Change
from mtus.reasoner.checklist_conditions import Condition, Conditions
from mtus.reasoner.checklist_fill import filled
from mtus.reasoner.checklist_records import Asked, Field, Record, Records
from mtus.reasoner.closure import closure
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.drafts import plain_value
from mtus.reasoner.evidence import usual_documents
from mtus.reasoner.express import Draft
from mtus.reasoner.gates import ALWAYS, Clauses
from mtus.reasoner.graph import Literal
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.kleene import Status
from mtus.reasoner.namespaces import MTUS, TYPE, local_name
from mtus.reasoner.paths import Predicate
from mtus.reasoner.proposals import Proposer
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.witness import counts_treatments_in_use

RENEWAL = MTUS + "RenewalRequest"
ALL, ANY, NONE = "all of", "any of", "none of"


@dataclass(frozen=True)
class Need:
    """What one criterion asks: facts that it looks for (``asked``), or other criteria (``parts``, joined by ``relation``).

    ``relation`` is ``any of`` for facts of which one kind will do. ``conditions`` say when it speaks, ``exception`` what lifts it.
    ``counted`` are records of which there may be any number, ``also`` further fields that it reads, ``shown`` fields of
    other criteria that answer it. ``broken`` says in words why the requests by themselves violate it.
    """

    criterion: Criterion
    relation: str = ""
    asked: tuple[Asked, ...] = ()
    parts: tuple["Need", ...] = ()
    exception: "Need | None" = None
    conditions: tuple[Condition, ...] = ()
    counted: tuple[Record, ...] = ()
    also: tuple[tuple[Record, Field], ...] = ()
    shown: tuple[tuple[Record, Field], ...] = ()
    broken: str = ""

    def all(self) -> Iterator["Need"]:
        """Yield the need itself and those below it, its exception apart."""
        yield self
        for part in self.parts:
            yield from part.all()


class NeedFinder:
    """Finds the needs of one request of a bare case."""

    def __init__(self, records: Records, proposer: Proposer, hypothesis: Hypothesis, *, is_renewal: bool) -> None:
        self.records = records
        self.proposer = proposer
        self.hypothesis = hypothesis
        self.knowledge = hypothesis.knowledge
        self.conditions = Conditions(records, proposer, hypothesis)
        self.given: Clauses = (self.conditions.of_class(RENEWAL) or ALWAYS) if is_renewal else ALWAYS

    def needs(self, edition: str) -> list[Need]:
        """Return the needs of all criteria of ``edition`` that can speak of the request, in the order of the knowledge."""
        found = []
        for criterion in self.knowledge.requirements:
            provision = self.knowledge.provision_of(criterion)
            if provision.edition == edition and self.conditions.is_possible(criterion) and self.may_be(provision.speaks_of) is not None:
                need = self._need(criterion, True)
                found.append(replace(need, conditions=(*self._classes(provision.speaks_of, criterion.target), *need.conditions)))
        return found

    def may_be(self, cls: str) -> Condition | None:
        """Return when the request is a ``cls``, or None where it can never be."""
        clauses = self.conditions.of_class(cls)
        if clauses is None:
            return None
        return Condition(f"this is a {self.knowledge.vocabulary.label(cls)}", tuple(c for c in clauses if c not in self.given))

    def answered(self, need: Need) -> Need:
        """Return ``need`` with the questions of other criteria that answer what it looks for, where nothing is asked for it itself.

        To be called once the needs of all requests are known.
        """
        criterion = need.criterion
        parts = tuple(self.answered(part) for part in need.parts)
        if need.asked or not criterion.on_file or not self.hypothesis.fails(criterion.on_file):
            return replace(need, parts=parts)
        request = self.hypothesis.request
        own = [record for record in self.records.known.values() if request in record.requests and record not in need.counted]
        found = [(record, asked) for record in own for asked in list(record.fields)[: 1 if record.is_new else None]]
        return replace(need, shown=tuple(pair for pair in found if self._shows(criterion, *pair)))

    def _shows(self, criterion: Criterion, record: Record, asked: Field) -> bool:
        """Return whether an answer to ``asked`` puts on file what ``criterion`` looks for."""
        options = self.records.options(record, asked)
        value = (
            options[0] if options else plain_value(self.records.terms.uses[asked.prop].property.datatype) if asked.prop != TYPE else None
        )
        values = {asked: (value,)} if value else {}
        terms, request = self.records.terms, self.hypothesis.request
        tried = filled(record, values, "urn:tried:it", (request,), "urn:tried:document", Literal(""), terms)
        graph = closure((*self.hypothesis.facts.triples, *tried), self.knowledge.closure_rules)
        return Evaluator(graph).conforms(self.knowledge.shape_model.all[criterion.on_file], request)

    def _classes(self, *classes: str) -> tuple[Condition, ...]:
        found = [self.may_be(cls) for cls in dict.fromkeys(classes) if cls]
        return tuple(condition for condition in found if condition and condition.clauses)

    def _need(self, criterion: Criterion, wanted: bool) -> Need:
        criteria = self.knowledge.guidelines.criteria
        conditions = list(self._classes(criterion.applies_to))
        if criterion.precondition:
            first = criteria[criterion.precondition]
            clauses = tuple(c for c in self.conditions.of_criterion(first) if c not in self.given)
            conditions += [Condition(first.requirement, clauses)] if clauses else []
        exception = criteria.get(criterion.exception)
        return Need(
            criterion,
            *self._content(criterion, wanted),
            exception=self._need(exception, wanted) if exception and self.conditions.is_possible(exception) else None,
            conditions=tuple(conditions),
            counted=tuple(self._counted(criterion)),
            also=tuple(self._also(criterion)),
            broken=self._broken(criterion),
        )

    def _content(self, criterion: Criterion, wanted: bool) -> tuple[str, tuple[Asked, ...], tuple[Need, ...]]:
        if criterion.on_file:
            changes = self.proposer.for_tests([(criterion, wanted)], self.hypothesis)
            source = local_name(criterion.on_file)
            read = [self.records.read(change, self.hypothesis.request, source) for change in changes if change.kind == ADD]
            on_file = self.knowledge.shape_model.all[criterion.on_file]
            asked = dict.fromkeys(one for found in read for one in found)
            return ANY if any(c.kind == "or" for c in on_file.constraints) and asked else "", tuple(asked), ()
        joined = [(ALL, criterion.all_of, wanted), (ANY, criterion.any_of, wanted), (NONE, criterion.none_of, not wanted)]
        groups = [(relation, self._parts(parts, turned)) for relation, parts, turned in joined if parts]
        if len(groups) == 1:
            return groups[0][0], (), groups[0][1]
        return ALL, (), tuple(Need(criterion, relation, parts=parts) for relation, parts in groups)

    def _parts(self, criteria: Iterable[str], wanted: bool) -> tuple[Need, ...]:
        known = self.knowledge.guidelines.criteria
        return tuple(self._need(known[iri], wanted) for iri in criteria if self.conditions.is_possible(known[iri]))

    def _broken(self, criterion: Criterion) -> str:
        if not criterion.holds or self.hypothesis.status(criterion.iri) is not Status.CONTRADICTED:
            return ""
        holds = self.knowledge.shape_model.all[criterion.holds]
        return holds.message or " ".join(part.message for part in holds.property_shapes if self.hypothesis.lacks(part))

    # What a holds shape reads beside that

    def _reads(self, criterion: Criterion) -> list[Shape]:
        shapes = self.knowledge.shape_model.all
        return [shapes[iri] for iri in self.knowledge.shapes.nodes(criterion.holds, MTUS + "reads")] if criterion.holds else []

    def _counted(self, criterion: Criterion) -> Iterator[Record]:
        """Yield a record for the other treatment that ``criterion`` counts, of which there may be any number."""
        holds = self.knowledge.shape_model.all.get(criterion.holds)
        if holds is None or not any(counts_treatments_in_use(component, self.knowledge) for component, _ in holds.components):
            return
        for shape in self._reads(criterion):
            inner = [c for counted in shape.constraints for nested in counted.shapes for c in nested.constraints]
            for cls in (str(c.values[0]) for c in inner if c.kind == "class"):
                draft = self.proposer.drafter.start()
                if self.proposer.drafter.express.make(draft, draft.new_node(), cls, self.hypothesis.graph):
                    change = self._change(draft, cls)
                    record = self.records.counted(change, self.hypothesis.request, local_name(criterion.holds)) if change else None
                    if record:
                        yield record

    def _also(self, criterion: Criterion) -> Iterator[tuple[Record, Field]]:
        """Yield the fields of the request, or of the course that it renews, which the holds shape reads as well."""
        request, source = self.hypothesis.request, local_name(criterion.holds)
        for shape in self._reads(criterion):
            steps = [step.iri for step in getattr(shape.path, "steps", (shape.path,)) if isinstance(step, Predicate)]
            if not steps or not self.records.is_field(steps[-1]):
                continue
            if len(steps) == 1:
                yield self.records.value_of(request, steps[0], request)
                continue
            draft = self.proposer.drafter.start()
            node = draft.new_node()
            use = self.records.terms.uses[steps[-1]]
            draft.add(node, TYPE, min(use.used_on))
            draft.add(node, steps[-1], plain_value(use.property.datatype) or Literal(""))
            if self.proposer.drafter.express.link(draft, request, steps[0], node, self.hypothesis.graph):
                change = self._change(draft, "")
                for one in self.records.read(change, request, source) if change else ():
                    if one.field.prop == steps[-1]:
                        yield one.record, one.field

    def _change(self, draft: Draft, about: str) -> Change | None:
        drafter, request = self.proposer.drafter, self.hypothesis.request
        if not drafter.complete(draft, request, self.hypothesis.graph):
            return None
        added = tuple(t for t in drafter.finished(draft, request) if t not in self.hypothesis.graph)
        return Change(ADD, about, (), usual_documents(about, self.knowledge), added)
