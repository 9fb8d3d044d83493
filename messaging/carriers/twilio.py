"""Twilio: SMS and WhatsApp.

The messages go by plain HTTP: it takes one call, and only so do we see what a failure means for
exactly-once (Retry-After, a connection that never came about). The signature check is the SDK's.
"""

from base64 import b64encode
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator

from messaging.carriers.base import (
    TIMEOUT,
    Accepted,
    Carrier,
    Forged,
    Inbound,
    Outgoing,
    Receipt,
    Refusal,
    Said,
    Unclear,
    setting,
)
from messaging.carriers.http import Api, Reply
from messaging.channels import Channel
from messaging.statuses import Status

URL = "https://api.twilio.com"
# "Connection overrides" of a webhook's address: told again up to five times while we are down.
RETRIES = "#rc=5&rp=5xx,ct,rt"

# https://www.twilio.com/docs/api/errors . What is wrong with our account, not with the message:
ACCOUNT = {20003, 20005, 21603, 21606, 21659, 21660, 30002, 63007, 63112}
# What trying again would not change, of this number or of these words; in answers and in receipts.
# Anything else may pass, also what Twilio will number tomorrow, and what is wrong with our sender.
FOR_GOOD = {
    *(21211, 21214, 21217, 21610, 21614, 21635),  # the number; the person; a landline
    *(21602, 21605, 21617),  # the words
    *(30004, 30005, 30006, 30007, 30011),
    *(63003, 63013, 63016, 63024, 63032, 63033, 63049),  # WhatsApp's
}
# queued, accepted, sending, scheduled: nothing that we do not know.
STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "failed": Status.FAILED,
    "undelivered": Status.FAILED,
    "canceled": Status.BOUNCED,
}
# Of a messaging service with Advanced Opt-Out: what the words meant, in whatever language.
OPT_OUT_TYPES = {"STOP": Said.STOP, "START": Said.START}
UNTOLD = {"accepted", "scheduled", "queued", "sending", "partially_delivered"}


class Twilio(Carrier):
    """An account; a sender is a number, a name, or a messaging service (MG…)."""

    name = "twilio"
    needs = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    can_find = True

    def __init__(
        self,
        account: str,
        token: str,
        senders: dict[Channel, str],
        *,
        url: str = URL,
        timeout: float = TIMEOUT,
    ) -> None:
        key = b64encode(f"{account}:{token}".encode()).decode()
        self._api = Api(url, {"Authorization": f"Basic {key}"}, timeout=timeout)
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._senders = {channel: sender for channel, sender in senders.items() if sender}
        self._validator = RequestValidator(token)
        self.channels = frozenset(self._senders)

    @classmethod
    def from_settings(cls) -> Self:
        senders = {
            Channel.SMS: setting("TWILIO_SMS_SENDER"),
            Channel.WHATSAPP: setting("TWILIO_WHATSAPP_SENDER"),
        }
        return cls(setting("TWILIO_ACCOUNT_SID"), setting("TWILIO_AUTH_TOKEN"), senders)

    def send(self, message: Outgoing) -> Accepted:
        sender = self._senders[message.channel]
        service = sender.startswith("MG")
        form = [
            ("To", _address(message.channel, message.to)),
            ("MessagingServiceSid", sender)
            if service
            else ("From", _address(message.channel, sender)),
            ("Body", message.body),
            ("StatusCallback", message.callback_url + RETRIES),
        ]
        reply = self._api.post(self._path, form=form)
        if reply.status >= 400:
            raise _refusal(reply)
        return _accepted(reply.body)

    def find(self, reference: str, to: str, since: datetime) -> Accepted | None:
        """Twilio keeps no reference of ours, but when nothing went to the number it is certain.

        By the time that it took a message: one that waits in its queue has no time of sending.
        """
        earliest = since - timedelta(minutes=1)  # clocks differ
        for channel in self._senders:
            query = {"To": _address(channel, to), "PageSize": "1000"}
            try:
                found = self._api.get(self._path, query).body["messages"]
                times = [parsedate_to_datetime(each["date_created"]) for each in found]
                some = any(time >= earliest for time in times)
            except Refusal as fault:
                raise Unclear(fault.code) from fault
            except (LookupError, TypeError, ValueError):
                raise Unclear("garbage") from None
            if some:
                raise Unclear("something_went_there")
        return None

    def verify(self, request: HttpRequest) -> None:
        url = settings.PUBLIC_URL + request.get_full_path()
        signature = request.headers.get("X-Twilio-Signature", "")
        # Twilio's documentation does not say whether what follows the # is signed.
        if not any(
            self._validator.validate(each, request.POST, signature) for each in (url, url + RETRIES)
        ):
            raise Forged("signature")

    def receipts(self, request: HttpRequest) -> list[Receipt | Inbound]:
        told = request.POST
        sender = told.get("From", "")
        if told.get("SmsStatus") == "received":
            channel = Channel.WHATSAPP if sender.startswith("whatsapp:") else Channel.SMS
            who, id_ = sender.removeprefix("whatsapp:"), told.get("MessageSid", "")
            meant = OPT_OUT_TYPES.get(told.get("OptOutType", "").upper(), Said.NOTHING)
            return [Inbound(channel, who, told.get("Body", ""), id_, meant)]
        said, code = told.get("MessageStatus", ""), told.get("ErrorCode", "")
        if said in UNTOLD:
            return []
        if said not in STATUSES or not told.get("MessageSid"):
            raise ValueError("neither a receipt nor a message")
        status = STATUSES[said]
        if status is Status.FAILED and code.isdecimal() and int(code) in FOR_GOOD:
            status = Status.BOUNCED
        reference = request.GET.get("reference", "")
        return [Receipt(status, reference, told["MessageSid"], code)]


def _address(channel: Channel, number: str) -> str:
    return f"whatsapp:{number}" if channel is Channel.WHATSAPP else number


def _accepted(body: dict[str, Any]) -> Accepted:
    """Twilio works out the price later, and tells it in no receipt."""
    try:
        return Accepted(str(body["sid"]), parts=int(body.get("num_segments") or 1))
    except (KeyError, TypeError, ValueError):
        raise Unclear("garbage") from None


def _refusal(reply: Reply) -> Refusal:
    code = reply.body.get("code")
    if code in ACCOUNT:
        return Refusal(str(code), provider_down=True)
    return Refusal(str(code or reply.status), permanent=code in FOR_GOOD)
