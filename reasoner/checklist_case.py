"""Turn the answers to a checklist into a case in plain JSON: what is answered is on file, and nothing else."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mtus.reasoner.case_terms import CASE_CLASS
from mtus.reasoner.case_writer import plain_json
from mtus.reasoner.checklist import REQUEST_DATE
from mtus.reasoner.checklist_answers import Answers
from mtus.reasoner.checklist_fill import filled, kebab
from mtus.reasoner.checklist_occasion import RFA
from mtus.reasoner.checklist_questions import DERIVATIVE
from mtus.reasoner.checklist_records import ABSENT, DOCUMENT, DOCUMENT_DATE, MAIN, PRESENT, STATUS, Field, Record
from mtus.reasoner.drafts import Drafter
from mtus.reasoner.errors import case_error
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, TYPE, XSD, local_name
from mtus.reasoner.pipeline import check_case
from mtus.reasoner.settings import DEFAULT, Settings

_MEASUREMENT = MTUS + "Measurement"
# The lists of a case, in the order in which people read them; the first two hold one thing.
_ORDER = ("claim", "review", "documents", "conditions", "treatments", "requests", "courses", "findings")
_TRUE = Literal("true", XSD + "boolean")


@dataclass(frozen=True)
class Turned:
    """The case that answers were turned into, and in words what could not be put on file because an answer to it is missing."""

    case: dict[str, Any]
    incomplete: tuple[str, ...]

    def text(self) -> str:
        """Return the case as JSON text."""
        return json.dumps(self.case, ensure_ascii=False, indent=2) + "\n"


def case_from(answers: Answers, name: str, knowledge: Knowledge, settings: Settings = DEFAULT) -> Turned:
    """Return the case that ``answers``, read from what errors call ``name``, state.

    A statement of which an answer is missing that it cannot do without, or whose document has no date, is not put on file, and is told.
    Raises :class:`CaseError` where a fact that every case needs is missing, where answers contradict one another, and where the case
    would not be well formed.
    """
    turned = _Turner(answers, name, knowledge).turn()
    facts = load_case(turned.text().encode(), knowledge, name=f"the case made from {name}", syntax="json", settings=settings)
    check_case(facts, knowledge)
    return turned


class _Turner:
    def __init__(self, answers: Answers, name: str, knowledge: Knowledge) -> None:
        self.answers = answers
        self.form = answers.form
        self.name = name
        self.knowledge = knowledge
        self.terms = self.form.records.terms
        self.needed = Drafter(knowledge).needed
        self.links = {place: link for link, place in self.form.places.items()}
        self.questions = {question.link_id: question for question in self.form.checklist.questions}
        self.given: dict[str, dict[Field, Sequence[Term]]] = {}
        for link, values in answers.values.items():
            if values:
                key, asked = self.form.places[link]
                self.given.setdefault(key, {})[asked] = values
        self.incomplete: list[str] = []
        self.taken: set[str] = set()
        self.used: dict[str, None] = {}

    def turn(self) -> Turned:
        base = self._base()
        triples = list(base)
        for key, values in self.given.items():
            record = self.form.records.known[key]
            if not key.startswith(DOCUMENT):
                triples += self._statement(record, values) if record.is_new else self._of_the_case(record, values)
        for key in self.used:
            document = self.form.records.known[key]
            triples += filled(document, self.given[key], self._document_name(key), (), "", Literal(""), self.terms)
        triples += self._listed(triples)
        facts = _outwards(triples, {s for s, p, _ in base if p == TYPE}, self.knowledge)
        told = [f"Not on file: {'; '.join(self.incomplete)}."] if self.incomplete else []
        head: dict[str, Any] = {"id": self.answers.case, "label": self.answers.label or self._label()}
        if self.answers.is_synthetic:
            head["synthetic"] = True
        head["note"] = " ".join([f"Made from the answers to {self.form.checklist.id}.", *told])
        return Turned({**head, **self._in_order(facts)}, tuple(self.incomplete))

    def _in_order(self, facts: list[Triple]) -> dict[str, Any]:
        """Return ``facts`` as plain JSON with all things in the lists of the case, in the order in which people read them."""
        case = self.form.facts.case
        lists = {use.property.json_name: iri for iri, use in self.terms.uses.items() if CASE_CLASS in use.used_on and use.refers_to}
        order = {lists[name]: number for number, name in enumerate(_ORDER)}
        found = json.loads(plain_json(sorted(facts, key=lambda t: (t[0] != case, order.get(t[1], 0), t[1] != TYPE)), self.terms))
        found.pop("id")
        return {name: [value] if name in _ORDER[2:] and not isinstance(value, list) else value for name, value in found.items()}

    def _listed(self, triples: list[Triple]) -> Iterator[Triple]:
        """Yield what lists the new things in the case, where the case has a list for things of their kind."""
        case = self.form.facts.case
        lists = [(iri, use.refers_to) for iri, use in self.terms.uses.items() if CASE_CLASS in use.used_on and use.refers_to]
        for node, cls in [(s, str(o)) for s, p, o in triples if p == TYPE and s != case]:
            kinds = self.terms.kinds(frozenset((cls,)))
            yield from ((case, iri, node) for iri, listed in lists if not kinds.isdisjoint(listed))

    def _label(self) -> str:
        return "Request for " + ", ".join(request.label for request in self.form.checklist.requests)

    # What every case has

    def _base(self) -> list[Triple]:
        """Return what the bare case states, with the date of request where that was asked for."""
        for question in (self.questions[link] for link in self.form.needed if not self.answers.values.get(link)):
            why = f"Question {question.number} ({question.text}) has no answer, and there is no such case without it."
            raise case_error("answer-missing", f"{self.name}#/answers", why, "Answer it.")
        instead = [t for (key, asked), t in self.form.unanswered.items() if asked not in self.given.get(key, {})]
        stated = [*self.form.facts.stated, *instead]
        if self.form.occasion.is_dated:
            return stated
        day = self.given[self.form.facts.case][Field(self.form.facts.case, REQUEST_DATE)][0]
        edition = self.form.occasion.edition
        if not isinstance(day, Literal) or not edition.selected_on(date.fromisoformat(day.value)):
            other = f"A request of that day is not under {edition.label}, for which the checklist was made."
            raise case_error("answers-checklist", f"{self.name}#/answers", other, "Make the checklist for the date of the request.")
        return [(s, p, day if p in (REQUEST_DATE, DOCUMENT_DATE) else o) for s, p, o in stated]

    def _of_the_case(self, record: Record, values: Mapping[Field, Sequence[Term]]) -> list[Triple]:
        case = self.form.facts.case
        if record.main == case:
            return []  # the date of request, which is in the bare case already
        return [
            (record.main, asked.prop, f"{case}/{value}" if asked.prop == DERIVATIVE else value)
            for asked, given in values.items()
            for value in given
        ]

    # Statements

    def _statement(self, record: Record, values: Mapping[Field, Sequence[Term]]) -> list[Triple]:
        """Return the facts of a new statement; nothing, and a remark, where it lacks what it cannot do without."""
        presence = record.presence
        said = dict(values)
        if presence and presence in said:
            said[presence] = [PRESENT if said[presence][0] == _TRUE else ABSENT]
            other = [asked for asked in said if asked.prop not in (STATUS, TYPE)]
            if said[presence] == [ABSENT] and other:
                first, second = (self.questions[self.links[record.key, asked]] for asked in (presence, other[0]))
                why = f"Question {first.number} says that it is not so, and question {second.number} says more of it ({second.text})."
                raise case_error("answers-contradict", f"{self.name}#/answers", why, "Take one of the answers back.")
        missing = [asked for asked in self._needed(record, said) if asked not in said]
        place = self._place(record)
        if missing or place is None:
            lacking = [self.links[record.key, asked] for asked in missing] or [self._date_of(record)]
            told = "; ".join(f"{self.questions[link].number} ({self.questions[link].text})" for link in lacking)
            answered = ", ".join(str(self.questions[self.links[record.key, asked]].number) for asked in values)
            self.incomplete.append(f"the answers to {answered}, without one to {told}")
            return []
        document, day = place
        base = self._name(record)
        if not record.repeats:
            return filled(record, said, base, record.requests, document, day, self.terms)
        asked, given = next(iter(said.items()))
        each = (filled(record, {asked: [v]}, f"{base}-{n}", record.requests, document, day, self.terms) for n, v in enumerate(given, 1))
        return [triple for triples in each for triple in triples]

    def _needed(self, record: Record, said: Mapping[Field, Sequence[Term]]) -> Iterator[Field]:
        """Yield the fields without which ``record`` is no statement that a case may hold; a detail of it says that it is so."""
        if record.presence and all(asked.prop == TYPE for asked in said):
            yield record.presence
        if MAIN in record.kinds and not self.form.records.is_place(record):
            yield Field(MAIN, TYPE)
        stated = [(s, str(o)) for s, p, o in record.facts if p == TYPE]
        for node, cls in (*stated, *record.kinds.items()):
            for shape in (shape for kind in sorted(self.terms.kinds(frozenset((cls,)))) for shape in self.needed.get(kind, ())):
                asked = Field(node, getattr(shape.path, "iri", ""))
                if asked in record.fields and asked.prop != STATUS:
                    yield asked

    def _place(self, record: Record) -> tuple[str, Literal] | None:
        """Return the document in which ``record`` stands and its date, or None where the date is not answered."""
        kind = self.form.documents.get(record.key, "")
        key = DOCUMENT + kind
        if key not in self.form.records.known:
            day = next(o for _, p, o in self._base() if p == DOCUMENT_DATE)
            return f"{self.form.facts.case}/{RFA}", day if isinstance(day, Literal) else Literal("")
        date_given = self.given.get(key, {}).get(Field(MAIN, DOCUMENT_DATE))
        if not date_given or not isinstance(date_given[0], Literal):
            return None
        self.used[key] = None
        return self._document_name(key), date_given[0]

    def _date_of(self, record: Record) -> str:
        return self.links[DOCUMENT + self.form.documents[record.key], Field(MAIN, DOCUMENT_DATE)]

    def _document_name(self, key: str) -> str:
        kind = self.given.get(key, {}).get(Field(MAIN, TYPE), [key.removeprefix(DOCUMENT)])[0]
        return f"{self.form.facts.case}/{kebab(local_name(str(kind)))}"

    def _name(self, record: Record) -> str:
        """Return a name for the thing of ``record``, by what it is and whose."""
        case = self.form.facts.case
        inner = [str(o) for s, p, o in record.facts if p == TYPE and s != MAIN]
        inner += [cls for node, cls in record.kinds.items() if node != MAIN]
        own = [str(o) for s, p, o in record.facts if (s, p) == (MAIN, TYPE)] or list(record.kinds.values()) or [record.about]
        whose = next((t for s, _, o in record.facts for t in (s, str(o)) if t.startswith(case + "/")), "")
        words = [local_name(whose)] if whose else []
        measured = any(s.startswith(MAIN + "/") and p == TYPE and o == _MEASUREMENT for s, p, o in record.facts)
        words += [kebab(local_name(cls)) for cls in ([] if measured else inner) + own[:1]]
        name = f"{case}/{'-'.join(words)}"
        name = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 99))) if n not in self.taken)
        self.taken.add(name)
        return name


def _outwards(triples: Iterable[Triple], known: set[str], knowledge: Knowledge) -> list[Triple]:
    """Return ``triples`` with those from a thing that was known to a new one the other way round, where the ontology has a word for it."""
    found: dict[Triple, None] = {}
    for subject, predicate, value in triples:
        turned = next((inverse for inverse, _ in knowledge.rules.inverses.get(predicate, ())), "")
        is_new = isinstance(value, str) and value not in known and not value.startswith(MTUS)
        found[(str(value), turned, subject) if turned and is_new and subject in known else (subject, predicate, value)] = None
    return list(found)
