"""Reviews for the tests: forms as a reviewer fills them in, of the case of 2015 and of others. All reviewers are invented."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest

from mtus.reasoner.errors import ReviewError
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.review import SignedReview
from mtus.reasoner.review_form import Form, FormOverride, FormRequest
from mtus.reasoner.review_grounds import grounds_of
from mtus.reasoner.review_make import make_review
from mtus.reasoner.skeletons import skeleton_case
from mtus.reasoner.trace import Determination

PHYSICIAN: Final = Form("R-17", "independent-medical-reviewer", ("TX", "CA"), ("Pain Medicine",), "2015-10-02", agrees_with_rest=True)
# At the stages of utilization review; the day is after every document of a case file.
UR_PHYSICIAN: Final = replace(PHYSICIAN, role="utilization-review-physician", reviewed_at="2030-01-01")
NURSE: Final = Form("N-4", "non-physician-reviewer", (), (), "2030-01-01", agrees_with_rest=True)

MRI: Final = FormOverride(
    "ESI-1b.corroboration", "", "met", "The MRI shows compression of the right L5 root.", ("MRI report, 1 September 2015",)
)
COUNT: Final = FormOverride(
    "ESI-8b.number", "", "met", "The office states that there was none.", ("letter of the office, 3 September 2015",)
)
SEDATION: Final = FormOverride("", "derivative", "", "The injection is found necessary, and sedation with it.")


def fill_upheld(form: dict[str, Any]) -> None:
    """Fill a form in as :data:`PHYSICIAN` does who upholds every request."""
    form["reviewer"] = {
        "name": "R-17",
        "role": "independent-medical-reviewer",
        "licenceStates": ["CA", "TX"],
        "specialties": ["Pain Medicine"],
    }
    form["reviewedAt"] = "2015-10-02"
    for request in form["requests"]:
        request["decision"] = "upheld"


# The injection of 2015 overturned, with what accompanies it.
OVERTURNED: Final = (
    FormRequest("2", "overturned", "", (MRI, COUNT)),
    FormRequest("request-sedation", "overturned", "", (SEDATION,)),
)


def made(determination: Determination, form: Form = PHYSICIAN, /, **changes: Any) -> SignedReview:
    """Return the review of ``determination`` from ``form`` with ``changes``."""
    return make_review(determination, replace(form, **changes), load_knowledge(), "review")


def agreeing(determination: Determination) -> Form:
    """Return a form by a physician who agrees with everything in ``determination``, whatever its stage."""
    ontology, stage = load_knowledge().ontology, determination.stage
    form = PHYSICIAN if local_name(stage) == "independentReview" else UR_PHYSICIAN
    decided = []
    for request in determination.requests:
        fitting = sorted(
            decision
            for decision in ontology.subjects(MTUS + "isDecidedAt", stage)
            if request.answer in ontology.nodes(decision, MTUS + "agreesWithAnswer")
        )
        part = "a part of it" if local_name(fitting[0]) == "modify" else ""
        decided.append(FormRequest(local_name(request.request), local_name(fitting[0]), part))
    return replace(form, reviewed_at="2030-01-01", requests=tuple(decided))


def opposing(determination: Determination) -> Form:
    """Return a form by a physician who overrides every reason that ``determination`` relies on, and decides the opposite."""
    form = agreeing(determination)
    requests = []
    for own, request in zip(form.requests, determination.requests, strict=True):
        overrides = []
        # two reasons of one kind are overridden together
        for ground in {ground.name: ground for ground in grounds_of(request)}.values():
            criterion = ground.name if "." in ground.name else ""
            status = {a.criterion: a.status for a in request.criteria}.get(ground.reason.about, "")
            found = "" if not criterion else "met" if local_name(status) != "met" else "contradicted"
            overrides.append(FormOverride(criterion, "" if criterion else ground.name, found, "Seen otherwise.", ("a study of 2014",)))
        ontology = load_knowledge().ontology
        against = sorted(
            local_name(decision)
            for decision in ontology.subjects(MTUS + "isDecidedAt", determination.stage)
            if request.answer not in ontology.nodes(decision, MTUS + "agreesWithAnswer") and local_name(decision) != "modify"
        )
        requests.append(replace(own, decision=against[0], approved_part="", overrides=tuple(overrides)))
    return replace(form, requests=tuple(requests))


def synthetic(knowledge: Knowledge, change: Callable[[dict[str, Any]], None] = lambda case: None) -> Determination:
    """Return the determination of the skeleton, a synthetic case in prospective utilization review, after ``change``."""
    case = json.loads(skeleton_case())
    change(case)
    return determine(json.dumps(case).encode(), name="synthetic.json", knowledge=knowledge)


def visits(number: int) -> Callable[[dict[str, Any]], None]:
    return lambda case: case["requests"][0].update(visitCount=number)


def without_exercise(case: dict[str, Any]) -> None:
    del case["courses"], case["treatments"][1]


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """Expect that a review is refused with a problem of this code whose text has these words."""
    with pytest.raises(ReviewError) as error:
        yield
    assert error.value.exit_code == 2
    found = [str(problem) for problem in error.value.problems if problem.code == code]
    assert found, str(error.value)
    assert all(any(word in text for text in found) for word in words), found
