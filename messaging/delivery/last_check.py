"""Is it still true, and still wanted? Asked just before a message leaves the house.

Between the event and the sending lie quiet hours, retries and outages: the appointment may have
been moved, the patient gone home, or said STOP; or none of it has happened after all.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from messaging.campaigns import appointments
from messaging.contacts import consent
from messaging.models import Message
from messaging.reasons import Reason
from messaging.rendering.values import moment
from wards.actions import deaths
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


def objections(messages: Sequence[Message]) -> dict[int, str]:
    """Message id -> reason, for those that should not go out any more.

    Reads the present state in three queries at most, however many messages there are. Changes
    nothing.
    """
    about = (
        *("hospital", "patient__preference", "user", "bulk"),
        *("event__appointment", "event__admission"),
    )
    present = Message.objects.select_related(*about).defer("subject", "body", "values")
    withdrawn = Withdrawal.objects.filter(event=OuterRef("event"))
    present = present.annotate(died=deaths.has_died("patient"), withdrawn=Exists(withdrawn))
    known = present.in_bulk([message.pk for message in messages])
    untold = appointments.untrue(list(known.values())) | _of_results(known.values())
    return {
        message.pk: reason
        for message in messages
        if (now := known.get(message.pk))
        and (reason := _objection(message, now) or untold.get(message.pk, ""))
    }


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


def _objection(message: Message, now: Any) -> str:
    """`message` as it would go out, `now` with everything as it is at present."""
    person = now.patient or now.user
    if now.died:
        return Reason.DECEASED
    if now.withdrawn:
        return Reason.WITHDRAWN
    if now.user and not now.user.is_active:
        return Reason.LEFT
    if person and not consent.wants(person, message.channel, message.topic):
        return Reason.OPTED_OUT
    return _untrue(now.event) if now.event else ""


def _untrue(event: Event) -> str:
    if event.appointment is not None:
        return _of_appointment(event, event.appointment)
    return _of_stay(event, event.admission) if event.admission is not None else ""


def _of_appointment(event: Event, appointment: Appointment) -> str:
    status = appointment.status
    if event.kind in SAYS_WHEN:
        if status == Status.CANCELLED:
            return Reason.VISIT_CANCELLED
        if status not in TO_COME:
            return Reason.VISIT_OVER
        told = moment(event, "starts_at")
        # Not to the microsecond: JSON keeps three digits.
        if told and abs(appointment.starts_at - told) > timedelta(seconds=1):
            return Reason.VISIT_MOVED
    if event.kind == Kind.APPOINTMENT_NO_SHOW and status != Status.NO_SHOW:
        return Reason.VISIT_MOVED
    return ""


def _of_stay(event: Event, stay: Admission) -> str:
    if event.kind in SAYS_HERE and stay.discharged_at is not None:
        return Reason.DISCHARGED
    if event.kind == Kind.PATIENT_DISCHARGED and stay.discharged_at is None:
        return Reason.STILL_HERE
    return ""
