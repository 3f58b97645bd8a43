"""The letter: the golden text of the case of 2015, and what has to be true of every letter.

``MTUS_UPDATE_GOLDEN=1 python -m pytest tests/test_letter.py`` writes the golden text anew; read the difference before you commit it.
"""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015, VARIANTS, determine_file, request_named

from mtus.reasoner.describe import day
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import WIDTH
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.skeletons import skeleton_case
from mtus.reasoner.trace import Citation, Determination

GOLDEN = Path(__file__).parent / "golden" / "imr-2015.letter.txt"
CITATION = re.compile(r"Chronic Pain 2009, [^;:]+?, pp?\. \d+(?:-\d+)?|8 CCR \d+(?:\.\d+)*(?:\(\w\))*|IMR practice")
# Cited by the letter itself, wherever a next step is named.
SEARCH_SEQUENCE = "8 CCR 9792.21.1"


def masked(letter: str) -> str:
    """Return ``letter`` without what changes with the knowledge and the version."""
    letter = re.sub(r"\b[0-9a-f]{64}\b", "(64 hex digits)", letter)
    letter = re.sub(r"(?m)^Determination [0-9a-f]{32}$", "Determination (32 hex digits)", letter)
    return re.sub(r"(?m)^mtus-reasoner \S+$", "mtus-reasoner (version)", letter)


def flat(letter: str) -> str:
    """Return ``letter`` on one line, as a reader takes it in."""
    return re.sub(r"\s+", " ", letter)


@pytest.fixture
def letter(imr_2015: Determination, knowledge: Knowledge) -> str:
    return to_letter(imr_2015, knowledge)


def test_golden(letter: str) -> None:
    found = masked(letter)
    if os.environ.get("MTUS_UPDATE_GOLDEN"):
        GOLDEN.write_text(found, "utf-8")
    assert found == GOLDEN.read_text("utf-8")


def citations_of(determination: Determination) -> set[str]:
    """Return the text of every citation in the trace."""
    found: set[Citation] = set()
    for request in determination.requests:
        found.update(reason.citation for reason in request.reasons if reason.citation)
        found.update(request.recommended_by)
        found.update(a.citation for a in all_assessments(request))
    return {citation.text for citation in found}


def _cases() -> list[Path]:
    return [IMR_2015 / "case.json", *sorted(path for path in VARIANTS.glob("*.json") if path.stem != "dependency-cyclic")]


@pytest.mark.parametrize("path", _cases(), ids=lambda path: path.stem)
def test_what_has_to_be_true_of_every_letter(path: Path, knowledge: Knowledge) -> None:
    determination = determine_file(path)
    letter = to_letter(determination, knowledge)
    assert max(len(line) for line in letter.splitlines()) <= WIDTH
    assert "  \n" not in letter
    text = flat(letter)
    _says_that_it_recommends(text)
    # the list of sources at the foot names more than provisions
    cited = set(CITATION.findall(text.split("What is marked as not verified rests on")[0]))
    assert bool(cited) is bool(citations_of(determination))
    assert cited <= {*citations_of(determination), SEARCH_SEQUENCE}
    assert ("(synthetic)" in letter) is determination.is_synthetic
    for document in determination.documents:
        assert f"{document.label}, {day(document.date)}" in text if document.date else document.label in text


def _says_that_it_recommends(text: str) -> None:
    assert text.startswith("RECOMMENDED DETERMINATION")
    assert "Recommended answer: " in text
    warning = "Only a physician may deny or modify care, and nothing here is final before one has signed."
    ground = "that alone is no ground to deny it"
    assert text.count(warning) == 1
    rest = text.replace(warning, "").replace(ground, "").lower()
    for word in ("final", "denied", "deny", "denies", "denial", "not medically necessary", "we find", "is necessary"):
        assert not re.search(rf"\b{word}\b", rest), word
    # the procedure's words never stand without the word that makes them ours to propose
    assert not re.search(r"(?<!recommended disposition: )(?<!request \d )\b(upheld|overturned)\b(?!, for all)", rest.replace("mixed (", ""))


def test_the_review_slot_is_empty(letter: str) -> None:
    slot = letter[letter.index("Review by a physician") :]
    for field in ("Name or identifier", "Role and specialty", "State of licence", "Date", "Agreed or overridden, and why"):
        assert re.search(rf"(?m)^ {field}: _+$", slot), field


