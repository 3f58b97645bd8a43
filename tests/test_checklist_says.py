"""What a checklist says of a treatment as a whole, and for which treatments and dates it can be made."""

from collections import Counter
from dataclasses import replace

import pytest
from checklists import DAY, about, checklist, form, question

from mtus.reasoner.checklist import make_checklist
from mtus.reasoner.checklist_occasion import occasion, occasion_named
from mtus.reasoner.checklist_text import to_text
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, local_name

# What is said of a treatment as a whole


def test_a_renewal_asks_without_condition() -> None:
    first, again = checklist("MassageTherapy"), checklist("MassageTherapy", renewal=True)
    assert [block.conditions for block in first.requests[0].blocks] == [(), ("this is a renewal request",)]
    assert [block.conditions for block in again.requests[0].blocks] == [()]
    assert not question(first, "MAS-3.received.on-file/visitsReceived").is_required
    assert question(again, "MAS-3.received.on-file/visitsReceived").is_required
    assert first.id != again.id


def test_limits_name_what_lifts_them() -> None:
    made = checklist("MassageTherapy")
    visits = about(made, "MAS-3.visits")[0]
    assert visits in made.requests[0].limits
    assert visits.questions[0].text == "at most 6 visits"
    assert visits.unless is not None
    assert visits.unless.relation == "any of"
    assert [made.question(link).text for link in visits.also_read] == ["Earlier course of massage therapy: visits received"]


def test_requests_stand_in_one_case(knowledge: Knowledge) -> None:
    alone, two = checklist("MassageTherapy"), checklist("MassageTherapy", "ManualTherapy")
    three = checklist("MassageTherapy", "ManualTherapy", "TENS")
    for made, broken in ((alone, 0), (two, 0), (three, 3)):
        assert len([item for item in about(made, "PM-2.sparingly") if item.broken]) == broken
    assert "As the requests stand here, this is not met: More than two passive modalities" in " ".join(to_text(three, knowledge).split())
    # what is about the case is asked once, what is about a request for each
    count = Counter(q.link_id.split("/", 1)[1] for q in three.questions)
    assert count["MAS-2.adjunct.on-file/hasCourseStatus"] == 1
    assert count["G-10.scope.on-file/hasPhase"] == 1
    assert [local_name(q.link_id) for q in three.questions if q.repeats].count("deliversTreatment.kind") == 1


def test_a_service_that_accompanies_another(knowledge: Knowledge) -> None:
    alone, both = checklist("Sedation"), checklist("EpiduralSteroidInjection", "Sedation")
    assert alone.requests[0].says[0].startswith("It depends on the request that it accompanies")
    assert not alone.requests[0].is_complete
    assert [q.link_id for q in alone.questions] == ["case/injuryDate/injuryDate"]
    assert not alone.questions[0].is_required
    q = question(both, "isDerivativeOf")
    assert [(option.code, option.label) for option in q.options] == [("request-1", "epidural steroid injection")]
    assert both.requests[0].is_complete


def test_a_section_that_is_not_encoded(knowledge: Knowledge) -> None:
    request = checklist("Acupuncture").requests[0]
    assert "“Acupuncture” (page 13), which is not encoded" in request.says[0]
    assert not request.is_complete
    assert (request.blocks, request.limits, request.recommends) == ((), (), ())


def test_a_treatment_that_nothing_speaks_of() -> None:
    request = checklist("GymMembership").requests[0]
    assert request.says[0].startswith("No provision that is encoded speaks of this treatment.")
    assert "(8 CCR 9792.21(d))" in request.says[0]
    assert request.says[1].startswith("Where to look next:")


def test_what_is_not_recommended_says_when() -> None:
    refused = {said.cited.provision: said.when for said in checklist("ManualTherapy").requests[0].refuses}
    assert refused == {
        "MAN-5": "this is a request for elective or maintenance manual therapy",
        "MAN-7": "this is a request for manual therapy of a distal limb",
    }


def test_refused_altogether(knowledge: Knowledge) -> None:
    """A provision that never recommends the treatment is said plainly, and the list is not complete."""
    guidelines = knowledge.guidelines
    provisions = {
        iri: replace(p, stance="https://w3id.org/mtus/stance/does-not-recommend") if p.id == "MAS-1" else p
        for iri, p in guidelines.provisions.items()
    }
    changed = replace(knowledge, guidelines=replace(guidelines, provisions=provisions))
    made = make_checklist(occasion(["massage therapy"], DAY, "", changed), changed).checklist
    assert not made.requests[0].is_complete
    assert "Not recommended; no documentation changes that." in to_text(made, changed)


