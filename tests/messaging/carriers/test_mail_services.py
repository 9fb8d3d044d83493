"""Every service for e-mail that `manage.py check` accepts works both ways."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from pytest_django.fixtures import Settings

from messaging import carriers, webhooks
from messaging.carriers.base import Carrier, Inbound, Receipt, Said
from messaging.channels import Channel
from tests.messaging.carriers.mail_account import ADDRESS, EC, KEYS, post, public
from tests.messaging.carriers.mail_payloads import (
    AT,
    TO,
    mailjet,
    mailtrap,
    mandrill,
    sendgrid,
    sns,
    sparkpost,
    unisender,
)
from tests.messaging.carriers.mail_vectors import EVENTS, START, STOP
from tests.messaging.listener import Answer, Listener

pytestmark = pytest.mark.django_db
HAS_SES = pytest.mark.skipif(find_spec("boto3") is None, reason="needs boto3")


def words(heard: Inbound) -> str:
    """What its reader has said, in one way or another."""
    return {Said.UNSUBSCRIBED: STOP, Said.COMPLAINT: STOP, Said.START: START}.get(heard.said, "")


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    settings.EMAIL_FROM, settings.PUBLIC_URL = "messages@rawdah.example", "https://w.example"
    settings.ANYMAIL = dict(KEYS)
    settings.MESSAGING_PROVIDERS = ["anymail"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the webhook passes on, instead of what becomes of it."""
    told: list[Any] = []

    def pass_on(carrier: Carrier, found: list[Any]) -> bool:
        told.extend(found)
        return True

    monkeypatch.setattr(webhooks, "_pass_on", pass_on)
    return told


BY_THEIR_OWN_ID = ("mailersend", "postal")  # these keep nothing of ours


@pytest.mark.parametrize(
    ("esp", "about", "expected"),
    [pytest.param(*row, marks=HAS_SES if row[0] == "amazon_ses" else ()) for row in EVENTS],
)
def test_s15_what_an_event_means(
    client: Client, settings: Settings, told: list[Any], esp: str, about: Any, expected: list[Any]
) -> None:
    assert post(client, settings, esp, about)[0] == 204
    found = [each.status if isinstance(each, Receipt) else words(each) for each in told]
    assert found == expected
    for each in told:
        if isinstance(each, Inbound):
            assert (each.channel, each.address) == (Channel.EMAIL, TO)
        else:
            assert (each.reference == "7-2") is (esp not in BY_THEIR_OWN_ID)
            assert each.provider_id
            assert each.at is None or abs(each.at - datetime.fromtimestamp(AT, UTC)).days == 0


BATCHES: dict[str, tuple[list[Any], list[Any], list[Any]]] = {
    "sendgrid": (sendgrid("delivered"), [{"email": "x@y.example"}], [{"event": 3}, 7, None]),
    "mailjet": (mailjet("sent"), [{"no": "event"}], [7]),
    "sparkpost": (sparkpost("delivery"), [{"msys": {"a": {}, "b": {}}}], [{}]),
    "mandrill": (mandrill("send"), [{"event": "inbound"}], [7]),
}


@pytest.mark.parametrize("esp", [*BATCHES, "mailtrap", "unisender_go"])
def test_s15_one_foreign_event_sinks_no_other(
    client: Client, settings: Settings, told: list[Any], esp: str
) -> None:
    """06-sendgrid-batch-with-one-foreign-event."""
    if esp == "mailtrap":
        about: Any = mailtrap("delivery")
        about["events"] = [{"event": "new"}, 7, *about["events"], {"event": "delivery"}]
    elif esp == "unisender_go":
        about = unisender("sent")
        user = about["events_by_user"][0]
        user["events"] = [{"event_name": "new"}, 7, *user["events"], {}]
    else:
        good, foreign, nonsense = BATCHES[esp]
        about = [*foreign, *good, *nonsense, *good]
    assert post(client, settings, esp, about)[0] == 204
    assert {each.reference for each in told} == {"7-2"}
    assert len(told) == (1 if esp in ("mailtrap", "unisender_go") else 2)


