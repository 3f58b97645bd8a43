"""Reviews: what a reviewer may sign, and what is refused and how it is told."""

from dataclasses import replace
from typing import Any

import pytest
from conftest import IMR_2015, determine_file
from reviews import COUNT, MRI, NURSE, OVERTURNED, PHYSICIAN, SEDATION, UR_PHYSICIAN, made, refused, synthetic, visits, without_exercise

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, local_name
from mtus.reasoner.render_json import to_dict
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.render_review import (
    review_to_dict,
)
from mtus.reasoner.review_check import check_review, reviewed_day
from mtus.reasoner.review_form import FormOverride, FormRequest
from mtus.reasoner.trace import Determination

# Agreeing and overriding


def test_agreeing_with_the_case_of_2015(imr_2015: Determination, knowledge: Knowledge) -> None:
    review = made(imr_2015)
    assert review.determination == imr_2015.id
    assert review.determination_digest == determination_digest(imr_2015)
    assert local_name(review.outcome) == "agreed"
    assert [local_name(request.decision) for request in review.requests] == ["upheld"] * 3
    assert review.reviewer.licence_states == ("CA", "TX")
    check_review(review, imr_2015, knowledge, "review")


def test_overriding_the_injection_of_2015(imr_2015: Determination) -> None:
    review = made(imr_2015, requests=OVERTURNED)
    assert [local_name(request.outcome) for request in review.requests] == ["agreed", "overridden", "overridden"]
    assert [local_name(request.decision) for request in review.requests] == ["upheld", "overturned", "overturned"]
    first, second = review.requests[1].overrides
    assert (local_name(first.criterion), local_name(first.recommended_status), local_name(first.status)) == (
        "ESI-1b.corroboration", "undocumented", "met",
    )  # fmt: skip
    assert first.evidence == ("MRI report, 1 September 2015",)
    assert local_name(second.criterion) == "ESI-8b.number"
    (third,) = review.requests[2].overrides
    assert (third.criterion, local_name(third.reason_kind)) == ("", "derivative")


def test_the_determination_does_not_change(imr_2015: Determination) -> None:
    before = to_dict(imr_2015)
    made(imr_2015, requests=OVERTURNED)
    assert to_dict(imr_2015) == before
    assert before["review"]["reviewer"] is None


def test_the_same_form_gives_the_same_review_in_any_order(imr_2015: Determination) -> None:
    injection, sedation = OVERTURNED
    turned = replace(injection, request="request-injection", overrides=(COUNT, replace(MRI, evidence=(*MRI.evidence, *MRI.evidence))))
    assert made(imr_2015, requests=(sedation, turned), licence_states=("CA", "TX", "CA")) == made(imr_2015, requests=OVERTURNED)
    assert made(imr_2015).id != made(imr_2015, reviewed_at="2015-10-03").id


def test_an_override_may_leave_the_decision_as_it_was(imr_2015: Determination) -> None:
    review = made(imr_2015, requests=(FormRequest("2", "upheld", "", (MRI,)),))
    assert (local_name(review.requests[1].outcome), local_name(review.requests[1].decision)) == ("overridden", "upheld")
    assert local_name(review.requests[2].outcome) == "agreed"


def test_a_part_of_a_criterion_answers_its_reason(imr_2015: Determination, knowledge: Knowledge) -> None:
    over_six = synthetic(knowledge, visits(12))
    assert local_name(over_six.requests[0].answer) == "supported-in-part"
    part = FormOverride("MAS-4.improvement", "", "met", "Function improved.", ("therapy notes, 1 March 2015",))
    review = made(over_six, UR_PHYSICIAN, requests=(FormRequest("1", "approve", "", (part,)),))
    assert local_name(review.requests[0].decision) == "approve"


def test_denying_what_is_supported_names_a_criterion(knowledge: Knowledge) -> None:
    supported = synthetic(knowledge)
    with refused("review-unanswered-reason", "“deny” is decided against the recommended answer “supported”"):
        made(supported, UR_PHYSICIAN, requests=(FormRequest("1", "deny"),))
    override = FormOverride("MAS-2.adjunct", "", "contradicted", "The programme has ended.", ("progress report, 4 March 2015",))
    review = made(supported, UR_PHYSICIAN, requests=(FormRequest("1", "deny", "", (override,)),))
    assert local_name(review.requests[0].decision) == "deny"


# Who may sign what


def test_anybody_in_a_role_may_agree_to_what_is_supported(knowledge: Knowledge) -> None:
    for role in ("non-physician-reviewer", "claims-adjuster"):
        review = made(synthetic(knowledge), NURSE, role=role)
        assert local_name(review.requests[0].decision) == "approve"
        assert "PhysicianReview" not in review_to_dict(review, knowledge)["type"]


