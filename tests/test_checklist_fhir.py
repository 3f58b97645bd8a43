"""The FHIR Questionnaire of a checklist: valid R4 for every treatment, and the same content.

The models of fhirclient are generated from R4 (4.0.1) and refuse what the resource does not have, what it lacks, and values of another
type. What they do not know, the codes of item types and the constraints of the resource (que-0 to que-13), is tested here.
See https://hl7.org/fhir/R4/questionnaire.html and docs/decisions/0021-fhir-r4-questionnaire.md.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from checklists import all_treatments, form
from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.questionnaire import Questionnaire

from mtus.reasoner.checklist_fhir import to_questionnaire
from mtus.reasoner.checklist_model import Checklist, items_of
from mtus.reasoner.checklist_records import Field
from mtus.reasoner.gates import ALWAYS, MISSING, NEVER, Gate, both, either, opposite
from mtus.reasoner.knowledge import Knowledge

TOGETHER = [("MassageTherapy", "TENS", "ManualTherapy"), ("EpiduralSteroidInjection", "Sedation"), ("TENS", "PhysicalTherapy")]
TYPES = {"group", "display", "boolean", "decimal", "integer", "date", "choice"}
OPERATORS = {"exists", "=", "!=", ">", "<", ">=", "<="}
ANSWERS = {
    "boolean": "answerBoolean",
    "decimal": "answerDecimal",
    "integer": "answerInteger",
    "date": "answerDate",
    "choice": "answerCoding",
}


def items(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in node.get("item", []):
        yield item
        yield from items(item)


def resource(*treatments: str, renewal: bool, knowledge: Knowledge) -> dict[str, Any]:
    return to_questionnaire(form(*treatments, renewal=renewal).checklist, knowledge)


@pytest.mark.parametrize("renewal", [False, True], ids=["first", "renewal"])
@pytest.mark.parametrize("treatments", [*((t,) for t in all_treatments()), *TOGETHER], ids="+".join)
def test_valid(treatments: tuple[str, ...], renewal: bool, knowledge: Knowledge) -> None:
    made = form(*treatments, renewal=renewal).checklist
    data = to_questionnaire(made, knowledge)
    assert Questionnaire(data, strict=True).as_json() == data
    assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", data["name"])  # que-0
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", data["id"])
    assert data["url"] == made.id
    assert data["version"] == made.version
    found = list(items(data))
    links = {item["linkId"]: item for item in found}
    assert len(links) == len(found)  # que-2
    for item in found:
        keep_the_constraints(item, links)
    assert {q.link_id for q in made.questions} == {link for link, item in links.items() if item["type"] not in ("group", "display")}


def keep_the_constraints(item: dict[str, Any], links: dict[str, dict[str, Any]]) -> None:
    assert item["text"].strip()
    assert item["type"] in TYPES
    assert not any("extension" in key.lower() for key in item)
    is_question = item["type"] not in ("group", "display")
    if item["type"] == "group":
        assert item["item"]  # que-1
    if item["type"] == "display":
        assert not {"item", "required", "repeats", "answerOption", "code"} & set(item)  # que-1, que-3, que-6, que-9
    assert ("answerOption" in item) == (item["type"] == "choice")  # que-4, que-5
    if is_question:
        assert item["prefix"]
        # where the fact is looked for: its citation, or that every case has it
        assert any(inner["linkId"].endswith("/cited") and inner["type"] == "display" for inner in item["item"])
    tests = item.get("enableWhen", [])
    assert ("enableBehavior" in item) == (len(tests) > 1)  # que-12
    for test in tests:
        asked = links[test["question"]]
        assert test["operator"] in OPERATORS
        value = "answerBoolean" if test["operator"] == "exists" else ANSWERS[asked["type"]]  # que-7
        assert set(test) == {"question", "operator", value}
        if value == "answerCoding":
            assert test[value] in [option["valueCoding"] for option in asked["answerOption"]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("status"),
        lambda d: d["item"][0].pop("linkId"),
        lambda d: d["item"][0].update(type=7),
        lambda d: d["item"][0].update(colour="red"),
        lambda d: d["item"][0]["item"][0].update(required="yes"),
    ],
    ids=["no status", "no linkId", "type of another kind", "unknown element", "text for true or false"],
)
def test_the_validator_refuses(spoil: Any, knowledge: Knowledge) -> None:
    data = resource("MassageTherapy", renewal=False, knowledge=knowledge)
    spoil(data)
    with pytest.raises(FHIRValidationError):
        Questionnaire(data, strict=True)


def test_the_injection(knowledge: Knowledge) -> None:
    data = resource("EpiduralSteroidInjection", renewal=False, knowledge=knowledge)
    found = {item["linkId"]: item for item in items(data)}
    study = found["request-1/ESI-1b.corroboration.on-file/documented"]
    assert study["type"] == "boolean"
    assert study["required"] is True
    assert study["prefix"] == "11."
    assert study["definition"] == "https://w3id.org/mtus/guideline/chronic-pain-2009/ESI-1b.corroboration"
    assert study["item"][0]["text"].endswith("Chronic Pain 2009, Epidural steroid injections (ESIs), p. 46 [confirmed]")
    group = found["request-1/ESI-1b.corroboration"]
    assert group["text"].startswith("Imaging or electrodiagnostic testing corroborates radiculopathy")
    guidance = found["request-1/ESI-3.fluoroscopy.on-file/usesGuidance"]["answerOption"]
    assert guidance[0]["valueCoding"] == {
        "system": "https://w3id.org/mtus/ontology/", "code": "fluoroscopicGuidance", "display": "fluoroscopic guidance",
    }  # fmt: skip
    assert data["effectivePeriod"] == {"start": "2009-07-18", "end": "2016-07-27"}


@pytest.mark.parametrize(
    "treatments", [("EpiduralSteroidInjection",), ("TENS",), ("ManualTherapy",), ("PhysicalTherapy",), ("TriggerPointInjection",)]
)
def test_a_question_is_enabled_where_the_checklist_asks_it(treatments: tuple[str, ...], knowledge: Knowledge) -> None:
    """What encloses a question in groups and on itself is the condition of the checklist, clause by clause."""
    made = form(*treatments).checklist
    found: dict[str, frozenset[frozenset[tuple[str, str]]]] = {}

    def walk(item: dict[str, Any], above: frozenset[frozenset[tuple[str, str]]]) -> None:
        tests = [(test["question"], test["operator"]) for test in item.get("enableWhen", [])]
        own = {frozenset(tests)} if item.get("enableBehavior") == "any" else {frozenset((test,)) for test in tests}
        if item["type"] not in ("group", "display"):
            found[item["linkId"]] = above | own
        for inner in item.get("item", []):
            walk(inner, above | own)

    walk({"type": "group", "item": to_questionnaire(made, knowledge)["item"]}, frozenset())
    for question in made.questions:
        assert found[question.link_id] == {frozenset((test.question, test.operator) for test in c) for c in question.asked_when}, (
            question.link_id
        )


def test_the_questionnaire_says_what_the_text_says(knowledge: Knowledge) -> None:
    made: Checklist = form("ManualTherapy", "Sedation").checklist
    texts = [item["text"] for item in items(to_questionnaire(made, knowledge))]
    for request in made.requests:
        assert set(request.says) <= set(texts)
        for item in items_of(request):
            assert any(item.requirement[1:] in text for text in texts)
            assert any(text.startswith(item.cited.citation) for text in texts)
            assert item.reading is None or any(item.reading.words in text for text in texts)
        for said in (*request.recommends, *request.refuses):
            assert any(said.cited.text in text for text in texts)


# Conditions


GATES = [Gate("record", Field("_:it", f"p{number}"), "=", "x") for number in range(4)]


def value(clauses: Any, true: set[Gate]) -> bool:
    def holds(gate: Gate) -> bool:
        known = gate if gate in GATES else Gate(gate.record, gate.field, "=", gate.value)
        return (known in true) == (gate.operator == "=")

    return all(any(holds(gate) for gate in clause) for clause in clauses)


@pytest.mark.parametrize("number", range(16))
def test_conditions_are_joined_as_logic_has_it(number: int) -> None:
    true = {gate for place, gate in enumerate(GATES) if number >> place & 1}
    a, b, c, d = (((gate,),) for gate in GATES)
    first, second = either((both((a, b)), c)), both((either((a, opposite(b))), d))
    assert value(first, true) == ((value(a, true) and value(b, true)) or value(c, true))
    assert value(second, true) == ((value(a, true) or not value(b, true)) and value(d, true))
    assert value(opposite(first), true) == (not value(first, true))
    assert value(opposite(second), true) == (not value(second, true))
    assert value(either((first, second)), true) == (value(first, true) or value(second, true))


def test_conditions_at_the_ends() -> None:
    a = ((GATES[0],),)
    assert either((a, opposite(a))) == ALWAYS
    assert both((a, ALWAYS)) == a
    assert either((a, NEVER)) == a
    assert opposite(ALWAYS) == NEVER
    assert opposite(NEVER) == ALWAYS
    many = both(((Gate("r", Field("_:it", f"p{n}"), "="),),) for n in range(4))
    others = both(((Gate("s", Field("_:it", f"p{n}"), "="),),) for n in range(4))
    assert either((many, others)) == ALWAYS  # too long to be said: better asked than left out
    assert opposite(((Gate("r", Field("_:it", "p"), "exists"),),)) == ((Gate("r", Field("_:it", "p"), MISSING),),)