@pytest.mark.parametrize("esp", sorted({row[0] for row in EVENTS} - {"amazon_ses"}))
@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b"null", b"\xff", b"[[[", b'{"a": 1}'])
def test_s15_what_makes_no_sense_is_never_a_fault_of_ours(
    client: Client, settings: Settings, told: list[Any], esp: str, body: bytes
) -> None:
    if esp == "mandrill":
        body = body if body != b"\xff" else b"x"
    assert post(client, settings, esp, body)[0] in (204, 400, 403)
    assert told == []


def test_s15_what_is_sent_for_others_is_no_fault(
    client: Client, settings: Settings, told: list[Any]
) -> None:
    """06: a newsletter of the same account, alone in its batch."""
    event = {"email": "newsletter@example.net", "timestamp": AT, "event": "open", "ip": "192.0.2.1"}
    assert post(client, settings, "sendgrid", [event | {"sg_message_id": "other.filter"}])[0] == 204
    assert told == []


class TestSignatures:
    def test_s15_sendgrid_with_a_key_needs_no_password(
        self, client: Client, settings: Settings, told: list[Any]
    ) -> None:
        settings.ANYMAIL = {
            "SENDGRID_API_KEY": "k",
            "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": public(EC),
        }
        body = json.dumps(sendgrid("delivered")).encode()
        signed = b64encode(EC.sign(b"1" + body, ec.ECDSA(hashes.SHA256()))).decode()
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": signed,
            "X-Twilio-Email-Event-Webhook-Timestamp": "1",
        }
        assert post(client, settings, "sendgrid", body, **headers)[0] == 204
        assert len(told) == 1
        headers["X-Twilio-Email-Event-Webhook-Timestamp"] = "2"
        assert post(client, settings, "sendgrid", body, **headers)[0] == 403

    @pytest.mark.parametrize("esp", ["mailersend", "postal", "mandrill", "mailgun", "sendgrid"])
    def test_s15_a_forged_one_is_forged_and_never_500(
        self, client: Client, settings: Settings, told: list[Any], esp: str
    ) -> None:
        settings.ANYMAIL_ESP = esp
        carriers.get.cache_clear()
        for headers in ({}, {"Signature": "x"}, {"X-Postal-Signature": "!"}):
            answer = client.post(ADDRESS, b"{}", content_type="application/json", headers=headers)
            assert answer.status_code == 403
        assert told == []

    def test_unisender_looks_with_get_and_others_with_head(
        self, client: Client, settings: Settings
    ) -> None:
        settings.ANYMAIL_ESP = "unisender_go"
        assert client.get(ADDRESS).status_code == client.head(ADDRESS).status_code == 200

    @HAS_SES
    def test_s15_sns_is_asked_who_it_is_and_its_subscription_confirmed(
        self, client: Client, settings: Settings
    ) -> None:
        confirm = sns("SubscriptionConfirmation", Token="t", SubscribeURL="https://sns.example")
        with Listener() as amazon:
            amazon.answer = Answer(200, CONFIRMED)
            settings.ANYMAIL = KEYS | {
                "AMAZON_SES_CLIENT_PARAMS": {
                    "endpoint_url": amazon.url,
                    "aws_access_key_id": "k",
                    "aws_secret_access_key": "k",
                }
            }
            settings.ANYMAIL_ESP = "amazon_ses"
            carriers.get.cache_clear()
            answer = client.post(ADDRESS, json.dumps(confirm), content_type="application/json")
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
            assert amazon.asked == []
            assert post(client, settings, "amazon_ses", confirm)[0] == 204
            (asked,) = amazon.asked
        assert asked.form["Action"] == "ConfirmSubscription"
        assert asked.form["Token"] == "t"

    @HAS_SES
    @pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"Type": "?"}'])
    def test_s15_garbage_for_ses(self, client: Client, settings: Settings, body: bytes) -> None:
        assert post(client, settings, "amazon_ses", body)[0] in (400, 403, 411)


CONFIRMED = b"""<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
<ConfirmSubscriptionResult><SubscriptionArn>arn:x</SubscriptionArn></ConfirmSubscriptionResult>
</ConfirmSubscriptionResponse>"""
