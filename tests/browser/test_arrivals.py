"""The front desk's queue and the provider's ping."""

from datetime import timedelta

from django.utils import timezone
from django_scopes import scope
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import Elsewhere, Visit
from tests.cast import Cast
from wards.actions import appointments
from wards.models import Appointment

Status = Appointment.Status


def book(cast: Cast, **how: object) -> Appointment:
    """An appointment of Pat with Priya today, whatever the hour of the test."""
    near = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    moved = near + timedelta(hours=1)
    starts = moved if moved.date() == near.date() else near
    return factories.create_appointment(
        provider=cast.priya, patient=cast.patient, starts_at=starts, **how
    )


def test_arrived_pings_the_provider(committed: None, cast: Cast, visit: Visit) -> None:
    book(cast, status=Status.CONFIRMED, financial_clearance=True)
    dana, priya = visit(cast.dana, "/arrivals/"), visit(cast.priya, "/arrivals/")
    row = dana.visit("Pat Patel")
    expect(row).to_contain_text("Consent missing")
    row.get_by_role("button", name="Arrived").click()

    expect(priya.toast("Pat Patel has arrived")).to_contain_text("Consent not verified")
    expect(priya.visit("Pat Patel").get_by_role("button", name="Start")).to_be_visible()
    expect(dana.visit("Pat Patel")).to_contain_text("since")
    expect(dana.toast("Priya Prasad has been told that Pat Patel is here")).to_be_visible()
    expect(dana.page.locator("[data-count=here]")).to_have_text("1")


def test_the_provider_sees_the_patient_through(committed: None, cast: Cast, visit: Visit) -> None:
    book(cast, status=Status.ARRIVED)
    priya = visit(cast.priya, "/arrivals/")
    row = priya.visit("Pat Patel")
    expect(row.get_by_role("button", name="Arrived")).to_have_count(0)
    row.get_by_role("button", name="Start").click()
    priya.visit("Pat Patel").get_by_role("button", name="Complete").click()
    expect(priya.visit("Pat Patel")).to_contain_text("Completed")


def test_a_refused_move_says_why(committed: None, cast: Cast, visit: Visit) -> None:
    """Somebody else was faster, and this browser has not heard of it yet."""
    appointment = book(cast, status=Status.CONFIRMED)
    dana = visit(cast.dana, "/arrivals/")
    dana.page.wait_for_load_state("networkidle")
    dana.page.route("**/arrivals/", lambda route: route.abort())
    with scope(hospital=cast.hospital.pk):
        Appointment.objects.filter(pk=appointment.pk).update(status=Status.NO_SHOW)
    dana.visit("Pat Patel").get_by_role("button", name="Arrived").click()
    expect(dana.toast("can no longer become Arrived")).to_be_visible()
    expect(dana.visit("Pat Patel")).to_contain_text("No show")


def test_cancelling_asks_for_the_reason(committed: None, cast: Cast, visit: Visit) -> None:
    book(cast)
    dana, priya = visit(cast.dana, "/arrivals/"), visit(cast.priya, "/inbox/")
    dana.visit("Pat Patel").get_by_role("button", name="More for Pat Patel").click()
    dana.page.get_by_role("button", name="Cancel…").click()
    dialog = dana.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Reason").fill("Recovered")
    dialog.get_by_role("button", name="Cancel the appointment").click()
    expect(dialog).to_be_hidden()
    expect(dana.visit("Pat Patel")).to_contain_text("Recovered")
    expect(priya.toast("Pat Patel cancelled")).to_contain_text("Recovered")


def test_a_new_booking_appears_by_itself(elsewhere: Elsewhere, cast: Cast, visit: Visit) -> None:
    dana = visit(cast.dana, "/arrivals/")
    expect(dana.page.get_by_text("No appointments today")).to_be_visible()
    appointment = elsewhere(book, cast)
    expect(dana.visit("Pat Patel")).to_be_visible()
    elsewhere(appointments.confirm, appointment=appointment)
    expect(dana.visit("Pat Patel")).to_contain_text("Confirmed")


def test_filters_stay_while_the_queue_moves(committed: None, cast: Cast, visit: Visit) -> None:
    book(cast, status=Status.CONFIRMED)
    other = factories.create_patient(cast.hospital, first_name="Layla", last_name="Haddad")
    factories.create_appointment(provider=cast.priya, patient=other, starts_at=timezone.now())
    dana = visit(cast.dana, "/arrivals/")
    dana.page.get_by_label("Find a patient or an appointment").fill("lay")
    expect(dana.visit("Pat Patel")).to_have_count(0)
    dana.page.get_by_role("link", name="Expected").click()
    expect(dana.page).to_have_url("/arrivals/?q=lay&stage=expected")
    dana.visit("Layla").get_by_role("button", name="Arrived").click()
    expect(dana.page.get_by_text("Nobody matches")).to_be_visible()
    dana.page.get_by_role("link", name="Expected").click()
    expect(dana.visit("Layla")).to_contain_text("since")
