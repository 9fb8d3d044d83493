"""PostgreSQL is there and says nothing: a hung disk, a frozen machine, a network that drops it all.

Meanwhile nothing is answered wrongly, and afterwards everything goes on within two seconds.
"""

import os
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from inbox.models import Mailbox
from messaging import delivery
from messaging.models import Message
from tests import factories
from tests.carrier import StartCarrier
from tests.faults import lasting
from tests.faults.feed import Sender, messages
from tests.faults.hospital import (
    Listener,
    assert_nothing_lost,
    create_listeners,
    listening,
)
from tests.faults.installation import Installation, without_fail
from tests.faults.invariants import (
    assert_answers_true,
    assert_carried_once,
    assert_histories,
    wait_until_nothing_is_overdue,
)
from tests.faults.load import AWAY, PAUSE, SIGN_IN, Told, people
from tests.inbox.client import Client, cookie_headers
from tests.messaging.outbox import new_message
from tests.processes import Web, wait_for
from wards.models import Role, User

HANG = lasting(18, 40)  # seconds
PATIENCE = lasting(3.0, 15.0)  # of our processes (DB_PATIENCE)
# Seconds until all is as before, beside what the machine takes for so many at once. Where there are
# other tests the processor is short, not the product.
AT_ONCE = lasting(12.0, 2.0)
EVERY = 0.1  # seconds from one message of the feed to the next
SOCKETS, READERS, SIGNING_IN = lasting((30, 8, 4), (120, 20, 10))
RATE = 10  # messages a second that the carrier may be given
FEED = messages()
NOT_LIVE = re.compile(r"Not live, as of \d\d:\d\d")


@pytest.fixture
def installation(
    start_carrier: StartCarrier, django_db_blocker: DjangoDbBlocker
) -> Iterator[Installation]:
    env = {
        "MESSAGING_LEASE": "30",
        "MESSAGING_RECEIPT_WAIT": "2",
        "MESSAGING_RATES": f"sandbox={RATE}",
        "TRUSTED_PROXIES": "1",
        "DB_POOL_MAX": "20",
        "DB_PATIENCE": str(PATIENCE),
    }
    with (
        # Not in tmp_path: every start of pytest shuts the way there to PostgreSQL's user.
        tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as directory,
        django_db_blocker.unblock(),
        scopes_disabled(),
    ):
        carrier = start_carrier(receipt_delay=1)
        installation = Installation(Path(directory), carrier, env, networked=True)
        with installation.running("hl7", "worker", "beat"):
            yield installation


def present_seqs() -> dict[int, int]:
    """How far the mailbox of each is."""
    return dict(Mailbox.objects.values_list("user", "seq"))


class AtWork:
    """All that goes on in the hospital: feed, sockets, people, messages."""

    def __init__(
        self,
        installation: Installation,
        listeners: list[Listener],
        clients: dict[Client, User],
        feed: Sender,
        told: Told,
    ) -> None:
        self.installation, self.listeners, self.clients = installation, listeners, clients
        self.feed, self.told = feed, told

    def queue_messages(self) -> None:
        """So many that some are still to be sent after a fault that begins now."""
        hospital = self.listeners[0].user.hospital
        assert hospital is not None
        delivery.queue([new_message(hospital) for _ in range(RATE * 5)])

    def assert_goes_on(self, since: float, within: float = AT_ONCE) -> None:
        """Feed, sender and sockets do what they did, `within` seconds of this moment."""
        carrier = self.installation.carrier
        sent = len(carrier.ledger())

        def left() -> float:
            return since + within - time.monotonic()

        wait_for(lambda: any(a.at > since for a in self.feed.log[-3:]), left(), "feed")
        wait_for(lambda: len(carrier.ledger()) > sent, left(), "sender")
        # What has come a second before the end, everybody knows at the end.
        wait_for(lambda: left() <= AT_ONCE / 2)
        seqs = wait_for(lambda: without_fail(present_seqs), left(), "database") or {}

        def in_step() -> bool:
            pairs = self.clients.items()
            return all((client.inbox.last or 0) >= seqs.get(user.pk, 0) for client, user in pairs)

        wait_for(in_step, left(), "sockets")

    def rush(self) -> float:
        """Seconds that this machine takes where all of them have asked and nothing was at fault.

        The web process stood still meanwhile: the same requests as after a hang of PostgreSQL's.
        """
        web = psutil.Process(self.installation.web.pid)
        web.suspend()
        time.sleep(PAUSE + 1)  # all have read what they had
        web.resume()
        since = time.monotonic()
        wait_for(lambda: len(self.told.since(since)) > READERS + SIGNING_IN, 60)
        return self.longest(since)

    def longest(self, since: float, *, signing_in: bool = False) -> float:
        """How long those who waited at `since` did so then: for pages, or to be signed in."""
        waited = [
            a.at - since
            for a in self.told.answers
            if a.at > since > a.at - a.seconds and (a.what == SIGN_IN) is signing_in
        ]
        return max(waited, default=0.0)

    def assert_answered(self, since: float, within: float = AT_ONCE) -> None:
        """Everybody is answered, those who wait by now in so many seconds, and as ever then."""
        wait_for(lambda: len(self.told.since(since + within)) > READERS + SIGNING_IN, 60)
        assert self.longest(since) <= within
        # Their passwords are hashed in turn, so that the others need not wait for that.
        assert self.longest(since, signing_in=True) <= within + SIGNING_IN
        assert AWAY not in {each.status for each in self.told.since(since + within)}

    def assert_nothing_wrong(self) -> None:
        """Once the feed has ended."""
        assert not self.told.wrong
        assert not [each for each in self.told.answers if each.status == 0]
        assert_answers_true((each.control_id, each.code) for each in self.feed.log)
        assert_nothing_lost(self.clients, self.listeners, FEED[: len(self.feed.log)])
        wait_until_nothing_is_overdue(90)
        assert_carried_once(self.installation.carrier, Message.objects.filter(attempts__gt=0))
        assert_histories()


