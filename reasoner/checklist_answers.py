"""Read the answers to a checklist: our JSON form with its answers filled in, or a FHIR R4 QuestionnaireResponse."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from mtus.reasoner.checklist import Form, make_checklist
from mtus.reasoner.checklist_json import to_dict
from mtus.reasoner.checklist_model import CHOICE, DAY, NUMBER, WHOLE, YES_NO, Question
from mtus.reasoner.checklist_occasion import occasion_named
from mtus.reasoner.errors import case_error
from mtus.reasoner.formats import decode
from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import XSD, local_name
from mtus.reasoner.problems import Problems
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.strict_json import Decimal, Integer, parse_json, pointer_step

_RESPONSE = "QuestionnaireResponse"
_TAKES = {
    YES_NO: "yes or no (true or false)",
    WHOLE: "a whole number",
    NUMBER: "a number",
    DAY: "a date (year-month-day)",
    CHOICE: "one of its options",
}
_VALUES = {YES_NO: "valueBoolean", WHOLE: "valueInteger", NUMBER: "valueDecimal", DAY: "valueDate", CHOICE: "valueCoding"}
_TYPES = {YES_NO: "boolean", WHOLE: "integer", NUMBER: "decimal", DAY: "date"}
# Keys of the JSON form beside those of a checklist: what the case is called, and that its facts are invented.
_OWN = ("case", "label", "synthetic")


@dataclass(frozen=True)
class Answers:
    """What was answered: the checklist as a form, the answers by question, and what the case is to be called."""

    form: Form
    values: dict[str, tuple[Term, ...]]
    case: str = "case-from-checklist"
    label: str = ""
    is_synthetic: bool = False


def read_answers(content: bytes, name: str, knowledge: Knowledge, settings: Settings = DEFAULT) -> Answers:
    """Return the answers in ``content``; ``name`` is what errors call it.

    Raises :class:`CaseError` for what is no JSON or in neither form, for another version of the checklist, and with every answer to a
    question that is unknown, answered twice or of another kind.
    """
    document = parse_json(decode(content, name), name)
    if not isinstance(document, dict):
        raise case_error("answers-shape", f"{name}#", "Answers are a JSON object.", _REMEDY)
    if document.get("resourceType") == _RESPONSE:
        return _Fhir(document, name, knowledge, settings).read()
    if "checklist" not in document or not isinstance(document.get("answers"), dict):
        raise case_error("answers-shape", f"{name}#", "This holds neither a checklist with answers nor a QuestionnaireResponse.", _REMEDY)
    return _Own(document, name, knowledge, settings).read()


_REMEDY = "Fill in what `mtus checklist … --format json` prints, or answer the FHIR Questionnaire."


class _Reader:
    def __init__(self, document: dict[str, Any], name: str, knowledge: Knowledge, settings: Settings) -> None:
        self.document = document
        self.name = name
        self.knowledge = knowledge
        self.problems = Problems(name, settings.max_problems)

    def form(self, iri: Any, version: Any, place: str) -> Form:
        """Return the checklist that was answered; complain where its questions have changed since."""
        form = make_checklist(occasion_named(str(iri), f"{self.name}#{place}", self.knowledge), self.knowledge)
        if version and version != form.checklist.version:
            now = form.checklist.version
            why = f"The answers are to version {str(version)[:40]} of the checklist, and with the knowledge here it is {now}."
            raise case_error("answers-checklist", f"{self.name}#{place}", why, "Make the checklist again, and carry the answers over.")
        return form

    def _problem(self, code: str, place: str, why: str, remedy: str) -> None:
        self.problems.tell(code, f"{self.name}#{place}", why, remedy)

    def question(self, link: Any, form: Form, place: str) -> Question | None:
        """Return the question called ``link``; None, and a problem, where there is none."""
        known = {question.link_id: question for question in form.checklist.questions}
        if link in known:
            return known[link]
        near = get_close_matches(str(link)[:200], known, n=1, cutoff=0.6)
        remedy = f"Did you mean '{near[0]}'?" if near else "Take the names of questions from the checklist."
        self._problem("unknown-question", place, f"The checklist has no question called '{str(link)[:80]}'.", remedy)
        return None

    def several(self, q: Question, count: int, place: str) -> None:
        """Complain where a question with one answer has more."""
        if count > 1 and not q.repeats:
            self._problem("answer-twice", place, f"Question {q.number} ({q.text}) has {count} answers.", "Keep one.")

    def term(self, q: Question, value: Any, place: str) -> Term | None:
        """Return ``value`` as an answer to ``q``; None, and a problem, where it is none."""
        if q.kind == CHOICE and type(value) is str:
            found = next((o.code for o in q.options if value in (o.code, local_name(o.code))), None)
            if found:
                return found
            near = get_close_matches(value, [local_name(o.code) for o in q.options], n=1, cutoff=0.5)
            remedy = f"Did you mean '{near[0]}'?" if near else f"Options: {', '.join(local_name(o.code) for o in q.options[:12])}."
            self._problem("answer-option", place, f"'{value[:60]}' is no option of question {q.number} ({q.text}).", remedy)
            return None
        if _fits(q.kind, value):
            text = ("true" if value else "false") if isinstance(value, bool) else str(value)
            return Literal(text, XSD + _TYPES[q.kind])
        self._problem(
            "answer-type", place, f"Question {q.number} ({q.text}) takes {_TAKES[q.kind]}, and this is {_shown(value)}.", "Correct it."
        )
        return None


class _Own(_Reader):
    """Our JSON form."""

    def read(self) -> Answers:
        d = self.document
        form = self.form(d["checklist"], d.get("version"), "/checklist")
        known = [*to_dict(form.checklist), *_OWN]
        for key in d:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                self._problem(
                    "answers-shape",
                    f"/{pointer_step(key)}",
                    f"'{key[:60]}' is no key of this form.",
                    f"Did you mean '{near[0]}'?" if near else "Leave it out.",
                )
        values: dict[str, tuple[Term, ...]] = {}
        for link, value in d["answers"].items():
            place = f"/answers/{pointer_step(link)}"
            question = self.question(link, form, place)
            if question is None or value is None:
                continue
            given = value if isinstance(value, list) else [value]
            self.several(question, len(given), place)
            terms = [self.term(question, one, place) for one in given]
            values[link] = tuple(term for term in terms if term is not None)
        self.problems.complain()
        return Answers(form, values, str(d.get("case", Answers.case)), str(d.get("label", "")), d.get("synthetic") is True)


class _Fhir(_Reader):
    """A QuestionnaireResponse (https://hl7.org/fhir/R4/questionnaireresponse.html)."""

    def read(self) -> Answers:
        iri, _, version = str(self.document.get("questionnaire", "")).partition("|")
        form = self.form(iri, version, "/questionnaire")
        groups = {item["linkId"] for item in _items(_as_fhir(form, self.knowledge))}
        values: dict[str, tuple[Term, ...]] = {}
        for item, place in self._walk(self.document.get("item", []), "/item"):
            link, answers = item.get("linkId"), item.get("answer", [])
            if link in groups and not answers and link not in form.places:
                continue
            question = self.question(link, form, place)
            if question is None or not answers:
                continue
            if link in values:
                self._problem(
                    "answer-twice", place, f"Question {question.number} ({question.text}) is answered in two places.", "Keep one."
                )
            self.several(question, len(answers), place)
            terms = [self._answer(question, answer, f"{place}/answer/{number}") for number, answer in enumerate(answers)]
            values[question.link_id] = tuple(term for term in terms if term is not None)
        self.problems.complain()
        return Answers(form, values, str(self.document.get("id", Answers.case)))

    def _walk(self, items: Any, pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield each item with its place; items stand below items, and below answers."""
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self._problem("answers-shape", pointer, "This is no list of items.", "Write the response as FHIR R4 has it.")
            return
        for number, item in enumerate(items):
            place = f"{pointer}/{number}"
            answers = item.get("answer", [])
            if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
                self._problem("answers-shape", f"{place}/answer", "This is no list of answers.", "Write the response as FHIR R4 has it.")
                continue
            yield item, place
            yield from self._walk(item.get("item", []), f"{place}/item")
            for at, answer in enumerate(answers):
                yield from self._walk(answer.get("item", []), f"{place}/answer/{at}/item")

    def _answer(self, q: Question, answer: dict[str, Any], place: str) -> Term | None:
        given = [key for key in answer if key.startswith("value")]
        if given != [_VALUES[q.kind]]:
            told = given[0] if given else "no value"
            why = f"Question {q.number} ({q.text}) takes {_VALUES[q.kind]}, and this has {told}."
            self._problem("answer-type", place, why, "Correct the answer.")
            return None
        value = answer[given[0]]
        if q.kind != CHOICE:
            return self.term(q, value, place)
        code = value.get("code") if isinstance(value, dict) else None
        system = value.get("system", "") if isinstance(value, dict) else ""
        return self.term(q, f"{system}{code}" if type(code) is str else code, place)


def _fits(kind: str, value: Any) -> bool:
    if kind == YES_NO:
        return isinstance(value, bool)
    if kind == DAY:
        return type(value) is str and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)) and _is_day(value)
    return isinstance(value, Integer) or (kind == NUMBER and isinstance(value, Decimal) and "e" not in value.lower())


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integer | Decimal):
        return f"the number {value[:40]}"
    return f"'{value[:60]}'" if isinstance(value, str) else f"a JSON {'object' if isinstance(value, dict) else 'list or null'}"


def _as_fhir(form: Form, knowledge: Knowledge) -> dict[str, Any]:
    from mtus.reasoner.checklist_fhir import to_questionnaire  # noqa: PLC0415  only a response needs it

    return to_questionnaire(form.checklist, knowledge)


def _items(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in node.get("item", ()):
        yield item
        yield from _items(item)
