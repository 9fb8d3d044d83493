"""S15: one element of a batch that is not understood never sinks the others."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from messaging.carriers.base import Accepted, Inbound, Receipt, Refusal, Unclear
from messaging.carriers.mail_services import Anymail
from messaging.carriers.unifonic import Unifonic
from messaging.channels import Channel
from messaging.contacts import hearing
from messaging.delivery import receipts
from messaging.delivery.outcomes import Outcome, settle
from messaging.models import Message
from messaging.sandbox.signatures import sign
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.outbox import Scripted, drain, queue_messages

pytestmark = pytest.mark.usefixtures("unscoped")
SECRET, ADDRESS = "shared", "/webhooks/messages/sandbox/"
# What the wire may carry and PostgreSQL, or a column of ours, does not take.
TEXTS = {"a lone surrogate": "\ud800", "a NUL": "a\0b", "too long": "x" * 5000}


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    settings.SANDBOX_SECRET = SECRET


@pytest.fixture
def sent(cast: Cast, scripted: Scripted) -> list[Message]:
    """Three messages that the sandbox has taken."""
    scripted.name = "sandbox"  # type: ignore[misc]
    messages = queue_messages(cast.hospital, 3)
    drain(scripted)
    for message in messages:
        message.refresh_from_db()
        assert message.status == Status.SENT
    return messages


def delivered(message: Message, **fields: Any) -> dict[str, Any]:
    about = {"type": "receipt", "id": "SB1", "status": "delivered", "code": "", "at": 1795192749.5}
    return about | {"reference": message.reference} | fields


def post(client: Client, body: bytes) -> int:
    headers = sign(SECRET, body)
    return client.post(ADDRESS, body, content_type="application/json", headers=headers).status_code


def statuses(messages: list[Message]) -> list[str]:
    return [Message.objects.get(pk=message.pk).status for message in messages]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", ["code", "id"])
def test_s15_strange_texts_are_kept_as_far_as_they_can_be(
    client: Client, sent: list[Message], name: str, text: str
) -> None:
    events = [delivered(each) for each in sent]
    events[1] |= {"status": "bounced" if name == "code" else "delivered", name: text}
    assert post(client, json.dumps({"events": events}).encode()) == 204
    assert statuses(sent) == ["delivered", events[1]["status"], "delivered"]


@pytest.mark.parametrize(
    "strange",
    [
        {"status": "exploded"},
        {"status": None},
        {"status": ["delivered"]},
        {"status": "queued"},
        {"at": "yesterday"},
        {"at": 1e300},
        {"at": float("nan")},
        {"at": 10**400},
        {"reference": "\ud800", "id": ""},
        {"reference": f"{10**400}-1"},
        {"type": "inbound", "channel": "pigeon", "from": "x", "body": "STOP"},
        {"type": "inbound", "channel": "sms", "from": "+966\x00501234567", "body": "STOP"},
        {"type": "inbound", "channel": "sms", "from": "+966501234567"},
    ],
    ids=lambda strange: repr(strange)[:50],
)
def test_s15_what_makes_no_sense_is_left_out(
    client: Client, sent: list[Message], strange: dict[str, Any]
) -> None:
    events = [delivered(sent[0]), delivered(sent[1]) | strange, delivered(sent[2])]
    assert post(client, json.dumps({"events": events}).encode()) == 204
    assert statuses(sent) == ["delivered", "sent", "delivered"]


@pytest.mark.parametrize("strange", [b"3", b"null", b"[]", b'"\xff"', b"9" * 5000, b"{}"])
def test_s15_nor_what_is_no_event_at_all(
    client: Client, sent: list[Message], strange: bytes
) -> None:
    first, last = (json.dumps(delivered(each)).encode() for each in (sent[0], sent[2]))
    assert post(client, b'{"events": [%s, %s, %s]}' % (first, strange, last)) == 204
    assert statuses(sent) == ["delivered", "sent", "delivered"]


def test_s15_a_receipt_that_cannot_be_applied(
    sent: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours, or a value that nobody thought of."""
    receive = receipts._receive

    def fails(message: Message, *about: Any) -> None:
        if message.pk == sent[1].pk:
            raise ValueError
        receive(message, *about)

    monkeypatch.setattr(receipts, "_receive", fails)
    told = [Receipt(Status.DELIVERED, each.reference) for each in sent]
    assert receipts.apply("sandbox", told) == 2
    assert statuses(sent) == ["delivered", "sent", "delivered"]


