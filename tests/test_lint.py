"""The linter: what it finds in the case of 2015, what it prints, and that it leaves determinations alone."""

import json
from collections import Counter
from typing import Any

import pytest
from conftest import IMR_2015, VARIANTS
from full_agreement import comparable, graph_of
from random_cases import CaseMaker

from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lint import FOUND, IN_ORDER, NOT_DETERMINABLE, STATUSES, LintReport, LintResult, lint
from mtus.reasoner.lint_graph import lint_graph
from mtus.reasoner.lint_rules import decision_rules
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import BASE, SH, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_lint import to_dict
from mtus.reasoner.report import report_case
from mtus.reasoner.validate import validate

CASE = IMR_2015 / "case.json"
RULES = BASE + "rule/"


@pytest.fixture(scope="module")
def report() -> LintReport:
    return lint(CASE.read_bytes(), name=CASE.name)


def told(report: LintReport, status: str) -> list[tuple[str, str]]:
    """Return (what is linted, provision) of the results with ``status``, in their order."""
    return [
        (local_name(subject.request) or "file", local_name(result.citation.provision))
        for subject in report.subjects
        for result in subject.with_status(status)
    ]


def result(report: LintReport, subject: str, provision: str) -> LintResult:
    found = [r for s in report.subjects if (local_name(s.request) or "file") == subject for r in s.results]
    return next(r for r in found if local_name(r.citation.provision) == provision)


def small(**changes: Any) -> bytes:
    """Return a synthetic case with one decision that has the keys ``changes``."""
    case = json.loads((VARIANTS / "massage-6-with-exercise.json").read_text("utf-8"))
    decision = case["decisions"][0]
    case["decisions"][0] = {key: value for key, value in (decision | changes).items() if value is not None}
    return json.dumps(case).encode()


# The case of 2015


def test_what_is_found_in_the_case_of_2015(report: LintReport) -> None:
    assert told(report, FOUND) == [
        ("request-injection", "DEC-1"),
        ("request-sedation", "DEC-1"),
        ("file", "FIL-2"),
        ("file", "FIL-3"),
        ("file", "FIL-4"),
    ]


def test_what_cannot_be_determined_in_the_case_of_2015(report: LintReport) -> None:
    assert told(report, NOT_DETERMINABLE) == [
        ("request-massage", "DEC-3"),
        ("request-massage", "TIM-1"),
        ("request-injection", "DEC-3"),
        ("request-injection", "TIM-1"),
        ("request-sedation", "DEC-3"),
        ("request-sedation", "DEC-6"),
        ("request-sedation", "TIM-1"),
        ("request-sedation", "TIM-2"),
    ]


def test_what_is_in_order_in_the_case_of_2015(report: LintReport) -> None:
    assert told(report, IN_ORDER) == [
        ("request-massage", "DEC-1"),
        ("request-massage", "DEC-2"),
        ("request-massage", "TIM-2"),
        ("request-injection", "TIM-2"),
        ("file", "FIL-1"),
    ]


def test_two_items_whose_decision_cited_no_evidence(report: LintReport) -> None:
    for request in ("request-injection", "request-sedation"):
        found = result(report, request, "DEC-1")
        assert found.messages == ("The request is not approved, and the decision cites no guideline and no other evidence.",)
        (fact,) = found.facts
        assert fact.label == "cites nothing: true"
        assert [(s.label, s.date, s.place) for s in fact.stated_in] == [("utilization review report", "2015-08-25", "decision")]


def test_represented_and_appealed_in_person(report: LintReport) -> None:
    found = result(report, "file", "FIL-2")
    assert found.messages == ("The worker is represented, and appealed in person.",)
    places = {(fact.label, s.label, s.place) for fact in found.facts for s in fact.stated_in}
    assert ("injured worker, is represented: true", "clinical case summary of the review", "first sentence") in places
    assert any(label.startswith("personal appeal") for label, _, _ in places)


def test_work_status_in_one_section_only(report: LintReport) -> None:
    found = result(report, "file", "FIL-4")
    assert found.messages == ("The work status is stated in one section of one document only.",)
    assert [(s.label, s.place) for fact in found.facts for s in fact.stated_in] == [("progress note", "one section of the note")]


def test_full_time_work_and_a_sick_call(report: LintReport) -> None:
    stated = {s.label for fact in result(report, "file", "FIL-3").facts for s in fact.stated_in}
    assert stated == {"progress note", "telephone encounter"}


def test_missing_dates_are_said_to_be_missing(report: LintReport) -> None:
    late = result(report, "request-massage", "TIM-1")
    assert late.status == NOT_DETERMINABLE
    assert "The file does not say when the request was received." in late.messages
    assert late.severity == SH + "Info"