def _part(letter: str, number: int) -> str:
    """Return what the letter says of request ``number``, on one line."""
    after = letter[letter.index(f"\n{number}. ") + 1 :]
    end = re.search(r"\n(?:\d\. |What is marked|Review by)", after)
    return flat(after[: end.start()] if end else after)


def test_the_broken_limits_of_massage_are_named_with_document_and_date(letter: str) -> None:
    massage = _part(letter, 1)
    assert "On file: visits requested: 12 — progress note, 18 August 2015" in massage
    for modality in ("manual therapy and manipulation: ongoing, 24 visits a year", "massage therapy: ongoing, 6 visits a month",
                     "replacement TENS unit: sought"):  # fmt: skip
        assert f"On file: {modality} — progress note, 18 August 2015" in massage
    assert "“sparingly” is read as: two at once, within sixty days" in massage
    assert "“four to six visits in most cases” is read as" in massage
    assert "Chronic Pain 2009, Massage therapy, p. 60:" in massage
    assert "Chronic Pain 2009, Physical medicine, p. 98:" in massage


def test_the_injection_says_what_is_missing_and_where_it_usually_stands(letter: str) -> None:
    injection = _part(letter, 2)
    relied, further = injection.split("Further reasons, not relied on because they are not verified:")
    assert relied.count("[undocumented]") == 2
    assert "Usually documented in: CT report, MRI report, electrodiagnostic report." in relied
    assert "not verified" not in relied.split("Why:")[1]
    assert further.split("What is met:")[0].count("[not verified; confidence high]") == 1


def test_only_what_failed_is_said(letter: str) -> None:
    # the request names its level, which the same criterion looks for beside a study
    assert "at which level" not in _part(letter, 2)


def test_what_is_met_is_said_with_its_facts(letter: str) -> None:
    met = _part(letter, 2).split("What is met:")[1]
    assert "The pain that the injection is meant for is radicular. On file: shooting pain from the low back to the right leg" in met
    assert "telephone encounter, 20 August 2015 (reason for the call)" in met


def test_sedation_names_its_primary_and_whose_date_it_has(letter: str) -> None:
    sedation = _part(letter, 3)
    assert "[derivative]" in sedation
    assert "See request 2." in sedation
    assert "25 August 2015 (the date of the utilization review report, as the request bears none)" in sedation


def test_every_unverified_ground_says_so(letter: str, imr_2015: Determination) -> None:
    for number, request in enumerate(imr_2015.requests, 1):
        part = _part(letter, number)
        for reason in request.reasons:
            if reason.citation and local_name(reason.confidence) != "confirmed":
                assert f"{reason.citation.text} [not verified; confidence {local_name(reason.confidence)}]" in part
    assert "What is marked as not verified rests on - general knowledge of the guideline" in flat(letter)


def test_a_letter_without_unverified_grounds_has_no_such_list(variant: Callable[[str], Determination], knowledge: Knowledge) -> None:
    assert "not verified" not in to_letter(variant("july-2016"), knowledge)


# Letters at other stages and with other answers, from the synthetic skeleton.


def _synthetic(knowledge: Knowledge, change: Callable[[dict[str, Any]], None]) -> str:
    case = json.loads(skeleton_case())
    change(case)
    return flat(to_letter(determine(json.dumps(case).encode(), name="synthetic.json", knowledge=knowledge), knowledge))


def test_supported_at_utilization_review(knowledge: Knowledge) -> None:
    text = _synthetic(knowledge, lambda case: None)
    assert "Recommended disposition: approve Documents" in text
    assert "Recommended answer: supported (recommended disposition: approve)" in text
    assert "Recommended by: Chronic Pain 2009, Massage therapy, p. 60: - Massage therapy may be used as an option." in text
    assert "Why:" not in text
    assert "No more than two passive modalities are used or sought at the same time. On file: exercise programme: ongoing" in text


def test_only_documentation_is_missing(knowledge: Knowledge) -> None:
    def change(case: dict[str, Any]) -> None:
        del case["courses"]
        del case["treatments"][1]

    text = _synthetic(knowledge, change)
    assert "Recommended answer: not supported (recommended disposition: request information)" in text
    assert "[contradicted]" not in text


def test_supported_in_part(knowledge: Knowledge) -> None:
    def change(case: dict[str, Any]) -> None:
        case["requests"][0] |= {"visitCount": 12, "label": "Massage therapy, 12 sessions"}

    text = _synthetic(knowledge, change)
    assert "Recommended answer: supported in part (recommended disposition: refer to a physician)" in text
    assert "Visits requested: 12. A smaller quantity, 6, would be supported; this is a suggestion and grants nothing." in text


