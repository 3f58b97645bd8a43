"""Answers that are broken, in either form, and the command from the list to the case."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checklists import DAY, NAME, filled, form, positive, response, turn
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.checklist_answers import read_answers
from mtus.reasoner.checklist_json import to_dict
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine

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
