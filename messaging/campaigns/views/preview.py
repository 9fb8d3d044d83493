"""What the pages say of a bulk send before it leaves: who gets it, at what cost, who approves."""

from datetime import datetime
from typing import Any, NamedTuple

from messaging.campaigns import actions, files
from messaging.campaigns.preview import Preview, preview
from messaging.channels import RINGING
from messaging.contacts import quiet_hours
from messaging.insights import hours
from messaging.insights.hours import Advice
from messaging.models import Campaign, CampaignRecipient, MessagingPolicy
from wards.models import Patient, User


class Sample(NamedTuple):
    """One of the first recipients, and whom the row is about where that is known."""

    recipient: CampaignRecipient
    name: str

    @property
    def letter(self) -> str:
        """Of the text they get: A, B."""
        return chr(ord("A") + self.recipient.variant)


def context(campaign: Campaign, user: User) -> dict[str, Any]:
    """For the preview and the questions it asks; a constant number of queries."""
    seen = preview(campaign)
    policy = MessagingPolicy.of(campaign.hospital)
    return {
        "preview": seen,
        "cost": sorted(((cost, name) for name, cost in seen.cost.items()), reverse=True),
        "samples": _samples(seen),
        "two_texts": len(seen.by_variant) > 1,
        "sent_before": files.sent_before(campaign),
        "policy": policy,
        "needs_approval": campaign.included > policy.approval_above,
        "may_approve": actions.may_approve(campaign, user),
        "quiet_until": _quiet_until(campaign, seen),
    }


def advice(seen: Preview) -> Advice | None:
    """The hour at which most of it would best go out, if one stands out."""
    return hours.advice(seen.by_channel[0].name) if seen.by_channel else None


def _samples(seen: Preview) -> list[Sample]:
    patients = Patient.objects.in_bulk([each.patient_id for each in seen.first if each.patient_id])
    return [Sample(each, _name(each, patients)) for each in seen.first]


def _name(recipient: CampaignRecipient, patients: dict[int, Patient]) -> str:
    patient = patients.get(recipient.patient_id or 0)
    named = recipient.values.get("patient_name") or recipient.values.get("name") or ""
    return str(patient) if patient else str(named)


def _quiet_until(campaign: Campaign, seen: Preview) -> datetime | None:
    """When phones may ring again, where some of it would ring now."""
    rings = any(share.name in RINGING for share in seen.by_channel)
    return quiet_hours.rings_again(campaign.hospital) if rings else None