def test_json_and_turtle_give_the_same_report(report: LintReport) -> None:
    turtle = IMR_2015 / "case.ttl"
    assert lint(turtle.read_bytes(), name=turtle.name) == report


def test_the_edition_that_is_cited_is_in_force_until_a_day_before_the_decision() -> None:
    found = lint((VARIANTS / "july-2016.json").read_bytes(), name="july-2016.json")
    assert result(found, "request-massage", "DEC-2").status == IN_ORDER


def test_conflicting_statements_are_found() -> None:
    found = result(lint((VARIANTS / "two-counts.json").read_bytes(), name="two-counts.json"), "file", "FIL-1")
    assert found.status == FOUND
    assert {fact.label for fact in found.facts} == {
        "earlier epidural steroid injections: count 0",
        "earlier epidural steroid injections: count 3",
    }


# What it says


def test_a_finding_says_what_to_do_and_how_sure_we_are(report: LintReport) -> None:
    for subject in report.subjects:
        for found in subject.with_status(FOUND):
            assert found.remedy
            assert found.messages
            assert found.facts
            assert found.citation.statement
            assert found.citation.source
            assert local_name(found.severity) in ("Violation", "Warning")


def test_counted_values_stand_in_no_document() -> None:
    dates = {"receivedOn": "2015-08-18", "decidedOn": "2015-08-28", "madeAtStage": "prospectiveReview"}
    late = result(lint(small(**dates)), "request-massage", "TIM-1")
    assert late.status == FOUND
    facts = {fact.label: bool(fact.stated_in) for fact in late.facts}
    assert facts["working days to the decision, at least: 7"] is False
    assert facts["received on: 18 August 2015"] is True


def test_what_is_found_on_file_is_named_with_its_document() -> None:
    claim = {"id": "ground", "type": "AbsenceGround", "claimsAbsenceOf": "Pain", "claimsAbsenceOfDocument": "RequestForAuthorization"}
    found = result(lint(small(grounds=[claim])), "request-massage", "DEC-4")
    assert found.status == FOUND
    stated = [(fact.label, s.label) for fact in found.facts for s in fact.stated_in]
    assert ("RFA form for the injection", "RFA form for the injection") in stated
    assert any(label.startswith("pain") and document == "progress note" for label, document in stated)
    assert ("absent from the records, claims absence of finding: pain", "utilization review report") in stated


def test_a_decision_without_a_name_is_named_in_every_form() -> None:
    report = lint(small(id=None))
    (decision,) = [s for s in report.subjects if s.request]
    assert decision.node.startswith(f"{BASE}.well-known/genid/")
    assert "_:" not in json.dumps(to_dict(report))
    assert Counter(r.status for r in decision.results) == Counter(r.status for s in lint(small()).subjects if s.request for r in s.results)


def test_a_case_without_decisions_is_about_its_file_alone() -> None:
    case = json.loads(CASE.read_text("utf-8"))
    del case["decisions"]
    report = lint(json.dumps(case).encode())
    assert [subject.request for subject in report.subjects] == [""]
    assert told(report, FOUND) == [("file", "FIL-2"), ("file", "FIL-3"), ("file", "FIL-4")]


# It leaves the rest alone


def test_no_determination_reads_the_rules() -> None:
    fresh = load_knowledge.__wrapped__()
    determine(CASE.read_bytes(), name=CASE.name, knowledge=fresh)
    assert "lint_shapes" not in vars(fresh)
    assert fresh.lint_files


def test_validation_reports_are_about_case_shapes_and_criteria(knowledge: Knowledge) -> None:
    facts = load_case(CASE.read_bytes(), knowledge, name=CASE.name)
    assert not [t for t in report_case(facts, knowledge) if any(str(term).startswith(RULES) for term in t)]


def test_no_rule_is_a_criterion_of_a_request() -> None:
    determined = determine(CASE.read_bytes(), name=CASE.name)
    assert not [a.criterion for r in determined.requests for a in r.criteria if a.criterion.startswith(RULES)]


@pytest.mark.parametrize("seed", range(25))
def test_engines_agree_on_random_cases(seed: int, knowledge: Knowledge) -> None:
    content = CaseMaker(knowledge).content(seed)
    graph = lint_graph(load_case(content, knowledge), graph_of(content, knowledge), knowledge)
    rules = decision_rules(knowledge)
    assert comparable(validate(graph, rules)) == comparable(validate(graph, rules, "shifty"))


def test_every_status_has_its_words(knowledge: Knowledge) -> None:
    assert [knowledge.vocabulary.label(status) for status in STATUSES] == ["found", "not determinable", "in order", "not applicable"]
