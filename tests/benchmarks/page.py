"""When the provider's page in a real browser shows an arrival."""

import time

from playwright.sync_api import sync_playwright

from tests import chromium
from tests.benchmarks import crowd
from tests.benchmarks.clicks import FrontDesk

# The wall clock, in ms, at each change of the badge.
WATCH = """() => {
  window.changes = [];
  new MutationObserver(() => window.changes.push(performance.timeOrigin + performance.now()))
    .observe(document.getElementById("bell-badge"), { childList: true });
}"""
CHANGED = "count => window.changes.length >= count"


def click_to_badge(url: str, session: str, desk: FrontDesk, times: int) -> list[float]:
    """Seconds from each click to the new number on the bell; none where there is no Chromium."""
    with sync_playwright() as playwright:
        program = chromium.find(playwright)
        if program is None:
            return []
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector('html[data-live="on"]', state="attached")
        page.evaluate(WATCH)
        clicks = []
        for _ in range(times):
            clicks.append(desk.click() - time.monotonic() + time.time())
            desk.answered()
            page.wait_for_function(CHANGED, arg=len(clicks), polling=20)
            crowd.rest(0.05)
        changes: list[float] = page.evaluate("window.changes")
        browser.close()
    assert len(changes) == times, f"{len(changes)} changes of the badge for {times} arrivals"
    return [change / 1000 - click for click, change in zip(clicks, changes, strict=True)]