def test_only_a_physician_denies_or_modifies(knowledge: Knowledge) -> None:
    over_six = synthetic(knowledge, visits(12))
    for decision, part in (("deny", ""), ("modify", "6 visits")):
        with refused("review-not-a-physician", "Only a physician may deny or modify care"):
            made(over_six, NURSE, requests=(FormRequest("1", decision, part),))
    review = made(over_six, UR_PHYSICIAN, requests=(FormRequest("1", "modify", "6 visits"),))
    assert review.requests[0].approved_part == "6 visits"


def test_a_nurse_may_ask_for_information_and_overrides_nothing(knowledge: Knowledge) -> None:
    missing = synthetic(knowledge, without_exercise)
    assert local_name(missing.requests[0].disposition) == "request-information"
    assert local_name(made(missing, NURSE).requests[0].decision) == "request-information"
    override = FormOverride("MAS-2.adjunct", "", "met", "She says so.", ("a call",))
    with refused("review-override-by-physician", "clinical judgement"):
        made(missing, NURSE, requests=(FormRequest("1", "request-information", "", (override,)),))


def test_an_independent_review_is_a_physicians_whatever_it_decides(knowledge: Knowledge) -> None:
    supported = determine_file(IMR_2015 / "variants" / "massage-6-with-exercise.json")
    with refused("review-not-a-physician", "Let a physician review it"):
        made(supported, NURSE)
    with refused("review-role-stage", "The roles at this stage are: independent-medical-reviewer"):
        made(supported, UR_PHYSICIAN)
    assert local_name(made(supported, reviewed_at="2030-01-01").requests[0].decision) == "overturned"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"name": " "}, "review-name", "nobody's"),
        ({"role": ""}, "review-role", "one known role"),
        ({"role": "surgeon"}, "review-role", "one known role"),
        ({"licence_states": ()}, "review-licence", "names the state that licensed"),
        ({"licence_states": ("California",)}, "review-licence-state", "here: California"),
        ({"specialties": ()}, "review-specialty", "names the specialty"),
        ({"reviewed_at": ""}, "review-time", "nothing here reads the clock"),
        ({"reviewed_at": "yesterday"}, "review-time", "“yesterday” is no day"),
        ({"reviewed_at": "2015-02-30"}, "review-time", "no day"),
        ({"reviewed_at": "2015-08-30"}, "review-before-document", "letter of the applicant, 2015-08-31"),
        ({"requests": (FormRequest("1", "deny"),)}, "review-decision-stage", "overturned, upheld"),
        ({"requests": (FormRequest("1", "maybe"),)}, "review-decision", "in the words of the procedure"),
        ({"requests": (FormRequest("9", "upheld"),)}, "review-unknown-request", "1 request-massage; 2 request-injection"),
        ({"requests": (FormRequest("1", "upheld"), FormRequest("request-massage", "upheld"))}, "review-unknown-request", "twice"),
        ({"requests": (FormRequest("1", "upheld"),), "agrees_with_rest": False}, "review-request-missing", "injection, is not decided"),
        ({"requests": (FormRequest("1", "upheld", "6 visits"),)}, "review-approved-part", "which part of the request is approved"),
        ({"requests": (FormRequest("2", "overturned"),)}, "review-unanswered-reason", "ESI-1b.corroboration (No imaging"),
        ({"requests": (FormRequest("2", "overturned", "", (MRI,)),)}, "review-unanswered-reason", "ESI-8b.number"),
        ({"requests": OVERTURNED[:1]}, "review-falls-with", "override its reason: derivative"),
        ({"determination": BASE + "determination/other"}, "review-of-another", "The review is of determination other"),
        ({"digest": "0" * 64}, "review-digest", "one of the two was changed after the review"),
    ],
)  # fmt: skip
def test_what_is_refused(changes: dict[str, Any], code: str, words: str, imr_2015: Determination) -> None:
    with refused(code, words):
        made(imr_2015, **changes)


