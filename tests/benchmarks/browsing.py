"""A real browser on a machine four times as slow: what it costs, and how long a finger waits."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.benchmarks import crowd
from tests.benchmarks.clicks import FrontDesk
from tests.benchmarks.sizes import size

SLOWER = 4
SWAPS = size(8, 1)
STORMS, AT_ONCE = size(100, 2), size(50, 3)  # so many alerts, so many times, in a minute
APART = size(0.6, 0.1)  # s
expect.set_options(timeout=30_000)  # ms; a busy machine may take as long

# Both kinds of entries, and those of before the script ran.
WATCH = """
window.slowest = { event: 0, longtask: 0 };
window.swaps = []; // from an answer of the server's to the frame that shows it
document.addEventListener("htmx:beforeSwap", () => {
  const began = performance.now();
  requestAnimationFrame(() => setTimeout(() => window.swaps.push(performance.now() - began)));
});
for (const type of ["event", "longtask"]) {
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      window.slowest[type] = Math.max(window.slowest[type], duration);
    }
  }).observe({ type, durationThreshold: 16 });
}
"""


@dataclass
class Sight:
    """A page of somebody, in a profile of its own. Times of the browser are in ms."""

    page: Page
    tools: Any
    requests: int = 0
    received: float = 0.0  # bytes on the way, compressed

    def slow_down(self) -> None:
        self.tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def slowest(self, kind: str) -> float:
        return float(self.page.evaluate(f"window.slowest.{kind}"))

    def swapped(self, times: int) -> float:
        """What the latest swap took, once there have been so many; in ms."""
        deadline = time.monotonic() + 30
        while len(swaps := self.page.evaluate("window.swaps")) < times:
            assert time.monotonic() < deadline, "nothing was swapped"
            crowd.rest(0.1)
        return float(swaps[-1])


def sight(browser: Browser, url: str, session: str) -> Sight:
    """Opens the page of the session, and waits until it is live."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    origin = "/".join(url.split("/")[:3])
    context.add_cookies([{"name": "sessionid", "value": session, "url": origin}])
    page = context.new_page()
    page.add_init_script(WATCH)
    seen = Sight(page, context.new_cdp_session(page))
    seen.tools.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        seen.requests += 1
        seen.received += event["encodedDataLength"]

    seen.tools.on("Network.loadingFinished", finished)
    seen.tools.on("Network.webSocketCreated", lambda event: finished({"encodedDataLength": 0}))
    page.goto(url)
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    page.wait_for_load_state("networkidle")
    return seen


def swap(seen: Sight, desk: FrontDesk) -> float:
    """What one arrival at another desk costs the page that shows the queue."""
    known = len(seen.page.evaluate("window.swaps"))
    desk.click()
    desk.answered()
    took = seen.swapped(known + 1)
    crowd.rest(1.2)  # the next one is news again
    return took


def swaps(seen: Sight, desk: FrontDesk) -> float:
    """The median of several, the first one not counted."""
    return median([swap(seen, desk) for _ in range(SWAPS + 1)][1:])


def work(seen: Sight) -> float:
    """Does what the front desk does; the longest that one input waited for its effect."""
    page = seen.page
    page.locator("#q").press_sequentially("Haddad 7", delay=60)
    page.locator("#q").fill("")
    crowd.rest(1)  # the search waits a moment for more letters
    page.wait_for_load_state("networkidle")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.locator("[data-menu]").first.click()
    expect(page.locator(".dropdown-menu.show .dropdown-item").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#stage-here").click()
    page.wait_for_load_state("networkidle")
    page.locator("#stage-here").click()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Arrived").first.click()
    page.wait_for_load_state("networkidle")
    crowd.rest(0.5)
    return seen.slowest("event")


def storm(seen: Sight, publish: Callable[[int], None]) -> float:
    """Thousands of alerts in a minute; the longest that the page was deaf for."""
    for _ in range(STORMS):
        publish(AT_ONCE)
        crowd.rest(APART)
    badge = seen.page.locator("#bell-badge")
    expect(badge).to_have_text("99+" if STORMS * AT_ONCE > 99 else str(STORMS * AT_ONCE))
    return seen.slowest("longtask")
