"""The database's clock: the one time that all machines of an installation go by.

Machines disagree about the time, by seconds or by hours. What becomes due, how long a lease lasts
and when something happened is therefore said by PostgreSQL alone: in SQL with `Now()`, in Python
with `now()`. The application's own clock (`django.utils.timezone.now`, `datetime.now`, `time.time`)
is banned by the linter; durations within a process are measured by `time.monotonic`.

`now()` asks nobody as a rule. A reading of the database's clock is taken with every connection that
is handed out (config/postgresql), where it stands for the check that is made there anyway, and
carried on by the monotonic clock, which nobody can turn. A reading that is old, or since which this
machine's clock has jumped (it was turned, or the machine slept), is taken anew on the connection
that the thread has open.
"""

import math
import time
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

import psycopg
from django.db import connection
from django.utils import timezone
from psycopg.pq import TransactionStatus

TRIES, QUICK = 3, 0.005  # news that took longer than so many seconds is asked for again
GOOD_FOR = 5.0  # seconds; two quartz clocks part by less than a millisecond in that time
JUMP = 0.5  # seconds; so much between wall clock and monotonic clock is no drift
ASK = """
SELECT extract(epoch FROM clock_timestamp())::float8, current_setting('transaction_read_only')
"""


class ReadOnly(psycopg.OperationalError):
    """The server takes no changes: it is a standby after a failover, or was set so.

    It answers whoever only reads, but it is not the one that counts: what it shows may be old, and
    its clock is that of another machine.
    """


class Reading(NamedTuple):
    """What the database's clock showed, in seconds, against this machine's two clocks."""

    ahead: float  # of the monotonic clock
    taken: float  # by the monotonic clock
    wall_ahead: float  # this machine's wall clock, of its monotonic clock


_reading: Reading | None = None
_UP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux's; elsewhere sleep is missed


def up() -> float:
    """Seconds since some moment, also those in which this machine slept: for leases.

    `time.monotonic` stands still meanwhile, and the others' time goes on.
    """
    return time.clock_gettime(_UP)


def now() -> datetime:
    """The database's time, in UTC; late by the way of its answer at most.

    Not the beginning of the transaction: within one it goes on. Raises what the database raises
    where this process has never been connected to it.
    """
    return datetime.fromtimestamp(_taken().ahead + time.monotonic(), UTC)


def today(zone: tzinfo | None = None) -> date:
    """The date at this moment in `zone`, else in the time zone that is active."""
    return local(zone).date()


def local(zone: tzinfo | None = None) -> datetime:
    """This moment in `zone`, else in the time zone that is active."""
    return timezone.localtime(now(), zone)


def difference() -> float:
    """By how many seconds this machine's own clock is ahead of the database's."""
    return time.time() - _taken().ahead - time.monotonic()


def read(raw: psycopg.Connection) -> None:
    """Takes a reading on a connection that is in no transaction, or in a sound one.

    Raises psycopg.Error where it does not answer, ReadOnly where it is not the one that counts.
    """
    for _ in range(TRIES):
        if _read_once(raw):
            return


def _read_once(raw: psycopg.Connection) -> bool:
    """Takes one; whether it will do: it came quickly, or says what is known."""
    global _reading  # noqa: PLW0603  (one clock a process)
    sent = time.monotonic()
    row = raw.execute(ASK, prepare=False).fetchone()
    assert row is not None
    received = time.monotonic()
    if row[1] == "on":
        raise ReadOnly("the server takes no changes")
    earliest, latest = row[0] - received, row[0] - sent
    # What is still possible is kept, so that time does not go back by what an answer took.
    known = _reading.ahead if _reading else math.nan
    is_known = earliest <= known <= latest
    _reading = Reading(known if is_known else earliest, received, time.time() - received)
    return is_known or received - sent < QUICK


def _taken() -> Reading:
    """The reading to go by, taken anew where that is due and possible."""
    if _reading is None:
        connection.ensure_connection()
    elif _is_doubtful(_reading):
        _read_again()
    assert _reading is not None
    return _reading


def _is_doubtful(reading: Reading) -> bool:
    at = time.monotonic()
    return at - reading.taken > GOOD_FOR or abs(time.time() - at - reading.wall_ahead) > JUMP


def _read_again() -> None:
    """On the connection of this thread, where it has one that is free for it."""
    raw = connection.connection
    free = (TransactionStatus.IDLE, TransactionStatus.INTRANS)
    if raw is None or raw.info.transaction_status not in free:
        return
    try:
        read(raw)
    except psycopg.Error:
        return  # whoever asks it next hears of it
