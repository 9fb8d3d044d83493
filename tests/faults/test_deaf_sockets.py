"""100 clients that talk and never read: the process keeps little of theirs, nobody notices."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from statistics import median, quantiles
from typing import Any, NamedTuple

import psutil
import pytest
from django_scopes import scope

from inbox import posting
from inbox.posting import Recipient
from inbox.publications import publish
from inbox.publications.frames import Alert, Posted
from tests.benchmarks import people
from tests.benchmarks.announcement import wording
from tests.benchmarks.people import Staff
from tests.conftest import StartWeb
from tests.faults import lasting
from tests.faults.deaf import DeafCrowd
from tests.inbox.client import Client, Inbox
from tests.processes import Web, wait_for
from wards.kinds import Kind
from wards.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

SOCKETS, DEAF, READERS = 100, 4, 4  # a user has 50 sockets at most
RATE, TOGETHER = 80, 20  # events a second, and how many are written at once
LONG = "x" * 2000  # so that also a machine with much to do sends more than the kernel takes
QUIET = lasting(5.0, 20.0)  # s
LOUD = lasting(20.0, 600.0)
FLAT = 0.1  # of its memory that the process may change by
MOST = 0.4  # MB that a deaf socket may cost, with what those cut before it left to be collected
UNMOVED = 2.0, 0.05  # times, and s, that the others' p95 may be above that without deaf sockets


class TimedInbox(Inbox):
    """Notes how late each alert comes; its title is when it was said (monotonic, s)."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []

    def apply(self, frame: dict[str, Any]) -> bool:
        if frame["type"] == "alert":
            self.late.append(time.monotonic() - float(frame["notification"]["title"]))
        return super().apply(frame)


@contextmanager
def reading(web: Web, staff: Staff) -> Iterator[list[TimedInbox]]:
    """Some of them read what they are sent."""
    with ExitStack() as stack:
        inboxes = []
        for cookie in staff.cookies[:READERS]:
            client = Client(web.ws_url, {"Cookie": cookie, "Origin": web.url})
            client.inbox = inbox = TimedInbox()
            stack.enter_context(client)
            assert client.live.wait(10)
            inboxes.append(inbox)
        yield inboxes


class Load:
    """Events to everybody, and what that does to the process and to those who read."""

    def __init__(self, web: Web, staff: Staff, inboxes: list[TimedInbox]) -> None:
        self._web, self._staff, self._inboxes = web, staff, inboxes
        self.events = 0

    def run(self, seconds: float) -> tuple[list[float], float]:
        """The process's memory (MB that only it uses) along the way, and the readers' p95 (s)."""
        for inbox in self._inboxes:
            inbox.late.clear()
        memory, self.events, start = [], 0, time.monotonic()
        while (now := time.monotonic()) < start + seconds:
            announcements = self._write()
            for number, announcement in enumerate(announcements):
                time.sleep(max(0, now + number / RATE - time.monotonic()))
                announcement.publish()
            memory.append(self._memory())
        late = [each for inbox in self._inboxes for each in inbox.late]
        return memory, quantiles(late, n=20)[-1]

    def _write(self) -> list["Announcement"]:
        """Some events that everybody is told of, in few statements: not to measure the database."""
        hospital = self._staff.hospital
        with scope(hospital=hospital.pk):
            events = Event.objects.bulk_create(
                Event(hospital=hospital, kind=Kind.SYSTEM_INFO) for _ in range(TOGETHER)
            )
        words = [replace(wording(hospital.pk, event.pk, ""), message=LONG) for event in events]
        users = self._staff.ids
        told = posting.post(words, [Recipient(user, n) for n in range(TOGETHER) for user in users])
        self.events += TOGETHER
        return [
            Announcement(
                event, word, [each._replace(wording=0) for each in told if each.wording == n]
            )
            for n, (event, word) in enumerate(zip(events, words, strict=True))
        ]

    def _memory(self) -> float:
        return float(psutil.Process(self._web.pid).memory_full_info().uss) / 2**20


class Announcement(NamedTuple):
    """An event whose alerts are written, and to be published."""

    event: Event
    words: Alert
    told: list[Posted]

    def publish(self) -> None:
        """With the time (monotonic, s) as its title."""
        words = replace(self.words, title=str(time.monotonic()))
        publish.alerts([self.event], [words], self.told)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_deaf_sockets_cost_nobody_anything(start_web: StartWeb, server: str) -> None:
    web, staff = start_web(server=server), people.hire(DEAF + READERS)
    deaf = staff.cookies[READERS:] * (SOCKETS // DEAF)
    with reading(web, staff) as inboxes:
        load = Load(web, staff, inboxes)
        load.run(QUIET)  # what a process takes once, it takes once
        before, unmoved = load.run(QUIET)
        with DeafCrowd(web.port, deaf) as crowd:
            memory, moved = load.run(LOUD)
        wait_for(lambda: all(inbox.last == inboxes[0].last for inbox in inboxes), 10)
    events = load.events / LOUD
    print(
        f"\n{server}: {SOCKETS} deaf sockets for {LOUD:.0f} s at {events:.0f} events/s, cut "
        f"{crowd.cut} times; MB without them {median(before):.1f}; with them {memory[0]:.1f} at "
        f"first, {median(memory):.1f} in the middle, {max(memory):.1f} at most, "
        f"{memory[-1]:.1f} at last; p95 of others {unmoved * 1000:.0f} ms without, "
        f"{moved * 1000:.0f} ms with"
    )
    settled = memory[len(memory) // 4 :]
    assert max(settled) < median(settled) * (1 + FLAT)
    assert max(memory) < median(before) + SOCKETS * MOST
    assert moved < unmoved * UNMOVED[0] + UNMOVED[1]