@pytest.mark.parametrize(
    ("override", "code", "words"),
    [
        (replace(MRI, criterion="MAS-3.visits"), "review-unknown-ground", "It relies on: ESI-1b.corroboration, ESI-8b.number"),
        (replace(MRI, criterion=""), "review-unknown-ground", "names no criterion"),
        (replace(MRI, criterion="", reason_kind="undocumented"), "review-unknown-ground", "'undocumented' is no criterion"),
        (replace(MRI, status=""), "review-override-status", "what status the reviewer finds"),
        (replace(MRI, status="fine"), "review-override-status", "met, contradicted, undocumented"),
        (replace(MRI, status="undocumented"), "review-same-status", "undocumented already"),
        (replace(MRI, reason=" "), "review-override-reason", "cannot be signed"),
        (replace(MRI, evidence=(" ",)), "review-override-evidence", "names the evidence"),
    ],
)
def test_overrides_that_are_refused(override: FormOverride, code: str, words: str, imr_2015: Determination) -> None:
    with refused(code, words):
        made(imr_2015, requests=(FormRequest("2", "overturned", "", (override, COUNT)), OVERTURNED[1]))


def test_other_overrides_that_are_refused(imr_2015: Determination) -> None:
    with refused("review-overridden-twice", "ESI-1b.corroboration is overridden twice"):
        made(imr_2015, requests=(FormRequest("2", "overturned", "", (MRI, COUNT, MRI)), OVERTURNED[1]))
    with refused("review-override-status", "a reason that is no criterion has none"):
        made(imr_2015, requests=(OVERTURNED[0], FormRequest("3", "overturned", "", (replace(SEDATION, status="met"),))))


def test_a_referral_is_no_decision(knowledge: Knowledge) -> None:
    over_six = synthetic(knowledge, visits(12))
    assert local_name(over_six.requests[0].disposition) == "refer-to-physician"
    with refused("review-decision-missing", "--decide 1=…", "deny, modify"):
        made(over_six, UR_PHYSICIAN)


def test_a_medical_director_is_licensed_in_california(knowledge: Knowledge) -> None:
    with refused("review-director-licence", "8 CCR 9792.7(a)(1)"):
        made(synthetic(knowledge), UR_PHYSICIAN, role="medical-director", licence_states=("NV",))
    made(synthetic(knowledge), UR_PHYSICIAN, role="medical-director", licence_states=("NV", "CA"))


def test_not_addressed_is_decided_with_evidence_of_another_kind() -> None:
    determination = determine_file(IMR_2015 / "variants" / "gym-membership.json")
    without = FormOverride("", "no-provision", "", "Another guideline speaks of it.")
    with refused("review-override-evidence", "a guideline, counts"):
        made(determination, requests=(FormRequest("4", "upheld", "", (without,)),))
    found = replace(without, evidence=("a guideline of another society, 2014",))
    review = made(determination, requests=(FormRequest("4", "upheld", "", (found,)),))
    assert [local_name(request.decision) for request in review.requests] == ["upheld"] * 4
    assert local_name(made(determination).requests[3].decision) == "open"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2015-10-02", "2015-10-02"), ("2015-10-02T14:30:00", "2015-10-02"), ("2015-10-02T14:30:00-07:00", "2015-10-02"),
        ("2015-10-02T14:30:00Z", "2015-10-02"), ("20151002", None), ("2015-W40-5", None), ("2015-10-02T14:30", None), ("", None),
        ("2015-10-02 14:30:00", None), ("2015-10-32", None),
    ],
)  # fmt: skip
def test_days(text: str, day: str | None) -> None:
    found = reviewed_day(text)
    assert (found.isoformat() if found else None) == day


def test_roles_and_decisions_are_data(knowledge: Knowledge) -> None:
    """Every disposition that a determination may have can be decided, or is a referral; every stage has a physician and a decision."""
    ontology = knowledge.ontology
    decidable = {subject for subject, _, _ in ontology.with_predicate(MTUS + "isDecidedAt")}
    given = {rule.disposition for rule in knowledge.guidelines.dispositions}
    assert {local_name(disposition) for disposition in given - decidable} == {"refer-to-physician"}
    for stage in {rule.stage for rule in knowledge.guidelines.dispositions}:
        roles = ontology.subjects(MTUS + "actsAtStage", stage)
        assert any(MTUS + "PhysicianRole" in ontology.types(role) for role in roles)
        for rule in knowledge.guidelines.dispositions:
            fitting = [
                d for d in ontology.subjects(MTUS + "isDecidedAt", stage) if rule.answer in ontology.nodes(d, MTUS + "agreesWithAnswer")
            ]
            assert fitting, (stage, rule.answer)
    adverse = {local_name(decision) for decision in ontology.subjects(MTUS + "isDecidedAt", MTUS + "prospectiveReview")}
    assert {d for d in adverse if MTUS + "PhysiciansDecision" in ontology.types(f"{BASE}disposition/{d}")} == {"deny", "modify"}


def test_the_day_in_the_form_is_the_reviewers(imr_2015: Determination) -> None:
    assert made(imr_2015, PHYSICIAN, reviewed_at=" 2015-10-02 ") == made(imr_2015)
