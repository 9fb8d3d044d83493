"""Two web processes behind nginx, restarted one after the other while everybody goes on working."""

import resource
from collections import Counter
from pathlib import Path

import pytest

from inbox.live.comebacks import Comebacks
from tests import factories
from tests.conftest import StartWeb
from tests.faults import lasting, nginx
from tests.faults.askers import Asker, asking, hire
from tests.faults.invariants import assert_same, in_step
from tests.inbox.client import Client, cookie_headers, together
from tests.processes import Web, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

SOCKETS = lasting(200, 2_000)
EACH = 10  # sockets of one person
A_SECOND = 100.0  # that come in the beginning
ASKERS = 4
PEAK = 3  # times the mean
PARTS = 4  # of the time in which they come back: in none is there more than the peak


def test_a_rolling_restart(start_web: StartWeb, tmp_path: Path) -> None:
    allow_descriptors()
    ward = factories.create_ward()
    nurses = hire(ward, max(SOCKETS // EACH, ASKERS))
    webs = [start_web(TRUSTED_PROXIES="1"), start_web(TRUSTED_PROXIES="1")]
    with nginx.before(webs, tmp_path, files=4 * SOCKETS + 200) as port:
        askers = [Asker(user, port, keeps=n % 2 == 0) for n, user in enumerate(nurses[:ASKERS])]
        door = Web(tmp_path / "unused.log", {})
        door.port = port
        clients = {
            Client(door.ws_url, headers): nurse
            for nurse in nurses
            # As on the usual port, which no browser names.
            for headers in [cookie_headers(nurse, door) | {"Origin": "http://127.0.0.1"}] * EACH
        }
        with together(list(clients), A_SECOND):
            wait_for(lambda: all(c.live.is_set() for c in clients), SOCKETS / A_SECOND + 60)
            with asking(askers):
                for web in webs:
                    restart(web, list(clients))
                    factories.create_admission(ward=ward, bed=None)
            wait_for(lambda: all(in_step(*each) for each in clients.items()), 60, "all in step")
            for client, nurse in clients.items():
                assert_same(client.inbox, nurse)
    for asker in askers:
        assert not asker.cut
        assert not asker.wrong
        assert asker.changed == asker.changes + len(webs)  # and the alerts
        assert asker.answers > 1


def restart(web: Web, clients: list[Client]) -> None:
    """Ends and starts it again; those who were connected to it are back, and came in good order."""
    for client in clients:
        client.attempts.clear()
        client.sent_away.clear()
    web.stop()
    web.start()
    web.wait_until_ready(timeout=90)
    wait_for(lambda: all(c.live.is_set() for c in clients), 60, "all are back")
    away = [client for client in clients if client.attempts]
    assert away
    assert all(len(client.sent_away) == 1 for client in away), "each was told when to come back"
    attempts = [at for client in away for at in client.attempts]
    window = Comebacks(len(away)).window
    parts = Counter(int((at - min(attempts)) / window * PARTS) for at in attempts)
    print(f"{len(away)} back in {max(attempts) - min(attempts):.1f} s of {window:.1f},")
    print(f"at most {max(parts.values()) / window * PARTS:.0f}/s, {len(away) / window:.0f}/s meant")
    assert max(parts.values()) <= PEAK * len(away) / PARTS


def allow_descriptors() -> None:
    """The processes that are started after this have as many as we: two a socket, and more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 16_384)), hard))
