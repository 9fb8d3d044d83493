"""What the world may tell us about messages: only what a carrier signed, and only sense."""

import json
import time
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from messaging import webhooks
from messaging.carriers.base import Inbound, Receipt
from messaging.channels import Channel
from messaging.contacts import hearing
from messaging.delivery import receipts
from messaging.sandbox.signatures import SIGNATURE, TIMESTAMP, TOLERANCE, sign
from messaging.statuses import Status
from wards.base import clock

SECRET, ADDRESS = "shared", "/webhooks/messages/sandbox/"
DELIVERED = {
    "type": "receipt",
    "id": "SB00000001",
    "reference": "7-1",
    "status": "delivered",
    "code": "",
    "at": 1795192749.5,
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _account(settings: Settings) -> None:
    settings.SANDBOX_SECRET = SECRET


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the webhook passes on, instead of what becomes of it."""
    told: list[Any] = []
    monkeypatch.setattr(receipts, "apply", lambda name, found: told.extend([name, *found]))
    monkeypatch.setattr(hearing, "heard", told.append)
    return told


def post(client: Client, body: object, headers: dict[str, str] | None = None) -> int:
    """One request; without `headers` it is signed as it should be. The status of the answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = sign(SECRET, data) if headers is None else headers
    answer = client.post(ADDRESS, data, content_type="application/json", headers=given)
    return answer.status_code


def test_receipts_and_answers_are_passed_on(client: Client, told: list[Any]) -> None:
    stop = {"type": "inbound", "channel": "whatsapp", "from": "+966501234567", "body": "STOP"}
    stop["id"] = "AN1"
    read = DELIVERED | {"status": "read", "code": "x"}
    assert post(client, {"events": [DELIVERED, stop, read]}) == 204
    name, first, second, answer = told
    assert name == "sandbox"
    assert (first.status, first.reference, first.provider_id) == (
        Status.DELIVERED,
        "7-1",
        "SB00000001",
    )
    assert first.at.timestamp() == 1795192749.5
    assert (second.status, second.code) == (Status.READ, "x")
    assert answer == Inbound(Channel.WHATSAPP, "+966501234567", "STOP", "AN1")


def test_s15_a_nul_sinks_nobody_else(client: Client, told: list[Any]) -> None:
    about = {"type": "inbound", "channel": "sms", "body": "STOP"}
    events = [about | {"from": "+966\x00501", "id": "1"}, about | {"from": "+966502", "id": "2"}]
    assert post(client, {"events": events}) == 204
    assert told == [Inbound(Channel.SMS, "+966502", "STOP", "2")]


def test_an_answer_is_heard_once(client: Client, told: list[Any]) -> None:
    """However often a signed request is played again."""

    def answer(id_: str, body: str) -> None:
        about = {"type": "inbound", "channel": "sms", "from": "+966501234567", "id": id_}
        assert post(client, {"events": [about | {"body": body}]}) == 204

    for id_, body in (("AN1", "START"), ("AN2", "STOP"), ("AN1", "START"), ("AN2", "STOP")):
        answer(id_, body)
    assert [each.body for each in told] == ["START", "STOP"]
    answer("", "START")
    answer("", "START")
    assert len(told) == 4, "who gives no id is heard every time"


def test_an_answer_that_could_not_be_noted_is_heard_when_it_is_told_again(
    client: Client, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    about = {"type": "inbound", "channel": "sms", "from": "+966501234567", "id": "AN1"}
    stop = {"events": [about | {"body": "STOP"}]}

    def fail(inbound: Inbound) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(hearing, "heard", fail)
        assert post(client, stop) == 500
    assert post(client, stop) == 204
    assert [each.body for each in told] == ["STOP"]


def test_nothing_to_say_is_fine(client: Client, told: list[Any]) -> None:
    assert post(client, {"events": []}) == 204
    assert told == []


BODY = json.dumps({"events": [DELIVERED]}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: "x", TIMESTAMP: "1795192749"},
        sign("guessed", BODY),
        sign(SECRET, BODY + b" "),
        sign(SECRET, BODY) | {TIMESTAMP: str(int(time.time()) + 1)},
        sign(SECRET, BODY, int(time.time()) - TOLERANCE - 3600),
        sign(SECRET, BODY, int(time.time()) + TOLERANCE + 3600),
        {SIGNATURE: sign(SECRET, BODY)[SIGNATURE]},
        {SIGNATURE: "لا", TIMESTAMP: "٣"},
    ],
    ids=[
        *("no signature", "nonsense", "another secret", "another body", "another time"),
        *("old", "of the future", "no time", "not even ASCII"),
    ],
)
def test_what_is_forged_is_refused(
    client: Client, told: list[Any], headers: dict[str, str]
) -> None:
    assert post(client, BODY, headers) == 403
    assert told == []