def test_s14_a_stop_that_could_not_be_kept_is_told_again(
    client: Client, sent: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []

    def fails(inbound: Inbound) -> None:
        if inbound.address == "+966501":
            raise ValueError(inbound.address)
        heard.append(inbound.address)

    monkeypatch.setattr(hearing, "heard", fails)
    stop = {"type": "inbound", "channel": "sms", "body": "STOP"}
    events = [stop | {"from": f"+96650{n}", "id": f"bad{n}"} for n in (1, 2)]
    events.insert(1, delivered(sent[0]))
    assert post(client, json.dumps({"events": events}).encode()) == 500
    assert heard == ["+966502"]
    assert statuses(sent)[0] == "delivered"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    "strange",
    [
        lambda text: Accepted(text, Decimal("1e400"), text, 10**400),
        lambda text: Accepted("1", Decimal("NaN"), text, -1),
        lambda text: Refusal(text, permanent=True),
        lambda text: Refusal(text, retry_after=1e300),
        lambda text: Unclear(text),
    ],
    ids=["accepted", "accepted for nothing", "refused", "later", "unclear"],
)
def test_s15_a_strange_answer_is_noted_with_the_others(
    cast: Cast, scripted: Scripted, strange: Any, text: str
) -> None:
    messages = queue_messages(cast.hospital, 3)
    answers = [Accepted("a"), strange(text), Accepted("c")]
    scripted.at_once = 1
    Message.objects.update(status=Status.SENDING, attempts=1, tries=1, provider=scripted.name)
    for message in messages:
        message.refresh_from_db()
    settle(scripted, [Outcome(*each) for each in zip(messages, answers, strict=True)])
    first, _, last = statuses(messages)
    assert (first, last) == ("sent", "sent")


def test_ids_that_are_too_long_for_the_column_stay_apart() -> None:
    one, two = ("x" * 500 + end for end in "12")
    assert Accepted(one).provider_id == Receipt(Status.SENT, provider_id=one).provider_id
    assert len({Accepted(one).provider_id, Accepted(two).provider_id}) == 2
    assert len(Accepted(one).provider_id) <= 200


def test_s15_unifonic_tells_of_several_at_once() -> None:
    good = {"MessageID": "1", "DLR": "Delivered"}
    body = json.dumps([good, 3, {"MessageID": "2", "DLR": "Vaporised"}, {}, good])
    request = RequestFactory().post("/", body, content_type="application/json")
    told = Unifonic("app", "RAWDAH", "key").receipts(request)
    assert [each.status for each in told if isinstance(each, Receipt)] == ["delivered"] * 2


def test_s15_a_mail_service_tells_of_several_at_once(settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "user:password"}
    good = {"event": "sent", "time": 1795192749, "MessageID": 7, "email": "pat@example.org"}
    for bad in (3, {}, good | {"time": "soon"}, good | {"time": 10**400}, {"event": "sent"}):
        body = json.dumps([good, bad, good])
        request = RequestFactory().post("/", body, content_type="application/json")
        told = Anymail("mailjet", api_key="key", secret_key="secret").receipts(request)
        assert [each.provider_id for each in told if isinstance(each, Receipt)] == ["7", "7"], bad


def test_an_address_is_never_made_another_by_cleaning() -> None:
    for strange in ("+966\x00501234567", "+966\u200e501234567", "a\ud800@example.org"):
        with pytest.raises(ValueError, match="address"):
            Inbound(Channel.SMS, strange, "STOP")
    assert Inbound(Channel.SMS, " +966501234567\n", "STOP").address == "+966501234567"
