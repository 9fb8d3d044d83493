"""Unifonic, in the shapes of https://docs.unifonic.com/reference/sms-api ."""

from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from messaging.carriers.base import Accepted, Carrier, Receipt, Refusal
from messaging.carriers.unifonic import Unifonic
from messaging.statuses import Status
from tests.messaging.carriers.contract import BODY, WebhookContract, post
from tests.messaging.listener import Answer, Listener

KEY, ADDRESS = "a-webhook-key", "/webhooks/messages/unifonic/"


def failed(code: str, said: str = "Dest num is too short") -> Answer:
    return Answer(200, {"success": False, "message": said, "errorCode": code, "data": {}})


def report(said: str, **more: str) -> dict[str, str]:
    return {
        "MessageID": "42000348806924",
        "DLR": said,
        "Recipient": "966501234567",
        "TimeCreated": "2026-11-20 14:06:25",
        "CorrelationID": "7-2",
        **more,
    }


class TestUnifonic(WebhookContract):
    scenes = {
        "accepted": Answer(
            200,
            {
                "success": True,
                "message": "",
                "errorCode": "ER-00",
                "data": {
                    "MessageID": 42000348806924,
                    "CorrelationID": "7-2",
                    "Status": "Sent",
                    "NumberOfUnits": 2,
                    "Cost": 0.06,
                    "Balance": 12.5,
                    "Recipient": "966501234567",
                    "TimeCreated": "2022-09-06 14:06:25.979",
                    "CurrencyCode": "USD",
                },
            },
        ),
        "permanent": failed("ER-04"),
        "temporary": failed("ER-99"),
        "account": failed("ER-01"),
    }
    told = {
        Status.SENT: report("Sent"),
        Status.DELIVERED: report("Delivered"),
        Status.FAILED: report("Undeliverable"),
        Status.BOUNCED: report("Undelivered", errorCode="ER-02"),
    }

    def make(self, url: str) -> Carrier:
        return Unifonic("an-app-sid", "RAWDAH", KEY, url=url, timeout=self.timeout)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        assert asked.path == "/rest/SMS/messages"
        assert asked.form == {
            "AppSid": "an-app-sid",
            "SenderID": "RAWDAH",
            "Recipient": "966501234567",
            "Body": BODY,
            "responseType": "JSON",
            "CorrelationID": "7-2",
            "async": "false",
        }
        assert accepted == Accepted("42000348806924", Decimal("0.06"), "USD", 2)

    def request(self, about: object, *, key: str = KEY) -> HttpRequest:
        return post(f"{ADDRESS}?key={key}", about)

    def test_reports_as_a_form_and_several_at_once(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        form = RequestFactory().post(f"{ADDRESS}?key={KEY}", report("Delivered"))
        assert ours.receipts(form) == ours.receipts(self.request([report("Delivered")]))
        both = self.request([report("Queued"), report("Sent"), report("Delivered")])
        assert [each.status for each in ours.receipts(both)] == ["sent", "delivered"]  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("answer", "permanent", "down"),
        [
            (failed("ER-02"), True, False),
            (failed("ER-08"), False, True),
            (Answer(482, {"success": "false", "errorCode": "ER-482"}), True, False),
            (Answer(480, {"success": "false", "errorCode": "ER-480"}), False, True),
            (Answer(402, b"Missing parameter AppSid"), False, True),
            (Answer(410, b"Invalid recipient format"), True, False),
        ],
    )
    def test_codes(self, other_side: Listener, answer: Answer, permanent: bool, down: bool) -> None:
        other_side.answer = answer
        with pytest.raises(Refusal) as refused:
            self.make(other_side.url).send(self.message(""))
        assert (refused.value.permanent, refused.value.provider_down) == (permanent, down)

    def test_a_price_that_is_none(self, other_side: Listener) -> None:
        data = {"MessageID": 1, "Cost": "free", "NumberOfUnits": None, "CurrencyCode": ""}
        other_side.answer = Answer(200, {"success": "true", "errorCode": "ER-00", "data": data})
        assert self.make(other_side.url).send(self.message("")) == Accepted("1")


def test_s15_an_unknown_status_sinks_no_other() -> None:
    """06c-unifonic-batch-with-an-unknown-status."""
    batch = [
        {"MessageID": "1", "CorrelationID": "7-1", "Status": "Delivered"},
        {"MessageID": "2", "CorrelationID": "7-2", "Status": "Expired"},
        {"MessageID": "3", "CorrelationID": "7-3", "Status": "Teleported"},
        {"MessageID": "x"},
    ]
    ours = Unifonic("app", "Rawdah", "key")
    found = [(each.reference, each.status) for each in heard(ours, batch)]
    assert found == [("7-1", Status.DELIVERED), ("7-2", Status.FAILED)]
    assert heard(ours, batch[2:]) == [], "and is no reason to be told all of it again"


def heard(ours: Unifonic, batch: object) -> list[Receipt]:
    told = ours.receipts(post("/webhooks/messages/unifonic/", batch))
    return [each for each in told if isinstance(each, Receipt)]
