"""Takes due messages for one sender, and counts the attempt before anybody is called.

A claim is a lease: whoever holds the row as `sending` has until `due_at` to say what came of it.
When that passes, nobody knows whether the carrier took the message, so it is asked about
(`claim_unclear`) and never just sent again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now

from messaging.carriers.base import Carrier
from messaging.channels import Channel
from messaging.contacts.addresses import Address
from messaging.delivery import health, last_check, origins
from messaging.delivery.last_check import Verdict
from messaging.delivery.origins import Look, on_next_channel
from messaging.delivery.transitions import Moves
from messaging.models import Message, MessageLog
from messaging.reasons import Reason
from messaging.statuses import UNSENT, Status
from wards.base import clock

# Speaks against the channel alone.
THIS_WAY = (
    *(Reason.OPTED_OUT, Reason.SAID_NO, Reason.COMES_BACK, Reason.DISPUTED, Reason.NO_ADDRESS),
    *(Reason.BAD_ADDRESS, Reason.BAD_NUMBER, Reason.LANDLINE, Reason.COSTLY_NUMBER),
)
AS_GIVEN = Address("")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a look at the table gave."""

    messages: Sequence[Message] = ()
    more: bool = False  # there is more due
    wait: float = 0.0  # seconds until the carrier's rate allows those that were left


def claim(channel: Channel, carrier: Carrier, limit: int) -> Claim:
    """Up to `limit` due messages of the channel, marked as being sent by `carrier`.

    Those of batches come after all others, so that a hundred thousand of them hold up nobody.
    Each goes to where its reader is reached by now. Those that are no longer true or wanted, or
    whose address has said no, are suppressed instead. Constant queries.
    """
    with transaction.atomic():
        due = _due(channel, limit)
        if not due:
            return Claim()
        moves = Moves()
        wanted = _wanted(due, moves)
        number = health.take(carrier, len(wanted)) if wanted else 0
        until = _lease_end()
        for message in wanted[:number]:
            _begin(message, carrier, until, moves)
        moves.write()
    left = len(wanted) - number
    return Claim(wanted[:number], more=left > 0 or len(due) == limit, wait=left / carrier.rate)


def claim_unclear(
    channel: Channel, carrier: str, limit: int, under_way: Collection[int] = ()
) -> dict[Message, datetime]:
    """Up to `limit` messages whose lease ran out, leased again to ask the carrier about them.

    With the time at which each was handed to it, as far as we know. Not those whose calls the
    caller has `under_way` (ids): however long one takes, its end says more than asking would.
    """
    with transaction.atomic():
        mine = Message.objects.filter(channel=channel, status=Status.SENDING, provider=carrier)
        mine = mine.exclude(pk__in=under_way)
        unclear = list(_due_of(mine).order_by("due_at")[:limit])
        if not unclear:
            return {}
        Message.objects.filter(pk__in=[m.pk for m in unclear]).update(due_at=_lease_end())
        times = dict(
            MessageLog.objects.filter(message__in=unclear, status=Status.SENDING)
            .order_by()
            .values_list("message")
            .annotate(Max("at"))
        )
    return {message: times[message.pk] for message in unclear}


def put_off(channel: Channel) -> bool:
    """Has the message whose turn it is wait: a fault of ours must not hold up those behind it."""
    with transaction.atomic():
        for message in _due(channel, 1):
            later = clock.now() + timedelta(minutes=5)
            return bool(Message.objects.filter(pk=message.pk).update(due_at=later))
    return False


def _due(channel: Channel, limit: int) -> list[Message]:
    """Those that are due and that nobody else is at, the longest due first.

    Then those of batches, one batch after the other.
    """
    due = _due_of(Message.objects.filter(channel=channel, status__in=UNSENT))
    looks = [Look(origins.single(), ["due_at"])]
    looks += [look for batched in origins.batched().values() for look in batched.looks(channel)]
    found: list[Message] = []
    for look in looks:
        if len(found) < limit:
            found += due.filter(look.which).order_by(*look.order)[: limit - len(found)]
    return found


def _due_of(messages: QuerySet[Message]) -> QuerySet[Message]:
    due = messages.select_for_update(of=("self",), skip_locked=True).filter(due_at__lte=Now())
    return due.select_related(*origins.related())


def _wanted(due: list[Message], moves: Moves) -> list[Message]:
    """Those that are to be sent, with the addresses of now.

    The others take another channel, or are suppressed.
    """
    now = clock.now()
    in_time = [m for m in due if m.expires_at is None or m.expires_at > now]
    verdicts = last_check.check(in_time)
    wanted = []
    for message in due:
        verdict = verdicts.get(message.pk) or Verdict(AS_GIVEN, Reason.EXPIRED)
        if not verdict.reason:
            wanted.append(message)
            if message.address != verdict.address.text:
                message.address, message.country = verdict.address
                moves.change(message)
        elif verdict.reason in THIS_WAY and on_next_channel(message):
            moves.change(message)
        else:
            moves.move(message, Status.SUPPRESSED, detail=verdict.reason)
    return wanted


def _begin(message: Message, carrier: Carrier, until: datetime, moves: Moves) -> None:
    message.attempts += 1
    message.tries += 1
    message.provider, message.provider_id = carrier.name, ""
    message.cost, message.currency = None, ""
    message.sent_at = message.delivered_at = message.read_at = None
    moves.move(message, Status.SENDING)
    message.due_at = until


def _lease_end() -> datetime:
    """By the database's clock: one whose own is slow must not give away what it is sending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now + timedelta(seconds=settings.MESSAGING_LEASE)
