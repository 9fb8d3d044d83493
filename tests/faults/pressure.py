"""A hospital at work: a feed, open bells and people who sign in and read, all timed."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

import requests

from tests import factories
from tests.faults.feed import Sender
from tests.inbox.client import Client, Inbox, cookie_headers
from tests.processes import Web
from tests.wards.hl7 import messages as hl7
from wards.models import User, Ward

TIMEOUT = 60  # s; what takes so long has hung
PAGES = ("/", "/inbox/", "/accounts/password/change/")


class Timed(NamedTuple):
    """Something that was asked for, when (s, monotonic), how long it took, and what came."""

    at: float
    seconds: float
    what: str
    answer: str


@dataclass
class Record:
    """What everybody saw."""

    requests: list[Timed] = field(default_factory=list)
    messages: list[Timed] = field(default_factory=list)
    arrivals: list[Timed] = field(default_factory=list)  # since the alert's event


def between(seen: list[Timed], begin: float, end: float) -> list[Timed]:
    """What was asked for in this time."""
    return [each for each in seen if begin <= each.at < end]


def slowest(seen: list[Timed]) -> float:
    """How long the slowest took, in seconds; 0 of nothing."""
    return max((each.seconds for each in seen), default=0.0)


def middle(seen: list[Timed]) -> float:
    """The median, in seconds; 0 of nothing."""
    return median([each.seconds for each in seen]) if seen else 0.0


class TimedInbox(Inbox):
    """Notes how old each alert is when it arrives."""

    def __init__(self, arrivals: list[Timed]) -> None:
        super().__init__()
        self._arrivals = arrivals
        self._known: set[int] = set()

    def apply(self, frame: dict[str, Any]) -> bool:
        resume = super().apply(frame)
        now, moment = datetime.now(UTC), time.monotonic()
        for notification in frame.get("notifications", ()) or [frame.get("notification")]:
            if notification and notification["id"] not in self._known:
                self._known.add(notification["id"])
                age = (now - datetime.fromisoformat(notification["created_at"])).total_seconds()
                # By when it happened, not by when it was seen.
                self._arrivals.append(Timed(moment - age, age, frame["type"], ""))
        return resume


@contextmanager
def bells(users: list[User], web: Web, sockets: int, record: Record) -> Iterator[list[Client]]:
    """So many sockets of these users, live."""
    with ExitStack() as stack:
        clients = []
        for number in range(sockets):
            client = Client(web.ws_url, cookie_headers(users[number % len(users)], web), since=0)
            client.inbox = TimedInbox(record.arrivals)
            client.inbox.last = 0
            clients.append(stack.enter_context(client))
        for client in clients:
            assert client.live.wait(TIMEOUT)
        yield clients


@contextmanager
def working(*workers: threading.Thread, stop: threading.Event) -> Iterator[None]:
    """All of them work meanwhile, and have ended afterwards."""
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join(2 * TIMEOUT)
        assert not any(worker.is_alive() for worker in workers)


def feed(port: int, ward: Ward, every: float, record: Record, stop: threading.Event) -> None:
    """Admissions to the ward over MLLP, one each `every` seconds or as fast as they are taken."""
    sender, number = Sender(port), 0
    while not stop.wait(every):
        number += 1
        fields = {"number": f"MRN-{number}", "visit": f"V{number}", "place": ward.code}
        at = time.monotonic()
        answer = sender._exchange(hl7.admission(**fields).rstrip(b"\r"))
        code = answer.split("MSA|")[1][:2]
        record.messages.append(Timed(at, time.monotonic() - at, "ADT^A01", code))
    sender.close()


class Person:
    """Somebody who signs in, reads some pages, and signs out, from a computer of their own."""

    def __init__(self, number: int, user: User, web: Web, record: Record) -> None:
        self._at, self._name, self._web, self._record = (
            f"10.9.{number // 250}.{number % 250 + 1}", user.username, web, record,
        )  # fmt: skip

    def work(self, every: float, later: float, stop: threading.Event) -> None:
        """Again and again, with a pause of `every` seconds after each step.

        Begins so much later, out of 1, that not all sign in at once.
        """
        stop.wait(later * every * (len(PAGES) + 2))
        while not stop.is_set():
            with requests.Session() as browser:
                browser.headers["X-Forwarded-For"] = self._at
                self._ask(browser, "GET", "/accounts/login/")
                who = {"login": self._name, "password": factories.PASSWORD}
                stop.wait(every)
                self._ask(browser, "POST", "/accounts/login/", who)
                for page in PAGES:
                    stop.wait(every)
                    self._ask(browser, "GET", page)
                self._ask(browser, "POST", "/accounts/logout/", {})

    def _ask(
        self, browser: requests.Session, method: str, path: str, data: dict[str, str] | None = None
    ) -> None:
        if data is not None:
            data["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
        at = time.monotonic()
        answer = browser.request(
            method, self._web.url + path, data=data, timeout=TIMEOUT, allow_redirects=False
        )
        code = str(answer.status_code)
        self._record.requests.append(Timed(at, time.monotonic() - at, f"{method} {path}", code))
