"""A real Chromium for tests: the system's own, looked at by axe."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.desk import Desk
from web.door import COOKIE
from web.tables import Staff

_REFUSED = "the server responded with a status of 4"
expect.set_options(timeout=15_000)
"""Milliseconds until something that is expected is held to be missing: these machines are busy."""
WIDTHS = (360, 768, 1440)
"""A small phone, a tablet, an office screen."""


def chromium() -> str:
    """Where the system's Chromium is. Skips with the reason where there is none, but never where CI must have it."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Chromium: .ci/run installs it")
        pytest.skip("no Chromium on this machine; set CHROMIUM to its path")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-background-networking"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(
    browser: Browser, desk: Desk, staff: Staff | None = None, width: int = 1440, **options: Any
) -> Iterator[Page]:
    """A window of this person on the desk. Whatever a page writes to the console as an error fails the test.

    A refusal (4xx) is an answer like any other, although the browser notes it there.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900}, base_url=desk.address, locale="vi-VN", **options
    )
    context.set_default_timeout(15_000)
    if staff is not None:
        context.add_cookies([{"name": COOKIE, "value": desk.token(staff), "url": desk.address}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda told: None if told.type != "error" or _REFUSED in told.text else errors.append(told.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
        assert errors == []
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, each with where; also a page that is wider than its window."""
    found = [
        f"{one['id']}: {node['target']}: {node.get('failureSummary', '')}"
        for one in Axe().run(page).response["violations"]
        for node in one["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"the page is {wide} px wider than its window"] if wide > 0 else [])
