"""SIGTERM under load: the web process answers what it has begun, sends everybody away, and is gone.

Who has sent a request on a connection of their own gets an answer, or never had one: the port is
closed. On a kept connection a request may cross the server's goodbye; then nothing of it was done.
"""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import websockets
from django.db import connection, transaction
from websockets.sync.client import ClientConnection

from inbox.live.comebacks import RESTART, SHORTEST
from inbox.models import Mailbox
from tests import factories
from tests.conftest import StartWeb
from tests.faults import lasting
from tests.faults.askers import Asker, asking, hire
from tests.inbox.client import cookie_headers
from tests.inbox.wire import receive, socket
from tests.processes import Web, wait_for
from wards.models import User

pytestmark = pytest.mark.django_db(transaction=True)

ENDINGS = lasting(3, 20)
WITHIN = 5.0  # s from the signal until the process is gone
ASKERS, SOCKETS = 8, 8
# What `kill` shows: uvicorn ends by the signal itself.
CODES = {"daphne": 0, "uvicorn": -signal.SIGTERM}


@pytest.mark.parametrize("server", CODES)
def test_sigterm_under_load(start_web: StartWeb, server: str) -> None:
    nurses = hire(factories.create_ward(), ASKERS)
    web = start_web(server=server)
    for number in range(ENDINGS):
        if number:
            web.start()
            web.wait_until_ready(timeout=90)
        askers = [Asker(user, web.port, keeps=n % 2 == 0) for n, user in enumerate(nurses)]
        with listening(web, nurses[0]) as sockets, asking(askers):
            wait_for(lambda each=askers: min(asker.answers for asker in each) > 1)  # type: ignore[misc]
            before = time.monotonic()
            code = web.stop(timeout=20)
            took = time.monotonic() - before
            print(f"{server}: gone after {took:.2f} s")
            for ws in sockets:
                assert_sent_away(ws)
        assert (took <= WITHIN, code) == (True, CODES[server]), f"{took:.1f} s\n{web.output}"
        assert_nothing_lost(askers)


@pytest.mark.parametrize("server", CODES)
def test_what_hangs_keeps_no_process(start_web: StartWeb, server: str) -> None:
    """A change that waits for a lock is not made, and nobody is told that it was."""
    [nurse] = hire(factories.create_ward(), 1)
    web = start_web(server=server)
    asker = Asker(nurse, web.port, keeps=True)
    with transaction.atomic():
        Mailbox.objects.select_for_update().get(user=nurse)
        with asking([asker]):
            wait_for(lambda: asker.pages and somebody_waits_for_a_lock(), what="the change waits")
            before = time.monotonic()
            code = web.stop(timeout=20)
            took = time.monotonic() - before
        print(f"{server}: gone after {took:.2f} s")
    assert (took <= WITHIN, code) == (True, 1), web.output
    assert "web_leaves_requests" in web.output
    assert (asker.changes, asker.changed, len(asker.cut)) == (0, 0, 1)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.rowcount)


def assert_nothing_lost(askers: list[Asker]) -> None:
    for asker in askers:
        assert asker.changed == asker.changes, "one was made, and nobody was told"
        assert not asker.wrong
        assert asker.keeps or not asker.cut
        assert len(asker.cut) <= 1
    assert any(asker.ended for asker in askers if asker.keeps), "nobody was told politely"


@contextmanager
def listening(web: Web, user: User) -> Iterator[list[ClientConnection]]:
    """Sockets with their first frame behind them."""
    with ExitStack() as stack:
        headers = cookie_headers(user, web)
        sockets = [stack.enter_context(socket(web, **headers)) for _ in range(SOCKETS)]
        for each in sockets:
            assert receive(each)["type"] == "snapshot"
        yield sockets


def assert_sent_away(ws: ClientConnection) -> None:
    """The last frame says when to come back; then a close with the code for it."""
    frames: list[dict[str, Any]] = []
    with suppress(websockets.ConnectionClosed):
        while True:
            frames += [json.loads(line) for line in str(ws.recv(timeout=5)).split("\n")]
    assert frames[-1]["type"] == "restart"
    assert 0 <= frames[-1]["in"] <= SHORTEST
    assert ws.close_code == RESTART