@contextmanager
def at_work(installation: Installation) -> Iterator[AtWork]:
    """Everybody is at it; the feed has ended when this has."""
    listeners = create_listeners()
    hospital = listeners[0].user.hospital
    assert hospital is not None
    readers = [
        factories.create_user(hospital, Role.NURSE, password=factories.PASSWORD)
        for _ in range(READERS + SIGNING_IN)
    ]
    feed = Sender(installation.hl7_port, every=EVERY)
    with (
        listening(listeners, installation.web, SOCKETS) as clients,
        people(readers[:READERS], readers[READERS:], installation.web) as told,
        ThreadPoolExecutor(1) as pool,
    ):
        playing = pool.submit(feed.play, FEED)
        work = AtWork(installation, listeners, clients, feed, told)
        work.queue_messages()
        try:
            wait_for(lambda: len(feed.log) > 20, 60, "the feed is played")
            wait_for(lambda: len(told.answers) > READERS + SIGNING_IN, 60, "people read")
            wait_for(installation.carrier.ledger, 60, "messages are sent")
            yield work
        finally:
            feed.stop()
            playing.result(90)
            feed.close()


def sizes(installation: Installation) -> dict[str, tuple[int, float]]:
    """Threads and memory (MB) of each of our processes, with what it has forked."""
    found = {}
    for process in installation.processes:
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        threads = sum(each.num_threads() for each in family)
        memory = sum(each.memory_info().rss for each in family) / 2**20
        found[process.log.stem] = threads, memory
    return found


@contextmanager
def open_page(browser: Browser, user: User, web: Web) -> Iterator[Page]:
    """Somebody's list of alerts, live."""
    context = browser.new_context(base_url=web.url)
    name, _, value = cookie_headers(user, web)["Cookie"].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": web.url}])
    page = context.new_page()
    page.goto("/inbox/", timeout=90_000)
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=15_000)
    yield page
    context.close()


def test_it_hangs_and_goes_on(installation: Installation, browser: Browser) -> None:
    with at_work(installation) as work:
        web = installation.web
        with open_page(browser, work.listeners[0].user, web) as page:
            rush = work.rush()
            before = sizes(installation)
            work.queue_messages()
            with installation.postgres_hangs():
                began = time.monotonic()
                assert web.get("/healthz/live")[0] == 200
                expect(page.locator("#main > .as-of")).to_have_text(NOT_LIVE, timeout=15_000)
                print(f"not live after {time.monotonic() - began:.1f} s")
                time.sleep(began + HANG - time.monotonic())
                during = sizes(installation)
            since = time.monotonic()
            print(f"all at once take {rush:.1f} s")
            work.assert_goes_on(since, AT_ONCE + rush)
            work.assert_answered(since, AT_ONCE + rush)
            print(f"pages {work.longest(since):.1f} s, signing in ", end="")
            print(f"{work.longest(since, signing_in=True):.1f} s after the hang")
            expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=15_000)
        after = sizes(installation)
    print(Counter(a.status for a in work.told.answers), before, during, after, sep="\n")
    work.assert_nothing_wrong()
    for name, (threads, memory) in after.items():
        assert threads <= before[name][0] + 30, name
        assert memory <= before[name][1] + 50, name


def kill_a_backend(installation: Installation) -> None:
    """As the kernel does when memory runs out: PostgreSQL ends all sessions and starts anew."""
    with installation.session() as session:
        (pid,) = session.execute(
            "select pid from pg_stat_activity where datname = 'messages'"
            " and backend_type = 'client backend' and pid <> pg_backend_pid() limit 1"
        ).fetchone() or (0,)
    os.kill(pid, signal.SIGKILL)


def end_all_sessions(installation: Installation) -> None:
    """`terminating connection due to administrator command`."""
    with installation.session() as session:
        session.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'messages'"
            " and pid <> pg_backend_pid()"
        )


def reset_all_connections(installation: Installation) -> None:
    assert installation.line is not None
    installation.line.reset()


# How long until all goes on: what is known to be broken is replaced at once.
FAULTS = (
    (end_all_sessions, AT_ONCE + 2.0),
    (kill_a_backend, AT_ONCE + 4.0),
    (reset_all_connections, AT_ONCE + 2.0),
)


def test_it_breaks_in_other_ways(installation: Installation) -> None:
    with at_work(installation) as work:
        for break_it, within in FAULTS:
            work.queue_messages()
            break_it(installation)
            since = time.monotonic()
            work.assert_goes_on(since, within)
            print(f"{break_it.__name__}: {time.monotonic() - since:.1f} s")
        since = time.monotonic()
        work.assert_answered(since)
    work.assert_nothing_wrong()
