"""E-mail services through Anymail: Postmark's and Mailgun's shapes stand for all."""

import hashlib
import hmac
from base64 import b64encode
from typing import Any

import pytest
from django.http import HttpRequest
from pytest_django.fixtures import Settings

from messaging.carriers.base import Accepted, Carrier, Forged, Inbound, Said
from messaging.carriers.mail_services import Anymail
from messaging.channels import Channel
from messaging.statuses import Status
from tests.messaging.carriers.contract import BODY, WebhookContract, post
from tests.messaging.listener import Answer, Listener

SECRET, ADDRESS = "user:a-secret", "/webhooks/messages/anymail/"
POSTMARK_ID = "b7bc2f4a-e38e-4336-af7d-e6c392c2f817"


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    settings.EMAIL_FROM = "messages@rawdah.example"
    settings.PUBLIC_URL = "https://wardbell.example"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": "signs"}


def postmark(kind: str, **more: object) -> dict[str, Any]:
    """https://postmarkapp.com/developer/webhooks/webhooks-overview"""
    told = {
        "RecordType": kind,
        "MessageID": POSTMARK_ID,
        "Recipient": "layla@patients.example",
        "DeliveredAt": "2026-11-20T10:30:00Z",
        "Metadata": {"reference": "7-2"},
    }
    return told | more


class TestPostmark(WebhookContract):
    channel = Channel.EMAIL
    to = "layla@patients.example"
    scenes = {
        "accepted": Answer(
            200,
            {
                "To": "layla@patients.example",
                "SubmittedAt": "2026-11-20T10:30:00.000Z",
                "MessageID": POSTMARK_ID,
                "ErrorCode": 0,
                "Message": "OK",
            },
        ),
        "permanent": Answer(
            422,
            {
                "ErrorCode": 406,
                "Message": "You tried to send to a recipient that has been marked as inactive.\n"
                "Found inactive addresses: layla@patients.example. Inactive recipients are ones"
                " that have generated a hard bounce or a spam complaint.",
            },
        ),
    }
    told = {
        Status.DELIVERED: postmark("Delivery"),
        Status.READ: postmark("Open", FirstOpen=True),
        Status.FAILED: postmark("Bounce", Type="SMTPApiError", TypeCode=100006),
        Status.BOUNCED: postmark("Bounce", Type="HardBounce", TypeCode=1),
    }

    def make(self, url: str) -> Carrier:
        return Anymail("postmark", api_url=url, server_token="x", requests_timeout=self.timeout)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        said = asked.json
        assert asked.path == "/email"
        assert asked.headers["x-postmark-server-token"] == "x"
        assert said["To"] == self.to
        assert said["TextBody"] == BODY
        assert "&lt;b&gt;not bold" in said["HtmlBody"]
        assert said["Metadata"] == {"reference": "7-2"}
        assert accepted == Accepted(POSTMARK_ID)

    def request(self, about: object, *, key: str = SECRET) -> HttpRequest:
        basic = b64encode(key.encode()).decode()
        return post(ADDRESS, about, {"Authorization": f"Basic {basic}"})

    @pytest.mark.parametrize(
        "about",
        [
            postmark("SpamComplaint", Type="SpamComplaint", Email="layla@patients.example"),
            postmark(
                "SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression"
            ),
        ],
    )
    def test_complaints_are_opt_outs(self, about: object) -> None:
        (told,) = self.make("http://127.0.0.1:1").receipts(self.request(about))
        assert isinstance(told, Inbound)
        assert (told.channel, told.address, told.body) == (Channel.EMAIL, self.to, "")
        assert told.said in (Said.COMPLAINT, Said.UNSUBSCRIBED)

    def test_what_says_nothing_new(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        assert ours.receipts(self.request(postmark("Bounce", Type="Transient"))) == []

    def test_without_a_secret_it_believes_nobody(self, settings: Settings) -> None:
        settings.ANYMAIL = {}
        with pytest.raises(Forged):
            self.make("http://127.0.0.1:1").verify(self.request(postmark("Delivery")))

    def test_an_address_that_is_none(self, other_side: Listener) -> None:
        fault = self.refused(other_side.url, to="not an address")
        assert (fault.permanent, fault.code) == (True, "invalid_address")
        assert other_side.asked == []


def mailgun(event: str, severity: str = "", reason: str = "") -> dict[str, Any]:
    return {
        "event-data": {
            "event": event,
            "severity": severity,
            "reason": reason,
            "id": "Ase7i2zsRYeDXztHGENqRA",
            "timestamp": 1795192749.1,
            "message": {"headers": {"message-id": "7.message@wardbell.example"}},
            "recipient": "layla@patients.example",
            "user-variables": {"reference": "7-2"},
            "delivery-status": {"code": 550},
        }
    }


class TestMailgun(WebhookContract):
    channel = Channel.EMAIL
    to = "layla@patients.example"
    scenes = {
        "accepted": Answer(
            200, {"id": "<20261120.7@rawdah.example>", "message": "Queued. Thank you."}
        ),
        "permanent": Answer(400, {"message": "to parameter is not a valid address"}),
    }
    told = {
        Status.DELIVERED: mailgun("delivered"),
        Status.READ: mailgun("opened"),
        Status.BOUNCED: mailgun("failed", "permanent", "bounce"),
    }

    def make(self, url: str) -> Carrier:
        options = {"api_url": f"{url}/v3", "api_key": "key-x", "sender_domain": "rawdah.example"}
        return Anymail("mailgun", requests_timeout=self.timeout, **options)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        assert asked.path == "/v3/rawdah.example/messages"
        assert asked.form["text"] == BODY
        assert asked.form["v:reference"] == "7-2"
        assert accepted == Accepted("<20261120.7@rawdah.example>")

    def request(self, about: object, *, key: str = "signs") -> HttpRequest:
        assert isinstance(about, dict)
        timestamp, token = "1795192749", "a-token"
        signed = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256)
        signature = {"timestamp": timestamp, "token": token, "signature": signed.hexdigest()}
        basic = b64encode(SECRET.encode()).decode()
        return post(ADDRESS, about | {"signature": signature}, {"Authorization": f"Basic {basic}"})

    def test_a_soft_bounce_is_not_the_end(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        assert ours.receipts(self.request(mailgun("failed", "temporary", "generic"))) == []
