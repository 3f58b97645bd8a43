"""The checklist for a treating office: what has to be on file before treatments are requested, under the edition of a given date.

Derived from the criteria and their shapes, for every topic alike: :mod:`mtus.reasoner.checklist_needs` finds what each asks,
:mod:`mtus.reasoner.checklist_questions` what that is called, and here it is put in the order in which an office looks things up. See
docs/how-to/prepare-a-request.md for how it is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mtus.reasoner.checklist_model import Block, Checklist, Group, Item, Reading, RequestList, Wanted
from mtus.reasoner.checklist_needs import Need, NeedFinder
from mtus.reasoner.checklist_occasion import Occasion, bare_case
from mtus.reasoner.checklist_questions import DERIVATIVE, Place, Questions, shared, version_of
from mtus.reasoner.checklist_records import Asked, Field, Record, Records
from mtus.reasoner.checklist_says import Says
from mtus.reasoner.checklist_words import text_of
from mtus.reasoner.gates import both
from mtus.reasoner.graph import Triple
from mtus.reasoner.hypothesis import NOTED, Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.proposals import Proposer

REQUEST_DATE = MTUS + "requestDate"


@dataclass(frozen=True)
class Form:
    """A checklist, with what its answers are written into: the bare case, and for each question a field of a record.

    ``documents`` tells of a record in which kind of document (IRI) it stands. Without answers to ``needed`` there is no case;
    ``unanswered`` is what a case states instead of some that may be missing.
    """

    checklist: Checklist
    occasion: Occasion
    facts: Facts
    records: Records
    places: dict[str, Place]
    documents: dict[str, str]
    needed: tuple[str, ...]
    unanswered: dict[Place, Triple]


def make_checklist(occasion: Occasion, knowledge: Knowledge) -> Form:
    """Return the checklist for ``occasion``, with what its answers fill in."""
    return _Maker(occasion, knowledge).make()


class _Maker:
    def __init__(self, occasion: Occasion, knowledge: Knowledge) -> None:
        self.occasion = occasion
        self.knowledge = knowledge
        self.facts = bare_case(occasion, knowledge)
        self.proposer = Proposer(knowledge)
        self.records = Records(knowledge, self.proposer.drafter.terms)
        self.questions = Questions(self.records, self.proposer, self.facts)
        self.says = Says(occasion, knowledge)
        self.is_naming = True
        self.gates: dict[str, tuple[str, ...]] = {}

    def make(self) -> Form:
        finders = [self._finder(f"{self.facts.case}/request-{number}") for number in range(1, len(self.occasion.treatments) + 1)]
        found = [(finder, self._needs(finder)) for finder in finders]
        found = [(finder, [finder.answered(need) for need in needs]) for finder, needs in found]
        self.questions.collect(need for _, needs in found for need in needs)
        case_questions = tuple(self.questions.link(record, asked) for record, asked in self._case_fields())
        for finder, needs in found:
            self._request(finder, needs)  # names the questions in the order in which they are asked, before any is referred to
        self.is_naming = False
        lists = tuple(self._request(finder, needs) for finder, needs in found)
        questions = self.questions.all()
        edition, made_for = self.occasion.edition, self.occasion
        checklist = Checklist(
            id=made_for.iri, version=version_of(questions), edition=edition.iri, edition_label=edition.label, instrument=edition.instrument,
            date=made_for.day.isoformat() if made_for.is_dated else "", is_renewal=made_for.is_renewal, case_questions=case_questions,
            requests=lists, questions=questions,
        )  # fmt: skip
        places = {link: place for place, link in self.questions.links.items()}
        documents = {key: self.questions.documents(record)[:1] for key, record in self.records.known.items() if record.is_new}
        # a renewal that says of no earlier course that it was received would be answered as a first request
        renewed = [(g.record, g.field) for finder, _ in found for clause in finder.given for g in clause]
        needed = [link for link in case_questions if self.questions.is_needed(places[link])]
        asked = {self.questions.links.get(place) for place in renewed}
        needed += [q.link_id for q in questions if q.link_id in asked and q.is_required and not q.asked_when]
        kinds = {key: found[0] for key, found in documents.items() if found}
        return Form(checklist, made_for, self.facts, self.records, places, kinds, tuple(needed), self.questions.unanswered)

    def _needs(self, finder: NeedFinder) -> list[Need]:
        """Return the needs; whether the guideline applies is asked only where it speaks of the treatment at all."""
        needs = finder.needs(self.occasion.edition.iri)
        return needs if self.says.speaking(finder) else [need for need in needs if _section(need) != "scope"]

    def _finder(self, request: str) -> NeedFinder:
        hypothesis = Hypothesis(self.facts, request, self.knowledge)
        return NeedFinder(self.records, self.proposer, hypothesis, is_renewal=self.occasion.is_renewal)

    def _case_fields(self) -> list[tuple[Record, Field]]:
        dated = []
        if not self.occasion.is_dated:
            self.questions.of_the_case.add(self.facts.case)
            dated.append(self.records.value_of(self.facts.case, REQUEST_DATE, ""))
        return [*dated, *self.questions.case_fields(), *self.questions.document_fields()]

    def _request(self, finder: NeedFinder, needs: list[Need]) -> RequestList:
        sections: dict[str, list[Need]] = {"scope": [], "needs": [], "limits": [], "advice": []}
        for need in needs:
            sections[_section(need)].append(need)
        scope = tuple(self._item(need) for need in sections["scope"])
        always = self._groups([need for need in sections["needs"] if not need.conditions])
        gates = self._gates(finder.hypothesis.request)
        blocks = [Block((), (), always)] if always else []
        for texts in dict.fromkeys(_texts(need) for need in sections["needs"] if need.conditions):
            there = [need for need in sections["needs"] if _texts(need) == texts]
            when = () if self.is_naming else self.questions.tests(both(c.clauses for need in there for c in need.conditions))
            blocks.append(Block(texts, when, self._groups(there)))
        limits = tuple(self._item(need, shows_conditions=True) for need in sections["limits"])
        advice = tuple(self._item(need, shows_conditions=True) for need in sections["advice"])
        return self.says.request(finder, scope=scope, gates=gates, blocks=tuple(blocks), limits=limits, advice=advice)

    def _gates(self, request: str) -> tuple[str, ...]:
        """Return the questions that decide which blocks apply, beyond those that are asked anyway, and what the request accompanies."""
        treatment = self.occasion.treatments[int(request.rsplit("-", 1)[-1]) - 1]
        if self.is_naming:
            found = self.questions.gates_of(request)
            if len(self.occasion.treatments) > 1 and self.says.accompanies_another(treatment):
                found.insert(0, self.records.value_of(request, DERIVATIVE, request))
            before = set(self.questions.links)
            self.gates[request] = tuple(self.questions.link(*gate) for gate in found if (gate[0].key, gate[1]) not in before)
        return self.gates[request]

    def _groups(self, needs: list[Need]) -> tuple[Group, ...]:
        """Return ``needs`` by the kind of document in which the facts usually stand; a need with facts in several stands in each."""
        groups: dict[str, list[tuple[Item, list[tuple[str, ...]]]]] = {}
        for kind in dict.fromkeys(kinds[0] for need in needs for kinds in self._kinds(need)):
            for need in needs:
                kinds = self._kinds(need)
                if need.asked and not need.relation:
                    asked = tuple(one for one in need.asked if self._kinds_of(one)[0] == kind)
                    if asked:
                        groups.setdefault(kind, []).append((self._item(need, asked), [self._kinds_of(one) for one in asked]))
                elif kinds[0][0] == kind:
                    groups.setdefault(kind, []).append((self._item(need), kinds))
        return tuple(Group(shared([k for _, kinds in found for k in kinds]), tuple(i for i, _ in found)) for found in groups.values())

    def _kinds(self, need: Need) -> list[tuple[str, ...]]:
        """Return the kinds of document for each fact of ``need``; for one that is composed, those of its first fact."""
        found = [self._kinds_of(one) for each in need.all() for one in each.asked]
        return found if need.asked and not need.relation else found[:1]

    def _kinds_of(self, one: Asked) -> tuple[str, ...]:
        return self.questions.documents(one.record) or ("",)

    def _item(self, need: Need, asked: tuple[Asked, ...] | None = None, *, shows_conditions: bool = False) -> Item:
        criterion, knowledge = need.criterion, self.knowledge
        reading = criterion.interpretation
        shown = need.asked if asked is None else asked
        return Item(
            criterion=criterion.iri,
            requirement=criterion.requirement,
            cited=self.says.cited(knowledge.provision_of(criterion), criterion.confidence),
            burden=local_name(criterion.burden),
            effect=local_name(criterion.effect),
            relation=need.relation,
            questions=(*(self._wanted(one) for one in shown), *(self._counted(record) for record in need.counted)),
            also_read=() if self.is_naming else tuple(dict.fromkeys(self.questions.link(record, field) for record, field in need.also)),
            answered_by=() if self.is_naming else tuple(self._asked_elsewhere(need)),
            parts=tuple(self._item(part, shows_conditions=True) for part in need.parts),
            only_if=_texts(need) if shows_conditions else (),
            unless=self._item(need.exception, shows_conditions=True) if need.exception else None,
            reading=Reading(reading.words, reading.label, reading.rationale) if reading else None,
            broken=need.broken,
        )

    def _asked_elsewhere(self, need: Need) -> Iterator[str]:
        """Yield the questions of other criteria that answer ``need``; nothing is asked for its sake that nobody else asks."""
        yield from (self.questions.link(record, asked) for record, asked in need.shown if (record.key, asked) in self.questions.links)

    def _wanted(self, one: Asked) -> Wanted:
        link = self.questions.link(one.record, one.field)
        return Wanted(link, one.relation, tuple(map(text_of, one.values)), self.questions.words.wanted(one))

    def _counted(self, record: Record) -> Wanted:
        return Wanted(self.questions.link(record, next(iter(record.fields))), "counted", (), "")


def _section(need: Need) -> str:
    if local_name(need.criterion.effect) == NOTED:
        return "advice"
    if local_name(need.criterion.role) == "scope":
        return "scope"
    asked = [one for each in need.all() for one in each.asked]
    is_limit = bool(need.criterion.limits_quantity) and not any(one.record.is_new for one in asked)
    return "limits" if is_limit or need.counted or not asked else "needs"


def _texts(need: Need) -> tuple[str, ...]:
    return tuple(dict.fromkeys(condition.text for condition in need.conditions))
