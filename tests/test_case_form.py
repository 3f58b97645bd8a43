"""The case form, without a browser: its questions, its errors beside their fields, nothing lost, nothing kept that was only looked at."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from pages_support import CASE_OF_2015, HOSTILE, Page, fields_of, is_valid_html
from served import client_of, fill, is_problem, kind_of

from mtus.reasoner.knowledge import Knowledge

FORM = "/determine.html"
RESULT = "/determine/result"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("people") / "store", knowledge)) as found:
        yield found


def post(client: TestClient, fields: dict[str, list[str]], step: str = "determine", url: str = FORM) -> Any:
    return client.post(url, data={**fields, "step": step}, follow_redirects=False)


def with_field(name: str, *values: str) -> dict[str, list[str]]:
    return {**CASE_OF_2015, name: list(values)}


def error_beside(text: str, words: str) -> str:
    """Return the id of the control that the error with these words belongs to; fail where there is none."""
    page = Page(text)
    for message in re.findall(r'<span class="error" id="([\w-]+)">([^<]*)</span>', text):
        if words in message[1]:
            described = [a for _, a in page.elements if message[0] in a.get("aria-describedby", "").split()]
            assert described, f"nothing is described by {message[0]}"
            assert all(a.get("aria-invalid") == "true" for a in described)
            return described[0]["id"]
    raise AssertionError(f"no error beside a field says {words!r}")


def test_the_form_asks_what_the_checklist_asks(client: TestClient) -> None:
    assert 'name="step" value="determine"' not in client.get(FORM).text
    url = f"{FORM}?{urlencode({'treatment': ['MassageTherapy', 'Sedation'], 'date': '2015-08-20'}, doseq=True)}"
    page = Page(client.get(url).text)
    names = {a.get("name") for tag, a in page.elements if tag in ("input", "select")}
    assert {"MassageTherapy/MAS-3.visits.on-file/visitCount", "MassageTherapy/MAS-2.adjunct.on-file/hasCourseStatus"} < names
    assert page.all("button")[-1]["value"] == "determine"


def test_the_case_of_2015_is_determined_as_in_2015(client: TestClient) -> None:
    kept = post(client, CASE_OF_2015)
    assert kept.status_code == 303, kept.text
    location = kept.headers["location"]
    assert post(client, CASE_OF_2015).headers["location"] == location, "the same answers are the same case"
    found = client.get(location.replace(".html", ".json")).json()
    reasons = {r["label"]: (r["answer"], {x["reasonKind"] for x in r["reasons"]}) for r in found["requests"]}
    assert reasons["massage therapy"] == ("not-supported", {"contradicted", "undocumented"})
    assert reasons["epidural steroid injection"] == ("not-supported", {"undocumented"})
    assert reasons["sedation"] == ("not-supported", {"derivative"})
    assert "Low back pain, as the form has it" in client.get(location).text
    assert location in client.get("/").text


def test_nothing_that_was_entered_is_lost(client: TestClient) -> None:
    fields = {**CASE_OF_2015, "MassageTherapy/MAS-3.visits.on-file/visitCount": ["twelve"], "synthetic": ["yes"], "name": ["no good name"],
              "Sedation/isDerivativeOf/isDerivativeOf": ["Nothing"], "HeatTherapy/HOT-1.x/y": ["kept"]}  # fmt: skip
    response = post(client, fields)
    assert response.status_code == 422
    assert fields_of(Page(response.text)) == fields
    assert is_valid_html(response.text) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("date", "2015-02-30", "This is no date."),
        ("date", "", "Neither the date of the request nor an edition is given"),
        ("date", "1999-01-01", "no edition that is known here was in force"),
        ("MassageTherapy/MAS-3.visits.on-file/visitCount", "12 or so", "takes a whole number"),
        ("EpiduralSteroidInjection/ESI-1b.corroboration.on-file/atLevel", "L9", "is no option of question"),
        ("case/ProgressReport/documentDate", "2015-02-30", "takes a date"),
        ("case/ProgressReport/documentDate", "", "without one to"),
        ("name", "Jane Doe", "and no spaces"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(name: str, value: str, words: str, client: TestClient) -> None:
    response = post(client, with_field(name, value))
    assert response.status_code == 422
    control = error_beside(response.text, words)
    (named,) = {a.get("name", a["id"]) for _, a in Page(response.text).elements if a.get("id") == control}
    assert named in (name, control)
    assert 'role="alert"' in response.text
    assert f'href="#{control}"' in response.text


def test_no_treatment(client: TestClient) -> None:
    response = post(client, {"date": ["2015-08-20"]})
    assert response.status_code == 422
    assert error_beside(response.text, "No treatment is named.") == "treatment"
    unknown = post(client, {"date": ["2015-08-20"], "treatment": ["Leeches"]})
    assert error_beside(unknown.text, "No treatment of the ontology is called so.") == "treatment"


def test_answers_that_cannot_be_put_on_file_are_told_first(client: TestClient) -> None:
    fields = {**CASE_OF_2015, "EpiduralSteroidInjection/ESI-1b.corroboration.on-file/documented": ["no"]}
    response = post(client, fields)
    assert response.status_code == 422
    error_beside(response.text, "MRI report: date of document")
    assert 'name="leave-out"' in response.text
    assert post(client, {**fields, "leave-out": ["yes"]}).status_code == 303


def test_the_same_reference_with_other_answers_is_refused(client: TestClient) -> None:
    assert post(client, with_field("name", "case-17")).status_code == 303
    other = {**with_field("name", "case-17"), "MassageTherapy/MAS-3.visits.on-file/visitCount": ["6"]}
    response = post(client, other)
    assert response.status_code == 409
    assert fields_of(Page(response.text)) == other


def test_picking_another_treatment_keeps_the_answers(client: TestClient) -> None:
    fields = {**CASE_OF_2015, "treatment": ["ChiropracticManipulation", *CASE_OF_2015["treatment"]]}
    response = post(client, fields, step="questions")
    kept = fields_of(Page(response.text))
    assert response.status_code == 200
    assert {name: kept[name] for name in CASE_OF_2015 if "/" in name and "G-10" not in name} == {
        name: value for name, value in CASE_OF_2015.items() if "/" in name and "G-10" not in name
    }
    # the phase is asked for the first request, so that answer waits
    assert kept["EpiduralSteroidInjection/G-10.scope.on-file/hasPhase"] == ["chronicPhase"]


def test_the_result_beside_the_form(client: TestClient) -> None:
    shown = post(client, CASE_OF_2015, url=RESULT)
    assert (shown.status_code, kind_of(shown)) == (200, "text/html")
    assert shown.text.count('class="card not-supported"') == 3
    assert "<html" not in shown.text
    part = {**CASE_OF_2015, "case/ProgressReport/documentDate": [""]}
    assert "Not on file yet: the answers to" in post(client, part, url=RESULT).text
    wrong = post(client, with_field("MassageTherapy/MAS-3.visits.on-file/visitCount", "x"), url=RESULT).text
    assert "takes a whole number" in wrong
    # what is wrong leads to its field on the page around it
    around = Page(post(client, with_field("MassageTherapy/MAS-3.visits.on-file/visitCount", "x")).text)
    assert {link.lstrip("#") for link in Page(wrong).links if link != "#result-title"} <= set(around.ids)


def test_the_result_in_a_line(client: TestClient) -> None:
    assert ">3 requests: 3 not supported</a>" in post(client, CASE_OF_2015, url=RESULT).text
    part = {**CASE_OF_2015, "case/ProgressReport/documentDate": [""]}
    text = post(client, part, url=RESULT).text
    assert "; some answers do not count yet</a>" in text
    assert text.index("Not on file yet") < text.index('<ol class="cards')


def test_choices_are_in_the_order_in_which_people_count(client: TestClient) -> None:
    text = client.get(FORM, params={"treatment": "EpiduralSteroidInjection", "date": "2015-08-20"}).text
    levels = re.findall(r'atLevel" value="[^"]+"> ([CLT]\d+-[A-Z]\d+)', text)
    assert levels[:2] == ["C2-C3", "C3-C4"]
    assert levels.index("T2-T3") < levels.index("T9-T10") < levels.index("T10-T11") < levels.index("T12-L1")


def test_what_the_mark_of_a_question_means_is_said_in_words(client: TestClient) -> None:
    asked = client.get(FORM, params={"treatment": "MassageTherapy", "date": "2015-08-20"}).text
    assert asked.index("without an answer the request is not supported") < asked.index("<abbr title=")


def test_nothing_is_kept_for_the_result_beside_the_form(client: TestClient) -> None:
    before = client.get("/").text
    post(client, with_field("name", "only-looked-at"), url=RESULT)
    assert client.get("/").text == before


@pytest.mark.parametrize("url", [FORM, RESULT])
def test_forms_of_other_sites_and_other_bodies_are_refused(url: str, client: TestClient) -> None:
    is_problem(client.post(url, data=CASE_OF_2015, headers={"Sec-Fetch-Site": "cross-site"}), 403, "foreign-page")
    is_problem(client.post(url, json={}), 415, "unsupported-media-type")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    is_problem(client.post(url, content=b"date=%ff", headers=form), 400, "unreadable-form")
    is_problem(client.post(url, content=b"a=1&" * 4000, headers=form), 400, "unreadable-form")
    is_problem(client.post(url, content=b"\xff=1", headers=form), 400, "unreadable-form")


def test_hostile_words_in_the_form_stay_words(client: TestClient) -> None:
    for name in ("label", "name", "date", "treatment", "MassageTherapy/MAS-3.visits.on-file/visitCount", f"x/{HOSTILE}",
                 "EpiduralSteroidInjection/ESI-0.radicular-pain.on-file/documented"):  # fmt: skip
        for url in (FORM, RESULT):
            response = post(client, with_field(name, HOSTILE), url=url)
            text = client.get(response.headers["location"]).text if response.status_code == 303 else response.text
            page = Page(text)
            assert (page.all("img"), page.inline) == ([], []), (name, url)
