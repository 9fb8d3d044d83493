"""What the delivery engine may rely on, whoever carries the message: every carrier passes this.

A carrier's test says how the other side answers in each scene, in the shapes of its public
documentation, and what its webhook sends; everything else is here.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, NamedTuple

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from messaging.carriers.base import (
    TOLD,
    Accepted,
    Carrier,
    Forged,
    Outgoing,
    Receipt,
    Refusal,
    Unclear,
)
from messaging.channels import Channel
from messaging.statuses import Status
from tests.messaging.listener import Answer, Listener, closed_url

PATIENT = "Layla Haddad"
BODY = f"Dear {PATIENT},\n\nyour appointment is at 10:30. {{literally}} <b>not bold</b>"
SHORT = 0.4  # seconds


class Refused(NamedTuple):
    """What a Refusal must say; as opposed to `UNCLEAR`."""

    permanent: bool = False
    provider_down: bool = False
    retry_after: float | None = None


UNCLEAR = None
OUTCOMES: dict[str, Refused | None] = {
    "permanent": Refused(permanent=True),  # no such number
    "temporary": Refused(),  # later, perhaps
    "limited": Refused(retry_after=7.0),
    "account": Refused(provider_down=True),  # our key is wrong: another carrier may do better
    "down": Refused(provider_down=True),
    "broken": UNCLEAR,
    "hangs": UNCLEAR,
    "garbage": UNCLEAR,
    "nobody": Refused(provider_down=True),  # no connection
}
SCENES = {
    "limited": Answer(429, {}, {"Retry-After": "7"}),
    "account": Answer(401),
    "down": Answer(503),
    "broken": Answer(500),
    "hangs": Answer(200, delay=20),
    "garbage": Answer(200, b"<html>Welcome to our hotel's WLAN!</html>"),
}


class Contract(ABC):
    """The suite for sending. `scenes` and `outcomes` replace what is usual above."""

    channel: ClassVar[Channel] = Channel.SMS
    to: ClassVar[str] = "+966501234567"
    scenes: ClassVar[dict[str, Answer]]  # "accepted" and "permanent" at least
    outcomes: ClassVar[dict[str, Refused | None]] = {}
    timeout = 10.0  # seconds

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each scene that this carrier's other side can play."""
        if "scene" in metafunc.fixturenames:
            playable = {*SCENES, *self.scenes, "nobody"}
            metafunc.parametrize("scene", [scene for scene in OUTCOMES if scene in playable])

    @abstractmethod
    def make(self, url: str) -> Carrier:
        """An account with the carrier that listens there, and waits `timeout`."""

    @pytest.fixture
    def other_side(self) -> Iterator[Any]:
        """The carrier's end; `play` a scene there."""
        with Listener() as listener:
            yield listener

    def play(self, other_side: Any, scene: str) -> None:
        other_side.answer = (SCENES | self.scenes)[scene]

    def message(self, url: str, **fields: Any) -> Outgoing:
        given: dict[str, Any] = {
            "reference": "7-2",
            "channel": self.channel,
            "to": self.to,
            "subject": "Your appointment",
            "body": BODY,
            "language": "en",
            "sender": "Rawdah General",
            "callback_url": "https://wardbell.example/webhooks/messages/x/?reference=7-2",
        }
        return Outgoing(**given | fields)

    def outcome(self, scene: str) -> Refused | None:
        return (OUTCOMES | self.outcomes)[scene]

    def test_it_hands_over(self, other_side: Any) -> None:
        self.play(other_side, "accepted")
        accepted = self.make(other_side.url).send(self.message(other_side.url))
        assert isinstance(accepted, Accepted)
        assert accepted.provider_id
        self.check_handed_over(other_side, accepted)

    @abstractmethod
    def check_handed_over(self, other_side: Any, accepted: Accepted) -> None:
        """The other side got what it should, once."""

    def test_it_says_what_went_wrong(self, other_side: Any, scene: str) -> None:
        url = other_side.url
        self.timeout = SHORT if scene == "hangs" else self.timeout
        if scene == "nobody":
            url = self.closed(url)
        else:
            self.play(other_side, scene)
        expected = self.outcome(scene)
        with pytest.raises((Refusal, Unclear)) as raised:
            self.make(url).send(self.message(url))
        fault = raised.value
        if expected is UNCLEAR:
            assert isinstance(fault, Unclear)
        else:
            assert isinstance(fault, Refusal)
            assert Refused(fault.permanent, fault.provider_down, fault.retry_after) == expected
        assert fault.code
        assert len(fault.code) <= 100
        for secret in (PATIENT, self.to, "10:30"):
            assert secret not in f"{fault} {fault.code} {fault.__cause__}", "it may be logged"
        assert fault.__cause__ is None or fault.__suppress_context__

    def refused(self, url: str, **fields: Any) -> Refusal:
        """How the other side refuses a message."""
        with pytest.raises(Refusal) as raised:
            self.make(url).send(self.message(url, **fields))
        return raised.value

    def closed(self, url: str) -> str:
        """An address like `url` where nobody listens."""
        return closed_url()

    def test_many_threads_share_it(self, other_side: Any) -> None:
        self.play(other_side, "accepted")
        ours = self.make(other_side.url)
        messages = [self.message(other_side.url, reference=f"{n}-1") for n in range(24)]
        with ThreadPoolExecutor(8) as pool:
            assert len(list(pool.map(ours.send, messages))) == 24

    def test_it_names_itself(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        assert 0 < len(ours.name) <= 20, "there is a column for it"
        assert self.channel in ours.channels
        assert ours.rate > 0


class WebhookContract(Contract):
    """The suite for carriers that tell later what became of a message."""

    # What it sends -> what that means, for the message with the reference "7-2".
    told: ClassVar[dict[Status, object]]
    reference_in_receipts: ClassVar[bool] = True

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Also one for each status that it tells of."""
        super().pytest_generate_tests(metafunc)
        if "status" in metafunc.fixturenames and metafunc.function.__name__ == "test_receipts":
            assert set(self.told) <= TOLD
            metafunc.parametrize("status", sorted(self.told))

    @abstractmethod
    def request(self, about: object, *, key: str = "") -> HttpRequest:
        """The carrier's request that says `about`, signed; with another `key`, forged."""

    def test_receipts(self, status: Status) -> None:
        ours, request = self.make("http://127.0.0.1:1"), self.request(self.told[status])
        ours.verify(request)
        (receipt,) = ours.receipts(request)
        assert isinstance(receipt, Receipt)
        assert receipt.status == status
        assert receipt.provider_id
        if self.reference_in_receipts:
            assert receipt.reference == "7-2"

    def test_a_forged_one(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        request = self.request(self.told[Status.DELIVERED], key="somebody-else's")
        with pytest.raises(Forged):
            ours.verify(request)

    def test_one_without_a_signature(self) -> None:
        ours = self.make("http://127.0.0.1:1")
        request = RequestFactory().post("/webhooks/messages/x/", {"MessageSid": "SM1"})
        with pytest.raises(Forged):
            ours.verify(request)

    @pytest.mark.parametrize("nonsense", [{}, {"hello": "world"}], ids=repr)
    def test_one_that_makes_no_sense(self, nonsense: object) -> None:
        ours, request = self.make("http://127.0.0.1:1"), self.request(nonsense)
        try:
            ours.verify(request)
            told = ours.receipts(request)
        except (ValueError, Forged):
            told = []
        assert told == []


def post(address: str, body: object, headers: dict[str, str] | None = None) -> HttpRequest:
    """A webhook's request: JSON, or a form where `body` is a dict of texts and `headers` say so."""
    given = headers or {}
    if given.pop("form", ""):
        return RequestFactory().post(address, body, headers=given)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RequestFactory().post(address, data, content_type="application/json", headers=given)
