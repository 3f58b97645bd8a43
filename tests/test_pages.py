"""The pages for people, without a browser: valid HTML, links that lead somewhere, nothing lost, nothing that runs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from conftest import IMR_2015
from fastapi.testclient import TestClient
from pages_support import HOSTILE, Page, is_valid_html
from served import client_of, fill, is_problem, kind_of

from mtus.api.pages import POLICY
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import to_json
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.trace import Determination

FORM = "/determine.html"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("people") / "store", knowledge)) as found:
        yield found


@pytest.fixture(scope="module")
def page_2015(imr_2015: Determination) -> str:
    return f"/determinations/{local_name(imr_2015.id)}.html"


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


@pytest.mark.parametrize(
    ("url", "here", "back"),
    [
        ("/determine.html", "Determine", ""),
        ("/guideline/chronic-pain-2009/MAS-3.html", "Guidelines", "/guideline/chronic-pain-2009/massage-therapy.html"),
        ("/sparql", "Query", ""),
        ("/queries/answers-by-treatment.html", "Stored queries", "/queries"),
        ("/examples/imr-2015.html", "", "/#determinations"),
    ],
)
def test_a_page_says_where_it_is_and_how_to_go_back(url: str, here: str, back: str, client: TestClient) -> None:
    text = client.get(url, headers=BROWSER).text
    assert re.findall(r'aria-current="true">([^<]+)<', text) == ([here] if here else [])
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', text)
    assert (f'href="{back}"' in crumbs[0]) if back and crumbs else not back
    icon = re.search(r'<link rel="icon" href="(/[^"]+)"', text)
    assert icon
    assert client.get(icon[1]).headers["content-type"] == "image/svg+xml"


def test_a_determination_is_opened_by_its_case_or_its_identifier(client: TestClient, page_2015: str) -> None:
    name = page_2015.removeprefix("/determinations/").removesuffix(".html")
    for words in ("imr-2015", " imr-2015 ", name):
        opened = client.get("/", params={"find": words}, follow_redirects=False)
        assert (opened.status_code, opened.headers.get("location")) == (303, page_2015), words
    # one that was submitted and is not in the store yet is found as well
    fields = {"treatment": "MassageTherapy", "date": "2015-08-20", "name": "just-now", "step": "determine"}
    sent = client.post("/determine.html", data=fields, follow_redirects=False)
    assert client.get("/", params={"find": "just-now"}, follow_redirects=False).headers["location"] == sent.headers["location"]
    for words in ("imr-2016", "0" * 32, "two words", "../x", HOSTILE):
        missing = client.get("/", params={"find": words})
        assert missing.status_code == 404
        assert "No determination is kept that is called so" in missing.text
        assert is_valid_html(missing.text) == []
    assert "<script>" not in missing.text


def test_every_criterion_has_an_address(client: TestClient, knowledge: Knowledge) -> None:
    for criterion in knowledge.guidelines.criteria.values():
        edition, name = criterion.iri.split("/")[-2:]
        response = client.get(f"/guideline/{edition}/{name}.html", follow_redirects=False)
        assert response.status_code == 308
        assert response.headers["location"] == f"/guideline/{edition}/{local_name(criterion.provision)}.html#{name}"


@pytest.mark.parametrize("url", ["/guideline/x.html", "/guideline/chronic-pain-2009/x.html", "/examples/x.html", "/determinations/x.html",
                                 "/queries/x.html", "/determinations/x/review.html",
                                 f"/determinations/{'0' * 32}.html"])  # fmt: skip
def test_what_is_not_there_is_said_on_a_page(url: str, client: TestClient) -> None:
    response = client.get(url)
    assert (response.status_code, kind_of(response)) == (404, "text/html")
    assert "There is no" in response.text
    assert is_valid_html(response.text) == []


def test_a_browser_that_is_lost_gets_a_page_with_a_way_on(client: TestClient) -> None:
    found = client.get("/no/such/page", headers=BROWSER)
    assert (found.status_code, kind_of(found)) == (404, "text/html")
    assert "There is nothing here" in found.text
    assert is_valid_html(found.text) == []
    assert all(client.get(link).status_code == 200 for link in Page(found.text).links if link.startswith("/"))
    assert found.headers["content-security-policy"] == POLICY
    no_form = client.get("/determinations/x.pdf", headers=BROWSER)
    assert (no_form.status_code, kind_of(no_form)) == (404, "text/html")
    gone = client.post("/determinations/x/review.html", headers={**BROWSER, "Content-Type": "application/x-www-form-urlencoded"})
    assert (gone.status_code, kind_of(gone)) == (404, "text/html")
    assert client.put("/guideline.html", headers=BROWSER).headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("url", ["/", "/determine.html", "/guideline.html"])
def test_a_page_answers_head_as_get_without_the_page(url: str, client: TestClient) -> None:
    found = client.head(url)
    assert (found.status_code, found.content) == (200, b"")
    assert found.headers["content-type"] == client.get(url).headers["content-type"]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/problem+json", "text/html;q=0.5, application/json"])
def test_a_program_that_is_lost_gets_problem_details(accept: str, client: TestClient) -> None:
    is_problem(client.get("/no/such/page", headers={"Accept": accept}), 404, "not-found")


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


def found(client: TestClient, words: str) -> Page:
    response = client.get("/guideline.html", params={"find": words})
    assert response.status_code == 200
    assert is_valid_html(response.text) == []
    return Page(response.text)


def test_words_are_found_in_the_guideline(client: TestClient) -> None:
    provision = "/guideline/chronic-pain-2009/MAS-3.html"
    for words in ("mas-3", "Four SIX visits", "MAS-3.visits", "massage together received"):
        assert provision in found(client, words).links, words
    assert "/guideline/chronic-pain-2009/opioids.html" in found(client, "opioids").links
    assert provision not in found(client, "visits fluoroscopy").links
    assert "Nothing has all of these words" in found(client, "xyzzy").text
    assert "And " in found(client, "e").text
    assert "Found" not in found(client, "  ").text
    assert "<script>" not in found(client, HOSTILE).text


def test_an_edition_says_which_dates_select_it(client: TestClient) -> None:
    assert "selected by the date of request and by the date of service." in client.get("/guideline/chronic-pain-2009.html").text


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
