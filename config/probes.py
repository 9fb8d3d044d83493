"""Probes: PostgreSQL and Redis are asked for a sign of life, and given a second for it.

One that hangs is not asked again until it has answered (config/asking.py).
"""

import time
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import psycopg
import redis
import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.asking import CannotAsk, Question
from wards.base import clock, heartbeats, wakeups
from wards.base.seldom import Seldom

WITHIN = 0.9  # s from the question to `hangs`
KEPT = 60  # s, of what is written to Redis to see whether that can be done
log = structlog.get_logger(__name__)
_seldom = Seldom()
_migrated = False

States = dict[str, str]


class Found(NamedTuple):
    """What was answered."""

    states: States  # each part, and `up` or what is wrong with it
    ahead: dict[str, float] = {}  # seconds that clocks are before the database's


class Probe(Question[Found]):
    """A question about a part; a fault is an answer, too."""

    def __init__(self, name: str, ask: Callable[[], Found]) -> None:
        super().__init__(self._look)
        self.name = name
        self._found = ask

    def _look(self) -> Found:
        try:
            return self._found()
        except Exception as fault:
            _say(self.name, type(fault).__name__)
            return Found({self.name: _in_words(fault)})


def look() -> Found:
    """How everything is; after a second, what hangs is said to."""
    deadline = time.monotonic() + WITHIN
    states: States = {}
    ahead: dict[str, float] = {}
    for probe, answer in [(probe, probe.begin()) for probe in PROBES]:
        try:
            found = answer.result(max(deadline - time.monotonic(), 0))
        except TimeoutError:
            _say(probe.name, "hangs")
            states[probe.name] = "hangs"
        except CannotAsk:
            states[probe.name] = "cannot be asked"
        else:
            states |= found.states
            ahead |= found.ahead
    return Found(states, ahead)


def _say(part: str, fault: str) -> None:
    if _seldom(part, fault):
        log.warning("not_ready", part=part, fault=fault)


def _in_words(fault: Exception) -> str:
    for kind, words in FAULTS.items():
        if isinstance(fault, kind):
            return words
    return "down"


def _ask_database() -> Found:
    """Its own state, and that of the parts whose signs of life are in it.

    On a connection of its own: the pool's wait ten seconds for a server that is not there.
    """
    try:
        seen = heartbeats.seen()
    except psycopg.errors.UndefinedTable:
        return Found({"database": "has unapplied migrations"})
    if not _is_migrated():
        return Found({"database": "has unapplied migrations"})
    parts = {part: "up" if part in seen else "not seen" for part in heartbeats.PARTS}
    return Found({"database": "up", **parts}, {"web": _difference(), **seen})


def _difference() -> float:
    try:
        return clock.difference()
    finally:
        connection.close()


def _is_migrated() -> bool:
    global _migrated  # noqa: PLW0603  (looked up until true once: it reads every migration file)
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        finally:
            connection.close()
    return _migrated


def _ask_redis() -> Found:
    """A write: one that is full, or a replica, still answers those who only read."""
    _redis().set(f"{settings.PREFIX}:ready", 1, ex=KEPT)
    return Found({"redis": "up"})


@cache
def _redis() -> redis.Redis:
    return wakeups.connect()


# The more special first: some are subclasses of others.
FAULTS: dict[type[Exception], str] = {
    redis.OutOfMemoryError: "full",
    redis.ReadOnlyError: "read-only",
    redis.BusyLoadingError: "loading",
    redis.AuthenticationError: "refuses the password",
    redis.TimeoutError: "hangs",
    redis.ResponseError: "takes no writes",
    clock.ReadOnly: "read-only",
    psycopg.errors.ConnectionTimeout: "hangs",
    psycopg.errors.QueryCanceled: "hangs",
}
PROBES = (Probe("database", _ask_database), Probe("redis", _ask_redis))
