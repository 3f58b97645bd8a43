"""The signed letter: who decided what, the recommendation beside it where it was overridden, and nothing that is not so."""

import json
import re
from dataclasses import replace

import pytest
from conftest import VARIANTS, determine_file
from reviews import COUNT, MRI, NURSE, OVERTURNED, UR_PHYSICIAN, agreeing, made, opposing
from test_letter import _cases, _part, flat

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import WIDTH
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.render_signed import to_signed_letter
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.review_form import FormRequest
from mtus.reasoner.skeletons import skeleton_case
from mtus.reasoner.trace import Determination


def test_agreed(imr_2015: Determination, knowledge: Knowledge) -> None:
    review = made(imr_2015)
    letter = to_signed_letter(imr_2015, review, knowledge)
    assert letter.startswith("DETERMINATION\n")
    text = flat(letter)
    assert "Disposition: upheld, for all 3 requests Documents searched" in text
    for number in (1, 2, 3):
        assert "Determined: upheld The reviewer agrees with the recommended answer: not supported." in _part(letter, number)
    assert "See request 2." in _part(letter, 3)
    slot = letter[letter.index("Review by a physician") :]
    for line in ("Name or identifier: R-17", "Role and specialty: independent medical reviewer; Pain Medicine", "State of licence: CA, TX",
                 "Date: 2 October 2015", "Agreed or overridden, and why: agreed, for all requests"):  # fmt: skip
        assert f"\n {line}\n" in slot
    assert f"Review {local_name(review.id)}\nDigest of the determination {determination_digest(imr_2015)}\n" in slot
    assert "_____" not in letter


def test_overridden(imr_2015: Determination, knowledge: Knowledge) -> None:
    letter = to_signed_letter(imr_2015, made(imr_2015, requests=OVERTURNED, reviewed_at="2015-10-02T14:30:00Z"), knowledge)
    assert "Disposition: mixed (request 1 upheld; request 2 overturned; request 3 overturned)" in flat(letter)
    injection = _part(letter, 2)
    decided, recommended = injection.split("The reasoner had recommended: not supported (recommended disposition: upheld).")
    assert "Determined: overturned The reviewer decides otherwise than was recommended, because:" in decided
    assert "found met; the reasoner had found it undocumented (Chronic Pain 2009, Epidural steroid injections (ESIs), p. 46)." in decided
    assert f"Reason: {MRI.reason} Evidence seen: {MRI.evidence[0]}" in decided
    assert f"Reason: {COUNT.reason} Evidence seen: {COUNT.evidence[0]}" in decided
    assert "What follows is what it had found in the documents searched." in recommended
    assert "Why the reasoner had recommended so:" in recommended
    assert "[undocumented] No imaging or electrodiagnostic report on file" in recommended
    assert "Determined: upheld" in _part(letter, 1)
    assert "Why:" in _part(letter, 1)
    sedation = _part(letter, 3)
    assert "The reviewer does not follow the reasoner in this: “The request accompanies" in sedation
    assert "overridden for requests 2 and 3 (the reasons and the evidence seen stand above); agreed for request 1" in flat(letter)
    assert "Date: 2 October 2015, 14:30:00Z" in letter


def test_overridden_without_another_decision(imr_2015: Determination, knowledge: Knowledge) -> None:
    letter = to_signed_letter(imr_2015, made(imr_2015, requests=(FormRequest("2", "upheld", "", (MRI,)),)), knowledge)
    assert "Determined: upheld The reviewer agrees with the recommended answer, and sees the following otherwise" in _part(letter, 2)


def _skeleton(knowledge: Knowledge, number: int) -> Determination:
    case = json.loads(skeleton_case())
    case["requests"][0]["visitCount"] = number
    return determine(json.dumps(case).encode(), name="synthetic.json", knowledge=knowledge)


def test_modified(knowledge: Knowledge) -> None:
    determination = _skeleton(knowledge, 12)
    review = made(determination, UR_PHYSICIAN, requests=(FormRequest("1", "modify", "6 visits"),))
    text = flat(to_signed_letter(determination, review, knowledge))
    assert "Disposition: modified" in text
    assert "Determined: modified; approved: 6 visits The reviewer agrees with the recommended answer: supported in part." in text
    assert "Role and specialty: utilization review physician; Pain Medicine" in text
    assert "why: agreed Review " in text


def test_approved_by_somebody_who_is_no_physician(knowledge: Knowledge) -> None:
    determination = _skeleton(knowledge, 6)
    letter = to_signed_letter(determination, made(determination, NURSE), knowledge)
    text = flat(letter)
    assert "Determined: approved" in text
    assert "Review by a physician" not in text
    assert "The reviewer named here is no physician. Nothing here denies or modifies care, which only a physician may do." in text
    assert "State of licence: none stated" in text


def test_what_stays_open_is_not_determined(knowledge: Knowledge) -> None:
    determination = determine_file(VARIANTS / "gym-membership.json")
    letter = to_signed_letter(determination, made(determination), knowledge)
    assert "Determined: nothing yet; the request stays open The reviewer agrees with the recommended answer: not addressed." in _part(
        letter, 4
    )
    assert "Next step of the medical evidence search sequence" in _part(letter, 4)


def reasons(part: str) -> str:
    """Return what a letter says of a request from its first reason on."""
    _, found = re.split(r"(?:Why|Recommended by|Why the reasoner had recommended so): ", part, maxsplit=1)
    return found


@pytest.mark.parametrize("path", _cases(), ids=lambda path: path.stem)
def test_what_has_to_be_true_of_every_signed_letter(path: object, knowledge: Knowledge) -> None:
    determination = determine_file(path)  # type: ignore[arg-type]
    recommended = to_letter(determination, knowledge)
    for form in (agreeing(determination), opposing(determination)):
        review = made(determination, form)
        letter = to_signed_letter(determination, review, knowledge)
        assert max(len(line) for line in letter.splitlines()) <= WIDTH
        assert letter.splitlines()[0] == "DETERMINATION"
        text = flat(letter)
        # nothing in it calls itself a recommendation but what was one
        assert "RECOMMENDED" not in text
        assert "Recommended answer:" not in text
        assert "This is a recommendation" not in text
        assert text.count("Determined: ") == len(determination.requests)
        overridden = sum(bool(request.overrides) for request in review.requests)
        assert text.count("The reasoner had recommended: ") == overridden
        # all that the reasoner said stands in it
        for number in range(1, len(determination.requests) + 1):
            assert reasons(_part(letter, number)) == reasons(_part(recommended, number))
        for request in review.requests:
            for override in request.overrides:
                assert flat(override.reason) in text
                assert all(f"Evidence seen: {evidence}" in text for evidence in override.evidence)


def test_the_letter_without_a_review_is_the_recommended_one(imr_2015: Determination, knowledge: Knowledge) -> None:
    letter = to_letter(imr_2015, knowledge)
    made(imr_2015)
    assert to_letter(imr_2015, knowledge) == letter
    assert re.search(r"(?m)^ Name or identifier: _+$", letter)


def test_one_request_that_is_agreed_with(imr_2015: Determination, knowledge: Knowledge) -> None:
    one = replace(imr_2015, requests=imr_2015.requests[:1])
    assert "why: agreed\n" in to_signed_letter(one, made(one), knowledge)