def test_what_was_signed_can_be_played_again_only_for_a_while(
    client: Client, told: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = sign(SECRET, BODY)
    assert post(client, BODY, headers) == 204
    later = clock.now() + timedelta(seconds=TOLERANCE + 5)
    monkeypatch.setattr("wards.base.clock.now", lambda: later)
    assert post(client, BODY, headers) == 403


@pytest.mark.parametrize(
    "nonsense",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 5000,
        {},
        [],
        None,
        {"events": 3},
    ],
    ids=lambda nonsense: repr(nonsense)[:60],
)
def test_what_is_no_such_document_is_refused(
    client: Client, told: list[Any], nonsense: object
) -> None:
    assert post(client, nonsense) == 400
    assert told == []


@pytest.mark.parametrize(
    "nonsense",
    [
        {"events": [3]},
        {"events": [{}]},
        {"events": [DELIVERED | {"status": "queued"}]},
        {"events": [DELIVERED | {"status": None}]},
        {"events": [DELIVERED | {"at": "yesterday"}]},
        {"events": [DELIVERED | {"at": 1e300}]},
        {"events": [{"type": "inbound", "channel": "pigeon", "from": "x", "body": "y", "id": "1"}]},
    ],
    ids=lambda nonsense: repr(nonsense)[:60],
)
def test_s15_what_makes_no_sense_is_noted_and_not_told_again(
    client: Client, told: list[Any], nonsense: object
) -> None:
    with capture_logs() as logs:
        assert post(client, nonsense) == 204
    assert told in ([], ["sandbox"])
    assert [entry["event"] for entry in ours(logs)] == ["webhook_events_make_no_sense"]


def test_what_is_too_long_is_refused_unread(client: Client, told: list[Any]) -> None:
    assert post(client, b" " * (webhooks.LARGEST + 1), {}) == 413
    assert told == []


@pytest.mark.parametrize("name", ["pigeon", "twilio"])
def test_a_provider_we_do_not_have(client: Client, name: str) -> None:
    assert client.post(f"/webhooks/messages/{name}/").status_code == 404


def test_it_is_for_posting_and_looking(client: Client) -> None:
    assert client.put(ADDRESS).status_code == 405
    assert client.head(ADDRESS).status_code == client.get(ADDRESS).status_code == 200


def test_what_has_no_length_is_refused_unread(client: Client) -> None:
    assert client.post(ADDRESS, b"", content_type="application/json").status_code == 411


def ours(logs: list[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [entry for entry in logs if entry["event"].startswith("webhook")]


def test_forgeries_are_rationed_and_the_provider_is_not(client: Client, told: list[Any]) -> None:
    with capture_logs() as logs:
        answers = [post(client, BODY, {}) for _ in range(webhooks.FORGERIES + 5)]
    assert answers == [403] * webhooks.FORGERIES + [429] * 5
    assert len(ours(logs)) == webhooks.FORGERIES
    assert post(client, BODY) == 204


def test_the_log_says_who_and_not_what(client: Client, told: list[Any]) -> None:
    with capture_logs() as logs:
        post(client, BODY, {})
        post(client, {"events": [DELIVERED | {"status": "+966501234567"}]})
        post(client, b"{")
    assert [(entry["event"], entry.get("provider")) for entry in ours(logs)] == [
        ("webhook_forged", "sandbox"),
        ("webhook_events_make_no_sense", None),
        ("webhook_makes_no_sense", "sandbox"),
    ]
    assert "+966501234567" not in str(logs)


def test_csrf_is_not_for_machines(told: list[Any]) -> None:
    assert post(Client(enforce_csrf_checks=True), BODY) == 204
