"""Messages of bulk sends: whom they are for, their words, when they leave, whether still true."""

from collections.abc import Collection, Sequence

from django.db.models import Q

from messaging import rendering
from messaging.campaigns import texts
from messaging.channels import RINGING, Channel
from messaging.contacts import quiet_hours
from messaging.delivery.intents import not_at
from messaging.delivery.origins import Batched, Look, contact_of
from messaging.delivery.reach import Contact, Texts
from messaging.models import BulkRecipient, BulkSend, Message
from messaging.rendering import Text


class CampaignOrigin(Batched):
    """A bulk send, whose recipients were worked out before."""

    related = ("bulk",)
    tells_of_failures = False  # its end tells how many

    def contact(self, message: Message) -> Contact | None:
        """Of a list or file, at the address that the row gives."""
        if _bulk(message).audience in BulkSend.OF_PATIENTS:
            return contact_of(message)
        given = message.values
        return contact_of(message, str(given.get("email") or ""), str(given.get("phone") or ""))

    def texts(self, message: Message) -> Texts:
        words = texts.of_message(message, _bulk(message))

        def find(channel: str, language: str) -> Text | None:
            version = words.get(channel)
            return rendering.text(version, channel, language) if version else None

        return find

    def objections(self, messages: Collection[Message]) -> dict[int, str]:
        """What was told of appointments is held against them as they are now."""
        lines = {
            (message.bulk_id, line_of(message)): message.pk
            for message in messages
            if _bulk(message).audience == BulkSend.Audience.APPOINTMENTS
        }
        if not lines:
            return {}
        told = Q()
        for bulk, line in lines:
            told |= Q(bulk=bulk, line=line)
        found = BulkRecipient.objects.filter(told).select_related("appointment")
        return {
            lines[recipient.bulk_id, recipient.line]: reason
            for recipient in found
            if recipient.appointment
            if (reason := not_at(recipient.appointment, recipient.starts_at))
        }

    def looks(self, channel: Channel) -> Sequence[Look]:
        """Of none that is paused; first those that quiet hours do not hold although they ring."""
        active = BulkSend.objects.filter(status=BulkSend.Status.SENDING, completed_at=None)
        awake: list[int] = []
        asleep = Q()
        for bulk in active.select_related("hospital__messaging_policy").order_by("pk"):
            rings = channel in RINGING
            over_at = quiet_hours.rings_again(bulk.hospital) if rings else None
            if over_at is None:
                awake.append(bulk.pk)
            elif bulk.audience == BulkSend.Audience.APPOINTMENTS:  # no others expire
                asleep |= Q(quiet_hours.passes(over_at), bulk=bulk.pk)
        found = [asleep, Q(bulk__in=awake) if awake else Q()]
        return [Look(which, ["bulk_id", "due_at"]) for which in found if which]

    def begun(self) -> Q:
        open_ = BulkSend.objects.filter(completed_at=None, started_at__isnull=False)
        return Q(bulk__in=list(open_.values_list("pk", flat=True)))

    def ended(self) -> Q:
        return Q(bulk__status=BulkSend.Status.CANCELLED)

    def topic(self, message: Message) -> str:
        return f"bulk.{message.bulk_id}"


def line_of(message: Message) -> int:
    """The line of the recipient of whom a message was made."""
    return int(message.key.rpartition(":")[2])


def _bulk(message: Message) -> BulkSend:
    assert message.bulk is not None
    return message.bulk
