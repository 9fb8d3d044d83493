"""Pages that show messages are woken, and not for each message."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.delivery import page_updates
from tests import factories
from tests.cast import Cast
from tests.messaging.outbox import queue_message, queue_messages
from wards.events import touched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unscoped")]
Told = list[tuple[int, list[str]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """What is published, hospital and topics; the clock stands still."""
    found: Told = []
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()  # of an earlier test
    monkeypatch.setattr(threading.Timer, "start", lambda timer: None)

    def listen(hospital_id: int, topics: list[str], **_: Any) -> None:
        found.append((hospital_id, sorted(topics)))

    touched.connect(listen)
    yield found
    touched.disconnect(listen)


def test_many_moves_are_one_publication(
    cast: Cast, told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        some = queue_messages(cast.hospital, 3) + queue_messages(cast.hospital, 2)
        other = queue_message(cast.other_hospital)
    assert told == [], "not before its time"
    page_updates.tell()
    page_updates.tell()
    assert sorted(told) == [
        (cast.hospital.pk, sorted(["messages", *(f"message.{m.pk}" for m in some)])),
        (cast.other_hospital.pk, [f"message.{other.pk}", "messages"]),
    ]


def test_what_is_rolled_back_is_not_told(
    cast: Cast, told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False):
        queue_message(factories.create_hospital())
    page_updates.tell()
    assert told == []
