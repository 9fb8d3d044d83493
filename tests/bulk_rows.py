"""A bulk send with one text and one recipient, written past the actions; no worker is woken."""

from typing import Any

from django_scopes import scope

from messaging.channels import Channel, Topic
from messaging.models import BulkRecipient, BulkSend, BulkVariant
from wards.models import User


def create_bulk_rows(by: User, **fields: Any) -> BulkSend:
    """Ready to be sent, unless given."""
    assert by.hospital is not None
    given: dict[str, Any] = {
        "name": "Open day",
        "status": BulkSend.Status.READY,
        "audience": BulkSend.Audience.ALL,
        "topic": Topic.CARE,
        "channels": [Channel.SMS],
        "total": 1,
        "included": 1,
    }
    with scope(hospital=by.hospital.pk):
        bulk = BulkSend.objects.create(hospital=by.hospital, created_by=by, **given | fields)
        BulkVariant.objects.create(bulk=bulk, number=0, body_en="Dear {first_name}, we are open.")
        BulkRecipient.objects.create(
            bulk=bulk,
            line=1,
            channel=Channel.SMS,
            fallbacks=[],
            address="+966501234567",
            language="en",
            body="Dear Layla, we are open.",
            parts=1,
        )
    return bulk
