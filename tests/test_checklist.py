"""The checklist: its structure for every treatment, what it says of each, and its text."""

import json

import pytest
from checklists import DAY, about, all_items, all_treatments, asked, checklist, encoded_treatments, form, question

from mtus.reasoner.checklist_html import to_html
from mtus.reasoner.checklist_json import to_dict, to_json
from mtus.reasoner.checklist_model import CHOICE, Checklist
from mtus.reasoner.checklist_occasion import occasion
from mtus.reasoner.checklist_text import WIDTH, to_text
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, local_name

KINDS = {"boolean", "integer", "decimal", "date", CHOICE}


# Every treatment


@pytest.mark.parametrize("renewal", [False, True], ids=["first", "renewal"])
@pytest.mark.parametrize("treatment", all_treatments())
def test_structure(treatment: str, renewal: bool, knowledge: Knowledge) -> None:
    made = checklist(treatment, renewal=renewal)
    links = [q.link_id for q in made.questions]
    assert len(set(links)) == len(links)
    assert [q.number for q in made.questions] == list(range(1, len(links) + 1))
    for q in made.questions:
        assert q.text
        assert q.kind in KINDS
        assert bool(q.options) == (q.kind == CHOICE)
        assert len({option.code for option in q.options}) == len(q.options)
        assert all(test.question in links and test.question != q.link_id for clause in q.asked_when for test in clause)
    for item in all_items(made):
        assert item.requirement
        assert item.cited.citation
        assert item.cited.is_verified == (item.cited.confidence == "confirmed")
        assert {w.question for w in item.questions} <= set(links)
    # nothing is asked that no criterion, no gate and no case needs
    shown = {w.question for item in all_items(made) for w in item.questions} | {q for i in all_items(made) for q in i.also_read}
    assert set(links) == shown.union(made.case_questions, *(request.gates for request in made.requests))
    text = to_text(made, knowledge)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(f" {q.number}. {q.text.split(':')[0].split()[0]}" in text for q in made.questions)


def test_every_criterion_in_force_stands_in_the_list_of_what_it_speaks_of(knowledge: Knowledge) -> None:
    """Nothing that can stand against a bare request is left out, whatever it is composed of."""
    for treatment in encoded_treatments():
        found = form(treatment)
        listed = {item.criterion for item in all_items(found.checklist)}
        hypothesis = Hypothesis(found.facts, f"{found.facts.case}/request-1", knowledge)
        assert {c.iri for c in hypothesis.criteria()} <= listed, treatment


def test_all_encoded_topics_have_a_checklist() -> None:
    assert set(encoded_treatments()) >= {
        "ChiropracticManipulation", "EpiduralSteroidInjection", "ManualTherapy", "MassageTherapy", "OccupationalTherapy", "PhysicalTherapy",
        "TENS", "TriggerPointInjection",
    }  # fmt: skip


def test_no_criterion_is_asked_for_nowhere(knowledge: Knowledge) -> None:
    """Each criterion that counts stands in the list of some treatment."""
    listed = {item.criterion for treatment in encoded_treatments() for item in all_items(checklist(treatment))}
    tested = {c.iri for c in knowledge.guidelines.criteria.values() if c.on_file}
    conditions = {iri for c in knowledge.guidelines.criteria.values() if c.precondition for iri in below(c.precondition, knowledge)}
    assert tested - listed <= conditions


def below(iri: str, knowledge: Knowledge) -> set[str]:
    criterion: Criterion = knowledge.guidelines.criteria[iri]
    return {iri}.union(*(below(part, knowledge) for part in criterion.parts))


def test_the_same_occasion_gives_the_same_bytes(knowledge: Knowledge) -> None:
    from mtus.reasoner.checklist import make_checklist

    words = ("massage therapy", "TENS")
    first, second = (to_json(make_checklist(occasion(words, DAY, "", knowledge), knowledge).checklist) for _ in range(2))
    assert first == second


# The epidural steroid injection, whose conditions the case of 2015 turned on


@pytest.fixture(scope="module")
def injection() -> Checklist:
    return checklist("EpiduralSteroidInjection")


@pytest.mark.parametrize(
    ("criterion", "document", "kind", "looked_for", "verified"),
    [
        ("ESI-0.radicular-pain", "ProgressReport", "boolean", "yes", True),
        ("ESI-1a.examination", "ClinicalExamination", "boolean", "yes", False),
        ("ESI-1b.corroboration", "MRIReport", "boolean", "yes", True),
        ("ESI-2.conservative-care", "ProgressReport", "boolean", "yes", False),
        ("ESI-3.fluoroscopy", "RequestForAuthorization", CHOICE, "fluoroscopic guidance", False),
        ("ESI-8b.number", "ProgressReport", "integer", "", True),
    ],
)
def test_the_injection(injection: Checklist, criterion: str, document: str, kind: str, looked_for: str, verified: bool) -> None:
    item = about(injection, criterion)[0]
    wanted = item.questions[0]
    q = injection.question(wanted.question)
    assert (local_name(q.document), q.kind, wanted.text, item.cited.is_verified) == (document, kind, looked_for, verified)
    assert q.is_required
    assert q.asked_when == ()
    assert item.cited.citation == "Chronic Pain 2009, Epidural steroid injections (ESIs), p. 46"
    assert item.effect == "blocks"


