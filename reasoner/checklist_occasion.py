"""For which treatments, and under which edition, a checklist is made: names looked up, the date taken as given, never from the clock.

The same is named by one IRI, from which filled answers are led back to their checklist.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher

from mtus.reasoner.case_terms import case_terms
from mtus.reasoner.errors import CaseError, case_error
from mtus.reasoner.graph import Literal
from mtus.reasoner.guideline import Edition
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import BASE, MTUS, SKOS, local_name

CHECKLIST = BASE + "checklist/"
_ANY_DAY, _FIRST, _RENEWAL = "any-date", "first", "renewal"
_TREATMENT = MTUS + "Treatment"
RFA = "request-for-authorization"
# From which likeness on a name is offered in place of one that is unknown.
_NEAR = 0.6


@dataclass(frozen=True)
class Occasion:
    """What a checklist is made for.

    ``treatments`` are classes (IRIs), one for each request, in the order given. ``day`` is the date of request; where none was given
    (``is_dated`` False) it is the first day that selects ``edition``, and stands in for any day of it.
    """

    treatments: tuple[str, ...]
    edition: Edition
    day: date
    is_dated: bool
    is_renewal: bool

    @property
    def iri(self) -> str:
        """The IRI of the checklist, from which :func:`occasion_named` reads the same occasion."""
        day = self.day.isoformat() if self.is_dated else _ANY_DAY
        stage = _RENEWAL if self.is_renewal else _FIRST
        return f"{CHECKLIST}{self.edition.name}/{day}/{stage}/{'+'.join(map(local_name, self.treatments))}"


def occasion(words: Iterable[str], day: str, edition: str, knowledge: Knowledge, *, is_renewal: bool = False) -> Occasion:
    """Return the occasion for the treatments called ``words``, under the edition of ``day`` (year-month-day) or the one called ``edition``.

    Raises :class:`CaseError` for an unknown treatment (with the nearest names) or edition, a date that is none, one to which no encoded
    edition belongs, and where neither date nor edition is given.
    """
    treatments = tuple(_treatment(word, knowledge) for word in words)
    if not treatments:
        raise case_error("checklist-treatment", "treatment", "No treatment is named.", "Name at least one.")
    stated = _date(day) if day else None
    found = _named(edition, stated, knowledge) if edition else _selected(stated, knowledge)
    if not found.is_encoded:
        when = f"On {day} the guideline in force is" if day else "You ask for"
        why = f"{when} {found.label}, whose provisions are not encoded, so no checklist can be given for it."
        raise case_error("checklist-edition", day or edition, why, f"Encoded: {_encoded(knowledge)}.")
    return Occasion(treatments, found, stated or found.selects_from or found.effective_from, stated is not None, is_renewal)


def occasion_named(iri: str, where: str, knowledge: Knowledge) -> Occasion:
    """Return the occasion whose checklist is called ``iri``; raise :class:`CaseError`, at ``where``, for what names none."""
    match = re.fullmatch(rf"{re.escape(CHECKLIST)}([\w.-]+)/([\w-]+)/({_FIRST}|{_RENEWAL})/([\w+-]+)", iri)
    if match is None:
        why = f"'{iri[:100]}' is the name of no checklist."
        raise case_error("answers-checklist", where, why, "Take the name from the checklist that was answered.")
    edition, day, stage, treatments = match.groups()
    stated = "" if day == _ANY_DAY else day
    try:
        return occasion(treatments.split("+"), stated, edition, knowledge, is_renewal=stage == _RENEWAL)
    except CaseError as error:
        raise CaseError(tuple(replace(problem, where=where) for problem in error.problems)) from error


def bare_case(made_for: Occasion, knowledge: Knowledge) -> Facts:
    """Return a case that holds the requests of ``made_for`` and nothing else: what is asked for, and no fact about the worker."""
    day = made_for.day.isoformat()
    numbered = list(enumerate(made_for.treatments, 1))
    document = {
        "id": "checklist",
        "claim": {"id": "claim", "type": "Claim"},
        "review": {"id": "review", "type": "UtilizationReview", "hasStage": "prospectiveReview"},
        "documents": [{"id": RFA, "type": "RequestForAuthorization", "date": day}],
        "treatments": [{"id": f"treatment-{number}", "type": local_name(cls)} for number, cls in numbered],
        "requests": [
            {
                "id": f"request-{number}", "type": "TreatmentRequest", "itemNumber": number, "label": knowledge.vocabulary.label(cls),
                "requestsTreatment": f"treatment-{number}", "requestDate": day, "statedIn": RFA,
            }
            for number, cls in numbered
        ],
    }  # fmt: skip
    return load_case(json.dumps(document).encode(), knowledge, name="checklist.json", syntax="json")


def _treatment(word: str, knowledge: Knowledge) -> str:
    """Return the class of treatments called ``word``: by label, other label or local name, whatever the case, hyphens or plural."""
    terms = case_terms(knowledge)
    classes = sorted(cls for cls in terms.classes - {_TREATMENT} if _TREATMENT in terms.kinds(frozenset((cls,))))
    names = {cls: _names(cls, knowledge) for cls in classes}
    found = next((cls for cls in classes if _plain(word) in map(_plain, names[cls])), None)
    if found:
        return found
    scores = {cls: max(_likeness(_words(word), _words(name)) for name in names[cls]) for cls in classes}
    near = [cls for cls in sorted(classes, key=lambda cls: -scores[cls]) if scores[cls] >= _NEAR]
    labels = [f"'{knowledge.vocabulary.label(cls)}'" for cls in near[:4]]
    remedy = f"Did you mean {' or '.join(labels)}?" if labels else "Use the name of a treatment of the ontology; its reference lists them."
    raise case_error("checklist-treatment", f"'{word[:60]}'", "No treatment of the ontology is called so.", remedy)


def _names(cls: str, knowledge: Knowledge) -> list[str]:
    others = [term.value for term in knowledge.ontology.objects(cls, SKOS + "altLabel") if isinstance(term, Literal)]
    return [knowledge.vocabulary.label(cls), local_name(cls), *others]


def _likeness(asked: list[str], label: list[str]) -> float:
    """Return how like ``asked`` is to ``label``, from 0 to 1: the words of each beside the most similar ones of the other."""
    if not asked or not label:
        return 0.0
    best = [max(SequenceMatcher(None, one, other).ratio() for other in label) for one in asked[:10]]
    back = [max(SequenceMatcher(None, one, other).ratio() for other in asked[:10]) for one in label]
    return (sum(best) / len(best) + sum(back) / len(back)) / 2


def _words(text: str) -> list[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return [word.lower().removesuffix("s") for word in re.findall(r"[A-Za-z0-9]+", spaced)]


def _plain(text: str) -> str:
    return "".join(_words(text))


def _date(text: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise case_error("checklist-date", f"'{text[:60]}'", "This is no date.", "Write year-month-day, such as 2015-08-20.") from error


def _named(name: str, day: date | None, knowledge: Knowledge) -> Edition:
    editions = {edition.name: edition for edition in knowledge.guidelines.editions.values()}
    found = editions.get(name)
    if found is None:
        raise case_error("checklist-edition", f"'{name[:60]}'", "No edition is called so.", f"Known: {', '.join(editions)}.")
    if day is not None and not found.selected_on(day):
        why = f"A request of {day.isoformat()} is not under {found.label}, which is for {_span(found)}."
        raise case_error("checklist-edition", name, why, "Leave the date or the edition out, or correct one of them.")
    return found


def _selected(day: date | None, knowledge: Knowledge) -> Edition:
    if day is None:
        why = "Neither the date of the request nor an edition is given, and the day is never taken from the clock."
        raise case_error("checklist-date", "date", why, f"Give the date of the request, or an edition: {_encoded(knowledge)}.")
    found = next((e for e in knowledge.guidelines.editions.values() if e.selected_on(day)), None)
    if found is None:
        raise _no_edition(day, knowledge)
    return found


def _no_edition(day: date, knowledge: Knowledge) -> CaseError:
    why = f"On {day.isoformat()} no edition that is known here was in force, so no checklist can be given."
    return case_error("checklist-edition", day.isoformat(), why, f"Encoded: {_encoded(knowledge)}.")


def _encoded(knowledge: Knowledge) -> str:
    editions = [e for e in knowledge.guidelines.editions.values() if e.is_encoded]
    return "; ".join(f"{e.name} ({_span(e)})" for e in editions)


def _span(edition: Edition) -> str:
    first = (edition.selects_from or edition.effective_from).isoformat()
    return f"requests from {first} to {edition.effective_to.isoformat()}" if edition.effective_to else f"requests from {first} on"
