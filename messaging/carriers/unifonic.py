"""Unifonic: SMS in the Gulf and the Levant (https://docs.unifonic.com/reference/sms-api)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from messaging.carriers import foreign
from messaging.carriers.base import (
    TIMEOUT,
    Accepted,
    Carrier,
    Forged,
    Inbound,
    Outgoing,
    Receipt,
    Refusal,
    Unclear,
    setting,
)
from messaging.carriers.http import Api
from messaging.channels import Channel
from messaging.statuses import Status

URL = "https://el.cloud.unifonic.com"
TAKEN = "ER-00"
# "Understanding reasons of SMS non-delivery": no money left, and a sender that is not registered.
ACCOUNT = {"ER-01", "ER-08"}
# … a number that is none, no words, filtered words, the same words just now. Not ER-05, no route:
# "the mobile operator may have an issue".
FOR_GOOD = {"ER-02", "ER-03", "ER-04", "ER-06", "ER-07", "ER-09"}
# "HTTP status codes": AppSid missing, version, sender's form, sender not ours, set-up.
ACCOUNT_STATUSES = {402, 404, 440, 459, 480, 499}
# … the recipient's form, and an invalid one.
NO_SUCH_NUMBER = {410, 482}
STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "undeliverable": Status.FAILED,
    "failed": Status.FAILED,
    "expired": Status.FAILED,  # the operator's: out of reach for too long
    "rejected": Status.BOUNCED,
}


class Unifonic(Carrier):
    """An application (AppSid) and its registered sender.

    Unifonic signs nothing: what it calls is `…/webhooks/messages/unifonic/?key=<webhook_key>`.
    """

    name = "unifonic"
    channels = frozenset({Channel.SMS})
    needs = ("UNIFONIC_APP_SID", "UNIFONIC_SENDER", "UNIFONIC_WEBHOOK_KEY")

    def __init__(
        self,
        app: str,
        sender: str,
        webhook_key: str,
        *,
        url: str = URL,
        timeout: float = TIMEOUT,
    ) -> None:
        self._api = Api(url, {"Accept": "application/json"}, own=NO_SUCH_NUMBER, timeout=timeout)
        self._app, self._sender, self._webhook_key = app, sender, webhook_key

    @classmethod
    def from_settings(cls) -> Self:
        return cls(*map(setting, cls.needs))

    def send(self, message: Outgoing) -> Accepted:
        form = [
            ("AppSid", self._app),
            ("SenderID", self._sender),
            ("Recipient", message.to.removeprefix("+")),
            ("Body", message.body),
            ("responseType", "JSON"),
            ("CorrelationID", message.reference),
            ("async", "false"),
        ]
        reply = self._api.post("/rest/SMS/messages", form=form)
        if reply.status in ACCOUNT_STATUSES:
            raise Refusal(str(reply.status), provider_down=True)
        code = str(reply.body.get("errorCode") or "")
        if code in ACCOUNT:
            raise Refusal(code, provider_down=True)
        if reply.status >= 400 or str(reply.body.get("success")).lower() == "false":
            for_good = code in FOR_GOOD or reply.status in NO_SUCH_NUMBER
            raise Refusal(code or str(reply.status), permanent=for_good)
        return _accepted(reply.body)

    def verify(self, request: HttpRequest) -> None:
        if not constant_time_compare(request.GET.get("key", ""), self._webhook_key):
            raise Forged("key")

    def receipts(self, request: HttpRequest) -> list[Receipt | Inbound]:
        """A delivery report, as JSON or a form; several in a list."""
        if request.content_type == "application/json":
            told = foreign.loads(request.body)
        else:
            told = request.POST.dict()
        reports = told if isinstance(told, list) else [told]
        return foreign.each(reports, _receipt)


def _accepted(body: dict[str, Any]) -> Accepted:
    data = body.get("data")
    if body.get("errorCode") != TAKEN or not isinstance(data, dict) or not data.get("MessageID"):
        raise Unclear("garbage")
    try:
        cost = Decimal(str(data.get("Cost") or 0)) or None
        parts = int(data.get("NumberOfUnits") or 0) or None
    except (InvalidOperation, ValueError):
        cost = parts = None
    currency = str(data.get("CurrencyCode") or "")[:3] if cost else ""
    return Accepted(str(data["MessageID"]), cost, currency, parts)


def _receipt(report: object) -> Receipt | Inbound | None:
    """None for what says nothing new (queued)."""
    if not isinstance(report, Mapping) or not report.get("MessageID"):
        raise ValueError("no delivery report")
    said = str(report.get("DLR") or report.get("Status") or "").lower()
    if said == "queued":
        return None
    if said not in STATUSES:
        raise ValueError("no known status")
    status, code = STATUSES[said], str(report.get("errorCode") or "")
    if status is Status.FAILED and code in FOR_GOOD:
        status = Status.BOUNCED
    reference = str(report.get("CorrelationID") or "")
    return Receipt(status, reference, str(report["MessageID"]), code)
