"""Makes messages of recipients, and takes them back: by statements, some thousands at a time."""

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max

from messaging.channels import RINGING
from messaging.contacts import quiet_hours
from messaging.delivery import statements
from messaging.delivery.intents import not_at
from messaging.models import Campaign, CampaignRecipient, Message
from messaging.reasons import Reason
from messaging.statuses import UNSENT, Status
from wards.base import clock, sql
from wards.models import User

TOGETHER = 5_000  # lines, or messages, in a transaction


class Chunk(NamedTuple):
    """What a statement did: the last line it looked at (0: there is none), and how many rows."""

    line: int
    gone: int = 0  # not true any more


def queue(campaign: Campaign) -> Chunk:
    """Writes the messages of the next lines behind `campaign.queued` into the caller's transaction.

    A message that is there already is not written again: its key has the line.
    """
    next_ = campaign.recipients.filter(line__gt=campaign.queued).order_by("line")[:TOGETHER]
    last = next_.aggregate(last=Max("line"))["last"]
    if last is None:
        return Chunk(0)
    gone = _leave_out_the_untrue(campaign, last)
    now = clock.now()
    given: dict[str, Any] = {
        "bulk": campaign.pk,
        "after": campaign.queued,
        "last": last,
        "hospital": campaign.hospital_id,
        "topic": campaign.topic,
        "now": now,
        "over_at": quiet_hours.rings_again(campaign.hospital) or now,
        "ringing": [channel.value for channel in RINGING],
    }
    statements.insert_from(COLUMNS, RECIPIENTS, given)
    return Chunk(last, gone)


def _leave_out_the_untrue(campaign: Campaign, last: int) -> int:
    """Those who were to be told of an appointment that has been cancelled, moved or begun since."""
    if campaign.audience != Campaign.Audience.APPOINTMENTS:
        return 0
    now = clock.now()
    lines = campaign.recipients.filter(line__gt=campaign.queued, line__lte=last, excluded="")
    found = []
    for recipient in lines.select_related("appointment").only("starts_at", *OF_APPOINTMENT):
        if recipient.appointment is None:
            continue
        begun = Reason.VISIT_OVER if recipient.appointment.starts_at <= now else ""
        recipient.excluded = not_at(recipient.appointment, recipient.starts_at) or begun
        if recipient.excluded:
            found.append(recipient)
    CampaignRecipient.objects.bulk_update(found, ["excluded"])
    return len(found)


def cancel(campaign: Campaign, by: User | None) -> int:
    """Takes back some thousands of the messages that have not left the house; returns how many.

    What is with a carrier at this moment is not tried again.
    """
    mine = Message.objects.filter(campaign=campaign, due_at__isnull=False)
    waiting = mine.filter(status__in=UNSENT).order_by("pk").values_list("pk", flat=True)
    given_out = mine.filter(status=Status.SENDING).values_list("pk", flat=True)
    next_ = [*waiting[:TOGETHER], *given_out]
    return len(statements.cancel(Message.objects.filter(pk__in=next_), by=by))


def retry(campaign: Campaign, by: User) -> int:
    """Queues everything that failed or bounced for good again; returns how many."""
    return len(statements.retry(Message.objects.filter(campaign=campaign, due_at=None), by=by))


def has_more(campaign: Campaign) -> bool:
    """Whether there are lines of which no message has been made."""
    return campaign.recipients.filter(line__gt=campaign.queued).exists()


def has_due(campaign: Campaign) -> bool:
    """Whether something is to be done for a message of it, now or later."""
    return Message.objects.filter(campaign=campaign, due_at__isnull=False).exists()


def with_due() -> list[int]:
    """The bulk sends with messages for which something is to be done, by a look at the index each.

    However many messages are due, and however many are not.
    """
    with connection.cursor() as cursor:
        cursor.execute(WITH_DUE)
        return [campaign for (campaign,) in cursor.fetchall()]


WITH_DUE = sql.load("messaging/campaigns/sql/with_due.sql")
OF_APPOINTMENT = ("appointment__status", "appointment__starts_at")
COLUMNS = (
    "hospital_id", "patient_id", "bulk_id", "variant", "key", "topic", "urgent", "code",
    "version_id", "values", "channel", "fallbacks", "address", "country", "language", "subject",
    "body", "parts", "status", "reason", "due_at", "expires_at", "attempts", "tries", "provider",
    "provider_id", "currency", "created_at",
)  # fmt: skip
RECIPIENTS = sql.load("messaging/campaigns/sql/messages_of_recipients.sql", holds=quiet_hours.HOLDS)
