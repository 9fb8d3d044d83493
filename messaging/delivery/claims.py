"""Takes due messages for one sender, and counts the attempt before anybody is called.

A claim is a lease: whoever holds the row as `sending` has until `due_at` to say what came of it.
When that passes, nobody knows whether the provider took the message, so it is asked about
(`claim_unclear`) and never just sent again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from messaging.channels import RINGING, Channel
from messaging.contacts import quiet_hours
from messaging.delivery import health, intents, last_check
from messaging.delivery.transitions import Moves
from messaging.models import BulkSend, Message, MessageLog
from messaging.providers.base import Provider
from messaging.reasons import Reason
from messaging.statuses import UNSENT, Status
from wards.base import clock

# Speaks against the channel alone.
THIS_WAY = (Reason.OPTED_OUT, Reason.NO_ADDRESS)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a look at the table gave."""

    messages: Sequence[Message] = ()
    more: bool = False  # there is more due
    wait: float = 0.0  # seconds until the provider's rate allows those that were left


def claim(channel: Channel, provider: Provider, limit: int) -> Claim:
    """Up to `limit` due messages of the channel, marked as being sent by `provider`.

    Those of bulk sends come after all others, so that a hundred thousand of them hold up nobody.
    Each goes to where its reader is reached by now. Those that are no longer true or wanted are
    suppressed instead. Constant queries.
    """
    with transaction.atomic():
        due = _due(channel, limit)
        if not due:
            return Claim()
        moves = Moves()
        wanted = _wanted(due, moves)
        number = health.take(provider, len(wanted)) if wanted else 0
        until = _lease_end()
        for message in wanted[:number]:
            _begin(message, provider, until, moves)
        moves.write()
    left = len(wanted) - number
    return Claim(wanted[:number], more=left > 0 or len(due) == limit, wait=left / provider.rate)


def claim_unclear(
    channel: Channel, provider: str, limit: int, under_way: Collection[int] = ()
) -> dict[Message, datetime]:
    """Up to `limit` messages whose lease ran out, leased again to ask the provider about them.

    With the time at which each was handed to it, as far as we know. Not those whose calls the
    caller has `under_way` (ids): however long one takes, its end says more than asking would.
    """
    with transaction.atomic():
        mine = Message.objects.filter(channel=channel, status=Status.SENDING, provider=provider)
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

    Then those of bulk sends, one bulk send after the other. Each look has an index of its own.
    """
    due = _due_of(Message.objects.filter(channel=channel, status__in=UNSENT))
    looks = (
        due.filter(bulk=None).order_by("due_at"),
        *(due.filter(which).order_by("bulk_id", "due_at") for which in sending_now(channel)),
    )
    found: list[Message] = []
    for look in looks:
        if len(found) < limit:
            found += look[: limit - len(found)]
    return found


def _due_of(messages: QuerySet[Message]) -> QuerySet[Message]:
    due = messages.select_for_update(of=("self",), skip_locked=True).filter(due_at__lte=Now())
    return due.select_related("hospital", "patient", "user", "bulk")


def sending_now(channel: Channel) -> list[Q]:
    """Which messages of bulk sends may leave on the channel: of none that is paused.

    First those that the quiet hours do not hold although people are asleep.
    """
    active = BulkSend.objects.filter(status=BulkSend.Status.SENDING, completed_at=None)
    awake: list[int] = []
    asleep = Q()
    for bulk in active.select_related("hospital__messaging_policy").order_by("pk"):
        over_at = intents.rings_again(bulk.hospital) if channel in RINGING else None
        if over_at is None:
            awake.append(bulk.pk)
        elif bulk.audience == BulkSend.Audience.APPOINTMENTS:  # no others expire
            asleep |= Q(quiet_hours.passes(over_at), bulk=bulk.pk)
    return [which for which in (asleep, Q(bulk__in=awake) if awake else Q()) if which]


def begun() -> list[int]:
    """The bulk sends that have begun and of whose messages some may be due."""
    open_ = BulkSend.objects.filter(completed_at=None, started_at__isnull=False)
    return list(open_.values_list("pk", flat=True))


def _wanted(due: list[Message], moves: Moves) -> list[Message]:
    """Those that are to be sent, with the addresses of now.

    The others take another channel, or are suppressed.
    """
    now = clock.now()
    objections: dict[int, str] = {
        message.pk: Reason.EXPIRED
        for message in due
        if message.expires_at is not None and message.expires_at <= now
    }
    objections |= last_check.objections([m for m in due if m.pk not in objections])
    wanted = []
    for message in due:
        address, reason = message.address, objections.get(message.pk, "")
        if not reason and not intents.readdress(message):
            reason = Reason.NO_ADDRESS
        if not reason:
            wanted.append(message)
            if message.address != address:
                moves.change(message)
        elif reason in THIS_WAY and intents.on_next_channel(message):
            moves.change(message)
        else:
            moves.move(message, Status.SUPPRESSED, detail=reason)
    return wanted


def _begin(message: Message, provider: Provider, until: datetime, moves: Moves) -> None:
    message.attempts += 1
    message.tries += 1
    message.provider, message.provider_id = provider.name, ""
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
