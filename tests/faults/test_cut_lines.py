"""Lines that fail between us and who sends to us or carries for us: half-open, slow, black hole."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django_scopes import scopes_disabled

from config.local.redis import free_port
from messaging import delivery
from messaging.models import Message
from tests import factories
from tests.carrier import CarrierProcess, StartCarrier
from tests.conftest import StartProcess
from tests.faults.feed import Sender, messages
from tests.faults.hospital import create_listeners
from tests.faults.invariants import (
    assert_answers_true,
    assert_carried_once,
    assert_histories,
    assert_mailboxes_consistent,
)
from tests.faults.proxy import Proxy
from tests.messaging.outbox import new_message
from tests.processes import wait_for
from wards.hl7 import server
from wards.models import Hl7Message, Outbox

pytestmark = pytest.mark.django_db(transaction=True)

FEED = messages()[:60]
MESSAGES = 20


def test_half_open_connections_of_a_feed(start_process: StartProcess) -> None:
    """The sender waits for an answer that got lost, and sends again: told once, answered AA."""
    create_listeners()
    port = free_port()
    listener = start_process("hl7", HL7_PORT=str(port))
    wait_for(lambda: "listening" in listener.output.lower(), 60, "the HL7 listener")
    with Proxy(("127.0.0.1", port)) as line:
        sender = Sender(line.port, patience=2.0)
        playing = threading.Thread(target=sender.play, args=(FEED,), daemon=True)
        playing.start()
        for answered in (10, 20, 30):
            wait_for(lambda n=answered: len(sender.log) >= n, 60, "the feed goes on")  # type: ignore[misc]
            line.forget()
        playing.join(60)
        assert not playing.is_alive()
        assert line.accepted >= 4
        sender.close()
    assert sender.answers == Counter(AA=len(FEED))
    with scopes_disabled():
        assert_answers_true((each.control_id, each.code) for each in sender.log)
        assert Hl7Message.objects.count() == len(FEED)
        wait_for(lambda: not Outbox.objects.exists(), 30, "everybody is told")
        assert_mailboxes_consistent()


def test_a_sender_that_vanished_in_a_quiet_night_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A firewall forgot the line, and nobody has anything to say on it."""
    for name, value in {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2}.items():
        monkeypatch.setitem(server.KEEP_ALIVE, name, value)

    async def play() -> None:
        listening, stop = server.Server(server.Limits()), asyncio.Event()

        async def guests(number: int) -> None:
            async with asyncio.timeout(15):
                while len(listening.guests) != number:
                    await asyncio.sleep(0.05)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            running = asyncio.create_task(listening.run(listener, stop))
            with (
                Proxy(listener.getsockname()) as line,
                socket.create_connection(("127.0.0.1", line.port)),
            ):
                await guests(1)
                line.forget()
                await guests(0)
            stop.set()
            await running

    asyncio.run(play())


@pytest.fixture
def carrier(start_carrier: StartCarrier) -> CarrierProcess:
    return start_carrier(receipt_delay=0.5)


@pytest.fixture
def line(carrier: CarrierProcess, start_process: StartProcess) -> Iterator[Proxy]:
    """The line that the sender reaches the carrier by."""
    with Proxy(("127.0.0.1", carrier.port)) as line, scopes_disabled():
        env = carrier.environment("http://127.0.0.1:1")
        env |= {"SANDBOX_URL": f"http://127.0.0.1:{line.port}", "MESSAGING_RECEIPT_WAIT": "1"}
        process = start_process("sender", **env, MESSAGING_LEASE="15", MESSAGING_RETRIES="1,1,1")
        wait_for(lambda: "listening" in process.output, 60, "the sender listens")
        yield line


@pytest.mark.parametrize("fault", ["slow", "half-open", "black hole", "reset"])
def test_each_message_once_whatever_the_line_does(
    line: Proxy, carrier: CarrierProcess, fault: str
) -> None:
    hospital = factories.create_hospital()
    delivery.queue([new_message(hospital)])
    wait_for(lambda: carrier.ledger(), 30, "the line is good")
    if fault == "slow":
        line.rate = 1.0  # byte a second: no request arrives within a provider's time
    elif fault == "half-open":
        line.forget()
    elif fault == "reset":
        line.reset()
    if fault == "black hole":
        with line.black_hole():
            queue_and_see_them_wait(hospital)
    else:
        queue_and_see_them_wait(hospital)
    line.rate = None

    def settled() -> bool:
        return not Message.objects.filter(due_at__isnull=False).exists()

    wait_for(settled, 60, "each is sent")
    assert_carried_once(carrier, Message.objects.all())
    assert_histories()


def queue_and_see_them_wait(hospital: object) -> None:
    delivery.queue([new_message(hospital) for _ in range(MESSAGES)])  # type: ignore[arg-type]
    begun = Message.objects.filter(attempts__gt=0)
    wait_for(lambda: begun.count() == MESSAGES + 1, 30, "the sender has tried all of them")
