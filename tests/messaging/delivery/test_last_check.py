"""Just before a message goes out: is it still true, and still wanted?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox.models import Notification
from messaging.channels import Topic
from messaging.models import Message
from messaging.reasons import Reason
from tests import factories
from tests.cast import Cast, create_cast
from tests.messaging import people
from tests.messaging.people import make_reachable, prefer, written
from wards.actions import admissions, appointments, corrections
from wards.kinds import Kind
from wards.models import Admission, Appointment, Discharge, User

pytestmark = pytest.mark.django_db(transaction=True)

IN_TWO_DAYS = timedelta(days=2)
OTHER_TIME = timedelta(days=9)


@pytest.fixture
def cast() -> Cast:
    cast = create_cast()
    make_reachable(cast)
    return cast


def objections(messages: list[Message]) -> set[str]:
    """The reasons against these, "" where there is none."""
    with scopes_disabled():
        found = people.objections(messages)
    return {found.get(message.pk, "") for message in messages}


def visit(cast: Cast) -> Appointment:
    return factories.create_appointment(
        provider=cast.priya, patient=cast.patient, starts_at=timezone.now() + IN_TWO_DAYS
    )


def remind(appointment: Appointment) -> None:
    factories.record_event(
        appointment.hospital,
        Kind.APPOINTMENT_REMINDER_DUE,
        patient=appointment.patient,
        provider=appointment.provider,
        appointment=appointment,
        data={"starts_at": appointment.starts_at},
    )


def move(appointment: Appointment) -> None:
    appointments.reschedule(
        appointment=appointment, starts_at=timezone.now() + OTHER_TIME, reason="Strike"
    )


def arrive(appointment: Appointment) -> None:
    """Comes two days early, in effect: the appointment keeps the time that the messages tell."""
    Appointment.objects.filter(pk=appointment.pk).update(status=Appointment.Status.ARRIVED)


def miss(appointment: Appointment) -> None:
    """As another system tells it."""
    appointments.no_show(appointment=appointment, told_at=timezone.now(), source="hl7")


Step = Callable[[Appointment], object]
CONFIRM: Step = lambda visit: appointments.confirm(appointment=visit)  # noqa: E731
CANCEL: Step = lambda visit: appointments.cancel(appointment=visit, reason="Strike")  # noqa: E731


@pytest.mark.parametrize(
    ("first", "then", "code", "reason"),
    [
        (remind, None, "appointment_reminder_due", ""),
        (remind, CONFIRM, "appointment_reminder_due", ""),
        (remind, CANCEL, "appointment_reminder_due", Reason.VISIT_CANCELLED),
        (remind, move, "appointment_reminder_due", Reason.VISIT_MOVED),
        (remind, arrive, "appointment_reminder_due", Reason.VISIT_OVER),
        (remind, miss, "appointment_reminder_due", Reason.VISIT_OVER),
        (CONFIRM, None, "appointment_confirmed", ""),
        (CONFIRM, CANCEL, "appointment_confirmed", Reason.VISIT_CANCELLED),
        (CONFIRM, move, "appointment_confirmed", Reason.VISIT_MOVED),
        (move, None, "appointment_rescheduled", ""),
        (move, CANCEL, "appointment_rescheduled", Reason.VISIT_CANCELLED),
        (move, CANCEL, "appointment_rescheduled_staff", Reason.VISIT_CANCELLED),
        (move, CANCEL, "appointment_booked_staff", Reason.VISIT_CANCELLED),
        (CANCEL, None, "appointment_cancelled", ""),
        (miss, None, "appointment_no_show", ""),
        (miss, move, "appointment_no_show", Reason.VISIT_MOVED),
    ],
)
def test_what_is_said_of_an_appointment(
    cast: Cast, first: Step, then: Step | None, code: str, reason: str
) -> None:
    booked = visit(cast)
    with scope(hospital=cast.hospital.pk):
        first(booked)
        if then:
            then(booked)
    assert objections(written(code=code)) == {reason}


def test_a_second_move_overtakes_the_first(cast: Cast) -> None:
    booked = visit(cast)
    with scope(hospital=cast.hospital.pk):
        move(booked)
        first = written(code="appointment_rescheduled")
        appointments.reschedule(
            appointment=booked, starts_at=timezone.now() + IN_TWO_DAYS * 3, reason="Strike"
        )
    second = [m for m in written(code="appointment_rescheduled") if m not in first]
    assert objections(first) == {Reason.VISIT_MOVED}
    assert objections(second) == {""}


def stay(cast: Cast) -> Admission:
    return factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)


def test_a_welcome_does_not_follow_the_patient_home(cast: Cast) -> None:
    admitted = stay(cast)
    assert objections(written(code="patient_admitted")) == {""}
    with scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=admitted, ward=cast.renal, bed=cast.renal_bed)
        assert objections(written(code="patient_transferred")) == {""}
        admissions.discharge(admission=admitted)
    assert objections(written(code="patient_admitted")) == {Reason.DISCHARGED}
    assert objections(written(code="patient_transferred")) == {Reason.DISCHARGED}
    assert objections(written(code="patient_discharged")) == {""}


def test_nobody_is_wished_a_good_way_home_who_stays(cast: Cast) -> None:
    admitted = stay(cast)
    with scope(hospital=cast.hospital.pk):
        admissions.discharge(admission=admitted)
        queued = written(code="patient_discharged")
        corrections.cancel_discharge(admission=admitted)
    assert objections(queued) == {Reason.WITHDRAWN}


def test_the_dead_are_left_in_peace(cast: Cast) -> None:
    admitted = stay(cast)
    booked = visit(cast)
    remind(booked)
    with scope(hospital=cast.hospital.pk):
        admissions.discharge(admission=admitted, status=Discharge.Status.DECEASED)
        appointments.cancel(appointment=booked, reason="Deceased")
    to_patient = written(patient=cast.patient)
    assert {m.code for m in to_patient} >= {"appointment_reminder_due", "appointment_cancelled"}
    assert "patient_discharged" not in {m.code for m in to_patient}
    assert objections(to_patient) == {Reason.DECEASED}
    with scopes_disabled():
        told = Notification.objects.filter(recipient=cast.pat)
        assert not told.filter(event__kind=Kind.PATIENT_DISCHARGED).exists()


def test_whoever_said_stop_meanwhile_is_left_alone(cast: Cast) -> None:
    stay(cast)
    prefer(cast.patient, sms=False)
    assert objections(written(channel="sms")) == {Reason.OPTED_OUT}
    assert objections(written(channel="email")) == {""}


def test_a_kind_that_was_switched_off_meanwhile(cast: Cast) -> None:
    remind(visit(cast))
    prefer(cast.patient, reminders=False)
    assert objections(written(code="appointment_reminder_due")) == {Reason.OPTED_OUT}


def test_whoever_does_not_work_here_any_more(cast: Cast) -> None:
    visit(cast)
    User.objects.filter(pk=cast.priya.pk).update(is_active=False)
    assert objections(written(code="appointment_booked_staff")) == {Reason.LEFT}


def test_what_somebody_wrote_by_hand_is_theirs(cast: Cast) -> None:
    """No event stands behind it: only the wishes count."""
    with scopes_disabled():
        by_hand = Message.objects.create(
            hospital=cast.hospital,
            patient=cast.patient,
            topic=Topic.BILLING,
            channel="sms",
            address="+4915112345678",
            language="en",
            body="Hello",
        )
        nobody = Message.objects.create(
            hospital=cast.hospital,
            topic=Topic.MARKETING,
            channel="email",
            address="somebody@example.org",
            language="en",
            body="Hello",
        )
    assert objections([by_hand, nobody]) == {""}
    prefer(cast.patient, billing=False)
    assert objections([by_hand]) == {Reason.OPTED_OUT}


@pytest.mark.parametrize("number", [1, 25])
def test_it_takes_three_queries_however_many(cast: Cast, number: int) -> None:
    for _ in range(number):
        remind(visit(cast))
    messages = written()
    with scopes_disabled(), CaptureQueriesContext(connection) as queries:
        assert people.objections(messages) == {}
    assert len(queries) == 3  # the messages; the ledger's locks; the ledger
