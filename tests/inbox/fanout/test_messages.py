"""Events become messages to those outside the app: once, true, and never in the ward's way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox import fanout
from inbox.models import Notification
from messaging.models import Message, MessageTemplate, TemplateVersion
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast, create_cast
from tests.messaging.happenings import due, stay, visit
from tests.messaging.people import make_reachable, prefer, written
from wards import events
from wards.actions import admissions, appointments, corrections
from wards.kinds import Kind
from wards.models import Appointment, Event, Outbox, Patient, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    """The cast, whose patient and provider can be reached in every way and at any hour."""
    cast = create_cast()
    make_reachable(cast)
    return cast


class TestOnce:
    def test_fanning_out_again_writes_nothing_more(self, cast: Cast) -> None:
        stay(cast)
        before = [message.pk for message in written()]
        with scopes_disabled():
            event = Event.objects.get(kind=Kind.PATIENT_ADMITTED)
            Notification.objects.all().delete()
            Outbox.objects.create(event=event)
            assert fanout.dispatch([event.pk]) == 1
        assert [message.pk for message in written()] == before != []

    def test_two_events_are_two_intentions(self, cast: Cast) -> None:
        for _ in range(2):
            with scope(hospital=cast.hospital.pk):
                admissions.discharge(admission=stay(cast))
        assert len(written(code="patient_admitted", channel="sms")) == 2


class TestWithdrawn:
    def test_what_did_not_happen_is_not_said(self, cast: Cast) -> None:
        admitted = stay(cast)
        with scope(hospital=cast.hospital.pk):
            corrections.cancel_admission(admission=admitted)
        about = written(code="patient_admitted")
        assert [m.status for m in about] == [Status.CANCELLED, Status.CANCELLED]
        assert {m.reason for m in about} == {"withdrawn"}

    def test_what_has_left_the_house_stays(self, cast: Cast) -> None:
        admitted = stay(cast)
        with scope(hospital=cast.hospital.pk):
            Message.objects.filter(channel="sms").update(status=Status.SENT, due_at=None)
            corrections.cancel_admission(admission=admitted)
        assert {m.channel: m.status for m in written(code="patient_admitted")} == {
            "sms": Status.SENT,
            "email": Status.CANCELLED,
        }


class TestNothingStandsInTheWayOfStaff:
    """Whatever is wrong with a template, the ward hears of the patient, and the reason is kept."""

    def reasons(self, cast: Cast) -> dict[str, str]:
        stay(cast)
        with scopes_disabled():
            assert Notification.objects.filter(recipient=cast.noor).count() == 1
            assert not Outbox.objects.exists()
        found = written(code="patient_admitted")
        assert {m.status for m in found if m.reason} <= {Status.SUPPRESSED}
        assert all(m.due_at is None for m in found if m.reason)
        return {m.channel: m.reason for m in found}

    def sms(self, cast: Cast) -> Any:
        return TemplateVersion.objects.filter(
            template__hospital=cast.hospital,
            template__code="patient_admitted",
            template__channel="sms",
        )

    def test_no_template(self, cast: Cast) -> None:
        with scopes_disabled():
            MessageTemplate.objects.filter(code="patient_admitted").update(is_active=False)
        assert self.reasons(cast) == {"sms": "no_template", "email": "no_template"}

    def test_a_template_that_was_deleted(self, cast: Cast) -> None:
        with scopes_disabled():
            MessageTemplate.objects.filter(channel="sms").update(deleted_at=timezone.now())
        assert self.reasons(cast) == {"sms": "no_template", "email": ""}

    def test_a_value_that_is_not_known(self, cast: Cast) -> None:
        with scopes_disabled():
            self.sms(cast).update(body_en="Dear {first_name}, {shoe_size} {discharge_date}")
        assert self.reasons(cast)["sms"] == "no_value: shoe_size, discharge_date"

    def test_a_template_that_cannot_be_read(self, cast: Cast) -> None:
        with scopes_disabled():
            self.sms(cast).update(body_en="Dear {first_name")
        assert self.reasons(cast)["sms"] == "bad_template"

    def test_nowhere_to_write_to(self, cast: Cast) -> None:
        with scopes_disabled():
            Patient.objects.update(phone="unknown", email="")
        assert self.reasons(cast) == {"sms": "bad_number", "email": "no_address"}

    def test_not_wanted(self, cast: Cast) -> None:
        with scopes_disabled():
            prefer(cast.patient, sms=False)
        assert self.reasons(cast) == {"sms": "opted_out", "email": ""}

    def test_a_provider_without_an_address_has_their_inbox(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.priya.pk).update(email="")
        visit(cast)
        assert written() == []

    def test_a_provider_who_has_left_is_not_written_to(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.priya.pk).update(is_active=False)
        visit(cast)
        assert written() == []


class TestWords:
    def test_they_are_in_the_patients_language_and_the_hospitals_time(self, cast: Cast) -> None:
        with scopes_disabled():
            Patient.objects.update(language="ar")
        starts = timezone.now().replace(hour=8, minute=30) + timedelta(days=3)
        booked = visit(cast, starts_at=starts)
        with scope(hospital=cast.hospital.pk):
            appointments.confirm(appointment=booked)
        sms = written(code="appointment_confirmed", channel="sms")[0]
        assert sms.language == "ar"
        assert "11:30" in sms.body
        assert sms.values["time"] == "11:30"
        assert sms.parts > 0

    def test_what_is_clinical_stays_out_of_phones(self, cast: Cast) -> None:
        """Not even the message's row has the reason, where it may end on a phone."""
        factories.create_admission(
            ward=cast.cardiology, patient=cast.patient, reason="Chest pain", bed=None
        )
        booked = visit(cast, reason="Chest pain")
        with scope(hospital=cast.hospital.pk):
            appointments.confirm(appointment=booked)
        factories.report_result(cast.patient, provider=cast.priya)
        on_phones = [m for m in written() if {m.channel, *m.fallbacks} - {"email"}]
        assert len(on_phones) == 3
        for message in on_phones:
            everything = f"{message.subject} {message.body} {message.values}"
            for word in ("Chest", "Creatinine", "142", "Urea", "Cardiology in"):
                assert word not in everything

    def test_a_cancellation_says_why(self, cast: Cast) -> None:
        booked = visit(cast, reason="Chest pain")
        with scope(hospital=cast.hospital.pk):
            appointments.cancel(appointment=booked, reason="The doctor is ill")
        for message in written(code="appointment_cancelled"):
            assert message.values["reason"] == "The doctor is ill"
            assert "Chest pain" not in str(message.values)


