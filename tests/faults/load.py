"""A hospital at work while something breaks: who reads and signs in, and what they are told."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

import requests

from inbox.publications.standing import reader_of
from tests import factories
from tests.inbox.client import cookie_headers
from tests.processes import Web
from wards.models import User

PATIENCE = 60.0  # seconds that these people wait for a page: longer than a browser's would
PAUSE = 3.0  # seconds in which they read it: thirty of them ask ten times a second
TOKEN = re.compile(r'csrfmiddlewaretoken" value="(\w+)"')
AWAY = 503
SIGN_IN = "/accounts/login/"


@dataclass(frozen=True)
class Answer:
    """What one request came to; `status` 0 where there was no answer at all."""

    at: float  # when it was answered, of `time.monotonic`
    seconds: float
    what: str
    status: int


@dataclass
class Told:
    """What all these people were told, and what of it was wrong."""

    answers: list[Answer] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def since(self, at: float) -> list[Answer]:
        """What was asked and answered after this moment."""
        return [each for each in self.answers if each.at - each.seconds >= at]


class Person:
    """Somebody at a browser, who never stops reading (`read`) or signing in and out (`sign_in`)."""

    def __init__(self, user: User, web: Web, number: int, told: Told) -> None:
        self._user, self._web, self._told = user, web, told
        self._cookie = cookie_headers(user, web)
        # Each at an address of their own: the lock-out counts by address.
        self._from = {"X-Forwarded-For": f"10.7.{number // 250}.{number % 250 + 1}"}
        self._seq = 0

    def read(self, stopping: threading.Event) -> None:
        """Pages and frames of their own, which must be theirs."""
        pages = ("/inbox/", "/wards/", "/inbox/frames/?since=0")
        with requests.Session() as session:
            session.headers.update(self._from | self._cookie)
            for path in cycle(pages):
                if stopping.wait(PAUSE):
                    return
                answer = self._ask(session, "GET", path)
                if answer is not None and answer.status_code == 200:
                    self._check(path, answer)

    def sign_in(self, stopping: threading.Event) -> None:
        """With the right password: nothing but being in, or being told to come again, is right."""
        while not stopping.wait(PAUSE):
            with requests.Session() as session:
                session.headers.update(self._from)
                page = self._ask(session, "GET", SIGN_IN)
                if page is None or not (token := TOKEN.search(page.text)):
                    continue
                form = {"login": self._user.username, "password": factories.PASSWORD}
                form["csrfmiddlewaretoken"] = token[1]
                answer = self._ask(session, "POST", SIGN_IN, form)
                if answer is not None and answer.status_code not in (302, AWAY):
                    self._told.wrong.append(f"signing in: {answer.status_code}")

    def _check(self, path: str, answer: requests.Response) -> None:
        if "frames" not in path:
            if f'"reader": "{reader_of(self._user)}"' not in answer.text:
                self._told.wrong.append(f"{path}: not the page of its reader")
            return
        state = answer.json()
        if state["reader"] != reader_of(self._user) or state["seq"] < self._seq:
            self._told.wrong.append(f"{path}: {state['reader']}, {self._seq} → {state['seq']}")
        self._seq = state["seq"]

    def _ask(
        self,
        session: requests.Session,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
    ) -> requests.Response | None:
        started = time.monotonic()
        url = f"{self._web.url}{path}"
        try:
            answer = session.request(
                method, url, data=form, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException:
            self._note(started, path, 0)
            return None
        self._note(started, path, answer.status_code)
        if answer.status_code not in (200, 302, AWAY):
            self._told.wrong.append(f"{path}: {answer.status_code}")
        if answer.status_code == AWAY and "Retry-After" not in answer.headers:
            self._told.wrong.append(f"{path}: does not say when to come again")
        return answer

    def _note(self, started: float, path: str, status: int) -> None:
        now = time.monotonic()
        self._told.answers.append(Answer(now, now - started, path, status))


@contextmanager
def people(readers: list[User], signing_in: list[User], web: Web) -> Iterator[Told]:
    """They are at it meanwhile; all have got their last answer at the end.

    `web` must trust one proxy (TRUSTED_PROXIES=1).
    """
    told, stopping = Told(), threading.Event()
    work: list[Callable[[threading.Event], None]] = []
    for number, user in enumerate([*readers, *signing_in]):
        person = Person(user, web, number, told)
        work.append(person.read if number < len(readers) else person.sign_in)
    threads = [threading.Thread(target=each, args=(stopping,), daemon=True) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        stopping.set()
        for thread in threads:
            thread.join(PATIENCE)
