"""Says when a patient has to be reminded of an appointment, or asked how it went.

Nothing is scheduled ahead. A tick looks at what is due now and records it under a key made of the
appointment and its time: so each reminder happens once per appointment time whoever looks and
however often, and an appointment that is moved or cancelled needs no clean-up.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat
from django_scopes import scopes_disabled

from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Appointment, Event

BEFORE = (timedelta(hours=24), timedelta(hours=2))
FOLLOW_UP_AFTER = timedelta(hours=1)
FOLLOW_UP_AT_MOST_AFTER = timedelta(hours=24)  # a worker that was away for a day asks nobody
BATCH = 500

Status = Appointment.Status


def record_due(before: tuple[timedelta, ...] = BEFORE) -> int:
    """Records the reminders and follow-ups that are due now; returns how many."""
    with scopes_disabled():
        reminders = sum(_record(list(_reminders(lead))) for lead in before)
        return reminders + _record(list(_follow_ups()))


def record_reminders(lead: timedelta) -> int:
    """Records the reminders due for appointments that begin within `lead`; returns how many."""
    with scopes_disabled():
        return _record(list(_reminders(lead)))


def _reminders(lead: timedelta) -> Iterator[Event]:
    """One for each appointment that begins within `lead`.

    Whoever booked later than that has just been told; and a shorter lead's turn is not this one's.
    """
    now = clock.now()
    until_next = max((other for other in BEFORE if other < lead), default=timedelta())
    due = Appointment.objects.filter(
        status__in=(Status.BOOKED, Status.CONFIRMED),
        starts_at__gt=now + until_next,
        starts_at__lte=now + lead,
        created_at__lte=F("starts_at") - lead,
        patient__deceased=False,
    )
    hours = f"{lead.total_seconds() / 3600:g}"
    for appointment in due.select_related("hospital", "patient", "provider"):
        key = f"reminder:{hours}h:{appointment.pk}:{_moment(appointment.starts_at)}"
        yield _event(Kind.APPOINTMENT_REMINDER_DUE, appointment, key, hours_before=hours)


def _follow_ups() -> Iterator[Event]:
    """One for each appointment that was completed an hour ago or more, and not asked about yet."""
    now = clock.now()
    asked = Event.objects.filter(
        hospital=OuterRef("hospital"),
        source=Event.Source.SYSTEM,
        key=Concat(Value("follow-up:"), Cast(OuterRef("pk"), TextField())),
    ).exclude(key="")
    completed = Event.objects.filter(
        ~Exists(asked),
        kind=Kind.APPOINTMENT_COMPLETED,
        at__lte=now - FOLLOW_UP_AFTER,
        at__gt=now - FOLLOW_UP_AT_MOST_AFTER,
        appointment__status=Status.COMPLETED,
        appointment__patient__deceased=False,
    ).select_related("appointment__hospital", "appointment__patient", "appointment__provider")
    for event in completed:
        assert event.appointment is not None
        yield _event(Kind.APPOINTMENT_FOLLOW_UP_DUE, event.appointment, f"follow-up:{event.pk}")


def _event(kind: Kind, appointment: Appointment, key: str, **data: str) -> Event:
    return Event(
        hospital=appointment.hospital,
        kind=kind,
        source=Event.Source.SYSTEM,
        patient=appointment.patient,
        provider=appointment.provider,
        appointment=appointment,
        data={"starts_at": appointment.starts_at, **data},
        key=key,
    )


def _moment(at: datetime) -> str:
    return f"{at.timestamp():.0f}"


def _record(due: list[Event]) -> int:
    """Records those that are not recorded yet, some hundreds in a transaction."""
    count = 0
    for start in range(0, len(due), BATCH):
        batch = due[start : start + BATCH]
        # Said in full, as the index on keys has it: left to itself PostgreSQL proves that none of
        # them is empty for a hundred at most, and reads the whole table for more.
        known = Event.objects.filter(
            hospital__in={event.hospital_id for event in batch},
            source=Event.Source.SYSTEM,
            key__in=[event.key for event in batch],
        ).exclude(key="")
        done = set(known.values_list("key", flat=True))
        new = [event for event in batch if event.key not in done]
        try:
            with transaction.atomic():
                count += len(events.record_all(new)) if new else 0
        except IntegrityError:
            continue  # another tick was quicker with one of them; the next one sees which
    return count
