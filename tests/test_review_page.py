"""The form of a review on a page: a physician signs or decides otherwise, others may not, and nothing that was entered is lost."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pages_support import Page, fields_of, is_valid_html
from served import client_of, fill, is_problem

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Determination

PHYSICIAN = {"name": ["R-17"], "role": ["independent-medical-reviewer"], "licence-states": ["CA, TX"], "specialties": ["Pain Medicine"],
             "reviewed-at": ["2015-10-02"]}  # fmt: skip
OTHERWISE = {
    "2/decision": ["overturned"],
    "2/ESI-1b.corroboration/status": ["met"],
    "2/ESI-1b.corroboration/reason": ["The MRI shows <b>compression</b>."],
    "2/ESI-1b.corroboration/evidence": ["MRI report, 1 September 2015"],
    "2/ESI-8b.number/status": ["met"],
    "2/ESI-8b.number/reason": ["There was none."],
    "2/ESI-8b.number/evidence": ["letter of the office, 3 September 2015"],
    "3/decision": ["overturned"],
    "3/derivative/reason": ["The injection is found necessary, and sedation with it."],
}


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("signing") / "store", knowledge)) as found:
        yield found


@pytest.fixture
def base(imr_2015: Determination) -> str:
    return f"/determinations/{local_name(imr_2015.id)}"


def sign(client: TestClient, base: str, fields: dict[str, list[str]]) -> Any:
    return client.post(f"{base}/review.html", data=fields, follow_redirects=False)


def test_a_physician_agrees(client: TestClient, base: str) -> None:
    form = client.get(f"{base}/review.html")
    page = Page(form.text)
    assert is_valid_html(form.text) == []
    assert (page.inline, page.unlabelled) == ([], [])
    assert len(page.ids) == len(set(page.ids))
    assert sign(client, base, PHYSICIAN).headers["location"] == f"{base}.html#review"
    shown = client.get(f"{base}.html").text
    assert "Signed by R-17, 2015-10-02" in shown
    assert shown.index('<a href="#review">agreed, signed by R-17, 2015-10-02</a>') < shown.index("At a glance")
    assert is_valid_html(shown) == []
    (review,) = client.get(f"{base}/review").json()["reviews"]
    assert [one["decision"] for one in review["requests"]] == ["upheld"] * 3
    assert review["reviewer"]["licenceStates"] == ["CA", "TX"]


def test_a_physician_decides_otherwise(client: TestClient, base: str) -> None:
    assert sign(client, base, {**PHYSICIAN, **OTHERWISE}).status_code == 303
    (review,) = client.get(f"{base}/review").json()["reviews"]
    assert [one["decision"] for one in review["requests"]] == ["upheld", "overturned", "overturned"]
    shown = client.get(f"{base}.html").text
    assert "ESI-1b.corroboration: undocumented → met." in shown
    assert "<b>compression" not in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": ["non-physician-reviewer"]}, "physician"),
        ({"name": [""]}, "name"),
        ({"reviewed-at": ["2015-08-01"]}, "document"),
        ({"2/decision": ["overturned"]}, "ESI-1b.corroboration"),
        ({**OTHERWISE, "2/ESI-8b.number/evidence": ["<b>seen</b>"], "2/ESI-8b.number/reason": [""]}, "reason"),
        ({"1/other": ["G-10.scope"], "1/other/status": ["contradicted"]}, "reason"),
    ],
)
def test_what_cannot_be_signed(changes: dict[str, list[str]], words: str, client: TestClient, base: str) -> None:
    fields = {**PHYSICIAN, **changes}
    response = sign(client, base, fields)
    assert response.status_code == 422
    alert = response.text.partition('role="alert"')[2].partition("</div>")[0]
    assert words in unescape(alert)
    assert fields_of(Page(response.text)) == {name: values for name, values in fields.items() if values != [""]}
    assert client.get(f"{base}/review").json() == {"reviews": []}


@pytest.mark.parametrize(
    ("changes", "field", "label"),
    [
        ({"name": [""]}, "name", "Name or identifier"),
        ({"role": [""]}, "role", "Role"),
        ({"licence-states": ["Cal"]}, "licence-states", "States of licence"),
        ({"specialties": [""]}, "specialties", "Specialties"),
        ({"reviewed-at": [""]}, "reviewed-at", "Date of the review"),
        ({"reviewed-at": ["2015-08-01"]}, "reviewed-at", "Date of the review"),
        ({"2/decision": ["overturned"]}, "2/decision", "2. Lumbar epidural steroid injection, L4-L5, with fluoroscopy"),
    ],
)
def test_what_is_wrong_leads_to_its_field(changes: dict[str, list[str]], field: str, label: str, client: TestClient, base: str) -> None:
    text = sign(client, base, {**PHYSICIAN, **changes}).text
    assert is_valid_html(text) == []
    alert = unescape(text.partition('role="alert"')[2].partition("</div>")[0])
    assert re.findall(r'<a href="#([^"]+)">([^<]+)</a>', alert)[0] == (field, label)
    (control,) = [a for _, a in Page(text).elements if a.get("id") == field]
    assert control["aria-invalid"] == "true"
    assert f"{field}-error" in control["aria-describedby"].split()
    # what is said to people on a page names no file of ours
    assert ".ttl" not in alert
    assert "form," not in alert


def test_who_chose_no_role_is_told_that_alone(client: TestClient, base: str) -> None:
    text = sign(client, base, {**PHYSICIAN, "role": [""]}).text
    assert "Choose it." in text
    assert text.partition('role="alert"')[2].partition("</div>")[0].count("<li>") == 1


def test_reviews_of_nothing_and_from_elsewhere(client: TestClient, base: str) -> None:
    assert client.get(f"/determinations/{'0' * 32}/review.html").status_code == 404
    is_problem(sign(client, f"/determinations/{'0' * 32}", PHYSICIAN), 404, "no-determination")
    is_problem(client.post(f"{base}/review.html", data=PHYSICIAN, headers={"Sec-Fetch-Site": "same-site"}), 403, "foreign-page")
