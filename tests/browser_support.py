"""What the tests in a real browser share: the service over a store with a few cases, Chromium of the system, and a tab of it."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pages_support import CASE_OF_2015
from served import fill

from mtus.api.main import create_app
from mtus.reasoner.knowledge import Knowledge

CHROMIUM = os.environ.get("MTUS_CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path; Debian's package is called chromium")
# A browser starts slowly on a machine that has other things to do.
PATIENCE = 30_000
PHONE = {"width": 390, "height": 844}
FORM = "/determine.html?treatment=EpiduralSteroidInjection&treatment=MassageTherapy&treatment=Sedation&date=2015-08-20"
PAGES = (
    "/",
    FORM,
    "/guideline.html",
    "/guideline.html?find=visits",
    "/no/such/page",
    "/?find=nobody",
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


@contextmanager
def serving(folder: Path, knowledge: Knowledge) -> Iterator[str]:
    """Serve a store in ``folder`` with a few cases, and give the address."""
    server = uvicorn.Server(uvicorn.Config(create_app(str(fill(folder, knowledge))), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    end = time.monotonic() + 60
    while not server.started and time.monotonic() < end:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(60)


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser without a window; the caller has seen to it that Playwright is installed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
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
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, message: Any) -> None:
        # that the page itself is an answer 404 is no fault of it
        is_answer = message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        if message.type == "error" and not is_answer:
            self.wrong.append(f"{message.text} {message.location['url']}")

    def has_no_horizontal_scroll(self) -> bool:
        """Return whether the page is no wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@contextmanager
def clean_tab(browser: Any, address: str) -> Iterator[Tab]:
    """Open a tab in which nothing may go wrong, and which may ask nobody but the service."""
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
