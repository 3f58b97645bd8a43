"""The questions of a checklist: who asks each, when it is asked, and the name and number by which it is called."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from mtus.reasoner.asked import property_of
from mtus.reasoner.checklist_model import Option, Question, Test
from mtus.reasoner.checklist_needs import ANY, NONE, Need
from mtus.reasoner.checklist_records import DOCUMENT, DOCUMENT_DATE, MAIN, STATUS, Field, Record, Records
from mtus.reasoner.checklist_words import Words, text_of
from mtus.reasoner.evidence import usual_documents
from mtus.reasoner.gates import ALWAYS, EXISTS, MISSING, Clauses, either
from mtus.reasoner.graph import Graph, Triple
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import CASE_SHAPES, MTUS, TYPE, local_name
from mtus.reasoner.proposals import Proposer

DERIVATIVE = MTUS + "isDerivativeOf"
_REQUEST_FORM = MTUS + "RequestForAuthorization"
# A field of a record, by the key of the record.
Place: TypeAlias = tuple[str, Field]


@dataclass(frozen=True)
class _Use:
    """One criterion that asks a question: when it speaks, and whether it cannot be met without the answer."""

    clauses: Clauses
    is_needed: bool
    criterion: str


class Questions:
    """The questions of the checklist for the requests in ``facts``, a bare case."""

    def __init__(self, records: Records, proposer: Proposer, facts: Facts) -> None:
        self.records = records
        self.facts = facts
        self.limited = proposer.limited
        self.shapes = proposer.knowledge.shape_model.targeted
        self.words = Words(records, Graph(facts.stated))
        self.uses: dict[Place, list[_Use]] = {}
        self.gates: set[Place] = set()
        self.links: dict[Place, str] = {}
        # the things of the bare case of which something is asked in any case, and what is stated of one where no answer is given
        self.of_the_case: set[str] = set()
        self.unanswered: dict[Place, Triple] = {}

    def collect(self, needs: Iterable[Need]) -> None:
        """Note who asks each question of ``needs``.

        The conditions of a part decide whether its questions are asked; what lifts a criterion is always asked, since it may be claimed.
        """
        for need in needs:
            self._collect(need, ALWAYS, is_needed=local_name(need.criterion.effect) == "blocks")
        self.gates = {(g.record, g.field) for uses in self.uses.values() for use in uses for clause in use.clauses for g in clause}

    def _collect(self, need: Need, clauses: Clauses, *, is_needed: bool) -> None:
        clauses = tuple(dict.fromkeys((*clauses, *(c for condition in need.conditions for c in condition.clauses))))
        is_needed = is_needed and need.relation not in (ANY, NONE)
        for one in need.asked:
            self._use(one.record, one.field, _Use(clauses, is_needed, need.criterion.iri))
        for record in need.counted:
            for asked in record.fields:
                self._use(record, asked, _Use(clauses, False, need.criterion.iri))
        for part in need.parts:
            self._collect(part, clauses, is_needed=is_needed)
        if need.exception:
            self._collect(need.exception, ALWAYS, is_needed=False)

    def _use(self, record: Record, asked: Field, use: _Use) -> None:
        self.uses.setdefault((record.key, asked), []).append(use)

    def link(self, record: Record, asked: Field) -> str:
        """Return the name of a question; with it goes its number, which follows the order in which questions are first named."""
        place = record.key, asked
        if place not in self.links:
            steps = [step for step in asked.node.removeprefix(MAIN).split("/") if step] if record.is_new else []
            last = {TYPE: "kind", STATUS: "documented"}.get(asked.prop) or local_name(asked.prop)
            whose = "case" if record.main in self.of_the_case or not any(record.requests) else local_name(min(record.requests))
            name = "/".join([whose, record.sources[asked], ".".join([*steps, last])])
            taken = set(self.links.values())
            self.links[place] = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 99))) if n not in taken)
        return self.links[place]

    def gates_of(self, request: str) -> list[tuple[Record, Field]]:
        """Return the questions on which it depends what is asked of ``request``."""
        of_request = [uses for (key, _), uses in self.uses.items() if request in self.records.known[key].requests]
        gates = (gate for uses in of_request for use in uses for clause in use.clauses for gate in clause)
        return [(self.records.known[key], asked) for key, asked in dict.fromkeys((g.record, g.field) for g in gates)]

    def case_fields(self) -> Iterable[tuple[Record, Field]]:
        """Yield what every case states or says that it is not on file, such as the date of injury.

        By the case shapes with an alternative: a value, or another property with a value of its own.
        """
        graph = Graph(self.facts.stated)
        for node in dict.fromkeys(s for s, p, _ in self.facts.stated if p == TYPE):
            shapes = (
                shape for shape in self.shapes.values() if graph.types(node)[0] in shape.targets and shape.iri.startswith(CASE_SHAPES)
            )
            for alternatives in (c.shapes for shape in shapes for c in shape.constraints if c.kind == "xone"):
                stated = [(property_of(part), c) for part in alternatives for c in part.constraints]
                instead = next((node, prop, c.values[0]) for prop, c in stated if c.kind == "hasValue")
                for prop in (prop for prop, c in stated if c.kind == "minCount" and self.records.is_field(prop)):
                    self.of_the_case.add(node)
                    record, asked = self.records.value_of(node, prop, "")
                    self.unanswered[record.key, asked] = instead
                    yield record, asked

    def is_needed(self, place: Place) -> bool:
        """Return whether there is no case without an answer."""
        return self.records.known[place[0]].main in self.of_the_case and place not in self.unanswered

    def document_fields(self) -> Iterable[tuple[Record, Field]]:
        """Yield what has to be known of each document in which a statement of the checklist would stand."""
        kinds: dict[str, list[tuple[str, ...]]] = {}
        for key, _ in self.uses:
            record = self.records.known[key]
            found = self.documents(record)
            if record.is_new and found and found[0] != _REQUEST_FORM:
                kinds.setdefault(found[0], []).append(found)
        for found_there in kinds.values():
            record = self.records.document(shared(found_there), self.facts.case)
            yield from ((record, asked) for asked in record.fields)

    def documents(self, record: Record) -> tuple[str, ...]:
        """Return the kinds of document in which what ``record`` says usually stands, the first one first."""
        if record.documents:
            return record.documents
        stated = [str(o) for s, p, o in (*record.facts, *self.facts.stated) if s == record.main and p == TYPE]
        knowledge = self.records.knowledge
        return next((found for cls in (*record.kinds.values(), *stated) if (found := usual_documents(cls, knowledge))), ())

    def all(self) -> tuple[Question, ...]:
        """Return all questions that were named, in the order of their numbers."""
        return tuple(self._question(number, place) for number, place in enumerate(self.links, 1))

    def _question(self, number: int, place: Place) -> Question:
        key, asked = place
        record, words = self.records.known[key], self.words
        uses = self.uses.get(place, [])
        clauses = ALWAYS if place in self.gates or not uses else either(use.clauses for use in uses)
        documents = self.documents(record)
        return Question(
            link_id=self.links[place], number=number, text=words.question(record, asked), help=words.help(record, asked),
            kind=words.kind(asked), repeats=self._repeats(record, asked),
            options=self._options(record, asked), document=documents[0] if documents else "", or_in=documents[1:],
            is_required=self._is_required(record, asked, uses, clauses), asked_when=self.tests(clauses),
            criteria=tuple(dict.fromkeys(use.criterion for use in uses)),
        )  # fmt: skip

    def _repeats(self, record: Record, asked: Field) -> bool:
        """Return whether there may be several answers: of what a limit counts, and of what kinds a condition is."""
        if asked.prop == TYPE:
            return record.repeats or (self.records.is_place(record) and not record.key.startswith(DOCUMENT))
        return asked.prop in self.limited and bool(self.records.terms.uses[asked.prop].property.values_from)

    def _is_required(self, record: Record, asked: Field, uses: list[_Use], clauses: Clauses) -> bool:
        if asked.prop == DOCUMENT_DATE:
            there = [
                k for k in self.uses if self.records.known[k[0]].is_new and self.documents(self.records.known[k[0]])[:1] == (record.about,)
            ]
            return any(use.is_needed and use.clauses == ALWAYS for place in there for use in self.uses[place])
        needed = [use.clauses for use in uses if use.is_needed]
        return self.is_needed((record.key, asked)) or (bool(needed) and either(needed) == clauses)

    def _options(self, record: Record, asked: Field) -> tuple[Option, ...]:
        label = self.records.terms.vocabulary.label
        if asked.prop != DERIVATIVE:
            return tuple(Option(term, label(term)) for term in self.records.options(record, asked))
        requests = [(s, o) for s, p, o in self.facts.stated if p == MTUS + "requestsTreatment" and s != record.main]
        return tuple(Option(local_name(s), label(Graph(self.facts.stated).types(str(o))[0])) for s, o in sorted(requests))

    def tests(self, clauses: Clauses) -> tuple[tuple[Test, ...], ...]:
        """Return ``clauses`` as tests of answers to questions."""
        known = {EXISTS: ("exists", "true"), MISSING: ("exists", "false")}

        def test(record: str, asked: Field, operator: str, value: str) -> Test:
            return Test(self.link(self.records.known[record], asked), *known.get(operator, (operator, value)))

        return tuple(tuple(test(g.record, g.field, g.operator, text_of(g.value or "")) for g in clause) for clause in clauses)


def shared(kinds: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the first kind of document, and those others that will do for all of ``kinds``."""
    return tuple(kind for kind in (kinds[0] if kinds else ()) if all(kind in others for others in kinds))


def version_of(questions: Iterable[Question]) -> str:
    """Return a digest of what can be answered and how; it changes only where answers would be read otherwise."""
    lines = [f"{q.link_id} {q.kind} {q.repeats} {' '.join(option.code for option in q.options)}" for q in questions]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
