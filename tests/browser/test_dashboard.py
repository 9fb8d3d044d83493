"""The dashboard moves by itself; its charts follow theme and language, with tables behind them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Elsewhere, Visit
from tests.browser.test_accessibility import check, looks
from tests.browser.test_costs import SETTLED
from tests.browser.test_phone import say
from tests.cast import Cast
from tests.messaging.insights.test_dashboard import write
from tests.processes import Web, wait_for
from wards.models import User

HOME, ANALYTICS = "/notifications/", "/notifications/analytics/"
# What Chart.js has been given, of the first chart of the page.
DRAWN = """() => {
  const chart = Chart.getChart(document.querySelector("canvas"));
  const { width, height } = chart?.canvas ?? {};
  const pixels = chart?.canvas.getContext("2d").getImageData(0, 0, width, height).data;
  if (!pixels?.some((value) => value > 0)) return null; // it is not painted yet
  return {
    sums: chart.data.datasets.map((set) => set.data.reduce((a, b) => a + b, 0)),
    colours: chart.data.datasets.map((set) => set.backgroundColor),
    text: chart.options.plugins.legend.labels.color,
    reversed: chart.options.scales.x.reverse,
    side: chart.options.scales.y.position,
    ticks: chart.scales.y.ticks.map((tick) => tick.label),
  };
}"""


def fill(cast: Cast) -> None:
    """Messages of every kind, enough for an hour that stands out."""
    sent = timezone.now() - timedelta(days=1)
    at: dict[str, Any] = {"days_ago": 1, "sent_at": sent, "delivered_at": sent}
    write(cast.hospital, 1200, **at)
    write(cast.hospital, 60, channel="whatsapp", status="read", read_at=sent, **at)
    write(cast.hospital, 3, status="failed", reason="no_value: bed_number")
    write(cast.hospital, 2, channel="email", status="bounced", reason="550")
    write(cast.hospital, 1, cost="0.0400", currency="USD", provider="sandbox", country="SA")


def drawn(page: Page) -> dict[str, Any]:
    """Waits until there is something on the canvas."""
    found: dict[str, Any] = page.wait_for_function(DRAWN).json_value()
    return found


def test_it_moves_while_a_message_goes_out(
    web: Web, cast: Cast, visit: Visit, elsewhere: Elsewhere
) -> None:
    page = visit(cast.dana, HOME, web=web).page
    page.evaluate("window.neverReloaded = true")
    total, arrived = (page.locator(f"[data-stat={name}]") for name in ("total", "arrived"))
    expect(total).to_have_text("0")
    expect(page.locator("canvas")).to_have_count(0)
    elsewhere(say, cast, cast.patient, "Your appointment is at 10:30.")
    expect(total).to_have_text("1")
    expect(arrived).to_have_text("1")
    expect(page.locator("[data-stat=rate]")).to_have_text("100%")
    expect(page.locator(".recent [data-status=delivered]")).to_have_count(1)
    wait_for(lambda: drawn(page)["sums"] == [0, 1, 0, 0, 0])
    assert page.evaluate("window.neverReloaded")


def test_the_chart_has_a_table(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast)
    page = visit(cast.mona, HOME).page
    assert sum(drawn(page)["sums"]) == 1266
    table, switch = page.locator(".chart-table table"), page.locator("[data-chart-switch]")
    expect(page.locator(".chart-table"), "for screen readers only").to_have_css("width", "1px")
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page.locator("canvas")).to_be_hidden()
    expect(table.locator("tr").nth(-2).locator("td").nth(1)).to_have_text("1,200")
    expect(table.locator("tr")).to_have_count(31)

    page.evaluate("htmx.trigger('#dashboard', 'refresh')")
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    expect(page.locator("canvas")).to_be_hidden()
    switch.click()
    expect(page.locator("canvas")).to_be_visible()


def test_the_chart_follows_the_theme(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast)
    site = visit(cast.dana, HOME, color_scheme="light")
    before = drawn(site.page)
    site.open_account().locator("button[name=theme][value=dark]").click()
    expect(site.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    after = drawn(site.page)
    assert after["text"] != before["text"]
    assert not set(after["colours"]) & set(before["colours"])


def test_in_arabic_time_runs_from_right_to_left(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast)
    chart = drawn(visit(cast.dana, HOME, locale="ar").page)
    assert (chart["reversed"], chart["side"]) == (True, "right")
    assert "1,500" in chart["ticks"], "the digits of the page"
    chart = drawn(visit(cast.dana, HOME).page)
    assert (chart["reversed"], chart["side"]) == (False, "left")


def test_another_period_and_a_file(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast)
    write(cast.hospital, 7, days_ago=60)
    page = visit(cast.mona, ANALYTICS).page
    expect(page.locator("[data-stat=total]")).to_have_text("1,266")
    page.get_by_role("link", name="Last 90 days").click()
    expect(page.locator("[data-stat=total]")).to_have_text("1,273")
    expect(page).to_have_url(f"{ANALYTICS}?days=90")
    expect(page.get_by_role("link", name="Last 90 days")).to_be_focused()
    page.wait_for_function(SETTLED)
    page.locator("#by").select_option("month")
    expect(page.locator(".chart-title").first).to_have_text("Messages by month")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV: Channels compared").click()
    assert "sms,1211," in download.value.path().read_text()


@looks
def test_they_are_accessible(
    committed: None, cast: Cast, visit: Visit, language: str, theme: str, width: int
) -> None:
    User.objects.update(theme=theme)
    profile = {"viewport": {"width": width, "height": 900}, "locale": language}
    for full in (False, True):
        if full:
            fill(cast)
        for path in (HOME, ANALYTICS):
            page = visit(cast.dana, path, **profile).page
            expect(page.locator("html")).to_have_attribute("lang", language)
            if full:
                drawn(page)
            check(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("[data-chart-switch]").first.click()
    check(page)