def test_an_answer_that_hangs_on_vague_words_says_which(knowledge: Knowledge) -> None:
    def change(case: dict[str, Any]) -> None:
        case["treatments"].append({"id": "manipulation", "type": "ManualTherapy"})
        case["courses"].append(case["courses"][0] | {"id": "course-2", "deliversTreatment": "manipulation"})

    text = _synthetic(knowledge, change)
    assert "Recommended answer: supported" in text
    assert "The answer hangs on the reading of vague words alone (“sparingly”)" in text
    assert "“sparingly” is read as: two at once, within sixty days." in text


def test_not_addressed_names_the_next_step(variant: Callable[[str], Determination], knowledge: Knowledge) -> None:
    text = flat(to_letter(variant("gym-membership"), knowledge))
    assert "Recommended disposition: mixed (request 1 upheld; request 2 upheld; request 3 upheld; request 4 open)" in text
    assert "[no provision] No provision of the guidelines loaded speaks of this treatment" in text
    assert f"Next step of the medical evidence search sequence ({SEARCH_SEQUENCE}): Search" in text


def test_disagreement_is_told_with_both_sources(variant: Callable[[str], Determination], knowledge: Knowledge) -> None:
    determination = variant("two-counts")
    text = flat(to_letter(determination, knowledge))
    assert (
        "earlier epidural steroid injections: count 0 (progress note, 18 August 2015); "
        "but earlier epidural steroid injections: count 3 (pain consultation, 27 August 2015)"
    ) in text
    assert "[conflicting facts] The facts on file disagree on whether earlier injections and those asked for" in text
    injection = request_named(determination, "request-injection")
    assert local_name(injection.answer) == "indeterminate"
    assert "whose own answer is: indeterminate. See request 2." in text


def test_two_injections_say_what_the_other_reading_gives(variant: Callable[[str], Determination], knowledge: Knowledge) -> None:
    text = flat(to_letter(variant("earlier-injections-2"), knowledge))
    assert "Under the other reading that is on record for these words, this criterion is met." in text
    assert "Under the other reading" not in flat(to_letter(variant("earlier-injections-3"), knowledge))


def test_an_edition_without_provisions(knowledge: Knowledge) -> None:
    def change(case: dict[str, Any]) -> None:
        case["requests"][0]["requestDate"] = "2018-03-03"

    text = _synthetic(knowledge, change)
    assert "Recommended answer: indeterminate" in text
    assert "[edition not encoded] The dates of the request select MTUS Chronic Pain Guideline" in text


def _reason(case: dict[str, Any], status: str, document: str) -> None:
    """Add that a document says whether there is a reason for more visits than usual, of which twelve are asked for."""
    case["requests"][0]["visitCount"] = 12
    number = len(case["findings"]) + 1
    finding = {"id": f"finding-{number}", "type": "IndividualReason", "status": status, "concerns": "request-1", "statedIn": document}
    case["findings"].append(finding | {"place": "plan"})


def test_an_exception_that_applies_is_said_with_its_facts(knowledge: Knowledge) -> None:
    text = _synthetic(knowledge, lambda case: _reason(case, "documentedPresent", "note"))
    assert "Recommended answer: supported" in text
    assert "visits requested: 12 — request for authorization, 3 March 2015" in text
    applies = text.split("An exception applies: ")[1]
    assert applies.startswith("functional improvement from earlier visits, or an individual reason for more of them, is documented")
    assert "documented present — progress report, 2 March 2015 (plan)" in applies


def test_a_disputed_exception_is_what_is_disputed(knowledge: Knowledge) -> None:
    def change(case: dict[str, Any]) -> None:
        _reason(case, "documentedPresent", "note")
        _reason(case, "documentedAbsent", "rfa")

    text = _synthetic(knowledge, change)
    assert "Recommended answer: indeterminate" in text
    # that twelve is more than six is not in dispute
    assert "disagree on whether the visits asked for" not in text
    assert "disagree on whether functional improvement from earlier visits, or an individual reason for more of them, is documented" in text
    assert "documented present — progress report, 2 March 2015 (plan)" in text
    assert "documented absent — request for authorization, 3 March 2015 (plan)" in text


def test_a_request_without_a_label_is_called_by_its_treatment(knowledge: Knowledge) -> None:
    def change(case: dict[str, Any]) -> None:
        del case["requests"][0]["label"]

    assert "1. Request for massage therapy Recommended answer" in _synthetic(knowledge, change)