# Names, dates, editions


@pytest.mark.parametrize(
    "word", ["epidural steroid injection", "Epidural Steroid Injections", "EpiduralSteroidInjection", "ESI", "epidural-steroid-injection"]
)
def test_names(word: str, knowledge: Knowledge) -> None:
    assert occasion([word], DAY, "", knowledge).treatments == (MTUS + "EpiduralSteroidInjection",)


@pytest.mark.parametrize(
    ("words", "day", "edition", "code", "said"),
    [
        (["lumbar epidural injection"], DAY, "", "checklist-treatment", "Did you mean 'epidural steroid injection'"),
        (["mesage"], DAY, "", "checklist-treatment", "'massage therapy'"),
        (["qqq"], DAY, "", "checklist-treatment", "its reference lists them"),
        (["treatment"], DAY, "", "checklist-treatment", "No treatment of the ontology is called so"),
        ([], DAY, "", "checklist-treatment", "No treatment is named"),
        (["TENS"], "", "", "checklist-date", "never taken from the clock"),
        (["TENS"], "20 August 2015", "", "checklist-date", "Write year-month-day"),
        (["TENS"], "2015-02-30", "", "checklist-date", "This is no date"),
        (["TENS"], "2016-09-01", "", "checklist-edition", "2016, whose provisions are not encoded"),
        (["TENS"], "2001-01-01", "", "checklist-edition", "no edition that is known here was in force"),
        (["TENS"], "", "chronic-pain-2017", "checklist-edition", "not encoded"),
        (["TENS"], "", "chronic-pain", "checklist-edition", "Known: chronic-pain-2009, chronic-pain-2016, chronic-pain-2017"),
        (["TENS"], "2016-09-01", "chronic-pain-2009", "checklist-edition", "is not under MTUS Chronic Pain"),
    ],
)
def test_errors(words: list[str], day: str, edition: str, code: str, said: str, knowledge: Knowledge) -> None:
    with pytest.raises(CaseError) as raised:
        occasion(words, day, edition, knowledge)
    problem = raised.value.problems[0]
    assert problem.code == code
    assert said in f"{problem.why} {problem.remedy}"


def test_an_edition_without_a_date_asks_for_the_date(knowledge: Knowledge) -> None:
    made = form("MassageTherapy", edition="chronic-pain-2009").checklist
    assert made.date == ""
    assert made.questions[0].text == "Date of request"
    assert made.questions[0].is_required
    assert "For any request under this edition" in to_text(made, knowledge)


@pytest.mark.parametrize("renewal", [False, True])
@pytest.mark.parametrize(("day", "edition"), [(DAY, ""), ("", "chronic-pain-2009")])
def test_the_name_of_a_checklist_leads_back_to_it(day: str, edition: str, renewal: bool, knowledge: Knowledge) -> None:
    made_for = occasion(["TENS", "sedation"], day, edition, knowledge, is_renewal=renewal)
    assert made_for.iri.startswith("https://w3id.org/mtus/checklist/chronic-pain-2009/")
    assert occasion_named(made_for.iri, "here", knowledge) == made_for


def test_what_somebody_else_has_to_put_on_file(knowledge: Knowledge) -> None:
    """A criterion that leaves the answer open says so, and its questions are not required of the office."""
    guidelines = knowledge.guidelines
    criteria = {
        iri: replace(c, burden="https://w3id.org/mtus/burden/claims-administrator", effect="https://w3id.org/mtus/effect/leaves-open")
        if local_name(iri) == "MAS-2.adjunct"
        else c
        for iri, c in guidelines.criteria.items()
        if local_name(iri) != "PM-1.active-therapy"
    }
    changed = replace(knowledge, guidelines=replace(guidelines, criteria=criteria))
    made = make_checklist(occasion(["massage therapy"], DAY, "", changed), changed).checklist
    assert not question(made, "MAS-2.adjunct.on-file/hasCourseStatus").is_required
    assert about(made, "MAS-2.adjunct")[0].burden == "claims-administrator"
    text = " ".join(to_text(made, changed).split())
    assert "The claims administrator has the records and has to put them on file. " in text
    assert "The claims administrator has the records" not in to_text(checklist("MassageTherapy"), knowledge)


def test_none_of_is_said(knowledge: Knowledge) -> None:
    exception = next(item.unless for item in about(checklist("TENS"), "G-10.scope"))
    assert exception is not None
    assert exception.relation == "none of"
    assert "None of these may be so: [ ] TENS is not for pain after an operation." in " ".join(
        to_text(checklist("TENS"), knowledge).split()
    )
