"""The pages in a real browser by keyboard, on a phone and on paper. Skipped, with the reason, where there is none."""

from typing import Any

import pytest
from browser_support import FORM, NEEDS_CHROMIUM, PAGES, PATIENCE, PHONE, Tab, enter

from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Determination

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = NEEDS_CHROMIUM


def test_the_result_stays_in_sight_on_a_phone(browser: Any, address: str) -> None:
    tab = Tab(browser, address, viewport=PHONE)
    page = tab.page
    page.goto(FORM)
    enter(page)
    line = page.get_by_role("link", name="3 requests: 3 not supported")
    playwright.expect(line).to_be_visible(timeout=PATIENCE)
    assert line.bounding_box()["y"] < PHONE["height"]
    # who listens hears the line, and not all reasons after each letter
    assert page.locator("[role=status]#told").inner_text() == line.inner_text()
    line.click()
    assert page.locator("#result-title").bounding_box()["y"] < PHONE["height"] / 2
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not line.is_visible()
    tab.context.close()


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
    for size in (page.viewport_size, PHONE):
        page.set_viewport_size(size)
        found = Axe().run(page, context=context).response["violations"]
        assert [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in found] == []
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
