"""The carrier: what becomes of a message to each magic number, and that it forgets nothing."""

import re
import sqlite3
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from messaging.carriers.base import Accepted, Outgoing, Refusal, Unclear
from messaging.carriers.sandbox import Sandbox
from messaging.channels import Channel
from messaging.sandbox import signatures
from messaging.sandbox.ledger import COLUMNS, Ledger
from messaging.sandbox.magic import DOMAIN, MAGIC
from tests.carrier import SECRET, CarrierProcess, StartCarrier
from tests.messaging.listener import Answer, Listener
from tests.processes import ROOT, wait_for

NUMBERS = {each.name: each.number for each in MAGIC}
_references = count(1)


@pytest.fixture
def hook() -> Iterator[Listener]:
    """Our webhook, as the carrier sees it."""
    with Listener() as listener:
        yield listener


def message(to: str = "+966501234567", hook: Listener | None = None, **fields: Any) -> Outgoing:
    given: dict[str, Any] = {
        "reference": f"{next(_references)}-1",
        "channel": Channel.EMAIL if "@" in to else Channel.SMS,
        "to": to,
        "subject": "",
        "body": "Your appointment is at 10:30.",
        "language": "en",
        "sender": "Rawdah General",
        "callback_url": f"{hook.url}/hook?reference=7-1" if hook else "",
    }
    return Outgoing(**given | fields)


def account(carrier: CarrierProcess) -> Sandbox:
    return Sandbox(carrier.url, SECRET)


def events(hook: Listener) -> list[dict[str, Any]]:
    return [event for asked in hook.asked for event in asked.json["events"]]


def statuses(hook: Listener, number: int) -> list[str]:
    """What the receipts say, once there are `number` of them."""
    wait_for(lambda: len(events(hook)) >= number, what=f"{number} receipts")
    return [event["status"] for event in events(hook)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("delivered", ["sent", "delivered"]),
        ("read", ["sent", "delivered", "read"]),
        ("failed", ["sent", "failed"]),
        ("bounced", ["sent", "bounced"]),
        ("twice", ["sent", "sent", "delivered", "delivered"]),
        ("shuffled", ["read", "delivered", "sent"]),
    ],
)
@pytest.mark.parametrize("kind", ["number", "mailbox"])
def test_receipts(
    carrier: CarrierProcess, hook: Listener, name: str, said: list[str], kind: str
) -> None:
    to = NUMBERS[name] if kind == "number" else f"{name.title()}@{DOMAIN}"
    accepted = account(carrier).send(message(to, hook))
    assert statuses(hook, len(said)) == said
    assert {event["id"] for event in events(hook)} == {accepted.provider_id}
    assert hook.asked[0].path == "/hook", "one address for all: the reference is in the receipt"


def test_an_ordinary_number_is_delivered_to(carrier: CarrierProcess, hook: Listener) -> None:
    sent = message("+966501234567", hook, body="x" * 161)
    accepted = account(carrier).send(sent)
    assert (accepted.parts, str(accepted.cost), accepted.currency) == (2, "0.0800", "USD")
    assert statuses(hook, 2) == ["sent", "delivered"]
    (entry,) = carrier.ledger()
    assert entry["reference"] == sent.reference
    assert (entry["recipient"], entry["body"]) == (sent.to, sent.body)


@pytest.mark.parametrize(
    ("name", "permanent", "down", "retry_after"),
    [("refused", True, False, None), ("busy", False, False, 2.0), ("outage", False, True, None)],
)
def test_refusals(
    carrier: CarrierProcess, name: str, permanent: bool, down: bool, retry_after: float | None
) -> None:
    with pytest.raises(Refusal) as refused:
        account(carrier).send(message(NUMBERS[name]))
    fault = refused.value
    assert (fault.permanent, fault.provider_down, fault.retry_after) == (
        permanent,
        down,
        retry_after,
    )
    assert carrier.ledger() == []


def test_every_other_message_to_a_flaky_number_is_taken(carrier: CarrierProcess) -> None:
    ours = account(carrier)
    for _ in range(2):
        with pytest.raises(Refusal):
            ours.send(message(NUMBERS["flaky"]))
        assert ours.send(message(NUMBERS["flaky"])).provider_id


def test_an_outage_is_everybodys_and_ends(start_carrier: StartCarrier) -> None:
    carrier = start_carrier(outage=0.3)
    ours = account(carrier)
    for to in (NUMBERS["outage"], "+966501234567"):
        with pytest.raises(Refusal):
            ours.send(message(to))
    with pytest.raises(Unclear):
        ours.find("1-1", "", None)  # type: ignore[arg-type]
    wait_for(lambda: sent(ours), what="the outage ends")


def sent(ours: Sandbox) -> Accepted | None:
    try:
        return ours.send(message())
    except Refusal:
        return None


def test_no_receipt_for_a_silent_number(carrier: CarrierProcess, hook: Listener) -> None:
    account(carrier).send(message(NUMBERS["silent"], hook))
    assert carrier.waiting() == 0
    assert len(carrier.ledger()) == 1
    assert hook.asked == []


