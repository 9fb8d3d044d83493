"""Everything can be done without a mouse."""

from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.browser.test_arrivals import book
from tests.cast import Cast
from wards.models import Appointment


def test_the_first_tab_stop_skips_to_the_content(committed: None, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor, "/inbox/")
    noor.page.keyboard.press("Tab")
    skip = noor.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    noor.page.keyboard.press("Enter")
    expect(noor.page.locator("#main")).to_be_focused()


def test_the_bell_opens_closes_and_gives_focus_back(
    committed: None, cast: Cast, visit: Visit
) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient)
    noor = visit(cast.noor)
    expect(noor.bell).to_have_accessible_name("Alerts: 1 unread")
    noor.bell.press("Enter")
    expect(noor.panel).to_be_visible()
    noor.panel.get_by_role("button", name="Mark all read").focus()
    noor.page.keyboard.press("Enter")
    noor.expect_unread(0)
    expect(noor.bell).to_have_accessible_name("Alerts: 0 unread")
    noor.page.keyboard.press("Escape")
    expect(noor.panel).to_be_hidden()
    expect(noor.bell).to_be_focused()


def test_a_critical_toast_is_taken_by_keyboard(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    noor = visit(cast.noor)
    elsewhere(factories.report_result, cast.patient, flag="HH", ward=cast.cardiology)
    expect(noor.page.get_by_role("alert")).to_contain_text("Critical")
    noor.toast("Critical").get_by_role("button", name="Acknowledge").press("Enter")
    expect(noor.toast("Critical")).to_have_count(0)


def test_the_queue_by_keyboard_keeps_its_place(committed: None, cast: Cast, visit: Visit) -> None:
    book(cast, status=Appointment.Status.ARRIVED)
    priya = visit(cast.priya, "/arrivals/")
    priya.page.wait_for_load_state("networkidle")
    priya.visit("Pat Patel").get_by_role("button", name="Start").press("Enter")
    expect(priya.visit("Pat Patel").get_by_role("button", name="Complete")).to_be_visible()
    expect(priya.visit("Pat Patel").get_by_role("button", name="Complete")).to_be_focused()


def test_a_menu_leaves_the_focus_in_its_row(committed: None, cast: Cast, visit: Visit) -> None:
    book(cast, status=Appointment.Status.BOOKED)
    dana = visit(cast.dana, "/arrivals/")
    dana.visit("Pat Patel").get_by_role("button", name="More for").press("Enter")
    dana.page.get_by_role("button", name="Confirm").press("Enter")
    expect(dana.visit("Pat Patel")).to_contain_text("Confirmed")
    expect(dana.visit("Pat Patel").locator(":focus")).to_have_count(1)


def test_a_part_that_renews_itself_leaves_the_focus_where_it_is(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    dana = visit(cast.dana, "/notifications/")
    link = dana.page.get_by_role("link", name="All messages")
    link.focus()
    elsewhere(factories.create_delivered, cast.hospital)
    dana.page.evaluate("htmx.trigger('#dashboard', 'refresh')")
    expect(dana.page.locator("[data-stat=total]")).to_have_text("1")
    expect(link).to_be_focused()
