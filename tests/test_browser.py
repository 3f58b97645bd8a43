"""The pages in a real browser: Chromium of the system, without a window. Skipped, with the reason, where there is none."""

import csv
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pages_support import CASE_OF_2015
from served import fill

from mtus.api.main import create_app
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.trace import Determination

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = os.environ.get("MTUS_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path; Debian's package is called chromium")
# A browser starts slowly on a machine that has other things to do.
PATIENCE = 30_000
PHONE = {"width": 390, "height": 844}
FORM = "/determine.html?treatment=EpiduralSteroidInjection&treatment=MassageTherapy&treatment=Sedation&date=2015-08-20"
PAGES = (
    "/",
    FORM,
    "/guideline.html",
    "/guideline/chronic-pain-2009.html",
    "/guideline/chronic-pain-2009/massage-therapy.html",
    "/guideline/chronic-pain-2009/MAN-2.html",
    "/examples/imr-2015.html",
    "/determinations/{name}.html",
    "/determinations/{name}/review.html",
    "/queries",
    "/queries/answers-by-treatment.html",
    "/sparql",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[str]:
    app = create_app(str(fill(tmp_path_factory.mktemp("browser") / "store", knowledge)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + 60
    while not server.started and time.monotonic() < end:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        # a browser that root starts, as in a container, has no sandbox; it opens nothing but this service
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        found = started.chromium.launch(executable_path=CHROMIUM, args=arguments, timeout=2 * PATIENCE)
        yield found
        found.close()


class Tab:
    """A page in the browser, and what went wrong on it."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.context = browser.new_context(base_url=address, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def has_no_horizontal_scroll(self) -> bool:
        """Return whether the page is no wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator[Tab]:
    found = Tab(browser, address)
    yield found
    assert found.wrong == []
    assert all(url.startswith((address, "data:", "blob:")) for url in found.asked), found.asked
    found.context.close()


def enter(page: Any) -> None:
    """Enter the case of 2015 in the form that is open, as a person would: what is closed is opened first."""
    for name, values in CASE_OF_2015.items():
        if name in ("treatment", "date"):
            continue
        control = page.locator(f'[name="{name}"]')
        for closed in page.locator("details:not([open])").filter(has=control).all():
            closed.locator("> summary").click()
        kind = control.first.evaluate("e => e.type")
        for value in values:
            if kind == "checkbox":
                page.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "select-one":
                control.select_option(value)
            else:
                control.fill(value)


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


def test_keyboard_alone_opens_the_trace(tab: Tab) -> None:
    page = tab.page
    page.goto("/examples/imr-2015.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    closed = page.locator(".tree details:not([open]) > summary").first
    words = closed.inner_text()
    closed.focus()
    page.keyboard.press("Enter")
    assert page.locator(".tree details[open] > summary", has_text=words).first.is_visible()


def focused(page: Any) -> str:
    """Return the name of the control that has the focus."""
    return str(page.evaluate("(e => e.getAttribute('aria-label') || e.innerText)(document.activeElement)"))


def test_the_keyboard_leaves_the_query_editor_and_runs_the_query(tab: Tab) -> None:
    page = tab.page
    page.goto("/sparql")
    page.locator(".yasqe textarea").first.focus()
    page.keyboard.press("Tab")
    assert focused(page) == "Run query"
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "Query"
    page.keyboard.press("Tab")
    assert not page.locator("#results").is_visible()
    page.keyboard.press("Enter")
    page.locator("#results table tbody tr").first.wait_for()


def test_the_line_that_is_wrong_is_marked_until_it_changes(browser: Any, address: str) -> None:
    tab = Tab(browser, address)  # the browser calls the answer 400 an error
    page = tab.page
    page.goto("/sparql")
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('SELECT ?x\\nWHERE {\\n?x a nothing:Declared\\n}')")
    page.get_by_role("button", name="Run query").click()
    page.get_by_text("query, line 3", exact=False).wait_for()
    marked = page.locator(".CodeMirror .faulty")
    assert marked.count() == 1
    line = page.locator(".CodeMirror-line", has_text="nothing:Declared").bounding_box()
    assert abs(marked.bounding_box()["y"] - line["y"]) < 5
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('ASK { ?s ?p ?o }')")
    assert marked.count() == 0
    tab.context.close()


def test_charts_can_be_read_on_a_phone(tab: Tab) -> None:
    page = tab.page
    page.set_viewport_size(PHONE)
    size = "e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a"
    page.goto("/queries/answers-by-treatment.html")
    assert page.locator("figure.chart text").first.evaluate(size) > 10
    page.goto("/sparql")
    page.locator("a.example[data-name='answers-by-treatment']").click()
    page.get_by_role("button", name="Chart").click()
    assert page.locator(".chart-plugin text").first.evaluate(size) > 10
    assert tab.has_no_horizontal_scroll()
    # the button stands beside the query, not over it
    button = page.get_by_role("button", name="Run query").bounding_box()
    assert all(
        box["x"] + box["width"] <= button["x"] for box in (e.bounding_box() for e in page.locator(".CodeMirror-line > span").all()) if box
    )


@pytest.mark.parametrize("url", PAGES)
def test_pages_pass_axe_and_fit_a_phone(url: str, tab: Tab, imr_2015: Determination) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = tab.page
    page.goto(url.replace("{name}", local_name(imr_2015.id)))
    page.wait_for_load_state("networkidle")
    # YASGUI's own editor and table have faults that are theirs
    context = {"exclude": [["#editor"], ["#results"]]}
    found = Axe().run(page, context=context).response["violations"]
    assert [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in found] == []
    page.set_viewport_size(PHONE)
    assert tab.has_no_horizontal_scroll()
    for summary in page.locator("main details:not([open]) > summary").all()[:40]:
        if summary.is_visible():
            summary.click()
    assert tab.has_no_horizontal_scroll()


def test_what_is_closed_on_the_screen_is_open_on_paper(tab: Tab) -> None:
    page = tab.page
    page.goto("/examples/imr-2015.html")
    hidden = page.locator(".tree details:not([open]) > ul > li").first
    assert not hidden.is_visible()
    page.emulate_media(media="print")
    assert hidden.is_visible()
    assert not page.locator("nav.contents").is_visible()
    assert len(page.pdf(format="Letter")) > 50_000


@pytest.mark.parametrize("url", PAGES)
def test_nothing_is_cut_off_on_paper(url: str, tab: Tab, imr_2015: Determination) -> None:
    page = tab.page
    # what a letter sheet leaves between margins of 15 mm
    page.set_viewport_size({"width": 703, "height": 900})
    page.emulate_media(media="print")
    page.goto(url.replace("{name}", local_name(imr_2015.id)))
    page.wait_for_load_state("networkidle")
    assert tab.has_no_horizontal_scroll()
    cut = """[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1 && !e.closest('#editor')
        && getComputedStyle(e).overflowX !== 'visible' && !['SELECT', 'INPUT', 'TEXTAREA'].includes(e.tagName)).map(e => e.className)"""
    assert page.evaluate(cut) == []


def test_the_lines_of_the_letter_stay_whole_on_paper(tab: Tab) -> None:
    page = tab.page
    page.set_viewport_size({"width": 703, "height": 900})
    page.emulate_media(media="print")
    page.goto("/examples/imr-2015.html")
    letter = page.locator("#letter + .letter pre")
    lines = letter.evaluate("""e => (e.clientHeight - 2 * parseFloat(getComputedStyle(e).paddingTop))
        / parseFloat(getComputedStyle(e).lineHeight)""")
    assert abs(lines - len(letter.inner_text().rstrip("\n").split("\n"))) < 1.5
    heading, figure = page.locator("#request-1").bounding_box(), page.locator("figure.graph").first.bounding_box()
    assert figure["y"] - heading["y"] < 100
    assert page.locator("p:has(+ figure)").first.evaluate("e => getComputedStyle(e).breakAfter") == "avoid"


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
