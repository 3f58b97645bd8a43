"""The form of a review: as JSON with its schema, from the options of the command, and what is told where it is wrong."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from reviews import (
    OVERTURNED,
    fill_upheld,
    made,
    refused,
)

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.review_form import Form, FormRequest, form_from_json, with_options
from mtus.reasoner.review_make import make_review
from mtus.reasoner.review_schema import review_schema, skeleton_review
from mtus.reasoner.trace import Determination


def test_the_skeleton_is_refused_until_it_is_filled_in(imr_2015: Determination, knowledge: Knowledge) -> None:
    text = skeleton_review(imr_2015)
    with refused("review-form", "review.json#/requests/0/decision", "The request is not decided"):
        form_from_json(text.encode(), "review.json")
    form = json.loads(text)
    assert form["determinationDigest"] == determination_digest(imr_2015)
    assert [request["recommended"] for request in form["requests"]] == ["not-supported, upheld"] * 3
    fill_upheld(form)
    jsonschema.validate(form, review_schema(knowledge))
    assert make_review(imr_2015, form_from_json(json.dumps(form).encode(), "review.json"), knowledge, "review") == made(imr_2015)


def test_the_schema_is_a_schema_and_refuses_what_the_form_refuses(imr_2015: Determination, knowledge: Knowledge) -> None:
    schema = review_schema(knowledge)
    jsonschema.Draft202012Validator.check_schema(schema)
    form = json.loads(skeleton_review(imr_2015))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(form))
    override = {"criterion": "ESI-1b.corroboration", "status": "met", "reason": "x", "evidence": ["y"]}
    request = schema["properties"]["requests"]["items"]
    jsonschema.validate({"request": "r", "decision": "overturned", "overrides": [override]}, request)
    for wrong in (override | {"status": "fine"}, override | {"reasonKind": "derivative"}, {"criterion": "x", "reason": "y"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"request": "r", "decision": "overturned", "overrides": [wrong]}, request)


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda f: f.update(signature="x"), "#/signature", "'signature' is no key of a review here"),
        (lambda f: f.update(reviewer="R-17"), "#/reviewer", "An object is expected here"),
        (lambda f: f["reviewer"].update(licenceStates="CA"), "#/reviewer/licenceStates", "A list is expected here"),
        (lambda f: f["reviewer"].update(licenceStates=[1]), "#/reviewer/licenceStates", "A list of texts is expected here"),
        (lambda f: f.update(reviewedAt=2015), "#/reviewedAt", "A text is expected here"),
        (lambda f: f["requests"].append("x"), "#/requests/3", "An object is expected here"),
        (lambda f: f["requests"][0].update(overrides=["x"]), "#/requests/0/overrides/0", "An object is expected here"),
        (lambda f: f.pop("determinationDigest"), "#/determinationDigest", "does not say which determination"),
    ],
)
def test_forms_that_are_refused(change: Callable[[Any], None], place: str, words: str, imr_2015: Determination) -> None:
    form = json.loads(skeleton_review(imr_2015))
    for request in form["requests"]:
        request["decision"] = "upheld"
    change(form)
    with refused("review-form", f"review.json{place}", words):
        form_from_json(json.dumps(form).encode(), "review.json")


def test_forms_that_are_no_json() -> None:
    with refused("syntax", "review.json, line 1, column 2"):
        form_from_json(b"{", "review.json")
    with refused("not-utf-8", "not UTF-8"):
        form_from_json(b'{"name": "\xe4"}', "review.json")


EMPTY = Form("R-17", "independent-medical-reviewer", ("CA", "TX"), ("Pain Medicine",), "2015-10-02")


def test_options_and_form_say_the_same(imr_2015: Determination, knowledge: Knowledge) -> None:
    filled = with_options(
        EMPTY,
        ["2/ESI-1b.corroboration=met: The MRI shows compression of the right L5 root.",
         "2/ESI-8b.number = met: The office states that there was none.",
         "3/derivative: The injection is found necessary, and sedation with it."],
        ["2/ESI-1b.corroboration: MRI report, 1 September 2015", "2/ESI-8b.number: letter of the office, 3 September 2015"],
        ["2=overturned", "3 = overturned"],
    )  # fmt: skip
    assert make_review(imr_2015, filled, knowledge, "review") == made(imr_2015, requests=OVERTURNED)
    modified = with_options(EMPTY, [], [], ["1=modify: 6 visits: one a week"])
    assert modified.requests == (FormRequest("1", "modify", "6 visits: one a week"),)


@pytest.mark.parametrize(
    ("overrides", "evidence", "decisions", "words"),
    [
        (["2/ESI-1b.corroboration=met"], [], [], '--override "REQUEST/CRITERION=STATUS: REASON"'),
        (["2: because"], [], [], "--override 2"),
        (["/x=met: because"], [], [], "--override"),
        (["2/x=met: because"], ["2/y: a letter"], [], "No --override names this request and criterion"),
        (["2/x=met: because"], ["a letter"], [], '--evidence "REQUEST/CRITERION: EVIDENCE"'),
        ([], [], ["overturned"], '--decide "REQUEST=DECISION'),
        ([], [], ["2="], "--decide 2="),
    ],
)
def test_options_that_are_refused(overrides: list[str], evidence: list[str], decisions: list[str], words: str) -> None:
    with refused("review-option", words):
        with_options(EMPTY, overrides, evidence, decisions)
