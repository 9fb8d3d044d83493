"""The sandbox carrier (messaging/sandbox): what there is where no carrier is configured."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from django.conf import settings
from django.http import HttpRequest

from messaging.carriers import foreign
from messaging.carriers.base import (
    TIMEOUT,
    TOLD,
    Accepted,
    Carrier,
    Forged,
    Inbound,
    Outgoing,
    Receipt,
    Refusal,
    Unclear,
)
from messaging.carriers.http import Api
from messaging.channels import PATIENT_CHANNELS, Channel
from messaging.sandbox import signatures
from messaging.statuses import Status
from wards.base import clock


class Sandbox(Carrier):
    """An account with a carrier at `url`; `secret` is its key and signs its webhooks."""

    name = "sandbox"
    channels = frozenset(PATIENT_CHANNELS)
    can_find = True
    rate = 1000.0

    def __init__(self, url: str, secret: str, *, timeout: float = TIMEOUT) -> None:
        self._api = Api(url, {"Authorization": f"Bearer {secret}"}, timeout=timeout)
        self._secret = secret

    @classmethod
    def from_settings(cls) -> Self:
        return cls(settings.SANDBOX_URL, settings.SANDBOX_SECRET)

    def send(self, message: Outgoing) -> Accepted:
        entry = {
            "reference": message.reference,
            "channel": message.channel.value,
            "to": message.to,
            "subject": message.subject,
            "body": message.body,
            "language": message.language,
            "sender": message.sender,
            # Its receipts name the reference themselves: with one address for all of them it can
            # tell of many at once.
            "callback_url": message.callback_url.partition("?")[0],
            "unsubscribe_url": message.unsubscribe_url,
        }
        reply = self._api.post("/messages", json_body=entry)
        if reply.status >= 400:
            code = reply.body.get("code")
            raise Refusal(str(code or reply.status), permanent=code is not None)
        return _accepted(reply.body)

    def find(self, reference: str, to: str, since: datetime) -> Accepted | None:
        try:
            reply = self._api.get("/messages", {"reference": reference})
        except Refusal as fault:
            raise Unclear(fault.code) from fault
        found = reply.body.get("messages")
        if not isinstance(found, list):
            raise Unclear("garbage")
        return _accepted(found[0]) if found else None

    def books(self, last: int) -> dict[str, Any]:
        """The last messages it took, and all answers to any. Raises Refusal or Unclear."""
        return self._api.get("/ledger", {"last": str(last)}).body

    def answer(self, channel: str, address: str, body: str) -> None:
        """Somebody answers on their phone. Raises Refusal or Unclear."""
        words = {"channel": channel, "from": address, "body": body}
        if self._api.post("/answers", json_body=words).status >= 400:
            raise Refusal("nobody_wrote_them", permanent=True)

    def verify(self, request: HttpRequest) -> None:
        timestamp = request.headers.get(signatures.TIMESTAMP, "")
        signature = request.headers.get(signatures.SIGNATURE, "")
        now = clock.now().timestamp()
        if wrong := signatures.wrong(self._secret, request.body, timestamp, signature, now):
            raise Forged(wrong)

    def receipts(self, request: HttpRequest) -> list[Receipt | Inbound]:
        told = foreign.loads(request.body)
        events = told.get("events") if isinstance(told, dict) else None
        if not isinstance(events, list):
            raise ValueError("no events")
        return foreign.each(events, _event)


class SpareSandbox(Sandbox):
    """A second carrier, for trying out what happens when the first one rests."""

    name = "sandbox_spare"
    needs = ("SANDBOX_SPARE_URL",)

    @classmethod
    def from_settings(cls) -> Self:
        return cls(settings.SANDBOX_SPARE_URL, settings.SANDBOX_SECRET)


def _accepted(body: dict[str, Any]) -> Accepted:
    try:
        return Accepted(
            provider_id=str(body["id"]),
            cost=Decimal(body["cost"]),
            currency=str(body["currency"]),
            parts=int(body["parts"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise Unclear("garbage") from None


def _event(event: dict[str, Any]) -> Receipt | Inbound:
    if event["type"] == "inbound":
        who, words, id_ = (str(event[name]) for name in ("from", "body", "id"))
        return Inbound(Channel(event["channel"]), who, words, id_)
    status = Status(event["status"])
    if status not in TOLD:
        raise ValueError(status)
    return Receipt(
        status=status,
        reference=str(event["reference"]),
        provider_id=str(event["id"]),
        code=str(event["code"]),
        at=datetime.fromtimestamp(event["at"], UTC),
    )
