"""``/determine.html``: the case form, and ``/determine/result``: what comes of it so far, for the script that shows it beside the form."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from mtus.api.case_form import STEP, TREATMENT, Filled, fill, treatments
from mtus.api.case_form_view import Arranged
from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.errors import ApiError
from mtus.api.keeper import keeper
from mtus.api.pages import page
from mtus.api.posted import fields_of, posted_form
from mtus.api.submission import submission_of
from mtus.reasoner.checklist_model import YES_NO, Question
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.trace import Determination

router = APIRouter(include_in_schema=False)
Known = Annotated[Knowledge, Depends(shipped_knowledge)]
_DETERMINE: Final = "determine"


@router.get("/determine.html")
async def show_form(request: Request, knowledge: Known) -> Response:
    """Show the form, for the treatments in the address where it names some."""
    values = fields_of(request.query_params.multi_items())
    return await run_in_threadpool(_shown, values, knowledge, turns=False)


@router.post("/determine.html")
async def post_form(request: Request, knowledge: Known) -> Response:
    """Show the form with its questions, or determine the case and lead to its page. Nothing that was entered is lost."""
    values = await posted_form(request)
    if values.get(STEP) != [_DETERMINE]:
        return await run_in_threadpool(_shown, values, knowledge, turns=False)
    filled, found = await run_in_threadpool(_determined, values, knowledge)
    if found is None or not filled.is_good:
        return await run_in_threadpool(_page, filled, found, knowledge, 422)
    try:
        await keeper(request).put(submission_of(found))
    except ApiError as error:
        filled.general.append(f"{error.title} {error.detail}")
        return await run_in_threadpool(_page, filled, found, knowledge, error.status)
    return RedirectResponse(f"/determinations/{local_name(found.id)}.html", status_code=303)


@router.post("/determine/result")
async def show_result(request: Request, knowledge: Known) -> Response:
    """Show what comes of the form as it is filled in so far; nothing is kept."""
    filled, found = await run_in_threadpool(_determined, await posted_form(request), knowledge)
    return page("result.html", f=filled, d=found, anchor=_anchor(filled))


def _determined(values: dict[str, list[str]], knowledge: Knowledge) -> tuple[Filled, Determination | None]:
    """Return the filled form, and the determination of the case that it makes, where it makes one."""
    filled = fill(values, knowledge)
    if filled.turned is None:
        return filled, None
    try:
        return filled, determine(filled.turned.text().encode(), name="form", syntax="json", knowledge=knowledge, settings=case_limits())
    except CaseError as error:
        filled.general += [f"{problem.why} {problem.remedy}" for problem in error.problems]
        return filled, None


def _shown(values: dict[str, list[str]], knowledge: Knowledge, *, turns: bool) -> Response:
    """Return the form with its questions; one that is opened for the first time has nothing wrong with it yet."""
    filled = fill(values, knowledge, turns=turns)
    status = 422 if filled.errors and values else 200
    if not values:
        filled.errors.clear()
    return _page(filled, None, knowledge, status)


def _page(filled: Filled, found: Determination | None, knowledge: Knowledge, status: int) -> Response:
    form = filled.form
    label = knowledge.vocabulary.label
    documents = (
        {kind: label(kind) for r in form.checklist.requests for b in r.blocks for g in b.groups for kind in g.documents} if form else {}
    )
    arranged = Arranged(form.checklist, documents) if form else None
    all_treatments = treatments(knowledge)
    filled.values.setdefault(TREATMENT, [])
    picked = [t.label for t in all_treatments if t.name in filled.values[TREATMENT]]
    chosen = {t.name for t in all_treatments if not t.is_encoded} & set(filled.values[TREATMENT])

    def is_open(links: Iterable[str]) -> bool:
        return any(link in filled.errors or any(filled.values.get(link, ())) for link in links)

    shown: dict[str, Any] = {
        "f": filled, "d": found, "arranged": arranged, "treatments": all_treatments, "picked": picked, "others_picked": bool(chosen),
        "edition": f"{form.checklist.edition_label} ({form.checklist.instrument})" if form else "",
        "anchor": _anchor(filled), "is_open": is_open, "known": _is_known,
    }  # fmt: skip
    return page("determine.html", status=status, **shown)


def _anchor(filled: Filled) -> Callable[[str], str]:
    """Return what gives the place on the page for the name of a question or of another field."""
    anchors = {q.link_id: f"q{q.number}" for q in filled.form.checklist.questions} if filled.form else {}
    return lambda name: anchors.get(name, name)


def _is_known(question: Question, value: str) -> bool:
    """Return whether the list of ``question`` holds ``value``; what it does not hold is shown beside, and not lost."""
    return value in (("yes", "no") if question.kind == YES_NO else [v for o in question.options for v in (o.code, local_name(o.code))])
