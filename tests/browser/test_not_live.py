"""Old is never shown as live: silence, parts that fail, a clock that is wrong."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast

AS_OF = re.compile(r"Not live, as of \d\d:\d\d")
# Packets are dropped silently: nothing arrives, nothing is closed.
SWALLOW = """
window.swallow = false;
window.WebSocket = class extends window.WebSocket {
  addEventListener(name, listener, ...more) {
    super.addEventListener(name, (event) => window.swallow || listener(event), ...more);
  }
  close() {}
};
"""

SHOW = """(time) => {
  const age = document.querySelector("#history time");
  age.dateTime = time;
  age.textContent = "as the server wrote it";
  const detail = { target: document.body, elt: document.body };
  document.body.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail }));
}"""


def let_packets_be_dropped(page: Page) -> None:
    page.add_init_script(SWALLOW)


def drop_packets(page: Page) -> None:
    page.evaluate("window.swallow = true")
    page.route("**/inbox/frames/**", lambda route: None)  # nor is a poll ever answered


def test_s12_silence_is_said_within_ten_seconds_on_board_bell_and_dialog(
    committed: None, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/", before=let_packets_be_dropped)
    page = noor.page
    seconds = page.evaluate(
        """() => new Promise((done) => {
          window.swallow = true;
          const start = performance.now();
          const { dataset } = document.documentElement;
          new MutationObserver(() => {
            if (dataset.live === "off") done((performance.now() - start) / 1000);
          }).observe(document.documentElement, { attributes: true });
        })"""
    )
    assert seconds <= 10
    drop_packets(page)
    expect(page.locator(".live")).to_contain_text(AS_OF)
    expect(page.locator("#main > .as-of")).to_have_text(AS_OF)
    noor.bell.click()
    expect(noor.panel.locator(".as-of")).to_have_text(AS_OF)
    noor.bell.click()
    page.evaluate("bootstrap.Modal.getOrCreateInstance('#dialog').show()")
    expect(page.get_by_role("dialog").locator(".as-of")).to_have_text(AS_OF)


def test_s12_a_quiet_ward_stays_live(committed: None, cast: Cast, visit: Visit) -> None:
    """Nothing happens for longer than silence may last: the server shows life."""
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/?display=wall")
    went_off = noor.page.evaluate(
        """() => new Promise((done) => {
          const { dataset } = document.documentElement;
          const observer = new MutationObserver(() => dataset.live === "on" || done(dataset.live));
          observer.observe(document.documentElement, { attributes: true });
          setTimeout(() => done(null), 12_000);
        })"""
    )
    assert went_off is None


def test_s12_a_part_that_cannot_be_fetched_is_not_live_and_raises_no_toasts(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    page, board = noor.page, re.compile(rf"/wards/{cast.cardiology.pk}/$")
    page.wait_for_load_state("networkidle")

    def fail(route: Route) -> None:
        route.fulfill(status=503, body="away")

    page.route(board, fail)
    for _ in range(3):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    expect(page.locator(".live")).to_contain_text(AS_OF)
    expect(noor.toast("That did not work")).to_have_count(0)
    page.unroute(board, fail)
    noor.expect_live("on")
    expect(page.locator("#main > .as-of")).to_be_hidden()


@pytest.mark.parametrize("days", [-3, 3])
def test_s12_ages_are_by_the_servers_clock(
    elsewhere: Elsewhere, cast: Cast, visit: Visit, days: int
) -> None:
    def set_clock(page: Page) -> None:
        page.add_init_script(
            f"""const now = Date.now; const off = {days} * 86_400_000;
            Date = class extends Date {{
              constructor(...given) {{ given.length ? super(...given) : super(Date.now()); }}
              static now() {{ return now() + off; }}
            }};"""
        )

    noor = visit(cast.noor, "/inbox/", before=set_clock)
    elsewhere(factories.create_admission, ward=cast.cardiology)
    age = noor.page.locator("#history time[data-ago]")
    expect(age).to_have_count(1)
    expect(age).to_have_text("now")
    for time, shown in (("19000101", "as the server wrote it"), ("2999-01-01T00:00Z", "now")):
        noor.page.evaluate(SHOW, time)
        expect(age).to_have_text(shown)
