"""Wakes the pages that show messages: at most twice a second a hospital, however many move."""

import threading
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from messaging.models import Message
from wards import events
from wards.models import Event

EVERY = 0.5  # seconds
_waiting: defaultdict[int, set[int]] = defaultdict(set)
_lock = threading.Lock()


def moved(messages: Iterable[Message]) -> None:
    """After the commit, tells the list of messages and the page of each of these."""
    pairs = [(message.hospital_id, message.pk) for message in messages]
    transaction.on_commit(lambda: _wait(pairs), robust=True)


def _wait(pairs: list[tuple[int, int]]) -> None:
    with _lock:
        first = not _waiting
        for hospital, message in pairs:
            _waiting[hospital].add(message)
        if first:
            # Not a daemon: a process that ends has told the pages before.
            threading.Timer(EVERY, tell).start()


def tell() -> None:
    """Tells the pages of what has moved since the last time."""
    with _lock:
        waiting = dict(_waiting)
        _waiting.clear()
    for hospital, messages in waiting.items():
        topics = ["messages", *(f"message.{message}" for message in messages)]
        events.touched.send(sender=Event, hospital_id=hospital, topics=topics)
