"""The history: finding alerts again, and doing something with many at once."""

from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast


def fill(cast: Cast, admissions: int) -> None:
    for _ in range(admissions):
        factories.create_admission(ward=cast.cardiology, bed=None)


def test_ten_a_page_by_type_and_search(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast, 12)
    factories.report_result(cast.patient, flag="HH", ward=cast.cardiology)
    noor = visit(cast.noor, "/inbox/")
    rows = noor.page.locator("#history .note")
    expect(rows).to_have_count(10)
    noor.page.get_by_role("link", name="Next").click()
    expect(rows).to_have_count(3)
    noor.page.get_by_role("link", name="Test result 1").click()
    expect(rows).to_have_count(1)
    expect(noor.page).to_have_url("/inbox/?type=test_result")
    noor.page.goto("/inbox/")
    noor.page.get_by_label("Search your alerts").fill("pat pat")
    expect(rows).to_have_count(1)
    noor.page.get_by_label("Search your alerts").fill("")
    noor.page.get_by_label("To acknowledge").check(force=True)
    expect(rows).to_have_count(1)


def test_several_at_once_and_undo(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast, 3)
    noor = visit(cast.noor, "/inbox/")
    rows = noor.page.locator("#history .note")
    for number in (0, 1):
        rows.nth(number).get_by_role("checkbox").check()
    expect(noor.page.locator("#bulk-count")).to_have_text("2")
    noor.page.locator("#bulk-bar").get_by_role("button", name="Archive").click()
    expect(rows).to_have_count(1)
    noor.expect_unread(1)
    noor.toast("2 archived").get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(3)


def test_a_choice_survives_a_new_alert(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    fill(cast, 2)
    noor = visit(cast.noor, "/inbox/")
    first = noor.page.locator("#history .note").first.get_by_role("checkbox")
    chosen = first.get_attribute("value")
    first.check()
    elsewhere(fill, cast, 1)
    expect(noor.page.locator("#history .note")).to_have_count(3)
    expect(noor.page.locator(f"input[name=ids][value='{chosen}']")).to_be_checked()
    expect(noor.page.locator("#bulk-count")).to_have_text("1")


def test_snoozing_puts_aside(committed: None, cast: Cast, visit: Visit) -> None:
    fill(cast, 1)
    noor = visit(cast.noor, "/inbox/")
    row = noor.page.locator("#history .note")
    row.get_by_role("button", name="Snooze").click()
    row.get_by_role("button", name="1 hour").click()
    noor.expect_unread(0)
    expect(row).to_contain_text("snoozed until")
    expect(noor.open_bell()).to_contain_text("All quiet")
