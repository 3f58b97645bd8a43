"""Filled answers turn back into a case: supported where all is answered well, undocumented by exactly what is missing."""

import pytest
from checklists import encoded_treatments, filled, form, positive, response, turn
from fhirclient.models.questionnaireresponse import QuestionnaireResponse

from mtus.reasoner.checklist_case import Turned
from mtus.reasoner.checklist_model import Checklist, Item
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.trace import Determination, RequestDetermination

NAME = "answers.json"
VALUES = {"boolean": "valueBoolean", "integer": "valueInteger", "decimal": "valueDecimal", "date": "valueDate", "choice": "valueCoding"}


def determined(turned: Turned, knowledge: Knowledge) -> Determination:
    return determine(turned.text().encode(), name="case.json", knowledge=knowledge)


# Round trip


@pytest.mark.parametrize("renewal", [False, True], ids=["first", "renewal"])
@pytest.mark.parametrize("treatment", encoded_treatments())
def test_answered_well_it_is_supported(treatment: str, renewal: bool, knowledge: Knowledge) -> None:
    made = form(treatment, renewal=renewal).checklist
    turned = turn(filled(made, positive(made)), knowledge)
    found = determined(turned, knowledge)
    assert [local_name(request.answer) for request in found.requests] == ["supported"]
    assert turned.incomplete == ()
    assert found.is_synthetic
    assert turned.case["note"] == f"Made from the answers to {made.id}."


@pytest.mark.parametrize("treatment", encoded_treatments())
def test_a_questionnaire_response_gives_the_same_case(treatment: str, knowledge: Knowledge) -> None:
    made = form(treatment).checklist
    answers = positive(made)
    given = response(made, answers)
    assert QuestionnaireResponse(given, strict=True).as_json() == given
    ours, theirs = (turn(document, knowledge).case for document in (filled(made, answers), given))
    assert {k: v for k, v in ours.items() if k != "synthetic"} == theirs


def leaves(request: RequestDetermination) -> dict[str, str]:
    """Return the statuses of the criteria of ``request`` that count, by their names."""
    return {local_name(a.criterion): local_name(a.status) for a in request.criteria if local_name(a.effect) != "noted"}


def asking(made: Checklist, link: str) -> tuple[set[str], set[str]]:
    """Return the criteria that may not be met without an answer to ``link``: those that always speak and ask it, and all of them."""

    def needs(item: Item) -> bool:
        alternatives = item.relation in ("any of", "none of")
        named = link in {w.question for w in item.questions} or link in item.answered_by
        return not alternatives and (named or any(needs(part) for part in item.parts))

    always, some = set(), set()
    for r in made.requests:
        blocks = [(item, bool(block.conditions)) for block in r.blocks for group in block.groups for item in group.items]
        others = [(item, bool(item.only_if)) for item in (*r.scope, *r.limits)]
        for item, is_conditional in [*blocks, *others]:
            if needs(item):
                (some if is_conditional or link in item.answered_by else always).add(local_name(item.criterion))
    return always, always | some


@pytest.mark.parametrize("treatment", encoded_treatments())
def test_one_answer_missing_is_undocumented_by_exactly_its_criteria(treatment: str, knowledge: Knowledge) -> None:
    made = form(treatment).checklist
    answers = positive(made)
    seen = 0
    for question in made.questions:
        # of the fields of one measurement one will do: without any of them there is no comparison
        is_field = ".score" in question.link_id or ".measuredOn" in question.link_id
        if answers[question.link_id] is None or not question.is_required or question.link_id.startswith("case/") or is_field:
            continue
        request = determined(turn(filled(made, {**answers, question.link_id: None}), knowledge), knowledge).requests[0]
        statuses = leaves(request)
        undocumented = {criterion for criterion, status in statuses.items() if status == "undocumented"}
        always, some = asking(made, question.link_id)
        assert undocumented <= some, question.link_id
        assert "contradicted" not in statuses.values(), question.link_id
        for criterion in always - undocumented:
            # another answer says the same: a comparison of activities is one of function
            met = next(a for a in all_assessments(request) if local_name(a.criterion) == criterion)
            assert (local_name(met.status), bool(met.facts or met.parts)) == ("met", True), question.link_id
        assert bool(undocumented) == (local_name(request.answer) != "supported"), question.link_id
        seen += bool(undocumented)
    assert seen >= 3


def test_the_injection_without_its_study(knowledge: Knowledge) -> None:
    made = form("EpiduralSteroidInjection").checklist
    answers = positive(made) | {"request-1/ESI-1b.corroboration.on-file/documented": None}
    found = determined(turn(filled(made, answers), knowledge), knowledge).requests[0]
    assert [(local_name(r.kind), local_name(r.about)) for r in found.reasons] == [("undocumented", "ESI-1b.corroboration")]


def test_no_means_documented_as_absent(knowledge: Knowledge) -> None:
    made = form("EpiduralSteroidInjection").checklist
    answers = positive(made) | {"request-1/ESI-1b.corroboration.on-file/documented": False}
    turned = turn(filled(made, answers), knowledge)
    finding = next(f for f in turned.case["findings"] if f["type"] == "NerveRootCompromise")
    assert (finding["status"], finding["statedIn"], finding["concerns"]) == ("documentedAbsent", "mri-report", "request-1")
    reasons = determined(turned, knowledge).requests[0].reasons
    assert [(local_name(r.kind), local_name(r.about)) for r in reasons] == [("contradicted", "ESI-1b.corroboration")]


