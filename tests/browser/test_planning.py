"""Appointments are booked and moved, duties planned, as people do it in a browser."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Visit
from tests.cast import Cast
from wards.roster import week


def test_the_front_desk_books_and_sees_who_is_busy(
    committed: None, cast: Cast, visit: Visit
) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    later = noon + timedelta(days=1)
    factories.create_appointment(provider=cast.priya, starts_at=later)
    dana = visit(cast.dana, f"/arrivals/?date={later.date()}")
    dana.page.get_by_role("button", name="Book…").click()
    dialog = dana.page.get_by_role("dialog")
    dialog.get_by_role("searchbox", name="Patient").fill("mrn-1")
    dialog.get_by_role("radio", name="Pat Patel").check()
    dialog.get_by_label("Provider").select_option("Priya Prasad")
    dialog.get_by_label("Time").fill("12:15")
    dialog.get_by_label("Minutes").click()
    expect(dialog.get_by_text("Somebody is busy then:")).to_be_visible()
    dialog.get_by_label("Time").fill("12:30")
    dialog.get_by_label("Minutes").click()
    expect(dialog.get_by_text("Priya Prasad is free then.")).to_be_visible()
    dialog.get_by_role("button", name="Book", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(dana.visit("Pat Patel")).to_contain_text("12:30")


def test_an_appointment_gets_another_time(committed: None, cast: Cast, visit: Visit) -> None:
    later = timezone.localtime() + timedelta(days=1)
    factories.create_appointment(provider=cast.priya, patient=cast.patient, starts_at=later)
    dana = visit(cast.dana, f"/arrivals/?date={later.date()}")
    priya = visit(cast.priya, "/inbox/")
    dana.page.wait_for_load_state("networkidle")
    dana.visit("Pat Patel").get_by_role("button", name="More for Pat Patel").click()
    dana.page.get_by_role("button", name="Another time…").click()
    dialog = dana.page.get_by_role("dialog")
    dialog.get_by_label("Time").fill("23:15")
    dialog.get_by_label("Reason").fill("The room is taken")
    dialog.get_by_role("button", name="Move").click()
    expect(dialog).to_be_hidden()
    expect(dana.visit("Pat Patel")).to_contain_text("23:15")
    expect(priya.toast("Pat Patel moved to another time")).to_contain_text("The room is taken")


def test_a_duty_is_planned_and_taken_off(committed: None, cast: Cast, visit: Visit) -> None:
    monday = week.monday_of(timezone.localdate()) + week.WEEK
    mona = visit(cast.mona, f"/roster/?week={monday}")
    expect(mona.page.get_by_text("nobody on duty")).to_have_count(7)
    mona.page.wait_for_load_state("networkidle")
    mona.page.locator(".day").first.get_by_role("button", name="Add").click()
    dialog = mona.page.get_by_role("dialog")
    dialog.get_by_label("Who").select_option("Omar Othman")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_be_hidden()
    duty = mona.page.locator(".duty", has_text="Omar Othman")
    expect(duty).to_contain_text("07:00")
    expect(mona.page.get_by_text("nobody on duty")).to_have_count(8)
    duty.click()
    dialog.get_by_role("button", name="Take off the roster…").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(duty).to_have_count(0)


def test_a_result_leads_the_provider_to_the_patient(
    committed: None, cast: Cast, visit: Visit
) -> None:
    factories.create_admission(ward=cast.cardiology, patient=cast.patient, provider=cast.priya)
    factories.report_result(cast.patient, provider=cast.priya, ward=cast.cardiology)
    priya = visit(cast.priya, "/inbox/")
    priya.notification("Urea and electrolytes").get_by_role("link").first.click()
    expect(priya.page.get_by_role("heading", name="Urea and electrolytes")).to_be_visible()
    priya.page.get_by_role("link", name="Pat Patel").click()
    expect(priya.page.locator("#chart")).to_contain_text("Test result ready")
