"""Messages about events: whom they are for, their words, and whether they are still true.

Between the event and the sending lie quiet hours, retries and outages: the appointment may have
been moved, the patient gone home; or none of it has happened after all.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from messaging import rendering
from messaging.delivery.origins import Origin, contact_of
from messaging.delivery.reach import Contact, Texts
from messaging.models import Message
from messaging.reasons import Reason
from messaging.rendering import Text
from messaging.rendering.values import moment
from messaging.rendering.versions import Versions, newest
from wards.kinds import Kind
from wards.models import Admission, Appointment, Event, Result, Withdrawal

Status = Appointment.Status
TO_COME = (Status.BOOKED, Status.CONFIRMED)
# What a message of these kinds says of an appointment is true while it is to come, at that time.
SAYS_WHEN = (
    Kind.APPOINTMENT_BOOKED,
    Kind.APPOINTMENT_CONFIRMED,
    Kind.APPOINTMENT_RESCHEDULED,
    Kind.APPOINTMENT_REMINDER_DUE,
)
SAYS_READY = (Kind.TEST_RESULT_READY, Kind.TEST_RESULT_CORRECTED)
SAYS_HERE = (Kind.PATIENT_ADMITTED, Kind.PATIENT_TRANSFERRED)


class EventOrigin(Origin):
    """What the rule table says of an event, to patients and to people who work here."""

    related = ("event__appointment", "event__admission")

    def annotations(self) -> Mapping[str, Any]:
        return {"withdrawn": Exists(Withdrawal.objects.filter(event=OuterRef("event")))}

    def contact(self, message: Message) -> Contact | None:
        return contact_of(message)

    def texts(self, message: Message) -> Texts:
        words = newest([(message.hospital_id, message.code)])
        return texts_of(words, message.hospital_id, message.code)

    def objections(self, messages: Collection[Message]) -> dict[int, str]:
        results = _of_results(messages)
        found = {
            message.pk: _untrue(message) or results.get(message.pk, "") for message in messages
        }
        return {pk: reason for pk, reason in found.items() if reason}


def texts_of(words: Versions, hospital: int, code: str) -> Texts:
    """The words of these templates that have the code."""

    def find(channel: str, language: str) -> Text | None:
        version = words.get((hospital, code, channel))
        return rendering.text(version, channel, language) if version else None

    return find


def _of_results(messages: Iterable[Message]) -> dict[int, str]:
    """Message id -> reason, where a result is not what patients were to be told of any more."""
    about = {
        message.pk: message.event.data["result"]
        for message in messages
        if message.event and message.event.kind in SAYS_READY
    }
    results = Result.objects.in_bulk({*about.values()}) if about else {}
    return {
        pk: Reason.WITHDRAWN
        for pk, id_ in about.items()
        if (result := results.get(id_)) and not result.is_harmless
    }


def _untrue(message: Message) -> str:
    event = message.event
    if event is None or message.withdrawn:  # type: ignore[attr-defined]
        return Reason.WITHDRAWN
    if event.appointment is not None:
        return _of_appointment(event, event.appointment)
    return _of_stay(event, event.admission) if event.admission is not None else ""


def _of_appointment(event: Event, appointment: Appointment) -> str:
    if event.kind in SAYS_WHEN:
        return not_at(appointment, moment(event, "starts_at"))
    if event.kind == Kind.APPOINTMENT_NO_SHOW and appointment.status != Status.NO_SHOW:
        return Reason.VISIT_MOVED
    return ""


def not_at(appointment: Appointment, told: datetime | None) -> str:
    """Why it is no longer true that the appointment will be at the time that was told."""
    if appointment.status == Status.CANCELLED:
        return Reason.VISIT_CANCELLED
    if appointment.status not in TO_COME:
        return Reason.VISIT_OVER
    # Not to the microsecond: JSON keeps three digits.
    moved = told and abs(appointment.starts_at - told) > timedelta(seconds=1)
    return Reason.VISIT_MOVED if moved else ""


def _of_stay(event: Event, stay: Admission) -> str:
    if event.kind in SAYS_HERE and stay.discharged_at is not None:
        return Reason.DISCHARGED
    if event.kind == Kind.PATIENT_DISCHARGED and stay.discharged_at is None:
        return Reason.STILL_HERE
    return ""
