"""The bell rings in the right browsers, without a reload, and stays true in every tab."""

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast


def test_it_rings_without_a_reload(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor, f"/wards/{cast.cardiology.pk}/")
    omar = visit(cast.omar, "/inbox/")
    noor.expect_unread(0)
    elsewhere(factories.create_admission, ward=cast.cardiology, patient=cast.patient, bed=cast.bed)

    noor.expect_unread(1)
    expect(noor.toast("Pat Patel admitted to Cardiology")).to_be_visible()
    expect(noor.page).to_have_title("(1) Cardiology · Wardbell")
    expect(noor.bed("Pat Patel")).to_contain_text("Occupied")
    omar.expect_unread(0)
    expect(omar.toast()).to_have_count(0)


def test_an_open_panel_shows_what_comes(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor)
    panel = noor.open_bell()
    expect(panel).to_contain_text("All quiet")
    elsewhere(factories.create_admission, ward=cast.cardiology, patient=cast.patient)
    expect(panel.locator(".note")).to_contain_text("Pat Patel admitted")


def test_reading_in_one_tab_updates_the_others(committed: None, cast: Cast, visit: Visit) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient)
    first = visit(cast.noor, "/inbox/")
    second = visit(cast.noor, "/wards/", tab_of=first.page)
    phone = visit(cast.noor, "/inbox/")
    for each in (first, second, phone):
        each.expect_unread(1)
    first.notification("Pat Patel").get_by_role("button", name="Mark as read").click()
    for each in (first, second, phone):
        each.expect_unread(0)
    expect(phone.notification("Pat Patel")).not_to_have_class("is-unread")


def test_opening_an_alert_reads_it(committed: None, cast: Cast, visit: Visit) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)
    noor = visit(cast.noor, "/inbox/")
    noor.open_bell().get_by_role("link", name="Pat Patel admitted").click()
    expect(noor.page).to_have_url(f"/wards/{cast.cardiology.pk}/#patient-{cast.patient.pk}")
    noor.expect_unread(0)


def test_mark_all_read(committed: None, cast: Cast, visit: Visit) -> None:
    for _ in range(3):
        factories.create_admission(ward=cast.cardiology)
    noor = visit(cast.noor)
    noor.expect_unread(3)
    noor.open_bell().get_by_role("button", name="Mark all read").click()
    noor.expect_unread(0)
    expect(noor.panel.locator(".is-unread")).to_have_count(0)


def test_a_burst_is_one_toast(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    noor = visit(cast.noor)
    for _ in range(12):
        elsewhere(factories.create_admission, ward=cast.cardiology, bed=None)
    noor.expect_unread(12)
    expect(noor.toast("12 new alerts")).to_have_count(1)
    expect(noor.toast()).to_have_count(1)


def test_a_critical_alert_stays_until_somebody_takes_it(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    factories.create_duty(cast.omar, cast.cardiology)
    noor, omar = visit(cast.noor), visit(cast.omar, "/inbox/")
    elsewhere(
        factories.report_result,
        cast.patient,
        "512",
        flag="HH",
        ward=cast.cardiology,
        provider=cast.priya,
    )
    for each in (noor, omar):
        expect(each.toast("Critical: Urea and electrolytes for Pat Patel")).to_be_visible()
    noor.toast("Critical").get_by_role("button", name="Acknowledge").click()
    for each in (noor, omar):
        expect(each.toast("Critical: Urea")).to_have_count(0)
    expect(omar.notification("Critical: Urea")).to_contain_text("Noor Nasser has taken it")
    omar.expect_unread(1)  # read is not acknowledged


def test_it_is_taken_with_a_comment_from_the_panel(
    committed: None, cast: Cast, visit: Visit
) -> None:
    factories.report_result(cast.patient, "512", flag="HH", ward=cast.cardiology)
    noor = visit(cast.noor)
    panel = noor.open_bell()
    panel.get_by_label("Comment").fill("Dialysis informed")
    panel.get_by_role("button", name="Acknowledge").click()
    expect(panel).to_contain_text("You have taken it")
    expect(panel).to_contain_text("Dialysis informed")
    noor.expect_unread(0)


def test_a_half_written_comment_is_not_lost_to_a_new_alert(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    factories.report_result(cast.patient, "512", flag="HH", ward=cast.cardiology)
    noor = visit(cast.noor, "/inbox/")
    comment = noor.page.locator("#history").get_by_label("Comment")
    comment.press_sequentially("On my w")
    elsewhere(factories.create_admission, ward=cast.cardiology)
    noor.expect_unread(2)
    noor.page.wait_for_timeout(500)
    expect(comment).to_have_value("On my w")
    expect(comment).to_be_focused()
    comment.fill("")
    expect(noor.page.locator("#history .note")).to_have_count(2)  # now it may be fetched


def test_a_desktop_notification_names_nobody(
    elsewhere: Elsewhere, cast: Cast, visit: Visit
) -> None:
    def record_notifications(page: Page) -> None:
        page.context.grant_permissions(["notifications"])
        page.add_init_script(
            """window.shown = [];
            window.Notification = class extends EventTarget {
              static permission = "granted";
              static requestPermission = async () => "granted";
              constructor(title, options) { super(); window.shown.push([title, options.body]); }
            };"""
        )

    noor = visit(cast.noor, before=record_notifications)
    noor.open_bell()
    noor.panel.get_by_role("button", name="Sound and desktop").click()
    noor.panel.get_by_role("switch", name="Desktop notification").check()
    noor.page.reload()  # the choice is kept in this browser
    noor.expect_live("on")
    elsewhere(factories.create_admission, ward=cast.cardiology)
    elsewhere(factories.report_result, cast.patient, flag="HH", ward=cast.cardiology)
    expect(noor.toast("Critical: Urea")).to_be_visible()
    shown = noor.page.evaluate("window.shown")
    assert len(shown) == 1, "for the critical one only"
    assert "critical alert" in shown[0][1]
    assert "Pat" not in str(shown)
    assert "Urea" not in str(shown)
