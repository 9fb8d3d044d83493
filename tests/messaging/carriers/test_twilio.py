"""Twilio, in the shapes of https://www.twilio.com/docs/messaging/api/message-resource ."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django.fixtures import Settings
from twilio.request_validator import RequestValidator

from messaging.carriers.base import Accepted, Carrier, Inbound, Receipt, Refusal, Unclear
from messaging.carriers.twilio import RETRIES, Twilio
from messaging.channels import Channel
from messaging.statuses import Status
from tests.messaging.carriers.contract import BODY, WebhookContract
from tests.messaging.listener import Answer, Listener

ACCOUNT, TOKEN, OURS = "AC" + "0" * 32, "an-auth-token", "+15005550006"
SID = "SM" + "1" * 32
ADDRESS = "/webhooks/messages/twilio/?reference=7-2"
PUBLIC = "https://wardbell.example"


@pytest.fixture(autouse=True)
def _public_url(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC


def error(status: int, code: int) -> Answer:
    about = f"https://www.twilio.com/docs/errors/{code}"
    said = "The 'To' number +966501234567 is not a valid phone number."
    return Answer(status, {"code": code, "message": said, "more_info": about, "status": status})


def status_callback(status: str, code: str = "") -> dict[str, str]:
    told = {
        "MessageSid": SID,
        "SmsSid": SID,
        "MessageStatus": status,
        "SmsStatus": status,
        "AccountSid": ACCOUNT,
        "From": OURS,
        "To": "+966501234567",
        "ApiVersion": "2010-04-01",
    }
    return told | ({"ErrorCode": code} if code else {})


class TestTwilio(WebhookContract):
    scenes = {
        "accepted": Answer(
            201,
            {
                "sid": SID,
                "status": "queued",
                "num_segments": "2",
                "price": None,
                "price_unit": "USD",
                "error_code": None,
                "to": "+966501234567",
            },
        ),
        "permanent": error(400, 21211),
        "temporary": error(400, 21611),
        "account": error(401, 20003),
    }
    told = {
        Status.SENT: status_callback("sent"),
        Status.DELIVERED: status_callback("delivered"),
        Status.READ: status_callback("read"),
        Status.FAILED: status_callback("undelivered", "30003"),
        Status.BOUNCED: status_callback("undelivered", "30005"),
    }

    def make(self, url: str) -> Carrier:
        senders = {Channel.SMS: OURS, Channel.WHATSAPP: ""}
        return Twilio(ACCOUNT, TOKEN, senders, url=url, timeout=self.timeout)

    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        (asked,) = other_side.asked
        assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        assert asked.headers["authorization"].startswith("Basic ")
        assert asked.form == {
            "To": self.to,
            "From": OURS,
            "Body": BODY,
            "StatusCallback": f"https://wardbell.example/webhooks/messages/x/?reference=7-2{RETRIES}",
        }
        assert accepted == Accepted(SID, parts=2)

    def request(self, about: object, *, key: str = TOKEN) -> HttpRequest:
        assert isinstance(about, dict)
        signature = RequestValidator(key).compute_signature(PUBLIC + ADDRESS, about)
        return RequestFactory().post(ADDRESS, about, headers={"X-Twilio-Signature": signature})

    @pytest.mark.parametrize("status", ["queued", "accepted", "sending", "scheduled"])
    def test_what_says_nothing_new(self, status: str) -> None:
        request = self.request(status_callback(status))
        assert self.make("http://127.0.0.1:1").receipts(request) == []

    @pytest.mark.parametrize(
        ("sender", "channel"),
        [("+966501234567", Channel.SMS), ("whatsapp:+966501234567", Channel.WHATSAPP)],
    )
    def test_a_patient_answers(self, sender: str, channel: Channel) -> None:
        request = self.request(
            {"MessageSid": SID, "SmsStatus": "received", "From": sender, "To": OURS, "Body": "STOP"}
        )
        ours = self.make("http://127.0.0.1:1")
        ours.verify(request)
        assert ours.receipts(request) == [Inbound(channel, "+966501234567", "STOP", SID)]

    @pytest.mark.parametrize("kind", ["STOP", "START"])
    def test_s14_what_twilio_has_understood_itself(self, kind: str) -> None:
        """Advanced Opt-Out: words of the installation's own, in whatever language."""
        given = {"MessageSid": SID, "SmsStatus": "received", "From": "+966501234567", "To": OURS}
        request = self.request(given | {"Body": "kafi", "OptOutType": kind})
        [told] = self.make("http://127.0.0.1:1").receipts(request)
        assert isinstance(told, Inbound)
        assert told.said == kind.lower()

    def test_what_is_after_the_hash_may_be_signed_or_not(self) -> None:
        about = status_callback("delivered")
        signature = RequestValidator(TOKEN).compute_signature(PUBLIC + ADDRESS + RETRIES, about)
        headers = {"X-Twilio-Signature": signature}
        self.make("http://127.0.0.1:1").verify(
            RequestFactory().post(ADDRESS, about, headers=headers)
        )

    def test_the_reference_is_signed_too(self) -> None:
        request = self.request(status_callback("delivered"))
        signature = request.headers["X-Twilio-Signature"]
        elsewhere = ADDRESS.replace("7-2", "8-1")
        again = RequestFactory().post(
            elsewhere, status_callback("delivered"), headers={"X-Twilio-Signature": signature}
        )
        with pytest.raises(Exception, match="signature"):
            self.make("http://127.0.0.1:1").verify(again)

    @pytest.mark.parametrize(
        ("code", "permanent", "down"),
        [
            (21211, True, False),  # no valid number
            (21610, True, False),  # has opted out
            (21614, True, False),  # no mobile
            (63016, True, False),  # WhatsApp: outside of the window
            (21606, False, True),  # the sender is not ours
            (63007, False, True),  # no WhatsApp sender
            (21611, False, False),  # the sender's queue is full
            (21635, True, False),  # a landline
            (99999, False, False),  # what it will number tomorrow
        ],
    )
    def test_codes(self, other_side: Listener, code: int, permanent: bool, down: bool) -> None:
        other_side.answer = error(400, code)
        with pytest.raises(Refusal) as refused:
            self.make(other_side.url).send(self.message(""))
        assert (refused.value.permanent, refused.value.provider_down) == (permanent, down)
        assert refused.value.code == str(code)

    @pytest.mark.parametrize("sender", ["MG" + "2" * 32, OURS])
    def test_whatsapp_and_messaging_services(self, other_side: Listener, sender: str) -> None:
        other_side.answer = self.scenes["accepted"]
        senders = {Channel.SMS: sender, Channel.WHATSAPP: OURS}
        ours = Twilio(ACCOUNT, TOKEN, senders, url=other_side.url)
        assert ours.channels == {Channel.SMS, Channel.WHATSAPP}
        ours.send(self.message("", channel=Channel.WHATSAPP))
        ours.send(self.message(""))
        whatsapp, sms = (asked.form for asked in other_side.asked)
        assert (whatsapp["To"], whatsapp["From"]) == (f"whatsapp:{self.to}", f"whatsapp:{OURS}")
        assert sms.get("MessagingServiceSid" if sender[0] == "M" else "From") == sender

    def test_nothing_went_to_the_number(self, other_side: Listener) -> None:
        yesterday = {"sid": SID, "date_created": "Thu, 19 Nov 2026 10:00:00 +0000"}
        other_side.answer = Answer(200, {"messages": [yesterday]})
        ours, since = self.make(other_side.url), datetime(2026, 11, 20, 10, tzinfo=UTC)
        assert ours.find("7-2", self.to, since) is None
        assert "To=%2B966501234567" in other_side.asked[0].path

    @pytest.mark.parametrize(
        "answer",
        [
            # It waits in the queue: it has no time of sending yet.
            Answer(
                200,
                {
                    "messages": [
                        {
                            "sid": SID,
                            "status": "queued",
                            "date_sent": None,
                            "date_created": "Fri, 20 Nov 2026 10:00:01 +0000",
                        }
                    ]
                },
            ),
            Answer(200, {"messages": [{"sid": SID}]}),
            Answer(200, {"messages": [{"date_created": "yesterday"}]}),
            Answer(200, {"messages": [{"date_created": "Fri, 20 Nov 2026 10:00:01 -0000"}]}),
            Answer(200, {}),
            Answer(503),
            Answer(429),
            Answer(200, b"?"),
        ],
    )
    def test_it_is_not_certain(self, other_side: Listener, answer: Answer) -> None:
        other_side.answer = answer
        since = datetime(2026, 11, 20, 10, tzinfo=UTC)
        with pytest.raises(Unclear):
            self.make(other_side.url).find("7-2", self.to, since)

    def test_without_a_code_it_may_pass(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        (receipt,) = ours.receipts(self.request(status_callback("failed")))
        assert isinstance(receipt, Receipt)
        assert receipt.status == Status.FAILED
