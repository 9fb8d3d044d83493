"""How much a request may bring along, by route, and what is said to one that brings more.

Asked before anything of a body is kept: by config/web.py inside daphne, which would read all of it
before it calls us, and by config/edge.py, which is enough for servers that stream (uvicorn).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.http import parse_cookie
from django.urls import Resolver404, resolve

from config import words
from config.faults import RETRY_AFTER

Headers = Iterable[tuple[bytes, bytes]]

# Pages that take a file of people; nobody else sends more than a form.
UPLOADS = {
    "bulk:import_patients",
    "bulk:assign_patients",
    "messaging:bulk_new",
    "messaging:bulk_edit",
    "messaging:bulk_check",
}
API_BYTES = 64 * 1024
HEAD_SECONDS = 20.0  # that the head of a request may take to arrive
# Seconds that a body may take to arrive: so many, and one more for each SLOWEST bytes that came;
# the whole of it no more than the others. A byte now and then holds no connection for long.
PATIENCE, SLOWEST = 20.0, 4096
SECONDS, UPLOAD_SECONDS = 60.0, 600.0
# Whoever is refused is listened to this long, so that the refusal gets through: TCP throws away
# what was said before a connection is closed on unread bytes.
LINGER_BYTES, LINGER_SECONDS = 256 * 1024, 2.0


@dataclass(frozen=True)
class Limit:
    """Bytes that anybody may send to a route, and somebody who is signed in."""

    anybody: int
    signed_in: int

    def seconds(self, arrived: int) -> float:
        """How long after the head it may go on, with so many bytes of it here."""
        most = UPLOAD_SECONDS if self.signed_in > self.anybody else SECONDS
        return min(most, PATIENCE + arrived / SLOWEST)


def limit(path: str) -> Limit:
    """That of an address, without its query."""
    most = settings.BODY_MAX_BYTES
    try:
        match = resolve(path)
    except Resolver404:
        return Limit(most, most)
    if match.view_name in UPLOADS:
        return Limit(most, settings.BULK_MAX_BYTES + most)  # the file, and the form around it
    if match.namespaces and match.namespaces[0].startswith("api"):
        most = min(most, API_BYTES)
    return Limit(most, most)


def declared(headers: Headers) -> int | None:
    """What Content-Length says; None where it says nothing that is a number."""
    said = dict(headers).get(b"content-length", b"")
    return int(said) if said.isdigit() and len(said) < 20 else None


def signed_in(headers: Headers) -> bool:
    """Whether a request carries a session of somebody. Asks the database: not in an event loop.

    Raises what the database raises.
    """
    cookies = parse_cookie(dict(headers).get(b"cookie", b"").decode("latin-1"))
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    try:
        return bool(key) and SESSION_KEY in store(key)
    finally:
        connection.close()


def refusal(
    status: HTTPStatus, path: str, headers: Headers
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of the answer: a page, or JSON or bare words for those who read that."""
    given = dict(headers)
    cookie = parse_cookie(given.get(b"cookie", b"").decode("latin-1"))
    chosen = cookie.get(settings.LANGUAGE_COOKIE_NAME) or given.get(b"accept-language", b"").decode(
        "latin-1"
    )
    form = words.form(path, given.get(b"accept", b"").decode("latin-1"), b"hx-request" in given)
    language = "ar" if chosen.startswith("ar") else "en"
    body = words.said(status, language, form, looking=True)  # nothing of it can have been saved
    answer = [(b"content-type", form.encode()), (b"content-length", str(len(body)).encode())]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.append((b"retry-after", b"%d" % RETRY_AFTER))
    return [*answer, (b"cache-control", b"no-store"), (b"connection", b"close")], body
