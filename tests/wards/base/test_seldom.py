"""What is said again and again is said once a minute."""

import logging

import pytest

from wards.base import seldom
from wards.base.seldom import Repeated, Seldom


def test_each_kind_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("wards.base.seldom.time.monotonic", lambda: now)
    may = Seldom()
    assert [may("database", "hangs"), may("database", "hangs"), may("redis", "hangs")] == [
        True,
        False,
        True,
    ]
    now += seldom.EVERY
    assert may("database", "hangs")


def test_records_are_alike_whatever_their_values() -> None:
    may = Repeated()

    def record(text: str, *values: object) -> logging.LogRecord:
        return logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, text, values, None)

    assert may.filter(record("error connecting in %r", "pool-1"))
    assert not may.filter(record("error connecting in %r", "pool-2"))
    assert may.filter(record("reconnection attempt in pool %r failed", "pool-1"))
