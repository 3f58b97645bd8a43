"""The case form: its questions come from the checklist for the treatments that are picked, and its answers make the case.

A form is what a browser posts: names and texts. Nothing of it is lost: what belongs to no question any more is carried along.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mtus.api.deps import case_limits
from mtus.reasoner.case_terms import case_terms
from mtus.reasoner.checklist import Form, make_checklist
from mtus.reasoner.checklist_answers import read_answers
from mtus.reasoner.checklist_case import Turned, case_from
from mtus.reasoner.checklist_model import NUMBER, WHOLE, YES_NO, Question
from mtus.reasoner.checklist_occasion import bare_case, occasion
from mtus.reasoner.closure import closure
from mtus.reasoner.errors import CaseError, Problem
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.render_json import dumps
from mtus.reasoner.strict_json import pointer_step

# The names of fields that are no questions; those of questions hold a slash.
TREATMENT, DATE, RENEWAL, NAME, LABEL, SYNTHETIC, LEAVE_OUT, STEP = (
    "treatment", "date", "renewal", "name", "label", "synthetic", "leave-out", "step",
)  # fmt: skip
# Where errors say that something stands.
_PLACE: Final = "form"
_ANSWERS: Final = f"{_PLACE}#/answers/"
_TREATMENT: Final = MTUS + "Treatment"
_WHOLE, _DECIMAL = re.compile(r"[+-]?\d{1,15}"), re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_NUMBERED: Final = re.compile(r"[Qq]uestions? (\d+)|^the answers to (\d+)|without one to (\d+)")
_NAME: Final = re.compile(r"[\w.~-]{1,100}")


@dataclass(frozen=True)
class Treatment:
    """A treatment that can be picked: its name and label, and whether an encoded provision speaks of a request for it."""

    name: str
    label: str
    is_encoded: bool


@dataclass
class Filled:
    """A form as it was filled in, with what is wrong with it.

    ``values`` are by the links of questions, and by the names of the other fields. ``errors`` are the problems by what they stand beside;
    ``general`` are the others. ``remarks`` say what cannot be put on file as it is answered. ``turned`` is the case, where the answers
    make one. ``requests`` are the treatments that the requests of the checklist are for: in the form these stand for the numbers, which
    change when another treatment is picked.
    """

    values: dict[str, list[str]]
    form: Form | None = None
    requests: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    turned: Turned | None = None

    def first(self, name: str) -> str:
        """Return the text in the field ``name``; empty where there is none."""
        return next(iter(self.values.get(name, ())), "")

    def outside(self, text: str) -> str:
        """Return a link or an option of the checklist as the form has it, with the treatment in place of the number of the request."""
        head, slash, rest = text.partition("/")
        return self.requests.get(head, head) + slash + rest

    @property
    def is_good(self) -> bool:
        """Whether the form makes a case with nothing left to say."""
        return self.turned is not None and not self.errors and not self.general and (not self.remarks or bool(self.first(LEAVE_OUT)))

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The answers that belong to no question as the form stands: they are kept, in case the question comes back."""
        known = {question.link_id for question in self.form.checklist.questions} if self.form else set()
        return [(name, value) for name, values in self.values.items() if "/" in name and name not in known for value in values]


def treatments(knowledge: Knowledge) -> tuple[Treatment, ...]:
    """Return the treatments that a request can name, in the order of their labels."""
    return knowledge.once(Treatment, lambda: tuple(_treatments(knowledge)))


def fill(values: Mapping[str, Sequence[str]], knowledge: Knowledge, *, turns: bool = True) -> Filled:
    """Return the form filled with ``values``, its questions those for the treatments in it; ``turns``: into a case as well."""
    filled = Filled({name: list(given) for name, given in values.items()})
    try:
        made_for = occasion(_in_order(filled, knowledge), filled.first(DATE), "", knowledge, is_renewal=bool(filled.first(RENEWAL)))
        filled.form = make_checklist(made_for, knowledge)
    except CaseError as error:
        for problem in error.problems:
            name = TREATMENT if problem.code == "checklist-treatment" else DATE
            filled.errors.setdefault(name, []).append(f"{problem.why} {problem.remedy}")
        return filled
    filled.requests = {local_name(r.request): local_name(r.treatment) for r in filled.form.checklist.requests}
    _take_in(filled, filled.form)
    if turns:
        _turn(filled, filled.form, knowledge)
    return filled


def _in_order(filled: Filled, knowledge: Knowledge) -> list[str]:
    """Return the treatments that were picked, each once, in the order in which the form shows them; the unknown ones last."""
    order = {t.name: n for n, t in enumerate(treatments(knowledge))}
    return sorted(dict.fromkeys(filled.values.get(TREATMENT, ())), key=lambda name: order.get(name, len(order)))