def test_corroboration_may_stand_in_imaging_or_electrodiagnostics(injection: Checklist) -> None:
    q = injection.question(about(injection, "ESI-1b.corroboration")[0].questions[0].question)
    assert [local_name(kind) for kind in (q.document, *q.or_in)] == ["MRIReport", "CTReport", "ElectrodiagnosticReport"]
    kind = question(injection, "MRIReport/kind")
    assert [option.label for option in kind.options] == ["MRI report", "CT report", "electrodiagnostic report"]
    levels = [w.question for item in about(injection, "ESI-1b.corroboration") for w in item.questions if w.question.endswith("atLevel")]
    assert injection.question(levels[0]).repeats


def test_conditions_are_blocks(injection: Checklist) -> None:
    blocks = {block.conditions: block for block in injection.requests[0].blocks}
    repeat = ("an injection of this kind was given before, and the one asked for is not stated to be for diagnosis",)
    assert () in blocks
    tests = [(test.question.rsplit("/", 1)[-1], test.operator, local_name(test.value)) for c in blocks[repeat].asked_when for test in c]
    assert tests == [("count", ">=", "1"), ("hasPurpose", "!=", "diagnosticPurpose")]
    criteria = {local_name(item.criterion) for group in blocks[repeat].groups for item in group.items}
    assert criteria == {"ESI-7a.pain", "ESI-7a.function", "ESI-7b.relief"}
    assert question(injection, "ESI-7a.pain.on-file/hasBaseline.score").asked_when != ()


def test_a_question_that_two_blocks_ask_is_asked_where_either_applies(injection: Checklist) -> None:
    relief = question(injection, "reliefPercent")
    tests = [[(test.question.rsplit("/", 1)[-1], test.operator, test.value) for test in clause] for clause in relief.asked_when]
    assert tests == [[("count", ">=", "1")]]  # for diagnosis, or not for diagnosis: that is always so
    assert relief.is_required


def test_alternatives_limits_and_advice(injection: Checklist) -> None:
    interval = about(injection, "ESI-4.interval")[0]
    assert interval.relation == "any of"
    assert [local_name(part.criterion) for part in interval.parts] == ["ESI-4.days-apart", "ESI-4.relief-for-a-week"]
    assert not any(injection.question(q).is_required for q in asked(interval.parts[0]))
    request = injection.requests[0]
    assert [local_name(item.criterion) for item in request.limits] == [
        "ESI-5.transforaminal-levels", "ESI-6.interlaminar-levels", "ESI-8a.series",
    ]  # fmt: skip
    assert request.limits[0].only_if == ("the approach is transforaminal",)
    assert [local_name(item.criterion) for item in request.advice] == ["ESI-9.rehabilitation", "ESI-10.region"]
    assert not any(injection.question(q).is_required for item in request.advice for q in asked(item))
    assert {one.cited.provision for one in request.unchecked} == {"ESI-7c", "ESI-11", "ESI-12"}


def test_the_text_of_the_injection(injection: Checklist, knowledge: Knowledge) -> None:
    text = to_text(injection, knowledge)
    flat = " ".join(text.split())
    for words in (
        "For a request of 20 August 2015",
        "In the MRI report or the CT report or the electrodiagnostic report [ ] Imaging or electrodiagnostic testing corroborates "
        "radiculopathy at a level that is to be injected. Chronic Pain 2009, Epidural steroid injections (ESIs), p. 46 [confirmed]",
        "[ ] An examination documents a sign of radiculopathy. Chronic Pain 2009, Epidural steroid injections (ESIs), p. 46 "
        "[not verified; confidence high]",
        "Number of earlier treatments of this kind: count * ________",
        "Failure of conservative care: does a document say that it is so? * (looked for: yes) [ ] yes [ ] no",
        "Image guidance * (looked for: fluoroscopic guidance) [ ] fluoroscopic guidance [ ] no image guidance [ ] ultrasound guidance",
        "“no more than two epidural steroid injections” is read as: two in all, the requested one included.",
        "If the injection is meant for diagnosis, and one was given before:",
        "One of these is enough:",
        "Advice: noted, without effect on the answer:",
        "Also in the guideline, and not checked here:",
    ):
        assert words in flat


# Other forms


def test_json_holds_a_place_for_each_answer(injection: Checklist) -> None:
    data = to_dict(injection)
    assert json.loads(to_json(injection)) == data
    assert data["checklist"] == injection.id
    assert set(data["answers"]) == {q.link_id for q in injection.questions}
    assert set(data["answers"].values()) == {None}
    study = next(q for q in data["questions"] if q["linkId"].endswith("ESI-1b.corroboration.on-file/documented"))
    assert study["orIn"] == [MTUS + "CTReport", MTUS + "ElectrodiagnosticReport"]
    assert study["isRequired"] is True
    assert data["requests"][0]["recommends"][0]["cited"]["citation"].endswith("p. 46")


def test_html_is_self_contained(knowledge: Knowledge) -> None:
    page = to_html(checklist("MassageTherapy", "Sedation"), knowledge)
    assert page.startswith("<!DOCTYPE html>")
    assert "http" not in page.replace("https://w3id.org/", "")
    assert not any(tag in page for tag in ("<script", "<link", "<img"))
    assert page.count("<section>") == page.count("</section>")
    assert "Chronic Pain 2009, Massage therapy, p. 60 [confirmed]" in page
    assert "@media print" in page
