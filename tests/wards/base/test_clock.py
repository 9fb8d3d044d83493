"""wards.base.clock: the database's time, whatever this machine's clock shows."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from wards.base import clock

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test's clocks led to stays in the test."""
    monkeypatch.setattr(clock, "_reading", clock._reading)


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


def turn(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Turns this machine's clock; the monotonic one cannot be turned."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)


def turn_database(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    turned = f"SELECT extract(epoch FROM clock_timestamp())::float8 + {seconds}, 'off'"
    monkeypatch.setattr(clock, "ASK", turned)


def test_it_is_between_two_looks_at_the_database() -> None:
    for _ in range(100):
        before, now, after = database_now(), clock.now(), database_now()
        assert before - timedelta(milliseconds=20) <= now <= after
    assert now.tzinfo is UTC


def test_it_goes_on_within_a_transaction_and_never_back() -> None:
    moments = []
    for number in range(300):
        moments.append(clock.now())
        if number % 10 == 0:
            clock.read(connection.connection)  # in the transaction of the test
    assert moments == sorted(moments)
    assert moments[-1] > moments[0]


def test_it_asks_nothing_that_counts(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        clock.now()


class FarAway:
    """The connection of the test, slower each time it is asked, and how often it was."""

    asked = 0

    def execute(self, query: str, **how: bool) -> Any:
        self.asked += 1
        time.sleep(0.05)
        answer = connection.connection.execute(query, **how)
        time.sleep(0.05 * self.asked)
        return answer


def test_a_slow_answer_is_asked_for_again_only_where_it_says_something_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each connection that is handed out is asked: a server that is far away, once."""
    clock.now()
    raw: Any = FarAway()
    clock.read(raw)
    assert raw.asked == 1
    turn_database(monkeypatch, 2)
    clock.read(raw)
    assert raw.asked == 3, "the second answer says the same"


@pytest.mark.parametrize("seconds", [-7200, -3, 3, 7200])
def test_this_machines_clock_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    clock.now()
    turn(monkeypatch, seconds)
    assert abs(clock.now() - database_now()) < SECOND
    assert clock.difference() == pytest.approx(seconds, abs=1)


def test_a_jump_of_this_machines_clock_has_the_database_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine that slept: its monotonic clock stood still, and everybody else's went on."""
    clock.now()
    turn_database(monkeypatch, 7200)
    assert abs(clock.now() - database_now()) < SECOND, "carried on meanwhile"
    turn(monkeypatch, 7200)
    assert abs(clock.now() - database_now() - timedelta(hours=2)) < SECOND


def test_an_old_reading_has_the_database_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    clock.now()
    turn_database(monkeypatch, -7200)
    monkeypatch.setattr(clock, "GOOD_FOR", 0)
    assert abs(clock.now() - database_now() + timedelta(hours=2)) < SECOND


def test_a_failed_transaction_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "GOOD_FOR", 0)
    with transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="division"):
            cursor.execute("SELECT 1/0")
        assert clock.now().year > 2000
        with pytest.raises(DatabaseError, match="aborted"):
            database_now()
        transaction.set_rollback(True)


def test_a_connection_that_is_busy_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "GOOD_FOR", 0)
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT 1) TO STDOUT") as rows:
        assert clock.now().year > 2000
        assert [*rows.rows()] == [("1",)]


@pytest.mark.django_db(transaction=True)
def test_a_process_without_a_reading_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_reading", None)
    connection.close()  # as it is when it starts
    assert abs(clock.now() - database_now()) < SECOND


def test_what_time_zone_the_server_is_in_does_not_matter() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Pacific/Kiritimati'")
    clock.read(connection.connection)
    assert abs(clock.now() - datetime.now(UTC)) < SECOND


def test_the_date_is_that_of_a_time_zone() -> None:
    east, west = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")
    assert clock.today(east) - clock.today(west) >= timedelta(days=1)
    assert clock.today(east) == clock.local(east).date()
