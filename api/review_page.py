"""The form in which a physician reviews a determination on a page: what it offers is read from the knowledge and the determination."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
        problem_list=error.problems if error else (),
    )


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