@pytest.mark.parametrize(("name", "taken"), [("unanswered", True), ("lost", False)])
def test_no_answer(start_carrier: StartCarrier, name: str, taken: bool) -> None:
    carrier, to = start_carrier(hang=30), NUMBERS[name]
    impatient = Sandbox(carrier.url, SECRET, timeout=0.3)
    unclear = message(to)
    with pytest.raises(Unclear):
        impatient.send(unclear)
    found = account(carrier).find(unclear.reference, to, None)  # type: ignore[arg-type]
    assert (found is not None) == taken
    assert len(carrier.ledger(to=to)) == taken


def test_a_slow_number_takes_its_time(start_carrier: StartCarrier, hook: Listener) -> None:
    carrier = start_carrier(slow_answer=0.3, slow_receipts=0.1)
    begin = time.monotonic()
    account(carrier).send(message(NUMBERS["slow"], hook))
    assert time.monotonic() - begin >= 0.3
    assert statuses(hook, 2) == ["sent", "delivered"]


def test_a_double_send_is_two_entries(carrier: CarrierProcess) -> None:
    twice = message()
    for _ in range(2):
        account(carrier).send(twice)
    assert [entry["reference"] for entry in carrier.ledger()] == [twice.reference] * 2


def test_receipts_twice_and_in_any_order(start_carrier: StartCarrier, hook: Listener) -> None:
    carrier = start_carrier(duplicate=True, shuffle=True, receipt_delay=0.1, batch=3)
    ours = account(carrier)
    taken = [ours.send(message(hook=hook)).provider_id for _ in range(20)]
    wait_for(lambda: len(events(hook)) >= 80, what="all receipts")
    told = [(event["id"], event["status"]) for event in events(hook)]
    assert sorted(told) == sorted(
        (id_, status) for id_ in taken for status in ("sent", "delivered") for _ in range(2)
    )
    assert told != sorted(told)
    assert max(len(asked.json["events"]) for asked in hook.asked) <= 3


def test_it_tells_again_until_somebody_listens(carrier: CarrierProcess, hook: Listener) -> None:
    hook.answer = Answer(503)
    account(carrier).send(message(hook=hook))
    wait_for(lambda: len(hook.asked) >= 3, what="it tries again")
    hook.answer = Answer(204)
    wait_for(lambda: carrier.waiting() == 0, what="everything is told")
    assert {event["status"] for event in events(hook)} == {"sent", "delivered"}


def test_it_does_not_insist_where_it_is_refused(carrier: CarrierProcess, hook: Listener) -> None:
    hook.answer = Answer(403)
    account(carrier).send(message(hook=hook))
    wait_for(lambda: carrier.waiting() == 0, what="it gives up")
    assert len(events(hook)) == 2


def test_its_books_survive_it(start_carrier: StartCarrier, hook: Listener) -> None:
    carrier = start_carrier(receipt_delay=0.5)
    unsaid = message(hook=hook)
    account(carrier).send(unsaid)
    carrier.kill()
    assert hook.asked == []
    carrier.start()
    carrier.wait_until_ready()
    assert [entry["reference"] for entry in carrier.ledger()] == [unsaid.reference]
    assert statuses(hook, 2) == ["sent", "delivered"]


def test_a_carrier_of_another_version_begins_new_books(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    old = sqlite3.connect(path)
    old.executescript("create table messages (id integer primary key, at real not null)")
    old.close()
    for entries in ([], ["7-1"]):
        ledger = Ledger(path)
        assert [entry["reference"] for entry in ledger.messages()] == entries
        ledger.take(dict.fromkeys(COLUMNS, "") | {"reference": "7-1"})
        ledger.close()


def test_what_it_posts_is_signed(carrier: CarrierProcess, hook: Listener) -> None:
    account(carrier).send(message(hook=hook))
    wait_for(lambda: hook.asked)
    asked = hook.asked[0]
    stamp, signature = (
        asked.headers[name.lower()] for name in (signatures.TIMESTAMP, signatures.SIGNATURE)
    )
    assert signatures.wrong(SECRET, asked.body, stamp, signature, time.time()) == ""
    assert signatures.wrong("another", asked.body, stamp, signature, time.time()) == "signature"


def test_answers_go_where_receipts_go(carrier: CarrierProcess, hook: Listener) -> None:
    account(carrier).send(message("+966501234567", hook))
    statuses(hook, 2)
    carrier.answer("sms", "+966501234567", "STOP")
    wait_for(lambda: len(events(hook)) == 3)
    answer = events(hook)[-1]
    assert answer.pop("id")
    assert answer == {
        "type": "inbound",
        "channel": "sms",
        "from": "+966501234567",
        "body": "STOP",
    }


def test_it_serves_its_customers_only(carrier: CarrierProcess) -> None:
    stranger = Sandbox(carrier.url, "a-guess")
    with pytest.raises(Refusal) as refused:
        stranger.send(message())
    assert refused.value.provider_down, "the account is wrong, not the message"
    assert carrier.ledger() == []


def test_the_documentation_names_the_magic_numbers() -> None:
    text = (ROOT / "docs" / "messaging.md").read_text()
    rows = re.findall(r"^\| `(\+\d+)` \| `(\w+)@([\w.]+)` \| (.*) \|$", text, re.M)
    assert rows == [(each.number, each.name, DOMAIN, each.what) for each in MAGIC]
