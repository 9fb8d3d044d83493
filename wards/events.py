"""The only way to say that something happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypedDict, Unpack

from django.db import connection, transaction
from django.dispatch import Signal

from wards import payloads
from wards.kinds import Kind
from wards.models import (
    Admission,
    Appointment,
    Event,
    Hospital,
    Outbox,
    Patient,
    User,
    Ward,
    Withdrawal,
)

# Sent after the transaction that recorded events has committed, with `event_ids`. The floors above
# listen; a fault of theirs is logged and cannot undo what happened.
recorded = Signal()
# Sent after commit where a page shows something new that is no event (progress of a long job), with
# `hospital_id` and the `topics` of the pages.
touched = Signal()


_training: ContextVar[bool] = ContextVar("training", default=False)


@contextmanager
def training() -> Iterator[None]:
    """What is recorded meanwhile is a rehearsal: its alerts say so, and patients hear nothing."""
    token = _training.set(True)
    try:
        yield
    finally:
        _training.reset(token)


class About(TypedDict, total=False):
    """Whom and what an event is about; wards/payloads.py says of which kinds."""

    patient: Patient
    ward: Ward | None
    other_ward: Ward | None
    provider: User | None
    admission: Admission | None
    appointment: Appointment


ABOUT = ("patient", "ward", "other_ward", "provider", "admission", "appointment")


def record(
    kind: Kind,
    *,
    hospital: Hospital,
    source: str = Event.Source.WEB,
    actor: User | None = None,
    data: dict[str, object] | None = None,
    key: str = "",
    **about: Unpack[About],
) -> Event:
    """Writes the event into the transaction that changes the rows it tells of.

    `data` is the payload of the kind (wards/payloads.py; JSON values). `key` makes the
    event unique per hospital and source; a repeated one raises IntegrityError. Raises
    RuntimeError outside a transaction: an event without its change, or a change without its
    event, must not be possible.
    """
    event = Event(
        hospital=hospital, kind=kind, source=source, actor=actor, data=data or {}, key=key, **about
    )
    return record_all([event])[0]


def record_all(events: list[Event]) -> list[Event]:
    """Records many at once (`record` for the rules): the same two queries however many.

    `data["withdraws"]` names events that did not happen after all; that takes a third.
    """
    if _training.get():
        for event in events:
            event.data = {**event.data, "training": True}
    if not connection.in_atomic_block:
        raise RuntimeError("events are recorded inside the transaction of the change")
    for event in events:
        rows = [name for name in ABOUT if getattr(event, f"{name}_id") is not None]
        payloads.check(event.kind, event.data, rows)
    written = Event.objects.bulk_create(events)
    Outbox.objects.bulk_create([Outbox(event=event) for event in written])
    if withdrawn := [(id_, by) for by in written for id_ in by.data.get("withdraws", ())]:
        Withdrawal.objects.bulk_create(
            [Withdrawal(event_id=id_, by=by) for id_, by in withdrawn], ignore_conflicts=True
        )
    ids = [event.pk for event in written]
    # A lambda: where a listener fails, Django logs the function's name, which a partial has not.
    transaction.on_commit(lambda: recorded.send(sender=Event, event_ids=ids), robust=True)
    return written


def touch(hospital: Hospital, *topics: str) -> None:
    """Has the pages that watch one of `topics` (as "operation.7") fetch themselves again."""
    transaction.on_commit(
        lambda: touched.send(sender=Event, hospital_id=hospital.pk, topics=topics), robust=True
    )
