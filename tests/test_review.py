"""Reviews: what a reviewer may sign, what is refused and how it is told, and that a review is read back as it was written."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pyoxigraph as ox
import pytest
from conftest import IMR_2015, determine_file
from reviews import COUNT, MRI, NURSE, OVERTURNED, PHYSICIAN, SEDATION, UR_PHYSICIAN, agreeing, made, opposing
from stored_files import ONE_IN, case_files, determined

from mtus.reasoner.errors import ReviewError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, PROV, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import to_dict
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.render_review import (
    review_context,
    review_to_dict,
    review_to_json,
    review_to_json_ld,
    review_to_turtle,
    review_triples,
)
from mtus.reasoner.review import SignedReview
from mtus.reasoner.review_check import check_review, reviewed_day
from mtus.reasoner.review_form import Form, FormOverride, FormRequest, form_from_json, with_options
from mtus.reasoner.review_ids import with_ids
from mtus.reasoner.review_make import make_review
from mtus.reasoner.review_schema import review_schema, skeleton_review
from mtus.reasoner.skeletons import skeleton_case
from mtus.reasoner.stored import one_review, read_stored
from mtus.reasoner.trace import Determination

Writer = Callable[[SignedReview, Knowledge], str]
WRITERS: dict[str, Writer] = {"json": review_to_json, "jsonld": review_to_json_ld, "ttl": review_to_turtle}


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


# Formats


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_review_is_read_back_from_every_format(suffix: str, imr_2015: Determination, knowledge: Knowledge) -> None:
    for review in (made(imr_2015), made(imr_2015, requests=OVERTURNED, reviewed_at="2015-10-02T14:30:00-07:00")):
        text = WRITERS[suffix](review, knowledge)
        assert one_review(read_stored(text.encode(), f"review.{suffix}", knowledge)) == review


@pytest.mark.parametrize("path", case_files()[7::ONE_IN], ids=lambda path: path.stem)
def test_reviews_of_any_case_are_read_back(path: Path, knowledge: Knowledge) -> None:
    determination, _ = determined(path)
    for form in (agreeing(determination), opposing(determination)):
        review = made(determination, form)
        for suffix, write in WRITERS.items():
            read = one_review(read_stored(write(review, knowledge).encode(), f"review.{suffix}", knowledge))
            assert read == review, suffix
            check_review(read, determination, knowledge, "review")


def test_the_review_in_prov(imr_2015: Determination, knowledge: Knowledge) -> None:
    """The review is an entity, generated by an activity that is associated with the physician."""
    store = ox.Store()
    store.extend(review_triples(made(imr_2015, reviewed_at="2015-10-02T14:30:00Z"), knowledge))
    question = f"""PREFIX mtus: <{MTUS}> PREFIX prov: <{PROV}>
        ASK {{ ?review a prov:Entity , mtus:PhysicianReview ; mtus:isReviewOf <{imr_2015.id}> ; mtus:isReviewedBy ?who ;
                 prov:wasGeneratedBy ?act .
               ?act a prov:Activity ; prov:used <{imr_2015.id}> ; prov:wasAssociatedWith ?who ; prov:endedAtTime ?time .
               ?who a prov:Agent , mtus:PhysicianReviewer }}"""
    assert store.query(question)


def test_every_term_of_a_review_is_declared(imr_2015: Determination, knowledge: Knowledge) -> None:
    review = made(imr_2015, requests=OVERTURNED)
    declared = {*knowledge.vocabulary.properties, *knowledge.vocabulary.classes, *knowledge.vocabulary.individuals}
    terms = {t.value for q in review_triples(review, knowledge) for t in (q.predicate, q.object) if isinstance(t, ox.NamedNode)}
    own = {term for term in terms if term.startswith((MTUS, BASE + "disposition/", BASE + "status/", BASE + "review", BASE + "reason/"))}
    assert len(own) > 20
    assert {term for term in own if not term.startswith(review.id)} - declared == set()
    assert review_context()["@vocab"] == MTUS


def altered(review: SignedReview, **changes: Any) -> SignedReview:
    """Return ``review`` with changes that its identifier covers up, as somebody would who knows how it is made."""
    return with_ids(replace(review, **changes))


def test_a_review_edited_by_hand_signs_nothing(imr_2015: Determination, knowledge: Knowledge) -> None:
    review = made(imr_2015, requests=OVERTURNED)
    massage, injection, sedation = review.requests
    nurse = replace(review.reviewer, role=BASE + "reviewer-role/claims-adjuster")
    edited = {
        "review-altered": [
            replace(review, reviewed_at="2015-10-05"),
            altered(review, outcome=made(imr_2015).outcome),
            altered(review, requests=(replace(massage, recommended_answer=BASE + "answer/supported"), injection, sedation)),
            altered(review, requests=(replace(massage, outcome=injection.outcome), injection, sedation)),
            altered(review, requests=(massage, replace(injection, overrides=tuple(
                replace(o, recommended_status=BASE + "status/contradicted") for o in injection.overrides)), sedation)),
        ],
        "review-not-a-physician": [altered(review, reviewer=nurse)],
        "review-unanswered-reason": [altered(review, requests=(massage, replace(injection, overrides=injection.overrides[:1]), sedation))],
        "review-unknown-request": [altered(review, requests=(*review.requests, replace(massage, request=massage.request + "x")))],
        "review-request-missing": [altered(review, requests=review.requests[1:])],
        "review-digest": [altered(review, determination_digest="0" * 64)],
        "review-determination": [],
    }  # fmt: skip
    for code, wrong in edited.items():
        for one in wrong:
            with refused(code):
                check_review(one, imr_2015, knowledge, "review")


def test_a_changed_determination_is_not_the_one_that_was_reviewed(imr_2015: Determination, knowledge: Knowledge) -> None:
    review = made(imr_2015)
    first, *rest = imr_2015.requests
    changed = replace(imr_2015, requests=(replace(first, label="Massage therapy, 6 sessions"), *rest))
    with refused("review-digest", "nothing was signed"):
        check_review(review, changed, knowledge, "review")


# Forms


def test_the_skeleton_is_refused_until_it_is_filled_in(imr_2015: Determination, knowledge: Knowledge) -> None:
    text = skeleton_review(imr_2015)
    with refused("review-form", "review.json#/requests/0/decision", "The request is not decided"):
        form_from_json(text.encode(), "review.json")
    form = json.loads(text)
    assert form["determinationDigest"] == determination_digest(imr_2015)
    assert [request["recommended"] for request in form["requests"]] == ["not-supported, upheld"] * 3
    form["reviewer"] = {
        "name": "R-17",
        "role": "independent-medical-reviewer",
        "licenceStates": ["CA", "TX"],
        "specialties": ["Pain Medicine"],
    }
    form["reviewedAt"] = "2015-10-02"
    for request in form["requests"]:
        request["decision"] = "upheld"
    jsonschema.validate(form, review_schema(knowledge))
    assert make_review(imr_2015, form_from_json(json.dumps(form).encode(), "review.json"), knowledge, "review") == made(imr_2015)


def test_the_schema_is_a_schema_and_refuses_what_the_form_refuses(imr_2015: Determination, knowledge: Knowledge) -> None:
    schema = review_schema(knowledge)
    jsonschema.Draft202012Validator.check_schema(schema)
    form = json.loads(skeleton_review(imr_2015))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(form))
    override = {"criterion": "ESI-1b.corroboration", "status": "met", "reason": "x", "evidence": ["y"]}
    request = schema["properties"]["requests"]["items"]
    jsonschema.validate({"request": "r", "decision": "overturned", "overrides": [override]}, request)
    for wrong in (override | {"status": "fine"}, override | {"reasonKind": "derivative"}, {"criterion": "x", "reason": "y"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"request": "r", "decision": "overturned", "overrides": [wrong]}, request)


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda f: f.update(signature="x"), "#/signature", "'signature' is no key of a review here"),
        (lambda f: f.update(reviewer="R-17"), "#/reviewer", "An object is expected here"),
        (lambda f: f["reviewer"].update(licenceStates="CA"), "#/reviewer/licenceStates", "A list is expected here"),
        (lambda f: f["reviewer"].update(licenceStates=[1]), "#/reviewer/licenceStates", "A list of texts is expected here"),
        (lambda f: f.update(reviewedAt=2015), "#/reviewedAt", "A text is expected here"),
        (lambda f: f["requests"].append("x"), "#/requests/3", "An object is expected here"),
        (lambda f: f["requests"][0].update(overrides=["x"]), "#/requests/0/overrides/0", "An object is expected here"),
        (lambda f: f.pop("determinationDigest"), "#/determinationDigest", "does not say which determination"),
    ],
)
def test_forms_that_are_refused(change: Callable[[Any], None], place: str, words: str, imr_2015: Determination) -> None:
    form = json.loads(skeleton_review(imr_2015))
    for request in form["requests"]:
        request["decision"] = "upheld"
    change(form)
    with refused("review-form", f"review.json{place}", words):
        form_from_json(json.dumps(form).encode(), "review.json")


def test_forms_that_are_no_json() -> None:
    with refused("syntax", "review.json, line 1, column 2"):
        form_from_json(b"{", "review.json")
    with refused("not-utf-8", "not UTF-8"):
        form_from_json(b'{"name": "\xe4"}', "review.json")


EMPTY = Form("R-17", "independent-medical-reviewer", ("CA", "TX"), ("Pain Medicine",), "2015-10-02")


def test_options_and_form_say_the_same(imr_2015: Determination, knowledge: Knowledge) -> None:
    filled = with_options(
        EMPTY,
        ["2/ESI-1b.corroboration=met: The MRI shows compression of the right L5 root.",
         "2/ESI-8b.number = met: The office states that there was none.",
         "3/derivative: The injection is found necessary, and sedation with it."],
        ["2/ESI-1b.corroboration: MRI report, 1 September 2015", "2/ESI-8b.number: letter of the office, 3 September 2015"],
        ["2=overturned", "3 = overturned"],
    )  # fmt: skip
    assert make_review(imr_2015, filled, knowledge, "review") == made(imr_2015, requests=OVERTURNED)
    modified = with_options(EMPTY, [], [], ["1=modify: 6 visits: one a week"])
    assert modified.requests == (FormRequest("1", "modify", "6 visits: one a week"),)


@pytest.mark.parametrize(
    ("overrides", "evidence", "decisions", "words"),
    [
        (["2/ESI-1b.corroboration=met"], [], [], '--override "REQUEST/CRITERION=STATUS: REASON"'),
        (["2: because"], [], [], "--override 2"),
        (["/x=met: because"], [], [], "--override"),
        (["2/x=met: because"], ["2/y: a letter"], [], "No --override names this request and criterion"),
        (["2/x=met: because"], ["a letter"], [], '--evidence "REQUEST/CRITERION: EVIDENCE"'),
        ([], [], ["overturned"], '--decide "REQUEST=DECISION'),
        ([], [], ["2="], "--decide 2="),
    ],
)
def test_options_that_are_refused(overrides: list[str], evidence: list[str], decisions: list[str], words: str) -> None:
    with refused("review-option", words):
        with_options(EMPTY, overrides, evidence, decisions)


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
