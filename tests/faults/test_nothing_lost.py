"""A hospital's own feed is played in while things break; afterwards nothing is missing.

Each test plays the simulator's file (its beginning; all of it under `make soak`) over MLLP to a
real listener, with people signed in on a real daphne, and ends with the same question: does every
client show exactly what the file says?
"""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from config.local.redis import Redis, free_port
from inbox import tasks
from inbox.rules import recipients
from inbox.rules.table import Rule, rules_for
from tests.conftest import StartProcess, StartWeb
from tests.database import database_away
from tests.faults import lasting
from tests.faults.feed import Sender, answers, messages
from tests.faults.hospital import Listener, assert_nothing_lost, create_listeners, listening
from tests.inbox.client import Client
from tests.processes import Web, wait_for
from wards.hl7 import intake
from wards.kinds import Kind
from wards.models import Outbox

pytestmark = pytest.mark.django_db(transaction=True)

CUTS = 50
REDIS_AWAY = lasting(8.0, 20.0)  # seconds
DATABASE_AWAY = 2.0
FEED = messages()[: lasting(400, 1013)]


@pytest.fixture
def listeners(transactional_db: None) -> list[Listener]:
    return create_listeners()


@pytest.fixture
def start_listener(start_process: StartProcess) -> Callable[..., int]:
    """Starts an HL7 listener; its port."""

    def start(**env: str) -> int:
        port = free_port()
        listener = start_process("hl7", HL7_PORT=str(port), **env)
        wait_for(lambda: "listening" in listener.output.lower(), 20, "the HL7 listener")
        return port

    return start


@contextmanager
def playing(port: int) -> Iterator[Callable[[], None]]:
    """The feed is being played meanwhile; call what is given to wait for its end."""
    sender = Sender(port)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(sender.play, FEED)

        def finish() -> None:
            assert done.result(180) == answers(FEED)

        yield finish
    sender.close()


def test_the_bells_ring_as_the_file_says(
    live_web: Web, listeners: list[Listener], start_listener: Callable[..., int]
) -> None:
    port = start_listener()
    with listening(listeners, live_web) as clients:
        with playing(port) as finish:
            finish()
        assert_nothing_lost(clients, listeners, FEED)
        assert all(client.connects == 1 for client in clients)


def test_sockets_cut_at_random(
    live_web: Web, listeners: list[Listener], start_listener: Callable[..., int]
) -> None:
    port = start_listener()
    with listening(listeners, live_web) as clients:
        with playing(port) as finish, ThreadPoolExecutor(len(clients)) as pool:
            cutting = [pool.submit(keep_cutting, client) for client in clients]
            finish()
            for each in cutting:
                each.result(120)
        assert_nothing_lost(clients, listeners, FEED)
        assert all(client.connects == CUTS + 1 for client in clients)


def keep_cutting(client: Client) -> None:
    """Cuts a client's connection the hard way, at random moments."""
    for number in range(1, CUTS + 1):
        time.sleep(random.uniform(0, 0.4))
        client.cut()
        wait_for(lambda number=number: client.connects > number, 20, "reconnected")  # type: ignore[misc]


def test_redis_stopped_and_started_again(
    start_web: StartWeb,
    listeners: list[Listener],
    start_listener: Callable[..., int],
    tmp_path: Path,
) -> None:
    redis = Redis(tmp_path / "redis")
    redis.start()
    try:
        web = start_web(REDIS_URL=redis.url)
        port = start_listener(REDIS_URL=redis.url)
        with listening(listeners, web) as clients:
            with playing(port) as finish:
                wait_for(lambda: all(client.inbox.last for client in clients), 60)
                redis.stop()
                time.sleep(REDIS_AWAY)
                redis.start()
                finish()
            assert_nothing_lost(clients, listeners, FEED)
    finally:
        redis.stop()


def test_web_process_killed_and_started_again(
    start_web: StartWeb, listeners: list[Listener], start_listener: Callable[..., int]
) -> None:
    web = start_web()
    port = start_listener()
    with listening(listeners, web) as clients:
        with playing(port) as finish:
            for seen in (20, 60, 120):
                wait_for(lambda seen=seen: max(c.inbox.last or 0 for c in clients) > seen, 60)  # type: ignore[misc]
                web.kill()
                web.start()
                web.wait_until_ready()
            finish()
        assert_nothing_lost(clients, listeners, FEED)
        assert all(client.connects >= 4 for client in clients)


def test_database_restarted(
    start_web: StartWeb, listeners: list[Listener], start_listener: Callable[..., int]
) -> None:
    """As everybody else sees a restart: their connections end, new ones are refused for a while."""
    web = start_web()
    port = start_listener()
    with listening(listeners, web) as clients:
        with playing(port) as finish:
            for seen in (20, 60, 120):
                wait_for(lambda seen=seen: max(c.inbox.last or 0 for c in clients) > seen, 60)  # type: ignore[misc]
                with database_away():
                    time.sleep(DATABASE_AWAY)
            finish()
        sweep_as_beat_does()
        assert_nothing_lost(clients, listeners, FEED)


def sweep_as_beat_does() -> None:
    """Until nothing waits to be told: what failed once is due again 10 s later."""

    def all_told() -> bool:
        tasks.sweep()
        with scopes_disabled():
            return not Outbox.objects.exists()

    wait_for(all_told, 60, "an empty outbox")


def test_listener_killed_in_mid_stream(
    live_web: Web, listeners: list[Listener], start_process: StartProcess
) -> None:
    """What was stored but not answered is sent again, and told once; the sweep tells the rest."""
    port = free_port()
    listener = start_process("hl7", HL7_PORT=str(port))
    with listening(listeners, live_web) as clients:
        with playing(port) as finish:
            for seen in (10, 40, 80, 120):
                wait_for(lambda seen=seen: max(c.inbox.last or 0 for c in clients) > seen, 60)  # type: ignore[misc]
                listener.kill()
                listener.start()
            finish()
        sweep_as_beat_does()
        assert_nothing_lost(clients, listeners, FEED)


@pytest.mark.fan_out_fails
def test_a_rule_that_raises_for_one_kind(
    live_web: Web, listeners: list[Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All other alerts come; those of the broken rule come once it is mended."""

    def broken(kind: str) -> list[Rule]:
        if kind == Kind.TEST_RESULT_READY:
            raise RuntimeError("a fault in a rule")
        return rules_for(kind)

    with listening(listeners, live_web) as clients:
        with monkeypatch.context() as patch:
            patch.setattr(recipients, "rules_for", broken)
            for message in FEED:
                intake.receive(message.encode())
        with scopes_disabled():
            assert set(Outbox.objects.values_list("event__kind", flat=True)) == {
                Kind.TEST_RESULT_READY
            }
            while Outbox.objects.exists():
                Outbox.objects.update(retry_at=timezone.now())
                tasks.sweep()
        assert_nothing_lost(clients, listeners, FEED)
