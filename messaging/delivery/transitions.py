"""Transitions: the only place where messages change their status, each with its log.

One by one in memory, as what became of each says, and written back many at once (`Moves`); or by
a statement, where all that are chosen go the same way (statements.py).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from messaging.carriers import answers
from messaging.contacts import ledger
from messaging.delivery import origins, page_updates
from messaging.delivery.origins import on_next_channel
from messaging.insights import prices
from messaging.models import Ground, Message, MessageLog, Source
from messaging.reasons import Reason
from messaging.statuses import HANDED_OVER, Status, may_become
from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, User

# What sending changes of a message. `parts` and the words change with the channel.
CHANGING = (
    "status", "reason", "due_at", "expires_at", "attempts", "tries", "channel", "fallbacks",
    "address", "country", "language", "subject", "body", "version_id", "parts", "provider",
    "provider_id", "cost", "currency", "sent_at", "delivered_at", "read_at",
)  # fmt: skip
LAST_MOMENT = timedelta(minutes=1)  # before a message is of no use any more
# Who has read it has got it, and what has arrived was sent, whether or not we were told.
STAMPS = {
    Status.SENT: ("sent_at",),
    Status.DELIVERED: ("delivered_at", "sent_at"),
    Status.READ: ("read_at", "delivered_at", "sent_at"),
}


class Moves:
    """The moves of one transaction: the rows are locked, changed in memory, and written once."""

    def __init__(self) -> None:
        self._changed: dict[int, Message] = {}
        self._log: list[MessageLog] = []
        self._lost: list[Message] = []
        self._said: list[ledger.Entry] = []

    def move(
        self,
        message: Message,
        status: Status,
        *,
        detail: str = "",
        at: datetime | None = None,
        actor: User | None = None,
    ) -> bool:
        """Moves it and logs that; False, and nothing, where there is no such move.

        `at`: when it happened, where the carrier says so.
        """
        if not may_become(message.status, status):
            return False
        message.status, message.due_at = status, None
        message.reason = "" if status in HANDED_OVER else detail
        if status == Status.BOUNCED:
            message.delivered_at = None  # what came back has not arrived
        for stamp in STAMPS.get(status, ()):
            setattr(message, stamp, getattr(message, stamp) or at or clock.now())
        self._log.append(
            MessageLog(
                message=message,
                status=status,
                attempt=message.attempts,
                channel=message.channel,
                provider=message.provider,
                actor=actor,
                detail=detail,
            )
        )
        self.change(message)
        return True

    def fail(
        self,
        message: Message,
        code: str,
        *,
        permanent: bool = False,
        wait: float | None = None,
        delays: Sequence[float] | None = None,
    ) -> bool:
        """Moves it to failed or bounced: to be tried again, on the next channel, or lost for good.

        `delays`: seconds before each further try; as in the settings where not given. `wait`: not
        before so many seconds, which the carrier asks for: where that is longer than the message or
        its next channel can wait, it goes that way. False where it is in no state to fail. What the
        code says of the address goes into the ledger of consent, whatever becomes of the message.
        """
        self.hear(message, code, permanent=permanent)
        if not self.move(message, Status.BOUNCED if permanent else Status.FAILED, detail=code):
            return False
        delays = settings.MESSAGING_RETRIES if delays is None else delays
        if not permanent and message.tries <= len(delays):
            delay = delays[max(message.tries, 1) - 1]
            too_long = _is_too_long(message, delay, wait or 0, max(delays))
            if not (too_long and on_next_channel(message)):
                message.due_at = _again(message, delay, wait or 0)
            return True
        message.due_at = clock.now()
        if not on_next_channel(message):
            message.due_at = None
            self._lost.append(message)
        return True

    def lose(self, message: Message, reason: Reason) -> None:
        """Moves it to failed for good, whatever else could be tried."""
        if self.move(message, Status.FAILED, detail=reason):
            self._lost.append(message)

    def hear(self, message: Message, code: str, *, permanent: bool) -> None:
        """Notes what a carrier's code says of the address that the message has now.

        A no is one to all hospitals, because the carrier has one number for them.
        """
        source, ground = Source.CARRIER, Ground.REFUSED
        if answers.says_no(message.provider, code):
            keys = ledger.keys_everywhere(message.channel, message.address)
        elif permanent and answers.says_gone(message.provider, code):
            source, ground = Source.BOUNCE, Ground.UNDELIVERABLE
            mine = ledger.key(message.hospital_id, message.channel, message.address)
            keys = [mine] if mine else []
        else:
            return
        self._said += [ledger.Entry(key, ground, True, source, code) for key in keys]

    def change(self, message: Message) -> None:
        """Has it written, without a move."""
        self._changed[message.pk] = message

    def write(self) -> int:
        """Writes everything, in a statement for each table; returns how many moves there were."""
        ledger.note(self._said)
        if self._changed:
            prices.fill(self._changed.values())
            _update(self._changed.values())
            MessageLog.objects.bulk_create(self._log)
            _record(self._lost)
            page_updates.moved(self._changed.values())
        return len(self._log)


def _is_too_long(message: Message, delay: float, wait: float, patience: float) -> bool:
    """Whether the next channel is better than waiting on this one."""
    now, expires_at = clock.now(), message.expires_at
    if expires_at is not None and expires_at <= now:
        return False
    until = now + timedelta(seconds=max(delay, wait))
    return wait > patience or (expires_at is not None and until >= expires_at)


def _again(message: Message, delay: float, wait: float) -> datetime:
    """When this channel is tried again: once more while it is of use, whatever the carrier says."""
    now = clock.now()
    due = now + timedelta(seconds=max(delay, wait))
    if message.expires_at is None or due < message.expires_at:
        return due
    return max(message.expires_at - LAST_MOMENT, now + timedelta(seconds=delay))


def locked(messages: QuerySet[Message], **which: object) -> list[Message]:
    """Those messages, locked in an order that all keep to, so that nobody waits in a circle."""
    return list(messages.select_for_update(of=("self",)).filter(**which).order_by("pk"))


def wake(channels: Iterable[str]) -> None:
    """Has the sender look at these channels once this transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify('messages_due', c) FROM unnest(%s::text[]) AS c", [[*channels]]
        )


