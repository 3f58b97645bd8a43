"""The pages in a real browser: Chromium of the system, without a window. Skipped, with the reason, where there is none."""

import csv
import re
import time
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser_support import FORM, NEEDS_CHROMIUM, PATIENCE, Tab, enter

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.trace import Determination

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = NEEDS_CHROMIUM


def test_the_case_of_2015_by_form_its_trace_and_its_letter(tab: Tab, address: str, knowledge: Knowledge, tmp_path: Path) -> None:
    page = tab.page
    page.goto("/")
    page.get_by_role("link", name="Determine a case").click()
    page.get_by_label("epidural steroid injection", exact=True).check()
    page.get_by_label("massage therapy", exact=True).check()
    page.get_by_text("Other treatments", exact=True).click()
    page.get_by_label("sedation", exact=True).check()
    page.get_by_label("Date of the request").fill("2015-08-20")
    page.get_by_role("button", name="Show the questions").click()
    enter(page)
    # the result stands beside the form as one types
    playwright.expect(page.locator("#result .card.not-supported")).to_have_count(3, timeout=PATIENCE)
    page.get_by_role("button", name="Determine and keep").click()
    page.wait_for_url(re.compile(r"/determinations/[0-9a-f]{32}\.html"))
    assert page.locator(".card .answer").all_inner_texts() == ["not supported"] * 3

    fact = page.locator(".tree li", has_text="Fact: visits requested: 12").last
    assert not fact.is_visible()
    page.locator(".tree summary", has_text="the visits asked for, together with").first.click()
    assert fact.is_visible()
    assert fact.get_by_role("link").first.get_attribute("href") == "#document-request-for-authorization"

    with page.expect_download() as started:
        page.get_by_role("link", name="Letter", exact=True).last.click()
    saved = tmp_path / started.value.suggested_filename
    started.value.save_as(saved)
    kept = httpx.get(page.url.replace(".html", ".json")).json()
    again = determine(kept["statedFacts"].encode(), syntax="n-quads", knowledge=knowledge)
    assert saved.read_text("utf-8") == to_letter(again, knowledge)
    assert saved.suffix == ".txt"

    page.get_by_role("link", name="MAS-3", exact=True).first.click()
    assert page.locator("h1").inner_text() == "Provision MAS-3"


def test_the_form_works_without_scripts(browser: Any, address: str) -> None:
    tab = Tab(browser, address, java_script_enabled=False)
    page = tab.page
    page.goto(FORM)
    enter(page)
    page.get_by_label("Progress report: date of document").fill("2015-02-30")
    page.get_by_role("button", name="Determine and keep").click()
    assert "takes a date" in page.locator("#q2-error").inner_text()
    assert page.get_by_label("Visits requested").input_value() == "12"
    page.get_by_label("Progress report: date of document").fill("2015-08-18")
    page.get_by_label("Title").fill("Without scripts")
    page.get_by_role("button", name="Determine and keep").click()
    page.wait_for_url(re.compile(r"/determinations/[0-9a-f]{32}\.html"))
    assert page.locator(".card .answer").all_inner_texts() == ["not supported"] * 3
    tab.context.close()


def test_ways_to_change_an_answer_are_told_apart_while_closed(tab: Tab) -> None:
    page = tab.page
    page.goto("/examples/imr-2015.html")
    ways = page.locator("section[aria-labelledby=changes] ol").first.locator("> li > details > summary").all_inner_texts()
    assert len(set(ways)) == len(ways) > 3


def test_a_query_and_its_csv(tab: Tab, address: str) -> None:
    # what other tests submitted would come in between the question of the page and ours
    deadline = time.monotonic() + 120
    while httpx.get(f"{address}/healthz", timeout=10).json()["waiting"]:
        assert time.monotonic() < deadline, "what was submitted is not shown"
        time.sleep(0.1)
    page = tab.page
    page.goto("/sparql")
    page.locator("a.example[data-name='answers-by-treatment']").click()
    page.locator("#results table tbody tr").first.wait_for()
    page.get_by_role("button", name="CSV").click()
    shown = page.locator(".csv-plugin pre").inner_text()
    served = httpx.get(f"{address}/queries/answers-by-treatment.csv").text
    rows = list(csv.reader(StringIO(served)))
    assert len(rows) > 3
    assert list(csv.reader(StringIO(shown))) == rows
    with page.expect_download() as started:
        page.get_by_role("link", name="Save as a file").click()
    assert list(csv.reader(StringIO(started.value.path().read_text("utf-8")))) == rows


def test_a_physician_signs(tab: Tab, imr_2015: Determination) -> None:
    page = tab.page
    page.goto(f"/determinations/{local_name(imr_2015.id)}.html")
    page.get_by_role("link", name="Review it here").click()
    page.get_by_label("Name or identifier").fill("R-17")
    page.get_by_label("Role").select_option("independent-medical-reviewer")
    page.get_by_label("States of licence").fill("CA")
    page.get_by_label("Specialties").fill("Pain Medicine")
    page.get_by_label("Date of the review").fill("2015-10-02")
    page.get_by_role("button", name="Sign the review").click()
    page.get_by_role("heading", name="Signed by R-17, 2015-10-02").wait_for()


def test_hostile_words_do_not_run(tab: Tab, imr_2015: Determination) -> None:
    page = tab.page
    page.goto(FORM)
    page.get_by_label("Title").fill("<img src=x onerror=alert(1)><script>alert(2)</script>")
    page.get_by_label("Reference of the case").fill("hostile")
    page.get_by_label("Visits requested").fill("<img src=x onerror=alert(3)>")
    page.locator("#result", has_text="onerror").wait_for()
    page.get_by_label("Visits requested").fill("4")
    page.get_by_role("button", name="Determine and keep").click()
    page.wait_for_url(re.compile(r"/determinations/"))
    assert "<img src=x onerror=alert(1)>" in page.locator(".lead").inner_text()
    assert page.locator("main img").count() == 0
    assert local_name(imr_2015.id) not in page.url
