"""The only way to say that something happened."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypedDict, Unpack

from django.db import connection, transaction
from django.dispatch import Signal

from wards.base import sql
from wards.events import payloads
from wards.kinds import Kind
from wards.models import (
    Admission,
    Appointment,
    Event,
    Hospital,
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


TOGETHER = 1000  # events in one statement
_gathered: ContextVar[list[int] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathering() -> Iterator[list[int]]:
    """The ids of the events that this thread commits meanwhile, of which nobody is told yet.

    For those who record many in transactions of their own and have all told together: whoever asks
    must `tell`. Should they die first, the outbox has the events, as after any crash.
    """
    ids: list[int] = []
    token = _gathered.set(ids)
    try:
        yield ids
    finally:
        _gathered.reset(token)


def tell(event_ids: list[int]) -> None:
    """Has the floors above tell of committed events."""
    recorded.send(sender=Event, event_ids=event_ids)


class About(TypedDict, total=False):
    """Whom and what an event is about; wards/events/payloads/ says of which."""

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

    `data` is the payload of the kind (wards/events/payloads/; JSON values). `key` makes the
    event unique per hospital and source; a repeated one raises IntegrityError. Raises
    RuntimeError outside a transaction: an event without its change, or a change without its
    event, must not be possible.
    """
    event = Event(
        hospital=hospital, kind=kind, source=source, actor=actor, data=data or {}, key=key, **about
    )
    return record_all([event])[0]


def record_all(events: list[Event]) -> list[Event]:
    """Records many at once (`record` for the rules): one query for each thousand.

    `data["withdraws"]` names events that did not happen after all; that takes another. Who has
    `data["tell_at"]` is told of when it is due, by the sweep of the outbox.
    """
    if _training.get():
        for event in events:
            event.data = {**event.data, "training": True}
    if not connection.in_atomic_block:
        raise RuntimeError("events are recorded inside the transaction of the change")
    for event in events:
        rows = [name for name in ABOUT if getattr(event, f"{name}_id") is not None]
        payloads.check(event.kind, event.data, rows)
    written = list(events)
    for start in range(0, len(written), TOGETHER):
        _write(written[start : start + TOGETHER])
    if withdrawn := [(id_, by) for by in written for id_ in by.data.get("withdraws", ())]:
        Withdrawal.objects.bulk_create(
            [Withdrawal(event_id=id_, by=by) for id_, by in withdrawn], ignore_conflicts=True
        )
    ids = [event.pk for event in written if not event.data.get("tell_at")]
    gathered = _gathered.get()
    if gathered is not None:
        transaction.on_commit(lambda: gathered.extend(ids))
    else:
        # A lambda: where a listener fails, Django logs the name of a function; a partial has none.
        transaction.on_commit(lambda: tell(ids), robust=True)
    return written


def withdrawn(events: Iterable[Event]) -> dict[int, int]:
    """What these events take back: id of an event -> id of the one of `events` that does.

    Also what that had taken back itself, and so on: it may have been taken back before it did so.
    One query, none where nothing is taken back.
    """
    direct = {id_: event.pk for event in events for id_ in event.data.get("withdraws", ())}
    if not direct:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAWN, {"ids": [*direct], "by": [*direct.values()]})
        return dict(cursor.fetchall()) | direct


WITHDRAWN = sql.load("wards/events/sql/withdrawn.sql")


def _write(events: list[Event]) -> None:
    """Inserts them, and what says that nobody has been told of them yet, in one statement.

    By hand, for every message of a feed and every click pays for it.
    """
    fields = [field for field in Event._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    values = [
        field.get_db_prep_save(field.pre_save(event, add=True), connection)
        for event in events
        for field in fields
    ]
    with connection.cursor() as cursor:
        rows = ", ".join([row] * len(events))
        cursor.execute(WRITE.replace("/* columns */", columns).replace("/* rows */", rows), values)
        for event, (id_,) in zip(events, cursor.fetchall(), strict=True):
            event.pk, event._state.adding, event._state.db = id_, False, connection.alias


WRITE = sql.load("wards/events/sql/record.sql")


def touch(hospital: Hospital, *topics: str) -> None:
    """Has the pages that watch one of `topics` (as "operation.7") fetch themselves again."""
    transaction.on_commit(
        lambda: touched.send(sender=Event, hospital_id=hospital.pk, topics=topics), robust=True
    )
