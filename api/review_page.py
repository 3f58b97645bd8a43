"""The form in which a physician reviews a determination on a page: what it offers is read from the knowledge and the determination."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi.responses import HTMLResponse

from mtus.api.pages import page
from mtus.reasoner.errors import ReviewError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, TYPE, local_name
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.review_form import Form, FormOverride, FormRequest
from mtus.reasoner.review_grounds import grounds_of
from mtus.reasoner.trace import Determination, RequestDetermination

Fields = Mapping[str, list[str]]

# The field of the form that a problem is about, by its code, and the label of it; every other problem is about a request.
_FIELDS: Final = {
    "review-name": ("name", "Name or identifier"), "review-role": ("role", "Role"), "review-role-stage": ("role", "Role"),
    "review-licence": ("licence-states", "States of licence"), "review-licence-state": ("licence-states", "States of licence"),
    "review-director-licence": ("licence-states", "States of licence"), "review-specialty": ("specialties", "Specialties"),
    "review-time": ("reviewed-at", "Date of the review"), "review-before-document": ("reviewed-at", "Date of the review"),
}  # fmt: skip
_NO_ROLE: Final = "review-role"
# What follows from it alone that no role was chosen.
_WITHOUT_ROLE: Final = frozenset(("review-not-a-physician", "review-override-by-physician"))


@dataclass(frozen=True)
class Told:
    """A problem with the form as people read it: the field that it is about (empty: all of the form), its label, and the words."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class Offered:
    """What a request relies on and a reviewer may see otherwise: its name, its words, and whether it is a criterion with a status."""

    name: str
    text: str
    is_criterion: bool


@dataclass(frozen=True)
class ReviewedRequest:
    """A request on the form; ``others`` are criteria (name, requirement) that the answer does not rely on."""

    number: int
    request: RequestDetermination
    grounds: tuple[Offered, ...]
    others: tuple[tuple[str, str], ...]


def review_page(determination: Determination, values: Fields, knowledge: Knowledge, error: ReviewError | None = None) -> HTMLResponse:
    """Return the form for a review of ``determination``, filled with ``values``; ``error`` says why it was not signed."""
    ontology, label = knowledge.ontology, knowledge.vocabulary.label
    roles = sorted({iri for cls in ("ReviewerRole", "PhysicianRole") for iri in ontology.subjects(TYPE, MTUS + cls)})
    decisions = sorted(ontology.subjects(MTUS + "isDecidedAt", determination.stage))
    return page(
        "review.html",
        status=422 if error else 200,
        d=determination,
        roles=roles,
        decisions=decisions,
        statuses=sorted(ontology.subjects(TYPE, MTUS + "CriterionStatus"), key=label),
        requests=[_reviewed(n, request) for n, request in enumerate(determination.requests, 1)],
        first=lambda name: _first(values, name),
        problem_list=told_problems(error, determination) if error else (),
    )


def told_problems(error: ReviewError, determination: Determination) -> list[Told]:
    """Return what is wrong with the form in ``error``, each with its field. Who chose no role is told that, and not all that follows."""
    names = {local_name(request.request): (n, request.label) for n, request in enumerate(determination.requests, 1)}
    has_no_role = any(problem.code == _NO_ROLE for problem in error.problems)
    found = []
    for problem in error.problems:
        if has_no_role and problem.code in _WITHOUT_ROLE:
            continue
        number, label = next((names[part] for part in problem.where.split(", ") if part in names), (0, ""))
        field, name = (f"{number}/decision", f"{number}. {label}") if number else _FIELDS.get(problem.code, ("", "The review"))
        found.append(Told(field, name, f"{problem.why} {'Choose it.' if problem.code == _NO_ROLE else problem.remedy}"))
    return found


def review_form(determination: Determination, values: Fields) -> Form:
    """Return the filled form of a review that ``values`` stand for."""
    return Form(
        name=_first(values, "name"),
        role=_first(values, "role"),
        licence_states=_listed(_first(values, "licence-states")),
        specialties=_listed(_first(values, "specialties")),
        reviewed_at=_first(values, "reviewed-at"),
        requests=tuple(_request(_reviewed(n, request), values) for n, request in enumerate(determination.requests, 1)),
    )


def _reviewed(number: int, request: RequestDetermination) -> ReviewedRequest:
    criteria = {local_name(a.criterion): a.requirement for a in all_assessments(request)}
    grounds = tuple(Offered(ground.name, ground.reason.text, ground.name in criteria) for ground in grounds_of(request))
    relied = {ground.name for ground in grounds}
    return ReviewedRequest(number, request, grounds, tuple((name, text) for name, text in criteria.items() if name not in relied))


def _request(reviewed: ReviewedRequest, values: Fields) -> FormRequest:
    n = reviewed.number
    overrides = [_override(f"{n}/{ground.name}", ground.name, values, is_criterion=ground.is_criterion) for ground in reviewed.grounds]
    other = _first(values, f"{n}/other")
    if other:
        overrides.append(_override(f"{n}/other", other, values, is_criterion=True))
    return FormRequest(
        local_name(reviewed.request.request), _first(values, f"{n}/decision"), _first(values, f"{n}/approved-part"),
        tuple(override for override in overrides if override),
    )  # fmt: skip


def _override(field: str, name: str, values: Fields, *, is_criterion: bool) -> FormOverride | None:
    """Return the override that was filled in, or None where nothing was."""
    status, reason, evidence = (_first(values, f"{field}/{part}") for part in ("status", "reason", "evidence"))
    if not (status or reason or evidence):
        return None
    return FormOverride(name if is_criterion else "", "" if is_criterion else name, status, reason, _lines(evidence))


def _first(values: Fields, name: str) -> str:
    return next(iter(values.get(name, ())), "").strip()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in re.split(r"[\r\n]+", text) if line.strip())
