"""A bulk send with one text and one recipient, written past the actions; no worker is woken."""

from typing import Any

from django_scopes import scope

from messaging.channels import Channel, Topic
from messaging.models import Campaign, CampaignRecipient, CampaignVariant
from wards.models import User


def create_campaign_rows(by: User, **fields: Any) -> Campaign:
    """Ready to be sent, unless given."""
    assert by.hospital is not None
    given: dict[str, Any] = {
        "name": "Open day",
        "status": Campaign.Status.READY,
        "audience": Campaign.Audience.ALL,
        "topic": Topic.CARE,
        "channels": [Channel.SMS],
        "total": 1,
        "included": 1,
    }
    with scope(hospital=by.hospital.pk):
        campaign = Campaign.objects.create(hospital=by.hospital, created_by=by, **given | fields)
        CampaignVariant.objects.create(
            campaign=campaign, number=0, body_en="Dear {first_name}, we are open."
        )
        CampaignRecipient.objects.create(
            campaign=campaign,
            line=1,
            channel=Channel.SMS,
            fallbacks=[],
            address="+966501234567",
            language="en",
            body="Dear Layla, we are open.",
            parts=1,
        )
    return campaign
