"""Facts on file that disagree: what counts as a disagreement, and what it does to criteria. All facts are synthetic."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from conftest import VARIANTS, assessment, request_named

from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.readings import conflicts, readings
from mtus.reasoner.settings import DEFAULT
from mtus.reasoner.trace import Determination

Case = dict[str, Any]


def base() -> Case:
    """Return the synthetic case in which everything is documented, with a second note."""
    case: Case = json.loads((VARIANTS / "all-documented.json").read_text("utf-8"))
    case["documents"].append({"id": "second", "type": "ConsultationReport", "date": "2015-08-27"})
    return case


def finding(case: Case, name: str) -> Case:
    found: Case = next(f for f in case["findings"] if f["id"] == name)
    return found


def again(case: Case, name: str, number: int = 2, **changes: Any) -> None:
    """Add a statement like the finding ``name`` from the second note, with ``changes``."""
    case["findings"].append(finding(case, name) | {"id": f"{name}-{number}", "statedIn": "second"} | changes)


def facts_of(case: Case, knowledge: Knowledge) -> Facts:
    return load_case(json.dumps(case).encode(), knowledge, name="synthetic.json")


def found_in(case: Case, knowledge: Knowledge) -> list[list[list[str]]]:
    """Return the conflicts of ``case`` by local names: conflict, alternative, statement."""
    found = conflicts(facts_of(case, knowledge), knowledge.vocabulary)
    return [[[local_name(s) for s in alternative] for alternative in conflict.alternatives] for conflict in found]


def determined(case: Case, knowledge: Knowledge) -> Determination:
    return determine(json.dumps(case).encode(), name="synthetic.json", knowledge=knowledge)


def status(determination: Determination, criterion: str, request: str = "request-injection") -> str:
    return local_name(assessment(request_named(determination, request), criterion).status)


# What is a disagreement


def test_no_disagreement_in_the_base(knowledge: Knowledge) -> None:
    assert found_in(base(), knowledge) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the same count"),
        pytest.param({"label": "injections so far", "place": "history"}, id="the same count in other words at another place"),
        pytest.param({"note": "dictated"}, id="the same count with a note"),
        pytest.param({"count": 3, "measuredOn": "2015-08-27"}, id="another count for another day"),
        pytest.param({"count": 3, "concerns": "low-back-pain"}, id="another count of something else"),
    ],
)
def test_no_disagreement(changes: Case, knowledge: Knowledge) -> None:
    case = base()
    again(case, "earlier-injections", **changes)
    assert found_in(case, knowledge) == []


def test_different_days_are_different_measurements(knowledge: Knowledge) -> None:
    case = base()
    finding(case, "earlier-injections")["measuredOn"] = "2015-08-18"
    again(case, "earlier-injections", count=3, measuredOn="2015-08-27")
    assert found_in(case, knowledge) == []
    finding(case, "earlier-injections-2")["measuredOn"] = "2015-08-18"
    assert found_in(case, knowledge) == [[["earlier-injections"], ["earlier-injections-2"]]]


def test_different_counts_disagree(knowledge: Knowledge) -> None:
    case = base()
    again(case, "earlier-injections", count=3)
    assert found_in(case, knowledge) == [[["earlier-injections"], ["earlier-injections-2"]]]


def test_present_and_absent_disagree(knowledge: Knowledge) -> None:
    case = base()
    again(case, "root", status="documentedAbsent")
    assert found_in(case, knowledge) == [[["root"], ["root-2"]]]


def test_present_at_one_level_and_absent_at_another_agree(knowledge: Knowledge) -> None:
    case = base()
    again(case, "root", status="documentedAbsent", atLevel="L5-S1")
    assert found_in(case, knowledge) == []


def test_three_ways_and_those_that_agree_stand_together(knowledge: Knowledge) -> None:
    case = base()
    again(case, "earlier-injections", 2, count=1)
    again(case, "earlier-injections", 3, count=3)
    again(case, "earlier-injections", 4, count=3)
    assert found_in(case, knowledge) == [
        [["earlier-injections"], ["earlier-injections-2"], ["earlier-injections-3", "earlier-injections-4"]]
    ]


def test_statements_that_say_different_kinds_of_thing_add_up(knowledge: Knowledge) -> None:
    case = base()
    again(case, "pain", lowestScore=2)
    assert found_in(case, knowledge) == [[["pain"], ["pain-2"]]]
    del finding(case, "pain-2")["highestScore"]
    assert found_in(case, knowledge) == []


@pytest.mark.parametrize(
    ("changes", "disagree"),
    [({"visitsPerYear": 12}, True), ({"hasCourseStatus": "completed"}, True), ({}, False), ({"deliversTreatment": "massage"}, False)],
)
def test_courses(changes: Case, disagree: bool, knowledge: Knowledge) -> None:
    case = base()
    course = next(c for c in case["courses"] if c["id"] == "course-manipulation")
    case["courses"].append(course | {"id": "course-2", "statedIn": "second"} | changes)
    assert found_in(case, knowledge) == ([[["course-2"], ["course-manipulation"]]] if disagree else [])


# Ways to resolve


def test_each_way_keeps_one_alternative_of_each_conflict(knowledge: Knowledge) -> None:
    case = base()
    again(case, "earlier-injections", 2, count=1)
    again(case, "earlier-injections", 3, count=3)
    again(case, "root", status="documentedAbsent")
    facts = facts_of(case, knowledge)
    found = conflicts(facts, knowledge.vocabulary)
    ways = list(readings(found, facts, DEFAULT))
    assert len(ways) == len(set(ways)) == 6
    for set_aside in ways:
        for conflict in found:
            kept = [alternative for alternative in conflict.alternatives if not set(alternative) & set_aside]
            assert len(kept) == 1


def _disagreeing(pairs: int) -> Case:
    case = base()
    for name in ("pain", "worsening", "leg-pain", "frustration", "out-of-bed", "no-anxiety", "no-depression")[:pairs]:
        other = "documentedPresent" if finding(case, name)["status"] == "documentedAbsent" else "documentedAbsent"
        again(case, name, status=other)
    return case


def test_too_many_disagreements_are_refused(knowledge: Knowledge) -> None:
    assert determined(_disagreeing(6), knowledge).disagreements
    with pytest.raises(CaseError) as caught:
        determined(_disagreeing(7), knowledge)
    (problem,) = caught.value.problems
    assert problem.code == "too-many-conflicts"
    assert "7 places" in problem.why
    assert "128 ways" in problem.why
    assert "max_readings" in problem.remedy


def test_the_limit_is_a_setting(knowledge: Knowledge) -> None:
    content = json.dumps(_disagreeing(1)).encode()
    assert determine(content, knowledge=knowledge, settings=replace(DEFAULT, max_readings=2)).disagreements
    with pytest.raises(CaseError):
        determine(content, knowledge=knowledge, settings=replace(DEFAULT, max_readings=1))


# What it does to criteria


def test_a_disagreement_that_changes_nothing_is_told_and_changes_nothing(knowledge: Knowledge) -> None:
    case = base()
    again(case, "earlier-injections", count=1)
    found = determined(case, knowledge)
    assert status(found, "ESI-8b.number") == "met"
    (disagreement,) = found.disagreements
    assert [local_name(s) for s in disagreement.statements] == ["earlier-injections", "earlier-injections-2"]
    assert "count 0" in disagreement.labels[0]
    assert "count 1" in disagreement.labels[1]
    # what a repeat injection needs turns on which of the two is right
    assert status(found, "ESI-7a.pain") == "conflicting"


def test_counts_that_both_break_the_limit_break_it(knowledge: Knowledge) -> None:
    case = base()
    finding(case, "earlier-injections")["count"] = 3
    again(case, "earlier-injections", count=5)
    found = determined(case, knowledge)
    assert status(found, "ESI-8b.number") == "contradicted"
    assert local_name(request_named(found, "request-injection").answer) == "not-supported"
    assert len(found.disagreements) == 1


@pytest.mark.parametrize("swap", [False, True])
def test_a_decisive_disagreement_leaves_the_answer_open_whichever_comes_first(swap: bool, knowledge: Knowledge) -> None:
    case = base()
    case["documents"][-1]["type"] = "MRIReport"
    again(case, "root", status="documentedAbsent")
    if swap:
        case["findings"].reverse()
    found = determined(case, knowledge)
    assert status(found, "ESI-1b.corroboration") == "conflicting"
    injection = request_named(found, "request-injection")
    assert local_name(injection.answer) == "indeterminate"
    assert [local_name(reason.kind) for reason in injection.reasons] == ["conflicting"]
    facts = {local_name(fact.about) for fact in assessment(injection, "ESI-1b.corroboration").facts}
    assert {"root", "root-2"} <= facts


def test_other_criteria_do_not_feel_it(knowledge: Knowledge) -> None:
    calm, case = determined(base(), knowledge), base()
    again(case, "root", status="documentedAbsent")
    torn = determined(case, knowledge)
    statuses: Callable[[Determination], dict[str, str]] = lambda d: {  # noqa: E731
        a.criterion: a.status for r in d.requests for a in r.criteria if local_name(a.criterion) != "ESI-1b.corroboration"
    }
    assert statuses(torn) == statuses(calm)
