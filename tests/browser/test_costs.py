"""Prices changed where they stand, the budget, and filters that are kept: by keyboard too."""

from playwright.sync_api import expect

from tests import costs, factories
from tests.browser.conftest import Visit
from tests.cast import Cast

PRICES, SENT = "/notifications/prices/", "/notifications/messages/"

# What was swapped in listens to nobody in its first moments.
SETTLED = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"


def test_a_manager_keeps_the_prices(committed: None, cast: Cast, visit: Visit) -> None:
    costs.create_price(cast.hospital, "0.2")
    page = visit(cast.mona, PRICES).page
    page.get_by_role("link", name="Add a price").click()
    expect(page.get_by_label("Price", exact=True)).to_be_focused()
    page.get_by_label("Country").select_option("SA")
    page.get_by_label("Price", exact=True).fill("0,05")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Enter a number.")
    page.wait_for_function(SETTLED)
    page.get_by_label("Price", exact=True).fill("0.05")
    page.keyboard.press("Enter")
    row = page.get_by_role("row", name="Saudi Arabia")
    expect(row).to_contain_text("0.05 SAR")
    expect(row.get_by_role("link", name="Change")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_label("Price", exact=True)).to_be_focused()
    page.get_by_label("Price", exact=True).fill("0.055")
    page.get_by_role("link", name="Cancel").click()
    expect(row).to_contain_text("0.05 SAR")
    row.get_by_role("link", name="Change").click()
    page.get_by_label("Price", exact=True).fill("0.06")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("0.06 SAR")

    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("row", name="Any country")).to_have_count(1)


def test_a_budget_is_seen_by_a_colleague_at_once(committed: None, cast: Cast, visit: Visit) -> None:
    factories.create_delivered(cast.hospital, cost="30", currency="SAR")
    dana = visit(cast.dana, PRICES).page
    expect(dana.locator("#costs")).to_contain_text("No budget is set.")
    expect(dana.get_by_role("button", name="Set a budget…")).to_have_count(0)
    mona = visit(cast.mona, PRICES).page
    mona.get_by_role("button", name="Set a budget…").click()
    mona.get_by_label("A month may cost").fill("36")
    mona.get_by_label("Currency").select_option("SAR")
    mona.get_by_role("dialog").get_by_role("button", name="Save").click()
    for page in (mona, dana):
        expect(page.locator(".budget.tone-warning")).to_contain_text("30.00 SAR of 36.00 SAR")
        expect(page.locator(".budget")).to_contain_text("83%")


def test_filters_are_kept_applied_and_deleted(committed: None, cast: Cast, visit: Visit) -> None:
    for status in ("failed", "delivered"):
        factories.create_delivered(cast.hospital, status=status)
    page = visit(cast.dana, SENT).page
    page.get_by_label("Status").select_option("failed")
    expect(page.locator(".message")).to_have_count(1)
    page.get_by_role("button", name="Save these filters…").click()
    page.get_by_label("Name").fill("Every morning")
    page.keyboard.press("Enter")
    chip = page.get_by_role("link", name="Every morning")
    expect(chip).to_have_attribute("aria-current", "true")
    chip.click()
    expect(page.locator(".message")).to_have_count(2)
    chip.click()
    expect(page.locator(".message")).to_have_count(1)
    expect(page.get_by_label("Status")).to_have_value("failed")
    page.wait_for_load_state()
    page.get_by_role("button", name="Delete the filter Every morning").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(chip).to_have_count(0)
    expect(page.locator(".message")).to_have_count(1)