def _take_in(filled: Filled, form: Form) -> None:
    """Give the values the names and options that the checklist has for them."""
    for question in form.checklist.questions:
        given = filled.values.pop(filled.outside(question.link_id), None)
        if given is not None:
            options = {filled.outside(o.code): o.code for o in question.options}
            filled.values[question.link_id] = [options.get(value, value) for value in given]


def _turn(filled: Filled, form: Form, knowledge: Knowledge) -> None:
    """Make the case that the answers state, or say beside which fields it cannot be made."""
    name = filled.first(NAME)
    if name and not _NAME.fullmatch(name):
        filled.errors[NAME] = ["A reference has letters, digits, hyphens and dots, and no spaces. Change it, or leave it empty."]
    answers = {
        q.link_id: _answer(q, given) for q in form.checklist.questions if (given := [v for v in filled.values.get(q.link_id, ()) if v])
    }
    document: dict[str, Any] = {"checklist": form.checklist.id, "version": form.checklist.version, "answers": answers}
    if filled.first(LABEL):
        document["label"] = filled.first(LABEL)
    if filled.first(SYNTHETIC):
        document["synthetic"] = True
    # a case of the same name with other facts would be another case under its name
    document["case"] = name or f"form-{hashlib.sha256(dumps(document).encode()).hexdigest()[:12]}"
    try:
        turned = case_from(read_answers(dumps(document).encode(), _PLACE, knowledge, case_limits()), _PLACE, knowledge, case_limits())
    except CaseError as error:
        for problem in error.problems:
            _tell(filled, problem, form)
        return
    filled.turned, filled.remarks = turned, turned.incomplete
    for remark in () if filled.first(LEAVE_OUT) else turned.incomplete:
        for link in _named(remark, form)[:1]:
            filled.errors.setdefault(link, []).append(remark)


def _tell(filled: Filled, problem: Problem, form: Form) -> None:
    """Put ``problem`` beside the field that it is about, where it is about one."""
    told = f"{problem.why} {problem.remedy}"
    places = {_ANSWERS + pointer_step(q.link_id): q.link_id for q in form.checklist.questions}
    own = [link for place, link in places.items() if problem.where == place or problem.where.startswith(place + "/")]
    for link in (own or _named(problem.why, form))[:1]:
        filled.errors.setdefault(link, []).append(told)
        return
    filled.general.append(told)


def _named(text: str, form: Form) -> list[str]:
    """Return the questions that ``text`` names by their numbers; the one that lacks an answer comes first."""
    numbers = [int(next(filter(None, found.groups()))) for found in _NUMBERED.finditer(text)]
    links = {q.number: q.link_id for q in form.checklist.questions}
    return [links[number] for number in reversed(numbers) if number in links]


def _answer(question: Question, given: list[str]) -> Any:
    read = [_read(question, text.strip()) for text in given]
    return read if question.repeats or len(read) > 1 else read[0]


def _read(question: Question, text: str) -> Any:
    """Return ``text`` as JSON has it, and as it stands where it is of another kind: the reader of answers says so."""
    if question.kind == YES_NO:
        return {"yes": True, "no": False}.get(text, text)
    if question.kind == WHOLE and _WHOLE.fullmatch(text):
        return int(text)
    if question.kind == NUMBER and _DECIMAL.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _treatments(knowledge: Knowledge) -> list[Treatment]:
    terms = case_terms(knowledge)
    classes = sorted(cls for cls in terms.classes - {_TREATMENT} if _TREATMENT in terms.kinds(frozenset((cls,))))
    edition = next(e for e in knowledge.guidelines.editions.values() if e.is_encoded)
    day = (edition.selects_from or edition.effective_from).isoformat()
    facts = bare_case(occasion([local_name(cls) for cls in classes], day, "", knowledge), knowledge)
    graph = closure(facts.triples, knowledge.closure_rules)
    encoded = {p.speaks_of for p in knowledge.guidelines.provisions.values() if p.speaks_of and not p.not_encoded_because}
    everything = {cls for cls in encoded if all(cls in graph.types(f"{facts.case}/request-{n}") for n in range(1, len(classes) + 1))}
    found = [
        Treatment(
            local_name(cls),
            knowledge.vocabulary.label(cls),
            not encoded.isdisjoint(set(graph.types(f"{facts.case}/request-{n}")) - everything),
        )
        for n, cls in enumerate(classes, 1)
    ]
    return sorted(found, key=lambda t: (not t.is_encoded, t.label.lower()))
