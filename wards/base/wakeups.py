"""Wake-ups: the only way out to Redis, where it says to other processes that there is news.

What they are woken for is committed in PostgreSQL, and is found there without a wake-up, only
later. So nobody ever waits for Redis: a wake-up is put in line, a thread of the process hands it
over, in order, and what Redis does not take in time is dropped and counted.
"""

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import redis
import structlog
from celery import Task
from django.conf import settings
from prometheus_client import Counter, Gauge
from redis.backoff import NoBackoff
from redis.retry import Retry

from wards.base import background

ANSWER = 1.0  # s that Redis may take for one
STALE = 2.0  # s in line after which it is not tried, while Redis takes none: nobody needs it then
MOST = 1_000  # in line
AT_EXIT = 0.5  # s for what is in line when the process ends
KINDS = ("publication", "task", "beat")
DROPPED = Counter("wardbell_wakeups_dropped", "Wake-ups that Redis did not take.", ["kind"])
for _kind in KINDS:  # at nought from the beginning, so that the first is seen as a change
    DROPPED.labels(_kind)
WAITING = Gauge("wardbell_wakeups_waiting", "Wake-ups in line for Redis.")
log = structlog.get_logger(__name__)


class WakeUp(NamedTuple):
    """How to hand it over, and what to do where that fails."""

    kind: str
    since: float
    hand_over: Callable[[], object]
    otherwise: Callable[[], object] | None = None


class Line:
    """The wake-ups of this process, and the thread that hands them over, begun with the first."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Empty, as in a process that was just forked: what waits is the parent's to hand over."""
        self._changed = threading.Condition()
        self._waiting: deque[WakeUp] = deque()
        self._is_working = False
        self._busy = False
        self._lost: dict[str, int] = {}  # by kind, since Redis last took one of it
        self._redis: redis.Redis | None = None

    def add(self, wake_up: WakeUp) -> None:
        """Put it in line; of too many, the oldest is dropped."""
        with self._changed:
            crowded = self._waiting.popleft() if len(self._waiting) >= MOST else None
            self._waiting.append(wake_up)
            # Where there is no thread for it, the next one that is put in line tries again.
            self._is_working = self._is_working or background.begin(self._work, name="wakeups")
            self._changed.notify_all()
        if crowded is not None:
            self._drop(crowded)

    def flush(self, seconds: float) -> bool:
        """Wait until all is handed over, not long; not at all where Redis takes nothing."""
        with self._changed:
            return self._changed.wait_for(self._is_done, seconds)

    def client(self) -> redis.Redis:
        """Of this thread. A connection that was cut is made anew; none waits for long."""
        if self._redis is None:
            self._redis = connect(Retry(NoBackoff(), 1, (redis.ConnectionError,)))
        return self._redis

    def _is_done(self) -> bool:
        return bool(self._lost) or not (self._waiting or self._busy)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._waiting))
                wake_up, self._busy = self._waiting.popleft(), True
            self._hand_over(wake_up)

    def _hand_over(self, wake_up: WakeUp) -> None:
        if wake_up.kind in self._lost and time.monotonic() - wake_up.since > STALE:
            self._drop(wake_up)
            return
        try:
            wake_up.hand_over()
        except Exception as fault:  # of redis-py, of kombu, of sockets: it is only a wake-up
            if wake_up.kind not in self._lost:
                log.warning("redis_takes_nothing", kind=wake_up.kind, fault=type(fault).__name__)
            self._drop(wake_up)
        else:
            if lost := self._lost.pop(wake_up.kind, 0):
                log.warning("redis_is_back", kind=wake_up.kind, dropped=lost)

    def _drop(self, wake_up: WakeUp) -> None:
        self._lost[wake_up.kind] = self._lost.get(wake_up.kind, 0) + 1
        DROPPED.labels(wake_up.kind).inc()
        if wake_up.otherwise is not None:
            # Of its own: it may take long, and nobody else's wake-up waits for it.
            background.begin(wake_up.otherwise, name=f"instead of a {wake_up.kind}")


def connect(retry: Retry | None = None) -> redis.Redis:
    """A client that answers or raises within seconds."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER,
        socket_connect_timeout=ANSWER,
        retry=retry or Retry(NoBackoff(), 0),
    )


def publish(channel: str, message: Callable[[], bytes], *, kind: str = "publication") -> None:
    """Tell whoever is subscribed to `channel`; `message` is made outside the caller's time."""
    publish_each(lambda: [(channel, message())], kind=kind)


def publish_each(
    messages: Callable[[], Iterable[tuple[str, bytes]]], *, kind: str = "publication"
) -> None:
    """The same for several channels, each with a message of its own, in one go."""
    line = _line

    def hand_over() -> None:
        with line.client().pipeline(transaction=False) as pipeline:
            for channel, message in messages():
                pipeline.publish(channel, message)
            pipeline.execute()

    line.add(WakeUp(kind, time.monotonic(), hand_over))


def nudge(
    task: "Task[Any, Any]",
    *args: object,
    otherwise: Callable[[], object] | None = None,
    **options: Any,
) -> None:
    """Have a worker do the task; `otherwise` is called where none may have been asked.

    `options` are those of Celery's apply_async.
    """

    def hand_over() -> None:
        with task.app.connection_for_write(transport_options=BRIEF) as connection:
            task.apply_async(args, retry=False, **{**options, "connection": connection})

    _line.add(WakeUp("task", time.monotonic(), hand_over, otherwise))


def flush(seconds: float = AT_EXIT) -> bool:
    """Hand over what is in line, before the process ends; whether nothing is waited for."""
    return _line.flush(seconds)


def _after_fork() -> None:
    _line.begin()


# Celery's own connections are patient: a worker waits for Redis.
BRIEF = {
    "socket_timeout": ANSWER,
    "socket_connect_timeout": ANSWER,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
_line = Line()
WAITING.set_function(lambda: len(_line._waiting))
atexit.register(flush)
os.register_at_fork(after_in_child=_after_fork)
