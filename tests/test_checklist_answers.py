"""Filled answers turn back into a case: supported where all is answered well, undocumented by exactly what is missing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checklists import DAY, encoded_treatments, form, positive
from fhirclient.models.questionnaireresponse import QuestionnaireResponse
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.checklist_answers import read_answers
from mtus.reasoner.checklist_case import Turned, case_from
from mtus.reasoner.checklist_json import to_dict
from mtus.reasoner.checklist_model import Checklist, Item
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.trace import Determination, RequestDetermination

NAME = "answers.json"
VALUES = {"boolean": "valueBoolean", "integer": "valueInteger", "decimal": "valueDecimal", "date": "valueDate", "choice": "valueCoding"}


def filled(made: Checklist, answers: dict[str, Any]) -> dict[str, Any]:
    return {"checklist": made.id, "version": made.version, "synthetic": True, "answers": answers}


def turn(document: Any, knowledge: Knowledge) -> Turned:
    return case_from(read_answers(json.dumps(document).encode(), NAME, knowledge), NAME, knowledge)


def determined(turned: Turned, knowledge: Knowledge) -> Determination:
    return determine(turned.text().encode(), name="case.json", knowledge=knowledge)


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
        named = link in {w.question for w in item.questions} or (link in item.also_read and not item.questions[1:])
        return not alternatives and (named or any(needs(part) for part in item.parts))

    always, some = set(), set()
    for r in made.requests:
        blocks = [(item, bool(block.conditions)) for block in r.blocks for group in block.groups for item in group.items]
        others = [(item, bool(item.only_if)) for item in (*r.scope, *r.limits)]
        for item, is_conditional in [*blocks, *others]:
            if needs(item):
                (some if is_conditional or link in item.also_read else always).add(local_name(item.criterion))
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


# Broken answers


def ours(**changes: Any) -> dict[str, Any]:
    made = form("MassageTherapy").checklist
    return filled(made, positive(made) | changes.pop("answers", {})) | changes


def theirs(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    made = form("MassageTherapy").checklist
    document = response(made, positive(made))
    change(document)
    return document


def first(document: dict[str, Any], link: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in document["item"][0]["item"] if item["linkId"] == link)
    return found


LISTS = "https://w3id.org/mtus/checklist/"
INJURY = "case/injuryDate/injuryDate"
VISITS = "request-1/MAS-3.visits.on-file/visitCount"
PHASE = "request-1/G-10.scope.on-file/hasPhase"
COURSE = "request-1/MAS-2.adjunct.on-file/hasCourseStatus"
REASON = "request-1/G-03.individual-reason.on-file/documented"
BROKEN: dict[str, tuple[Any, str, str]] = {
    "a list": ([], "answers-shape", "Answers are a JSON object"),
    "another thing": ({"id": "case"}, "answers-shape", "neither a checklist with answers nor a QuestionnaireResponse"),
    "answers as a list": (ours() | {"answers": []}, "answers-shape", "neither a checklist with answers"),
    "no such checklist": (ours(checklist="https://example.org/x"), "answers-checklist", "is the name of no checklist"),
    "a checklist of 2016": (ours(checklist=f"{LISTS}chronic-pain-2016/2016-09-01/first/TENS"), "checklist-edition", "not encoded"),
    "another version": (ours(version="0"), "answers-checklist", "The answers are to version 0 of the checklist"),
    "an unknown key": (ours(answer={}), "answers-shape", "Did you mean 'answers'?"),
    "an unknown question": (ours(answers={VISITS + "s": 6}), "unknown-question", f"Did you mean '{VISITS}'?"),
    "text for a number": (ours(answers={VISITS: "6"}), "answer-type", "takes a whole number, and this is '6'"),
    "a fraction for a whole number": (ours(answers={VISITS: 6.5}), "answer-type", "takes a whole number, and this is the number 6.5"),
    "true for a number": (ours(answers={VISITS: True}), "answer-type", "takes a whole number, and this is true"),
    "an object": (ours(answers={VISITS: {}}), "answer-type", "a JSON object"),
    "text for yes or no": (ours(answers={REASON: "yes"}), "answer-type", "takes yes or no (true or false), and this is 'yes'"),
    "no date": (ours(answers={INJURY: "2010-02-30"}), "answer-type", "takes a date (year-month-day)"),
    "no option": (ours(answers={PHASE: "cronicPhase"}), "answer-option", "Did you mean 'chronicPhase'?"),
    "two answers to one": (ours(answers={VISITS: [5, 6]}), "answer-twice", "has 2 answers"),
    "out of range": (ours(answers={VISITS: 0}), "case-visit-count", "whole number of at least one"),
    "a response to nothing": (theirs(lambda d: d.pop("questionnaire")), "answers-checklist", "is the name of no checklist"),
    "another version of it": (theirs(lambda d: d.update(questionnaire=d["questionnaire"] + "0")), "answers-checklist", "version"),
    "items of another shape": (theirs(lambda d: d.update(item={})), "answers-shape", "This is no list of items"),
    "answers of another shape": (theirs(lambda d: first(d, VISITS).update(answer=6)), "answers-shape", "This is no list of answers"),
    "an unknown linkId": (theirs(lambda d: first(d, VISITS).update(linkId="17")), "unknown-question", "no question called '17'"),
    "another value": (
        theirs(lambda d: first(d, VISITS).update(answer=[{"valueDecimal": 6}])), "answer-type", "takes valueInteger, and this has",
    ),
    "no value": (theirs(lambda d: first(d, VISITS).update(answer=[{}])), "answer-type", "this has no value"),
    "a code of another system": (
        theirs(lambda d: first(d, COURSE)["answer"][0]["valueCoding"].update(system="http://x/")), "answer-option", "is no option of",
    ),
    "answered twice": (theirs(lambda d: d["item"].append(first(d, VISITS))), "answer-twice", "is answered in two places"),
    "an answered group": (
        theirs(lambda d: d["item"][0].update(answer=[{"valueBoolean": True}])), "unknown-question", "no question called 'request-1'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_answers(name: str, knowledge: Knowledge) -> None:
    document, code, said = BROKEN[name]
    with pytest.raises(CaseError) as raised:
        turn(document, knowledge)
    problem = raised.value.problems[0]
    assert problem.code == code
    assert said in f"{problem.why} {problem.remedy}"
    assert NAME in problem.where


def test_what_contradicts_itself(knowledge: Knowledge) -> None:
    made = form("TENS").checklist
    with pytest.raises(CaseError) as raised:
        turn(filled(made, positive(made) | {"request-1/TEN-4.trial-made.on-file/documented": False}), knowledge)
    assert raised.value.problems[0].code == "answers-contradict"
    assert "says that it is not so" in raised.value.problems[0].why


def test_a_renewal_without_the_course_that_it_renews(knowledge: Knowledge) -> None:
    made = form("MassageTherapy", renewal=True).checklist
    link = next(q.link_id for q in made.questions if q.link_id.endswith("RenewalRequest/hasCourseStatus"))
    with pytest.raises(CaseError, match="there is no such case without it"):
        turn(filled(made, positive(made) | {link: None}), knowledge)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b'{"checklist": ', "syntax", "line 1, column 15"),
        (b'{"answers": NaN}', "syntax", "NaN is no number"),
        (b'{"checklist": "x", "checklist": "y", "answers": {}}', "repeated-key", "'checklist' stands twice"),
        (b"\xff{", "not-utf-8", "The byte 0xFF"),
        (b"", "empty-case", "The file is empty"),
    ],
)
def test_no_json(content: bytes, code: str, said: str, knowledge: Knowledge) -> None:
    with pytest.raises(CaseError) as raised:
        read_answers(content, NAME, knowledge)
    problem = raised.value.problems[0]
    assert problem.code == code
    assert NAME in problem.where
    assert said in f"{problem.where} {problem.why}"


# The command


def mtus(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["checklist", *arguments], catch_exceptions=False)


def test_the_command_from_list_to_case(tmp_path: Path, knowledge: Knowledge) -> None:
    listed = mtus("massage therapy", "--date", DAY, "--format", "json")
    assert listed.exit_code == 0
    data = json.loads(listed.stdout)
    made = form("MassageTherapy").checklist
    assert data == to_dict(made)
    data["answers"] = positive(made)
    data["case"] = "office-17"
    (tmp_path / NAME).write_text(json.dumps(data), "utf-8")
    turned = mtus("--answers", str(tmp_path / NAME), "--output", str(tmp_path / "case.json"))
    assert (turned.exit_code, turned.stdout, turned.stderr) == (0, "", "")
    case = (tmp_path / "case.json").read_bytes()
    assert json.loads(case)["id"] == "office-17"
    assert "synthetic" not in json.loads(case)
    assert local_name(determine(case, knowledge=knowledge).requests[0].answer) == "supported"


def test_the_command_says_what_is_not_on_file(tmp_path: Path) -> None:
    made = form("MassageTherapy").checklist
    (tmp_path / NAME).write_text(json.dumps(filled(made, positive(made) | {"case/ProgressReport/documentDate": None})), "utf-8")
    result = mtus("--answers", str(tmp_path / NAME))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["id"] == "case-from-checklist"
    assert "Not on file: the answers to " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["EpiduralSteroidInjection", "--date", DAY], 0, "CHECKLIST BEFORE A REQUEST"),
        (["EpiduralSteroidInjection", "--date", DAY, "--renewal"], 0, "FOR A RENEWAL"),
        (["TENS", "--edition", "chronic-pain-2009", "--format", "fhir"], 0, '"resourceType": "Questionnaire"'),
        (["TENS", "--date", DAY, "-f", "html"], 0, "<!DOCTYPE html>"),
        (["sedation", "--date", DAY], 1, "It depends on the request that it accompanies"),
        (["acupuncture", "--date", DAY], 1, "which is not"),
    ],
)
def test_exit_codes(arguments: list[str], code: int, said: str) -> None:
    result = mtus(*arguments)
    assert result.exit_code == code
    assert said in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["massage", "--date", DAY], "Did you mean 'massage therapy'?"),
        (["TENS"], "the day is never taken from the clock"),
        (["--date", DAY], "No treatment is named"),
        (["TENS", "--answers", "x.json"], "Give --answers alone"),
        (["--answers", "no-such-file.json"], "There is no such file"),
    ],
)
def test_errors_of_the_command(arguments: list[str], said: str) -> None:
    result = mtus(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    title = "The answers cannot be used" if arguments[0] == "--answers" else "The command cannot be used like this."
    assert title in result.stderr
    assert result.stdout == ""
