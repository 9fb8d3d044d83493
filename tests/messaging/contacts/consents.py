"""What is said of addresses, and what then stands in the ledger: words for tests of consent."""

from typing import Any

from messaging.campaigns.actions import Words
from messaging.carriers.base import Inbound
from messaging.channels import Channel
from messaging.contacts import hearing
from messaging.models import (
    AddressConsent,
    Campaign,
)
from tests.cast import Cast
from tests.messaging.made_campaigns import create_campaign
from tests.messaging.people import NUMBER

Audience = Campaign.Audience
LETTER = Words(subject_en="News", body_en="Hello", subject_ar="أخبار", body_ar="مرحبا")
HELLO = Words(body_en="Hello there", body_ar="مرحبا")
STRANGER = "+966501112233"


def hear(body: str, address: str = NUMBER, channel: Channel = Channel.SMS, **more: Any) -> None:
    hearing.heard(Inbound(channel, address, body, **more))


def stands(address: str, channel: str = "sms") -> set[str]:
    """What stands against it at any hospital."""
    rows = AddressConsent.objects.filter(address=address, channel=channel, stands=True)
    return set(rows.values_list("ground", flat=True))


def to_list(cast: Cast, text: str, **given: Any) -> Campaign:
    how: dict[str, Any] = {"audience": Audience.LIST, "variants": [HELLO], "source": text}
    return create_campaign(cast.dana, **how | given)


def to_file(cast: Cast, text: str, **given: Any) -> Campaign:
    return to_list(cast, text, audience=Audience.FILE, **given)
