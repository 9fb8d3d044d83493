"""PostgreSQL takes no changes: it is a standby after a failover, or was set so as its disk filled.

What it shows may be old, so it is as good as away: 503 in words, nothing answered to the feed,
nothing sent, nobody is told that pages are live; and no process ends over it.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.db import connection
from django_scopes import scopes_disabled
from pytest_django import DjangoDbBlocker
from websockets.sync.client import ClientConnection

from messaging import delivery
from messaging.models import Message
from tests.carrier import StartCarrier
from tests.faults.feed import Sender, answers, messages
from tests.faults.hospital import create_listeners
from tests.faults.installation import Installation
from tests.faults.invariants import assert_carried_once, wait_until_nothing_is_overdue
from tests.figures import read, value
from tests.inbox.client import cookie_headers
from tests.inbox.wire import bearer, receive, socket
from tests.messaging.outbox import new_message
from tests.processes import wait_for

FEED = messages()[:60]
NOTICED = 4.0  # seconds, by when every part knows, and what was on its way has arrived
CSRF = "c" * 32
ASKED = {
    "/inbox/": None,
    "/inbox/frames/?since=0": None,
    "/inbox/bulk/": {"action": "archive", "ids": "1"},
    "/accounts/logout/": {},
    "/api/v1/auth/": {"username": "x", "password": "x"},
}


@pytest.fixture
def installation(
    start_carrier: StartCarrier, django_db_blocker: DjangoDbBlocker
) -> Iterator[Installation]:
    with (
        # Not in tmp_path: every start of pytest shuts the way there to PostgreSQL's user.
        tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as directory,
        django_db_blocker.unblock(),
        scopes_disabled(),
    ):
        # It gives messages to the carrier slowly, so that some are due whatever happens.
        env = {"MESSAGING_RATES": "sandbox=2"}
        installation = Installation(Path(directory), start_carrier(), env)
        with installation.running("hl7", "worker", "beat"):
            yield installation


def ask(installation: Installation, cookies: str, path: str) -> requests.Response:
    """A page, or a form where there is something to send."""
    form = ASKED[path]
    headers = {"Cookie": f"{cookies}; {settings.CSRF_COOKIE_NAME}={CSRF}", "X-CSRFToken": CSRF}
    method = "GET" if form is None else "POST"
    url = installation.web.url + path
    return requests.request(
        method, url, data=form, headers=headers, timeout=20, allow_redirects=False
    )


def assert_away(installation: Installation, cookies: str) -> None:
    """What whoever asks is told."""
    for path in ASKED:
        answer = ask(installation, cookies, path)
        assert (path, answer.status_code, answer.headers.get("Retry-After")) == (path, 503, "10")
    status, said = installation.web.get("/healthz/ready")
    assert (status, json.loads(said)["parts"]["database"]) == (503, "read-only")
    assert value(read(installation.web.get("/metrics")[1]), "wardbell_database_up") == 0


def assert_not_live(page: ClientConnection) -> None:
    """A socket that was told each 4 s that its page is live is told so no more."""
    with suppress(TimeoutError):
        while True:  # what came before anybody could know
            page.recv(timeout=0)
    with pytest.raises(TimeoutError):
        page.recv(timeout=5)


def test_it_is_as_good_as_away_and_all_goes_on(installation: Installation) -> None:
    listeners = create_listeners()
    user, hospital = listeners[0].user, listeners[0].user.hospital
    assert hospital is not None
    cookies = cookie_headers(user, installation.web)["Cookie"]
    feed = Sender(installation.hl7_port)
    wait_for(lambda: ask(installation, cookies, "/inbox/").status_code == 200)
    for number, fault in enumerate((installation.set_read_only, installation.on_standby)):
        connection.close()  # our own: the fault before broke it
        delivery.queue([new_message(hospital) for _ in range(10)])
        part = FEED[number * 30 : (number + 1) * 30]
        feed.play(part[:10])
        opened = socket(installation.web, "?beats", **bearer(user))
        with opened as page, ThreadPoolExecutor(1) as pool:
            assert receive(page)["type"] == "snapshot"
            with fault():
                time.sleep(NOTICED)
                sent = len(installation.carrier.ledger())
                playing = pool.submit(feed.play, part[10:])
                assert_away(installation, cookies)
                assert_not_live(page)
                assert len(feed.log) == number * 30 + 10
                assert len(installation.carrier.ledger()) == sent
            since = time.monotonic()
            said = playing.result(60)
        wait_for(lambda: ask(installation, cookies, "/inbox/").status_code == 200)
        print(f"{fault.__name__}: {time.monotonic() - since:.1f} s")
    feed.close()
    connection.close()
    assert said == answers(FEED)
    assert [each.log.stem for each in installation.processes if not each.running] == []
    wait_until_nothing_is_overdue(60)
    assert_carried_once(installation.carrier, Message.objects.all())
