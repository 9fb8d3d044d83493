"""Words for tests of what patients are told: people who can be reached, and their messages."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

from django.utils import timezone
from django_scopes import scopes_disabled

from messaging.channels import PATIENT_CHANNELS, Topic
from messaging.delivery import intents, last_check
from messaging.delivery.intents import Intent
from messaging.models import Message, MessagingPolicy, NotificationPreference
from tests import factories
from tests.cast import Cast
from wards.kinds import Kind
from wards.models import Event, Hospital, Patient, User

NUMBER, MAIL = "+966501234567", "pat@example.org"
STAFF_MAIL = "priya@example.org"


def make_reachable(cast: Cast) -> None:
    """Gives the hospital a country and no quiet hours, patient and carrier their addresses."""
    Hospital.objects.filter(pk=cast.hospital.pk).update(
        timezone="Asia/Riyadh", phone="+966 11 555 0100"
    )
    User.objects.filter(pk=cast.priya.pk).update(email=STAFF_MAIL)
    with scopes_disabled():
        Patient.objects.filter(pk=cast.patient.pk).update(phone="050 123 4567", email=MAIL)
        set_quiet(cast.hospital, time(0), time(0))
    for row in (cast.hospital, cast.priya, cast.patient):
        with scopes_disabled():
            row.refresh_from_db()


def set_quiet(hospital: Hospital, begin: time, end: time) -> None:
    """The same time twice: never."""
    with scopes_disabled():
        MessagingPolicy.objects.update_or_create(
            hospital=hospital, defaults={"quiet_from": begin, "quiet_until": end}
        )


def prefer(patient: Patient, **choices: Any) -> None:
    with scopes_disabled():
        NotificationPreference.objects.update_or_create(
            patient=patient, defaults={"hospital_id": patient.hospital_id, **choices}
        )


def written(**which: Any) -> list[Message]:
    """The messages there are, oldest first."""
    with scopes_disabled():
        every = Message.objects.filter(**which).select_related("event", "patient", "user")
        return list(every.order_by("id"))


def reminder(cast: Cast) -> Event:
    """Of Pat's visit in two days, who can be reached in every way; in no table."""
    make_reachable(cast)
    starts = timezone.now() + timedelta(days=2)
    booked = factories.create_appointment(
        provider=cast.priya, patient=cast.patient, starts_at=starts
    )
    return Event(
        pk=10**9,
        hospital=cast.hospital,
        kind=Kind.APPOINTMENT_REMINDER_DUE,
        patient=cast.patient,
        provider=cast.priya,
        appointment=booked,
        data={"starts_at": starts.isoformat()},
    )


def intent(event: Event, routes: Any = (PATIENT_CHANNELS,), **more: Any) -> Intent:
    assert event.patient is not None
    given = {"code": "appointment_reminder_due", "topic": Topic.REMINDERS, "routes": routes}
    return Intent(event=event, person=fresh(event.patient), **given | more)


def fresh(patient: Patient) -> Patient:
    with scopes_disabled():
        return Patient.objects.get(pk=patient.pk)


def prepare(*wanted: Intent) -> list[Message]:
    with scopes_disabled():
        return intents.prepare(wanted)


def objections(messages: Sequence[Message]) -> dict[int, str]:
    """Message id -> reason, for those that would not leave to where they were to go."""
    with scopes_disabled():
        verdicts = last_check.check(messages)
    return {pk: verdict.reason for pk, verdict in verdicts.items() if verdict.reason}
