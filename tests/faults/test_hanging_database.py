"""PostgreSQL does not answer, and sockets come and go meanwhile: nothing of them stays."""

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import websockets
from django.db import connection, transaction

from tests import factories
from tests.cast import Cast
from tests.inbox.client import connect
from tests.inbox.wire import bearer, socket
from tests.processes import Web, wait_for
from wards.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)
SOCKETS = 50
SERVERS = {"daphne": "python -m config.web", "uvicorn": "uvicorn"}


class WatchedWeb(Web):
    """A web process that says how many sockets are in its hub."""

    def __init__(self, log: Path, env: dict[str, str], *, server: str) -> None:
        super().__init__(log, env, server=server)
        plain = SERVERS[server]
        assert self.command.startswith(plain)
        watched = f"python -m tests.faults.watched_web {plain.split()[-1]}"
        self.command = self.command.replace(plain, watched, 1)

    def sockets(self) -> int:
        """How many there are now."""
        told = len(self._told())
        os.kill(self.pid, signal.SIGUSR1)
        return int(wait_for(lambda: self._told()[told:], 10, "the server says how many")[0])

    def _told(self) -> list[str]:
        return re.findall(r"in the hub: (\d+)", self.output)


@pytest.fixture(params=SERVERS)
def web(
    request: pytest.FixtureRequest,
    transactional_db: None,
    process_environment: dict[str, str],
    tmp_path: Path,
) -> Iterator[WatchedWeb]:
    web = WatchedWeb(tmp_path / "web.log", process_environment, server=request.param)
    web.start()
    try:
        yield web.wait_until_ready()
    finally:
        web.stop()


@pytest.mark.parametrize("table", ["inbox_mailbox", "wards_user"])
def test_sockets_that_came_and_went_while_a_table_was_locked(
    web: WatchedWeb, cast: Cast, table: str
) -> None:
    """The first hangs catching up, the second while it is asked who they are."""
    users = [factories.create_user(cast.hospital, Role.NURSE) for _ in range(SOCKETS // 2)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table}")
        with ThreadPoolExecutor(SOCKETS) as pool:
            list(pool.map(lambda user: come_and_go(web, user), users * 2))
        wait_for(lambda: web.sockets() == 0, 30, "an empty hub while the table is locked")
    with connect(cast.noor, web) as noor:
        assert noor.live.wait(20)
        factories.create_admission(ward=cast.cardiology)
        wait_for(lambda: noor.inbox.last == 1)
        assert web.sockets() == 1
    wait_for(lambda: web.sockets() == 0, 20, "the last one has gone")


def come_and_go(web: Web, user: User) -> None:
    """Opens a socket and hangs up, as soon as it is open or before; half of them without a word."""
    gone = (OSError, TimeoutError, websockets.WebSocketException)
    with suppress(*gone), socket(web, **bearer(user)) as opened:
        if user.pk % 2:
            opened.socket.close()
