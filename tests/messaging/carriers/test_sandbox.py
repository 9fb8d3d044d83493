"""The sandbox carrier as a carrier."""

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from messaging.carriers.base import Accepted, Carrier
from messaging.carriers.sandbox import Sandbox
from messaging.sandbox.signatures import sign
from messaging.statuses import Status
from tests.messaging.carriers.contract import BODY, WebhookContract, post
from tests.messaging.listener import Answer

SECRET = "shared"


def receipt(status: str) -> dict[str, Any]:
    about = {"type": "receipt", "id": "SB00000001", "reference": "7-2", "code": "", "at": 1.5}
    return {"events": [about | {"status": status}]}


class TestSandbox(WebhookContract):
    scenes = {
        "accepted": Answer(
            201, {"id": "SB00000001", "parts": 1, "cost": "0.0400", "currency": "USD"}
        ),
        "permanent": Answer(400, {"code": "invalid_recipient"}),
    }
    told = {
        Status(status): receipt(status)
        for status in ("sent", "delivered", "read", "failed", "bounced")
    }

    def make(self, url: str) -> Carrier:
        return Sandbox(url, SECRET, timeout=self.timeout)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        assert asked.headers["authorization"] == f"Bearer {SECRET}"
        assert (asked.json["to"], asked.json["body"]) == (self.to, BODY)
        assert accepted == Accepted("SB00000001", Decimal("0.04"), "USD", 1)

    def request(self, about: object, *, key: str = SECRET) -> HttpRequest:
        body = json.dumps(about).encode()
        return post("/webhooks/messages/sandbox/", body, sign(key, body))
