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
from messaging.models import Campaign, CampaignRecipient, Message
from messaging.rendering import Text


class CampaignOrigin(Batched):
    """A bulk send, whose recipients were worked out before."""

    related = ("campaign",)
    tells_of_failures = False  # its end tells how many

    def contact(self, message: Message) -> Contact | None:
        """Of a list or file, at the address that the row gives."""
        if _campaign(message).audience in Campaign.OF_PATIENTS:
            return contact_of(message)
        given = message.values
        return contact_of(message, str(given.get("email") or ""), str(given.get("phone") or ""))

    def texts(self, message: Message) -> Texts:
        words = texts.of_message(message, _campaign(message))

        def find(channel: str, language: str) -> Text | None:
            version = words.get(channel)
            return rendering.text(version, channel, language) if version else None

        return find

    def objections(self, messages: Collection[Message]) -> dict[int, str]:
        """What was told of appointments is held against them as they are now."""
        lines = {
            (message.campaign_id, line_of(message)): message.pk
            for message in messages
            if _campaign(message).audience == Campaign.Audience.APPOINTMENTS
        }
        if not lines:
            return {}
        told = Q()
        for campaign, line in lines:
            told |= Q(campaign=campaign, line=line)
        found = CampaignRecipient.objects.filter(told).select_related("appointment")
        return {
            lines[recipient.campaign_id, recipient.line]: reason
            for recipient in found
            if recipient.appointment
            if (reason := not_at(recipient.appointment, recipient.starts_at))
        }

    def looks(self, channel: Channel) -> Sequence[Look]:
        """Of none that is paused; first those that quiet hours do not hold although they ring."""
        active = Campaign.objects.filter(status=Campaign.Status.SENDING, completed_at=None)
        awake: list[int] = []
        asleep = Q()
        for campaign in active.select_related("hospital__messaging_policy").order_by("pk"):
            rings = channel in RINGING
            over_at = quiet_hours.rings_again(campaign.hospital) if rings else None
            if over_at is None:
                awake.append(campaign.pk)
            elif campaign.audience == Campaign.Audience.APPOINTMENTS:  # no others expire
                asleep |= Q(quiet_hours.passes(over_at), campaign=campaign.pk)
        found = [asleep, Q(campaign__in=awake) if awake else Q()]
        return [Look(which, ["campaign_id", "due_at"]) for which in found if which]

    def begun(self) -> Q:
        open_ = Campaign.objects.filter(completed_at=None, started_at__isnull=False)
        return Q(campaign__in=list(open_.values_list("pk", flat=True)))

    def ended(self) -> Q:
        return Q(campaign__status=Campaign.Status.CANCELLED)

    def topic(self, message: Message) -> str:
        return f"bulk.{message.campaign_id}"


def line_of(message: Message) -> int:
    """The line of the recipient of whom a message was made."""
    return int(message.key.rpartition(":")[2])


def _campaign(message: Message) -> Campaign:
    assert message.campaign is not None
    return message.campaign
