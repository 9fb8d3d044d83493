"""Wakes the pages that show messages: at most twice a second a hospital, however many move."""

import threading
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction

from messaging.delivery import origins
from messaging.models import Message
from wards import events
from wards.models import Event

EVERY = 0.5  # seconds
_waiting: defaultdict[int, set[str]] = defaultdict(set)
_lock = threading.Lock()


def moved(messages: Collection[Message]) -> None:
    """After the commit, tells the list of messages and the pages of these and their batches."""
    pairs = [(message.hospital_id, f"message.{message.pk}") for message in messages]
    for field, batched in origins.batched().items():
        of_it = (m for m in messages if getattr(m, f"{field}_id") is not None)
        pairs += {(message.hospital_id, batched.topic(message)) for message in of_it}
    transaction.on_commit(lambda: _wait(pairs), robust=True)


def _wait(pairs: list[tuple[int, str]]) -> None:
    with _lock:
        first = not _waiting
        for hospital, topic in pairs:
            _waiting[hospital].add(topic)
        if first:
            # Not a daemon: a process that ends has told the pages before.
            threading.Timer(EVERY, tell).start()


def tell() -> None:
    """Tells the pages of what has moved since the last time."""
    with _lock:
        waiting = dict(_waiting)
        _waiting.clear()
    for hospital, moved_ in waiting.items():
        topics = ["messages", *sorted(moved_)]
        events.touched.send(sender=Event, hospital_id=hospital, topics=topics)
