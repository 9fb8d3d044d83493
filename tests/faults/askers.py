"""People who ask and change things without pause, and note what came of each request.

Each has an alert of their own and archives it, brings it back, archives it … So every change that
the server has made is one more in the seq of their mailbox, whoever has heard of it.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django_scopes import scopes_disabled

from inbox import mailbox
from inbox.models import Mailbox, Notification
from tests import factories
from wards.models import Role, User, Ward

CSRF = "c" * 32
PAGE = "/inbox/"
CHANGE = "/inbox/bulk/"


def hire(ward: Ward, number: int) -> list[User]:
    """Nurses on duty in the ward, each with an alert."""
    nurses = [factories.create_user(ward.hospital, Role.NURSE) for _ in range(number)]
    for nurse in nurses:
        factories.create_duty(nurse, ward)
    factories.create_admission(ward=ward, bed=None)
    return nurses


@dataclass
class Asker:
    """One of them, in a thread of its own: a page and a change in turn."""

    user: User
    port: int
    keeps: bool  # the connection, from one request to the next
    pages: int = 0  # answered
    changes: int = 0  # answered
    ended: int = 0  # answers that said that the connection ends
    cut: list[str] = field(default_factory=list)  # requests that got no answer
    wrong: list[str] = field(default_factory=list)  # or another than 200

    def __post_init__(self) -> None:
        with scopes_disabled():
            self._alert = Notification.objects.get(recipient=self.user).pk
        mailbox.mark_read(self.user, [self._alert])  # archiving it would be a change more
        mailbox.unarchive(self.user, [self._alert])
        self._seq = Mailbox.objects.get(user=self.user).seq
        session = f"{settings.SESSION_COOKIE_NAME}={factories.create_session(self.user)}"
        self._headers = {
            "Cookie": f"{session}; {settings.CSRF_COOKIE_NAME}={CSRF}",
            "X-CSRFToken": CSRF,
            "X-Requested-With": "XMLHttpRequest",
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "keep-alive" if self.keeps else "close",
        }
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    @property
    def answers(self) -> int:
        return self.pages + self.changes

    @property
    def changed(self) -> int:
        """How many of the changes the server has made."""
        return int(Mailbox.objects.get(user=self.user).seq) - self._seq

    def ask(self, stop: threading.Event) -> None:
        """Until it is told to stop, or nobody is there."""
        while not stop.is_set():
            try:
                self._connection.connect()
            except OSError:
                return
            while self._ask_once() and self.keeps and not stop.is_set():
                pass
            self._connection.close()

    def _ask_once(self) -> bool:
        """A page or a change; whether another may follow on the connection."""
        is_change = self.pages > self.changes
        method, path = ("POST", CHANGE) if is_change else ("GET", PAGE)
        action = "unarchive" if self.changes % 2 else "archive"
        body = f"action={action}&ids={self._alert}" if is_change else None
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as fault:
            self.cut.append(f"{method}: {type(fault).__name__}")
            return False
        if answer.status != 200:
            self.wrong.append(f"{method}: {answer.status}")
        elif is_change:
            self.changes += 1
        else:
            self.pages += 1
        self.ended += answer.will_close
        return not answer.will_close


@contextmanager
def asking(askers: list[Asker]) -> Iterator[None]:
    """All of them at once; at the end each gets the answer it waits for."""
    stop = threading.Event()
    threads = [threading.Thread(target=each.ask, args=[stop]) for each in askers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
