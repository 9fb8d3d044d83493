"""What a page is told when it begins to watch: what has changed since it was read, and no more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.live import topics
from inbox.live.topics import DOUBT, Topics

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
WARD, ARRIVALS = "1:ward.3", "1:arrivals"
BOTH = frozenset({WARD, ARRIVALS})


class Socket:
    """Notes what is pushed to it."""

    def __init__(self) -> None:
        self.topics: frozenset[str] = frozenset()
        self.frames: list[str] = []

    def push(self, frame: str) -> None:
        self.frames.append(frame)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def later(self, **time: float) -> datetime:
        self.at += timedelta(**time)
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(topics, "clock", clock)
    return clock


@pytest.fixture
def watched(clock: Clock) -> Topics:
    """The topics of a process that has heard everything for an hour."""
    watched = Topics()
    watched.tell_all()
    clock.later(hours=1)
    return watched


def opened(watched: Topics, since: datetime | None) -> list[str]:
    """What somebody is told who begins to watch."""
    socket: Any = Socket()
    watched.watch(socket, BOTH, since)
    return list(socket.frames)


def test_what_did_not_change_is_not_fetched_again(watched: Topics, clock: Clock) -> None:
    watched.tell(WARD)
    read = clock.later(minutes=1)
    clock.later(seconds=1)
    assert opened(watched, read) == []


def test_what_changed_since_the_page_was_read_is(watched: Topics, clock: Clock) -> None:
    read = clock.at
    clock.later(seconds=1)
    watched.tell(WARD)
    clock.later(seconds=1)
    assert opened(watched, read) == ['{"type":"topic","topic":"ward.3"}']


def test_clocks_may_be_a_little_apart(watched: Topics, clock: Clock) -> None:
    watched.tell(WARD)
    assert opened(watched, clock.at + DOUBT / 2)
    assert not opened(watched, clock.at + DOUBT * 2)


def test_s12_a_process_that_was_not_there_or_deaf_tells_of_all(
    watched: Topics, clock: Clock
) -> None:
    read = clock.at
    assert len(opened(Topics(), read)) == 2
    clock.later(seconds=10)
    watched.tell_all()  # Redis is back
    assert len(opened(watched, read)) == 2


def test_who_says_no_time_is_told_as_ever(watched: Topics) -> None:
    watched.tell(WARD)
    assert opened(watched, None) == []


def test_s12_what_is_forgotten_counts_as_not_known(
    watched: Topics, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "MOST", 1)
    watched.tell(WARD)
    read = clock.at - timedelta(seconds=30)
    clock.later(hours=1)
    watched.tell("1:ward.4", "1:ward.5")
    watched.tell("1:ward.6")
    assert len(watched._told) < 4
    assert len(opened(watched, read)) == 2


def test_news_for_many_is_fetched_one_after_the_other(watched: Topics) -> None:
    crowd: list[Any] = [Socket() for _ in range(50)]
    for socket in crowd:
        watched.watch(socket, frozenset({WARD}))
    watched.tell(WARD)
    assert crowd[0].frames == ['{"type":"topic","topic":"ward.3","within":0.25}']
