"""Signs of life of the parts that serve no pages: worker, sender, beat, hl7; /healthz/ready reads.

They are rows, so that they are seen without Redis, and by the database's clock. With each goes what
the process measures of itself (wards/base/measures.py), for /metrics.
"""

import os
import socket
import threading
from datetime import UTC, datetime

import psycopg
import structlog
from django.db import connection
from psycopg.types.json import Jsonb

from wards.base import apart, background, measures
from wards.base.seldom import Seldom

PARTS = ("worker", "sender", "beat", "hl7")
EVERY = 5  # s from one sign of life to the next
COUNTS_FOR = 20  # s
KEPT_FOR = 60 * 60  # s that the row of a process that has ended stays
log = structlog.get_logger(__name__)
_saying = threading.Lock()
_seldom = Seldom()


def _after_fork() -> None:
    """A lock that a thread of the parent held is nobody's in the child."""
    global _saying  # noqa: PLW0603
    _saying = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def say(part: str) -> None:
    """Note that `part` is alive now; beside the caller, who neither waits nor fails.

    Where the last sign of life is still on its way, because the database hangs, there is no other.
    """
    said_at, lock = datetime.now(UTC), _saying  # noqa: TID251  (the own clock is what is said)
    if lock.acquire(blocking=False) and not background.begin(_write, part, said_at, lock):
        lock.release()


def process() -> str:
    """The name of this process: its machine and number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _write(part: str, said_at: datetime, lock: threading.Lock) -> None:
    try:
        apart.execute(WRITE, [part, process(), said_at, Jsonb(measures.snapshot())])
    except psycopg.Error as fault:
        if _seldom(part):
            log.warning("cannot_say_alive", part=part, fault=type(fault).__name__)
    finally:
        lock.release()


def seen() -> dict[str, float]:
    """The parts of which a process is alive, and how many seconds its clock is ahead at most.

    Of several processes, the clock that is furthest from the database's. Raises psycopg.Error
    within seconds.
    """
    return dict(apart.execute(SEEN, [COUNTS_FOR]))


def clear() -> None:
    """Forget processes that ended long ago."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR, [KEPT_FOR])


WRITE = """
INSERT INTO wards_heartbeat (part, process, at, said_at, figures)
VALUES (%s, %s, clock_timestamp(), %s, %s)
ON CONFLICT (part, process) DO UPDATE
SET at = EXCLUDED.at, said_at = EXCLUDED.said_at, figures = EXCLUDED.figures
"""
SEEN = """
SELECT DISTINCT ON (part) part, ahead
FROM (
    SELECT part, extract(epoch FROM said_at - at)::float8 AS ahead FROM wards_heartbeat
    WHERE at > now() - make_interval(secs => %s)
) alive
ORDER BY part, abs(ahead) DESC
"""
CLEAR = "DELETE FROM wards_heartbeat WHERE at < now() - make_interval(secs => %s)"
