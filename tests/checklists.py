"""Checklists for the tests, and answers that a treating office would like to give."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from mtus.reasoner.case_terms import case_terms
from mtus.reasoner.checklist import Form, make_checklist
from mtus.reasoner.checklist_answers import read_answers
from mtus.reasoner.checklist_case import Turned, case_from
from mtus.reasoner.checklist_json import in_json
from mtus.reasoner.checklist_model import CHOICE, NUMBER, WHOLE, YES_NO, Checklist, Item, Question, Test, Wanted, items_of
from mtus.reasoner.checklist_model import DAY as DAY_KIND
from mtus.reasoner.checklist_occasion import occasion
from mtus.reasoner.checklist_records import ABSENT
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import MTUS, local_name

DAY = "2015-08-20"
EARLIER = "2010-03-02"
REPORTED = "2015-08-18"


@cache
def form(*treatments: str, renewal: bool = False, edition: str = "") -> Form:
    """Return the checklist for ``treatments`` as a form."""
    knowledge = load_knowledge()
    return make_checklist(occasion(treatments, "" if edition else DAY, edition, knowledge, is_renewal=renewal), knowledge)


@cache
def all_treatments() -> tuple[str, ...]:
    """Return all classes of treatments (local names) that a request can name."""
    knowledge = load_knowledge()
    terms, top = case_terms(knowledge), MTUS + "Treatment"
    return tuple(sorted(local_name(c) for c in terms.classes - {top} if top in terms.kinds(frozenset((c,)))))


@cache
def encoded_treatments() -> tuple[str, ...]:
    """Return the treatments that an encoded provision recommends."""
    return tuple(name for name in all_treatments() if form(name).checklist.requests[0].is_complete)


def positive(checklist: Checklist, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an answer to each question that is asked: what its criteria look for, or an example where any will do.

    ``given`` are answers that are not to be chosen; null leaves a question open. Quantities are answered by the least.
    """
    wanted = dict(_wanted(checklist))
    answers: dict[str, Any] = dict(given or {})
    for _ in range(3):  # what is asked depends on answers, which depend on what is asked
        for question in checklist.questions:
            if question.link_id not in (given or {}):
                asked = all(any(holds(test, checklist, answers) for test in clause) for clause in question.asked_when)
                answers[question.link_id] = _answer(question, wanted.get(question.link_id, [])) if asked else None
    return answers


def holds(test: Test, checklist: Checklist, answers: dict[str, Any]) -> bool:
    """Return whether ``test`` holds of ``answers``, as FHIR R4 has it."""
    answer = answers.get(test.question)
    if test.operator == "exists":
        return (answer is not None) == (test.value == "true")
    kind = checklist.question(test.question).kind
    value = (
        local_name(test.value)
        if kind == CHOICE
        else test.value == MTUS + "documentedPresent"
        if "://" in test.value
        else in_json(kind, test.value)
    )
    given = answer if isinstance(answer, list) else [] if answer is None else [answer]
    if test.operator == "!=":
        return value not in given
    compare = {
        "=": lambda a: a == value,
        ">=": lambda a: a >= value,
        "<=": lambda a: a <= value,
        ">": lambda a: a > value,
        "<": lambda a: a < value,
    }
    return any(compare[test.operator](one) for one in given)


def _wanted(checklist: Checklist) -> Iterator[tuple[str, list[Wanted]]]:
    found: dict[str, list[Wanted]] = {}

    def add(item: Item) -> None:
        for one in item.questions:
            found.setdefault(one.question, []).append(one)
        for part in item.parts:
            add(part)

    for r in checklist.requests:
        blocks = [item for block in r.blocks for group in block.groups for item in group.items]
        for item in (*r.scope, *blocks, *r.limits, *r.advice):
            add(item)
    yield from found.items()


def _answer(question: Question, wanted: list[Wanted]) -> Any:
    """Return the answer that satisfies all of ``wanted``; None where nobody wants one but as what lifts a limit."""
    if question.kind == CHOICE:
        chosen = [w.values[0] for w in wanted if w.values and w.relation != "counted"]
        sure = [w.values[0] for w in wanted if w.values and w.relation == "is"] or chosen[:1]
        names = list(dict.fromkeys(map(local_name, sure)))
        return (names if question.repeats else names[0]) if names else None
    if question.kind == YES_NO:
        return all(ABSENT not in w.values and "false" not in w.values for w in wanted) if wanted else None
    if not wanted:
        if question.link_id.startswith("case/") and question.kind == DAY_KIND:
            return REPORTED if question.link_id.endswith("/documentDate") else EARLIER
        return None
    values = [in_json(question.kind, w.values[0]) for w in wanted]
    if question.kind not in (WHOLE, NUMBER):
        return values[0]
    least = [value for w, value in zip(wanted, values, strict=True) if w.relation == "at least"]
    most = [value for w, value in zip(wanted, values, strict=True) if w.relation == "at most"]
    return max(least) if least else min([*most, *values, 1] if most else values)


def checklist(*treatments: str, renewal: bool = False) -> Checklist:
    """Return the checklist for ``treatments``."""
    return form(*treatments, renewal=renewal).checklist


def all_items(made: Checklist) -> list[Item]:
    """Return all items of ``made``, parts and what lifts them included."""
    return [item for request in made.requests for item in items_of(request)]


def asked(item: Item) -> set[str]:
    """Return the questions of ``item`` and of its parts; those of what lifts it are left out."""
    return {w.question for w in item.questions}.union(*(asked(part) for part in item.parts))


def about(made: Checklist, criterion: str) -> list[Item]:
    """Return the items for ``criterion`` (its local name)."""
    return [item for item in all_items(made) if local_name(item.criterion) == criterion]


def question(made: Checklist, end: str) -> Question:
    """Return the first question whose name ends with ``end``."""
    return next(q for q in made.questions if q.link_id.endswith(end))


NAME = "answers.json"
VALUES = {"boolean": "valueBoolean", "integer": "valueInteger", "decimal": "valueDecimal", "date": "valueDate", "choice": "valueCoding"}


def filled(made: Checklist, answers: dict[str, Any]) -> dict[str, Any]:
    """Return ``answers`` in our JSON form."""
    return {"checklist": made.id, "version": made.version, "synthetic": True, "answers": answers}


def turn(document: Any, knowledge: Knowledge) -> Turned:
    """Return the case that ``document``, answers in either form, is turned into."""
    return case_from(read_answers(json.dumps(document).encode(), NAME, knowledge), NAME, knowledge)


def response(made: Checklist, answers: dict[str, Any]) -> dict[str, Any]:
    """Return ``answers`` as a QuestionnaireResponse."""

    def value(kind: str, one: Any, link: str) -> dict[str, Any]:
        if kind != "choice":
            return {VALUES[kind]: one}
        code = next(option.code for option in made.question(link).options if local_name(option.code) == one)
        return {"valueCoding": {"system": code.removesuffix(local_name(code)), "code": local_name(code)}}

    items = []
    for link, answer in answers.items():
        given = answer if isinstance(answer, list) else [] if answer is None else [answer]
        if given:
            items.append({"linkId": link, "answer": [value(made.question(link).kind, one, link) for one in given]})
    inside = [{"linkId": "request-1", "item": items}]
    return {
        "resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": f"{made.id}|{made.version}", "item": inside,
    }  # fmt: skip
