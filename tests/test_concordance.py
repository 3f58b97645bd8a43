"""A folder of cases against their human decisions: what counts, what does not, and what is said of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015, ROOT, VARIANTS

from mtus.reasoner.agreement import Estimate, Undefined
from mtus.reasoner.concordance import Concordance, concordance
from mtus.reasoner.concordance_summary import Summary, summaries
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_concordance import sections, to_text

FIRST = ROOT / "examples" / "concordance"
HUMAN = json.loads((IMR_2015 / "human-decision.json").read_text("utf-8"))["requests"]
OVERTURNED = {"disposition": "overturned", "reasonKind": "recommended", "pages": [], "reliedOn": []}


def entry(folder: Path, name: str, case: Path | dict[str, Any], decisions: dict[str, Any] | None) -> Path:
    """Write an entry with ``decisions`` by request (none: no file), and return its folder."""
    made = folder / name
    made.mkdir()
    content = case.read_text("utf-8") if isinstance(case, Path) else json.dumps(case)
    (made / "case.json").write_text(content, "utf-8")
    if decisions is not None:
        (made / "human-decision.json").write_text(json.dumps({"requests": decisions}), "utf-8")
    return made


def variant(name: str) -> Path:
    return VARIANTS / f"{name}.json"


def one_summary(found: Concordance, knowledge: Knowledge) -> Summary:
    (summary,) = summaries(found.rows, knowledge)
    return summary


def report(found: Concordance, knowledge: Knowledge) -> str:
    """Return the texts of the report, without its tables, as one line."""
    return " ".join(" ".join(part for part in to_text(found, knowledge) if isinstance(part, str)).split())


# The first entries


@pytest.fixture(scope="module")
def first(knowledge: Knowledge) -> Concordance:
    return concordance(FIRST, knowledge)


def test_the_first_entries(first: Concordance, knowledge: Knowledge) -> None:
    assert first.failures == ()
    assert first.entries == 4
    assert [(row.entry, local_name(row.request), row.gap, row.counts, row.known_in_part) for row in first.rows] == [
        ("acupuncture-2018", "request-acupuncture", "edition-not-encoded", False, True),
        ("massage-injection-sedation-2015", "request-massage", "", True, False),
        ("massage-injection-sedation-2015", "request-injection", "", True, False),
        ("massage-injection-sedation-2015", "request-sedation", "", True, False),
        ("norco-2015-11", "request-norco", "section-not-encoded", False, True),
        ("norco-2016-03", "request-norco", "section-not-encoded", False, True),
    ]
    summary = one_summary(first, knowledge)
    assert (summary.coverage.part, summary.coverage.whole) == (3, 6)
    assert (summary.outcome.part, summary.outcome.whole) == (3, 3)
    assert (summary.outcome_of_all.part, summary.outcome_of_all.whole) == (3, 5)
    assert summary.gaps == {"edition-not-encoded": 1, "section-not-encoded": 2}
    assert [row.entry for row in summary.set_aside] == ["norco-2016-03"]
    assert summary.outcomes == ("overturned", "upheld", "open")
    # human outcome by what is found here: overturned, upheld, open, not covered
    assert summary.confusion == (("overturned", (0, 0, 0, 1)), ("upheld", (0, 3, 0, 1)))


def test_the_report_of_the_first_entries(first: Concordance, knowledge: Knowledge) -> None:
    text = report(first, knowledge)
    for words in (
        "Covered by the knowledge: 3 of 6 = 0.50 (95 %: 0.19 to 0.81). Not covered: 3 (edition not encoded 1; section not encoded 2).",
        "set aside later, which are no reference any more and are not counted: 1.",
        "Agreement on the outcome: 3 of 3 = 1.00 (95 %: 0.44 to 1.00); with what is not covered as no agreement: 3 of 5 = 0.60",
        "This says nothing by itself: to answer “upheld” always would agree in 3 of 3.",
        "About nine of ten decisions at this stage are upheld",
        "Balanced accuracy (mean of the shares found of each human outcome): undefined, because all 3 decisions are “upheld”",
        "Cohen's kappa (agreement beyond chance): undefined, because all 3 decisions are “upheld”",
        "Warning: 3 requests counted.",
        "Human: overturned (recommended). Relief of pain and functional improvement are both documented.",
        "Set aside later: Specific improvements were in the submitted records.",
        "[section not encoded] The guideline speaks of this treatment in its section “Opioids” (pages 74-96)",
        "Only a physician may deny or modify care",
    ):
        assert words in text
    assert "nan" not in text.lower().split()


def test_what_is_known_in_part_says_so_and_gives_no_day_of_injury() -> None:
    for path in sorted(FIRST.glob("*/case.json")):
        case = json.loads(path.read_text("utf-8"))
        assert case["note"].startswith("A real public outcome, known only in part"), path
        assert case["claim"] == {"id": "claim", "type": "Claim", "lacksInjuryDate": True}, path
        assert not {"requestDate", "serviceDate"} & {key for request in case["requests"] for key in request}, path
        assert json.loads((path.parent / "human-decision.json").read_text("utf-8"))["knownInPart"] is True, path


# Counting


def test_both_outcomes(tmp_path: Path, knowledge: Knowledge) -> None:
    entry(tmp_path, "as-decided", IMR_2015 / "case.json", HUMAN)
    entry(tmp_path, "documented", variant("all-documented"), {"request-massage": HUMAN["request-massage"], "request-injection": OVERTURNED})
    summary = one_summary(concordance(tmp_path, knowledge), knowledge)
    assert summary.confusion == (("overturned", (1, 0, 0, 0)), ("upheld", (0, 4, 0, 0)))
    assert isinstance(summary.balanced_accuracy, Estimate)
    assert isinstance(summary.kappa, Estimate)
    assert (summary.balanced_accuracy.value, round(summary.kappa.value, 9)) == (1.0, 1.0)
    assert summary.always is not None
    assert (summary.always[0], summary.always[1].part, summary.always[1].whole) == ("upheld", 4, 5)
    assert (len(summary.rows), len(summary.decided)) == (6, 5)
    assert summary.is_small


def test_a_disagreement_lowers_what_it_should(tmp_path: Path, knowledge: Knowledge) -> None:
    """Four upheld are found upheld, one overturned is found upheld: agreement 4/5, shares 1 and 0, kappa 0."""
    entry(tmp_path, "as-decided", IMR_2015 / "case.json", HUMAN)
    entry(tmp_path, "otherwise", IMR_2015 / "case.json", {"request-massage": OVERTURNED, "request-injection": HUMAN["request-injection"]})
    found = concordance(tmp_path, knowledge)
    summary = one_summary(found, knowledge)
    assert (summary.outcome.part, summary.outcome.whole) == (4, 5)
    assert isinstance(summary.balanced_accuracy, Estimate)
    assert isinstance(summary.kappa, Estimate)
    assert summary.balanced_accuracy.value == 0.5
    assert summary.kappa.value == pytest.approx(0.0)
    assert (summary.reason.part, summary.reason.whole) == (4, 5)
    # the human decision that names no page has none to be found
    assert (summary.citation.part, summary.citation.whole) == (4, 4)
    (disagreeing, _) = sections(found)
    assert [(row.entry, local_name(row.request)) for row in disagreeing[1]] == [("otherwise", "request-massage")]
    text = report(found, knowledge)
    for words in (
        "otherwise: Massage therapy, 12 sessions Human: overturned (recommended).",
        "Here: not supported (recommended disposition: upheld).",
        "[contradicted] More visits are asked for, those received included",
        "criterion MAS-3.visits, contradicted:",
        "on file: visits requested: 12 — progress note, 18 August 2015",
        "not on file: The file does not say how many visits of massage have been received so far.",
    ):
        assert words in text


def test_a_provision_that_is_no_reason_here(tmp_path: Path, knowledge: Knowledge) -> None:
    decision = HUMAN["request-injection"] | {"reliedOn": ["ESI-1b", "ESI-12"], "pages": ["46", "300"], "reasonKind": "contradicted"}
    entry(tmp_path, "a", IMR_2015 / "case.json", {"request-injection": decision})
    found = concordance(tmp_path, knowledge)
    summary = one_summary(found, knowledge)
    assert (summary.outcome.part, summary.reason.part, summary.citation.part, summary.citation.whole) == (1, 0, 0, 1)
    text = report(found, knowledge)
    assert "Human: upheld (contradicted; p. 46, p. 300, ESI-1b, ESI-12)." in text
    assert "Relied on there, no reason here: ESI-12." in text


def test_requests_without_a_human_decision(tmp_path: Path, knowledge: Knowledge) -> None:
    entry(tmp_path, "a", IMR_2015 / "case.json", {"request-massage": HUMAN["request-massage"]})
    found = concordance(tmp_path, knowledge)
    summary = one_summary(found, knowledge)
    assert (len(summary.rows), len(summary.decided), summary.outcome.whole) == (3, 1, 1)
    assert "Requests with a human decision: 1 of 3." in report(found, knowledge)
    assert isinstance(summary.kappa, Undefined)
    assert "the one decision is “upheld”" in summary.kappa.why


def test_a_decision_that_was_set_aside_is_shown_and_not_counted(tmp_path: Path, knowledge: Knowledge) -> None:
    decision = OVERTURNED | {"setAside": "the wrong record was read"}
    entry(tmp_path, "a", IMR_2015 / "case.json", HUMAN | {"request-massage": decision})
    found = concordance(tmp_path, knowledge)
    summary = one_summary(found, knowledge)
    assert (summary.outcome.part, summary.outcome.whole, summary.outcome_of_all.whole) == (2, 2, 2)
    assert summary.confusion == (("overturned", (0, 0, 0, 0)), ("upheld", (0, 2, 0, 0)))
    assert "Set aside later: The wrong record was read." in report(found, knowledge)


@pytest.mark.parametrize("name", ["two-counts", "july-2016"])
def test_an_answer_that_is_open_for_a_reason_in_the_case_counts(name: str, tmp_path: Path, knowledge: Knowledge) -> None:
    """Facts that disagree and dates that select two editions are no gap of the knowledge; *open* agrees with nothing."""
    entry(tmp_path, "a", variant(name), {"request-injection": HUMAN["request-injection"]})
    found = concordance(tmp_path, knowledge)
    summary = one_summary(found, knowledge)
    assert summary.gaps == {}
    assert (summary.outcome.part, summary.outcome.whole) == (0, 1)
    assert summary.confusion == (("overturned", (0, 0, 0, 0)), ("upheld", (0, 0, 1, 0)))


def companion(case: dict[str, Any], primary: str) -> dict[str, Any]:
    """Return ``case`` with sedation during the request ``primary``."""
    statement = next(request["statedIn"] for request in case["requests"] if request["id"] == primary)
    sedation = {"id": "request-companion", "type": "TreatmentRequest", "requestsTreatment": "companion", "isPerformedDuring": primary,
                "statedIn": statement}  # fmt: skip
    treatment = {"id": "companion", "type": "Sedation"}
    return case | {"requests": [*case["requests"], sedation], "treatments": [*case["treatments"], treatment]}


@pytest.mark.parametrize(
    ("case", "primary", "gap"),
    [
        (FIRST / "norco-2015-11" / "case.json", "request-norco", "section-not-encoded"),
        (VARIANTS / "gym-membership.json", "request-gym", "no-provision"),
    ],
)
def test_what_accompanies_a_gap_shares_it(case: Path, primary: str, gap: str, tmp_path: Path, knowledge: Knowledge) -> None:
    made = companion(json.loads(case.read_text("utf-8")), primary)
    entry(tmp_path, "a", made, {"request-companion": HUMAN["request-sedation"]})
    rows = {local_name(row.request): row for row in concordance(tmp_path, knowledge).rows}
    assert rows[primary].gap == gap
    assert rows["request-companion"].gap == gap


def test_stages_are_not_counted_together(tmp_path: Path, knowledge: Knowledge) -> None:
    entry(tmp_path, "imr", IMR_2015 / "case.json", HUMAN)
    decision = {"disposition": "approve", "reasonKind": "recommended", "pages": [], "reliedOn": []}
    entry(tmp_path, "ur", ROOT / "examples" / "skeletons" / "case.json", {"request-1": decision})
    found = summaries(concordance(tmp_path, knowledge).rows, knowledge)
    assert {local_name(s.stage): (s.outcome.part, s.outcome.whole) for s in found} == {
        "independentReview": (3, 3),
        "prospectiveReview": (1, 1),
    }
    assert found[1].outcomes == ("approve", "request-information", "refer-to-physician", "open")


def test_small_and_large(first: Concordance, knowledge: Knowledge) -> None:
    counted = [row for row in first.rows if row.counts]
    many = one_summary(Concordance(1, tuple(counted * 10), ()), knowledge)
    assert not many.is_small
    assert one_summary(Concordance(1, tuple((counted * 10)[:29]), ()), knowledge).is_small
    assert "too small to mean anything" not in report(Concordance(1, tuple(counted * 10), ()), knowledge)
