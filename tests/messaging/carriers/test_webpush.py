"""Push to browsers (RFC 8030, 8291 and 8292), against a push service of our own."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from messaging.carriers.base import Accepted, Carrier, Outgoing
from messaging.carriers.webpush import WebPush
from messaging.channels import Channel
from tests.messaging.carriers.contract import PATIENT, Contract
from tests.messaging.listener import Answer


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


BROWSER, AUTH = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
PUBLIC = BROWSER.public_key().public_bytes(
    serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
)
OURS = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value


class TestWebPush(Contract):
    channel = Channel.PUSH
    scenes = {
        "accepted": Answer(201, b"", {"Location": "https://push.example/message/1"}),
        "permanent": Answer(410, b"push subscription has unsubscribed or expired."),
        # The status is all that counts (RFC 8030, 5): this one is no yes.
        "garbage": Answer(302, b"<html>"),
    }

    def make(self, url: str) -> Carrier:
        key = _base64(OURS.to_bytes(32, "big"))
        return WebPush(key, "mailto:it@rawdah.example", timeout=self.timeout)

    def message(self, url: str, **fields: Any) -> Outgoing:
        subscription = {
            "endpoint": f"{url}/push/abc",
            "keys": {"p256dh": _base64(PUBLIC), "auth": _base64(AUTH)},
        }
        return super().message(url, **{"to": json.dumps(subscription)} | fields)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        assert asked.path == "/push/abc"
        assert asked.headers["authorization"].startswith("vapid t=")
        assert asked.headers["urgency"] == "high"
        assert int(asked.headers["ttl"]) > 0
        assert asked.headers["content-encoding"] == "aes128gcm"

    @pytest.mark.parametrize(
        ("language", "words"), [("en", "You have a new alert."), ("ar", "لديك تنبيه جديد.")]
    )
    def test_it_says_that_there_is_something_and_never_what(
        self, other_side: Any, language: str, words: str
    ) -> None:
        self.play(other_side, "accepted")
        self.make(other_side.url).send(self.message(other_side.url, language=language))
        shown = http_ece.decrypt(
            other_side.asked[0].body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm"
        )
        assert json.loads(shown) == {
            "title": "Rawdah General",
            "body": words,
            "url": "/",
            "tag": "7",
        }
        for secret in (PATIENT, "appointment", "10:30"):
            assert secret.encode() not in shown

    def test_it_shows_whose_it_is(self, other_side: Any) -> None:
        self.play(other_side, "accepted")
        self.make(other_side.url).send(self.message(other_side.url))
        token = other_side.asked[0].headers["authorization"].split("t=")[1].split(",")[0]
        claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["aud"] == other_side.url
        assert claims["sub"] == "mailto:it@rawdah.example"

    @pytest.mark.parametrize(
        "address", ["", "x", "[]", "{}", '{"endpoint": "https://push.example/1"}', "3"]
    )
    def test_what_is_no_subscription(self, address: str) -> None:
        fault = self.refused("", to=address)
        assert (fault.permanent, fault.code) == (True, "invalid_address")
