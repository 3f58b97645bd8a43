"""The pages for people, without a browser: valid HTML, links that lead somewhere, nothing lost, nothing that runs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlencode, urljoin

import pytest
from conftest import IMR_2015
from fastapi.testclient import TestClient
from pages_support import CASE_OF_2015, Page, fields_of, is_valid_html
from served import client_of, fill, is_problem, kind_of

from mtus.api.pages import POLICY
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import to_json
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.trace import Determination

FORM = "/determine.html"
RESULT = "/determine/result"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("people") / "store", knowledge)) as found:
        yield found


@pytest.fixture(scope="module")
def page_2015(imr_2015: Determination) -> str:
    return f"/determinations/{local_name(imr_2015.id)}.html"


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


# Every page


def walk(client: TestClient, start: str) -> dict[str, Page | None]:
    """Return all pages that can be reached from ``start``; the query pages have tests of their own, and of the examples two will do."""
    seen: dict[str, Page | None] = {}
    agenda, examples = [start], 0
    while agenda:
        url = urldefrag(agenda.pop())[0]
        if url in seen or url.startswith(("/queries", "/sparql", "/static")):
            continue
        if url.startswith("/examples/"):
            examples += 1
            if examples > 2:
                continue
        response = client.get(url)
        assert response.status_code == 200, url
        page = seen[url] = Page(response.text) if kind_of(response) == "text/html" else None
        if page:
            assert response.headers["content-security-policy"] == POLICY, url
            agenda += [urljoin(url, link) for link in page.links]
    return seen


@pytest.fixture(scope="module")
def everything(client: TestClient) -> dict[str, Page | None]:
    return walk(client, "/")


def test_all_that_is_encoded_is_reached_from_the_start(everything: dict[str, Page | None], knowledge: Knowledge, page_2015: str) -> None:
    guidelines = knowledge.guidelines
    for iri in (*guidelines.sections, *guidelines.provisions):
        edition, name = iri.split("/")[-2:]
        assert f"/guideline/{edition}/{name}.html" in everything
    assert {"/guideline.html", FORM, page_2015} < everything.keys()
    assert page_2015.replace(".html", ".trig") in everything


def test_links_within_pages_lead_somewhere(everything: dict[str, Page | None]) -> None:
    for url, page in everything.items():
        for link in page.links if page else ():
            address, place = urldefrag(urljoin(url, link))
            there = everything.get(address)
            if place and there:
                assert place in there.ids, f"{url} links to {link}"


def test_pages_are_valid_html_with_landmarks_and_labels(everything: dict[str, Page | None]) -> None:
    for url, page in everything.items():
        if page:
            assert is_valid_html(page.text) == [], url
            assert page.inline == [], url
            assert len(page.ids) == len(set(page.ids)), url
            assert page.unlabelled == [], url
            assert [a["lang"] for a in page.all("html")] == ["en"]
            assert len(page.all("main")) == len(page.all("h1")) == len(page.all("header")) == 1, url
            assert any(a.get("name") == "viewport" for a in page.all("meta"))
            assert all(a.get("src", "/").startswith("/static/") for a in page.all("script"))


def test_every_criterion_has_an_address(client: TestClient, knowledge: Knowledge) -> None:
    for criterion in knowledge.guidelines.criteria.values():
        edition, name = criterion.iri.split("/")[-2:]
        response = client.get(f"/guideline/{edition}/{name}.html", follow_redirects=False)
        assert response.status_code == 308
        assert response.headers["location"] == f"/guideline/{edition}/{local_name(criterion.provision)}.html#{name}"


@pytest.mark.parametrize("url", ["/guideline/x.html", "/guideline/chronic-pain-2009/x.html", "/examples/x.html", "/determinations/x.html",
                                 f"/determinations/{'0' * 32}.html"])  # fmt: skip
def test_what_is_not_there_is_said_on_a_page(url: str, client: TestClient) -> None:
    response = client.get(url)
    assert (response.status_code, kind_of(response)) == (404, "text/html")
    assert "There is no" in response.text
    assert is_valid_html(response.text) == []


def test_names_in_addresses_stay_text(client: TestClient) -> None:
    response = client.get("/guideline/chronic-pain-2009/%3Cscript%3Ealert(1)%3C%2Fscript%3E.html")
    assert response.status_code == 404
    assert "<script>alert" not in client.get("/examples/%3Cscript%3Ealert(1).html").text


# The guideline browser


def test_a_provision_shows_confidence_source_criteria_and_examples(client: TestClient) -> None:
    text = client.get("/guideline/chronic-pain-2009/MAS-3.html").text
    for expected in ("Four to six visits are the limit in most cases.", "confirmed", "MAS-3.visits", "MAS-4.reason-for-more",
                     "six visits for one course of treatment", "/examples/imr-2015.html#request-1"):  # fmt: skip
        assert expected in text


def test_what_is_not_encoded_says_why(client: TestClient, knowledge: Knowledge) -> None:
    section = next(s for s in knowledge.guidelines.sections.values() if not s.is_encoded)
    assert section.not_encoded_because in client.get(f"/guideline/{'/'.join(section.iri.split('/')[-2:])}.html").text
    later = next(e for e in knowledge.guidelines.editions.values() if not e.is_encoded)
    assert "Its provisions are not encoded" in client.get(f"/guideline/{later.iri.split('/')[-2]}.html").text


def test_coverage_counts_what_the_knowledge_holds(client: TestClient, knowledge: Knowledge) -> None:
    row = re.search(r'<th scope="row">All</th><td></td>(.*?)</tr>', client.get("/guideline/chronic-pain-2009.html").text)
    assert row is not None
    provisions = knowledge.guidelines.provisions.values()
    expected = [len(provisions), sum(not p.not_encoded_because for p in provisions), len(knowledge.guidelines.criteria)]
    assert [int(n) for n in re.findall(r">(\d+)<", row[1])] == expected


# A determination


def test_the_page_of_a_determination_says_all_of_it(
    client: TestClient, page_2015: str, imr_2015: Determination, knowledge: Knowledge
) -> None:
    text = client.get(page_2015).text
    page = Page(text)
    assert [a["class"] for a in page.all("li") if a.get("class", "").startswith("card")] == ["card not-supported"] * 3
    assert len(page.all("svg")) == len(imr_2015.requests)
    assert len(page.all("summary")) > 40
    for expected in ("And 3 more reasons.", "Only a physician may deny or modify care", "Needed in any case:", "accompanies (G-13)",
                     "The file does not say how many visits of massage have been received so far."):  # fmt: skip
        assert expected in text
    letter = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert letter is not None
    assert letter[1].replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&") == to_letter(imr_2015, knowledge).rstrip("\n") + "\n"
    assert "/guideline/chronic-pain-2009/MAS-3.html" in page.links
    assert "#document-note" in page.links


FILES = {
    ".txt": "text/plain",
    ".changes.txt": "text/plain",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".ttl": "text/turtle",
    ".trig": "application/trig",
    ".review.json": "application/json",
    ".request-1.svg": "image/svg+xml",
}


@pytest.mark.parametrize("suffix", FILES)
def test_each_file_of_a_determination(suffix: str, client: TestClient, page_2015: str) -> None:
    response = client.get(page_2015.replace(".html", suffix))
    assert (response.status_code, kind_of(response)) == (200, FILES[suffix])
    assert response.content


def test_files_are_what_the_command_line_gives(client: TestClient, page_2015: str, imr_2015: Determination, knowledge: Knowledge) -> None:
    letter = client.get(page_2015.replace(".html", ".txt"))
    assert letter.text == to_letter(imr_2015, knowledge)
    assert "attachment" in letter.headers["content-disposition"]
    assert client.get(page_2015.replace(".html", ".json")).json() == json.loads(to_json(imr_2015))
    form = client.get(page_2015.replace(".html", ".review.json")).json()
    assert form["determination"] == imr_2015.id


def test_forms_that_there_are_not(client: TestClient, page_2015: str) -> None:
    is_problem(client.get(page_2015.replace(".html", ".pdf")), 404, "no-form")
    is_problem(client.get(page_2015.replace(".html", ".request-9.svg")), 404, "no-form")
    is_problem(client.get(f"/determinations/{'0' * 32}.json"), 404, "no-determination")


# The case form


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
    assert "takes a whole number" in post(client, with_field("MassageTherapy/MAS-3.visits.on-file/visitCount", "x"), url=RESULT).text


def test_nothing_is_kept_for_the_result_beside_the_form(client: TestClient) -> None:
    before = client.get("/").text
    post(client, with_field("name", "only-looked-at"), url=RESULT)
    assert client.get("/").text == before


@pytest.mark.parametrize("url", [FORM, RESULT])
def test_forms_of_other_sites_and_other_bodies_are_refused(url: str, client: TestClient) -> None:
    is_problem(client.post(url, data=CASE_OF_2015, headers={"Sec-Fetch-Site": "cross-site"}), 403, "other-site")
    is_problem(client.post(url, json={}), 415, "unsupported-media-type")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    is_problem(client.post(url, content=b"date=%ff", headers=form), 400, "unreadable-form")
    is_problem(client.post(url, content=b"a=1&" * 4000, headers=form), 400, "unreadable-form")
    is_problem(client.post(url, content=b"\xff=1", headers=form), 400, "unreadable-form")


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_hostile_words_in_a_case_stay_words(tmp_path: Path, knowledge: Knowledge) -> None:
    content = (IMR_2015 / "case.json").read_text()
    for words in ("Massage therapy, 12 sessions", "progress note", "replacement TENS unit", "Low back pain, injury of 2000", "complaints"):
        content = content.replace(f'"{words}', f'"{json.dumps(HOSTILE)[1:-1]}{words}')
    from mtus.api.determination_page import determination_page

    determination = determine(content.encode(), knowledge=knowledge)
    text = bytes(determination_page(determination, knowledge).body).decode()
    page = Page(text)
    assert "&lt;script&gt;alert(1)" in text
    assert page.inline == []
    assert page.all("img") == []
    assert [a["src"] for a in page.all("script")] == []
    assert is_valid_html(text) == []


def test_hostile_words_in_the_form_stay_words(client: TestClient) -> None:
    for name in ("label", "name", "date", "treatment", "MassageTherapy/MAS-3.visits.on-file/visitCount", f"x/{HOSTILE}",
                 "EpiduralSteroidInjection/ESI-0.radicular-pain.on-file/documented"):  # fmt: skip
        for url in (FORM, RESULT):
            response = post(client, with_field(name, HOSTILE), url=url)
            text = client.get(response.headers["location"]).text if response.status_code == 303 else response.text
            page = Page(text)
            assert (page.all("img"), page.inline) == ([], []), (name, url)