def test_the_kind_of_the_study(knowledge: Knowledge) -> None:
    made = form("EpiduralSteroidInjection").checklist
    turned = turn(filled(made, positive(made) | {"case/MRIReport/kind": "ElectrodiagnosticReport"}), knowledge)
    assert {"id": "electrodiagnostic-report", "type": "ElectrodiagnosticReport", "date": "2015-08-18"} in turned.case["documents"]
    assert local_name(determined(turned, knowledge).requests[0].answer) == "supported"


# Several requests


def test_passive_modalities_at_once(knowledge: Knowledge) -> None:
    made = form("MassageTherapy", "ManualTherapy").checklist
    answers = positive(made)
    counted = next(q.link_id for q in made.questions if q.link_id.endswith("deliversTreatment.kind"))
    assert [local_name(r.answer) for r in determined(turn(filled(made, answers), knowledge), knowledge).requests] == ["supported"] * 2
    more = turn(filled(made, answers | {counted: ["TENS", "HeatTherapy"]}), knowledge)
    courses = [c for c in more.case["courses"] if c["hasCourseStatus"] == "ongoing" and "passive-modality" in c["id"]]
    assert len(courses) == 2
    for request in determined(more, knowledge).requests:
        assert "PM-2.sparingly" in {local_name(r.about) for r in request.reasons if local_name(r.kind) == "contradicted"}


def test_a_service_falls_with_what_it_accompanies(knowledge: Knowledge) -> None:
    made = form("EpiduralSteroidInjection", "Sedation").checklist
    link = "request-2/isDerivativeOf/isDerivativeOf"
    answers = positive(made) | {link: "request-1", "request-1/ESI-3.fluoroscopy.on-file/usesGuidance": None}
    found = determined(turn(filled(made, answers), knowledge), knowledge)
    assert [local_name(r.kind) for r in found.requests[1].reasons] == ["derivative"]
    alone = determined(turn(filled(made, positive(made) | {link: None}), knowledge), knowledge)
    assert [local_name(r.answer) for r in alone.requests] == ["supported", "not-addressed"]


# What is not complete


def test_a_statement_that_lacks_a_value_is_not_on_file_and_is_told(knowledge: Knowledge) -> None:
    made = form("TENS").checklist
    answers = positive(made)
    link = next(q.link_id for q in made.questions if q.link_id.endswith("G-03.dependency.on-file/hasFollowUp.score"))
    turned = turn(filled(made, answers | {link: None}), knowledge)
    number = made.question(link).number
    assert len(turned.incomplete) == 1
    assert f"without one to {number} (Comparison of dependency on treatment: follow-up: score)" in turned.incomplete[0]
    assert turned.incomplete[0] in turned.case["note"]
    assert "DependencyComparison" not in {f["type"] for f in turned.case["findings"]}


def test_without_the_date_of_its_document_nothing_stands_in_it(knowledge: Knowledge) -> None:
    made = form("EpiduralSteroidInjection").checklist
    turned = turn(filled(made, positive(made) | {"case/ProgressReport/documentDate": None}), knowledge)
    assert "progress-report" not in {document["id"] for document in turned.case["documents"]}
    assert all("Progress report: date of document" in told for told in turned.incomplete)
    assert len(turned.incomplete) > 5


def test_a_detail_says_that_it_is_so(knowledge: Knowledge) -> None:
    made = form("TENS").checklist
    turned = turn(filled(made, positive(made) | {"request-1/TEN-4.trial-made.on-file/documented": None}), knowledge)
    trial = next(f for f in turned.case["findings"] if f["type"] == "DeviceTrial")
    assert (trial["status"], trial["trialDays"]) == ("documentedPresent", 28)


def test_a_kind_alone_says_nothing(knowledge: Knowledge) -> None:
    made = form("TriggerPointInjection").checklist
    link = "request-1/TPI-0.not-radicular.on-file/documented"
    turned = turn(filled(made, positive(made) | {link: None}), knowledge)
    assert f"without one to {made.question(link).number} (Statement on pain from a nerve root: " in turned.incomplete[0]


def test_no_date_of_injury_is_said_to_be_not_on_file(knowledge: Knowledge) -> None:
    made = form("PhysicalTherapy").checklist
    question = made.question(made.case_questions[0])
    assert (question.text, question.is_required) == ("Date of injury", False)
    turned = turn(filled(made, positive(made) | {question.link_id: None}), knowledge)
    assert turned.case["claim"] == {"id": "claim", "type": "Claim", "lacksInjuryDate": True}


def test_the_date_of_request_where_the_checklist_is_for_any(knowledge: Knowledge) -> None:
    made = form("MassageTherapy", edition="chronic-pain-2009").checklist
    link = made.case_questions[0]
    turned = turn(filled(made, positive(made) | {link: "2014-06-30"}), knowledge)
    assert turned.case["requests"][0]["requestDate"] == "2014-06-30"
    assert local_name(determined(turned, knowledge).requests[0].answer) == "supported"
    with pytest.raises(CaseError, match=r"answer-missing.*\(Date of request\) has no answer"):
        turn(filled(made, positive(made) | {link: None}), knowledge)
    with pytest.raises(CaseError, match="is not under MTUS Chronic Pain"):
        turn(filled(made, positive(made) | {link: "2017-01-01"}), knowledge)