class TestWhen:
    def test_a_reminder_is_useless_once_the_appointment_begins(self, cast: Cast) -> None:
        due(cast, Kind.APPOINTMENT_REMINDER_DUE)
        reminder = written(code="appointment_reminder_due")[0]
        assert reminder.event is not None
        assert reminder.event.appointment is not None
        assert reminder.expires_at is not None
        starts = reminder.event.appointment.starts_at
        assert abs(reminder.expires_at - starts) < timedelta(seconds=1)

    def test_what_is_late_already_is_not_sent(self, cast: Cast) -> None:
        booked = visit(cast, starts_at=timezone.now() - timedelta(hours=1))
        with scope(hospital=cast.hospital.pk):
            appointments.confirm(appointment=booked)
        assert {(m.status, m.reason) for m in written()} == {(Status.SUPPRESSED, "expired")}

    def test_a_feed_that_tells_of_long_ago_writes_to_nobody(self, cast: Cast) -> None:
        last_year = timezone.now() - timedelta(days=400)
        admitted = factories.create_admission(
            ward=cast.cardiology, patient=cast.patient, admitted_at=last_year
        )
        with scope(hospital=cast.hospital.pk):
            admissions.discharge(admission=admitted, at=last_year + timedelta(days=3))
            appointments.no_show(appointment=visit(cast, starts_at=last_year))
            done = visit(cast, starts_at=last_year, status=Appointment.Status.IN_PROGRESS)
            appointments.complete(appointment=done)
        assert {m.code for m in written()} == {
            "patient_admitted",
            "patient_discharged",
            "appointment_no_show",
            "appointment_completed",
        }
        assert {m.reason for m in written()} == {"expired"}

    @pytest.mark.parametrize(
        ("at", "to", "urgent"), [(20, 100, True), (100, 20, True), (100, 120, False)]
    )
    def test_what_changes_tomorrow_does_not_wait_for_the_morning(
        self, cast: Cast, at: int, to: int, urgent: bool
    ) -> None:
        now = timezone.now()
        booked = visit(cast, starts_at=now + timedelta(hours=at))
        with scope(hospital=cast.hospital.pk):
            appointments.reschedule(
                appointment=booked, starts_at=now + timedelta(hours=to), reason="Strike"
            )
        assert {m.urgent for m in written(code="appointment_rescheduled")} == {urgent}


def test_many_events_take_the_queries_of_one(cast: Cast) -> None:
    taken = {count: len(discharge(cast, count)) for count in (2, 60)}
    assert taken[2] == taken[60]
    assert len(written(code="patient_discharged")) == 2 * 62


def discharge(cast: Cast, count: int) -> CaptureQueriesContext:
    """Records so many discharges in one transaction; the queries that took."""
    patients = [
        factories.create_patient(cast.hospital, phone="0501234567", email=f"p{n}@example.org")
        for n in range(count)
    ]
    recorded = [
        Event(
            hospital=cast.hospital,
            kind=Kind.PATIENT_DISCHARGED,
            source="web",
            ward=cast.cardiology,
            patient=patient,
        )
        for patient in patients
    ]
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        events.record_all(recorded)
    return queries