def _update(messages: Iterable[Message]) -> None:
    rows = [{"id": m.pk} | {name: getattr(m, name) for name in CHANGING} for m in messages]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE, [json.dumps(rows, default=str)])
    now = clock.now()
    if due := {m.channel for m in messages if m.due_at and m.due_at <= now}:
        wake(due)


UPDATE = f"""
UPDATE messaging_message AS message
SET {", ".join(f"{name} = new.{name}" for name in CHANGING)}
FROM jsonb_populate_recordset(NULL::messaging_message, %s) AS new
WHERE message.id = new.id
"""  # noqa: S608  (the names are ours)


def _record(lost: Sequence[Message]) -> None:
    """One event for each message that nobody will try again, once a message.

    None where the origin itself tells how many have failed.
    """
    lost = [message for message in lost if origins.of(message).tells_of_failures]
    if not lost:
        return
    keys = {f"message.failed:{message.pk}": message for message in lost}
    hospitals = {message.hospital_id for message in lost}
    known = Event.objects.filter(hospital__in=hospitals, source=Event.Source.SYSTEM, key__in=keys)
    known = known.exclude(key="")  # said, so that the index on keys serves however many there are
    for key in set(known.values_list("key", flat=True)):
        del keys[key]
    if keys:
        events.record_all([_failed(message, key) for key, message in keys.items()])


def _failed(message: Message, key: str) -> Event:
    return Event(
        hospital_id=message.hospital_id,
        kind=Kind.MESSAGE_FAILED,
        source=Event.Source.SYSTEM,
        patient_id=message.patient_id,
        data={"message": message.pk, "channel": message.channel, "reason": message.reason},
        key=key,
    )
