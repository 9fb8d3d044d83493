"""The database connections of a process that lives longer than its PostgreSQL, or its network."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from config.postgresql.base import CHECK_SECONDS
from config.postgresql.connection import Connection, NoAnswer
from tests.faults.proxy import Proxy
from tests.processes import wait_for
from wards.base import apart, clock

CONNECTIONS = 8


@pytest.mark.django_db(transaction=True)
def test_after_a_restart_idle_connections_do_not_fail_a_request() -> None:
    """As many as a busy process has: looked at one after the other they took longer than 10 s."""
    together = Barrier(CONNECTIONS)

    def backend(meet: bool = True) -> int:
        try:
            with connection.cursor() as cursor:
                if meet:
                    together.wait(30)
                cursor.execute("select pg_backend_pid()")
                return int(cursor.fetchone()[0])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        old = set(threads.map(lambda _: backend(), range(CONNECTIONS)))
        assert len(old) == CONNECTIONS
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            old.discard(cursor.fetchone()[0])
            cursor.execute("select pg_terminate_backend(pid, 5000) from unnest(%s) pid", [[*old]])
        new = {backend(meet=False) for _ in range(CONNECTIONS)}
    assert not new & old


@pytest.fixture
def proxy(transactional_db: None) -> Iterator[Proxy]:
    """Before the server of the tests."""
    with Proxy(Path(connection.settings_dict["HOST"]) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def connect(proxy: Proxy) -> Iterator[Any]:
    """Connects through the proxy."""
    opened = []
    name = connection.settings_dict["NAME"]

    def connect(patience: float | None) -> Connection:
        options = {"user": "postgres", "dbname": name, "autocommit": True}
        opened.append(Connection.connect(host="127.0.0.1", port=proxy.port, **options))
        opened[-1].patience = patience
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def test_silence_is_the_end_of_a_connection(proxy: Proxy, connect: Any) -> None:
    """Half-open, as after a firewall's restart: what was asked is never answered."""
    through = connect(patience=0.5)
    assert through.execute("select 1").fetchone() == (1,)
    proxy.forget()
    with pytest.raises(NoAnswer):
        through.execute("select 1")
    assert through.closed
    assert connect(patience=0.5).execute("select 1").fetchone() == (1,)


def test_what_is_merely_slow_is_cancelled(connect: Any) -> None:
    through = connect(patience=0.5)
    pid = through.info.backend_pid
    with pytest.raises(NoAnswer):
        through.execute("select pg_sleep(60)")

    def gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_stat_activity where pid = %s", [pid])
            return cursor.fetchone() is None

    wait_for(gone, 10, "the server does not go on with it")


def test_a_session_that_the_server_ended_is_no_fault_of_ours(connect: Any) -> None:
    """As psycopg says it, InternalError, the feed answered AE and people got 500."""
    through = connect(patience=None)
    through.execute("set idle_in_transaction_session_timeout = 100; begin")
    time.sleep(0.3)
    with pytest.raises(psycopg.OperationalError, match="idle-in-transaction"):
        through.execute("select 1")
    assert through.closed


def test_a_server_that_takes_no_changes_is_as_good_as_away(connect: Any) -> None:
    """Asked for the time, and told to change something."""
    through = connect(patience=None)
    through.execute("set default_transaction_read_only = on")
    with pytest.raises(clock.ReadOnly):
        clock.read(through)
    with pytest.raises(clock.ReadOnly):
        through.execute("create table never (it int)")
    assert through.closed  # the pool does not keep it


def test_a_fault_within_the_server_stays_one(connect: Any) -> None:
    through = connect(patience=None)
    through.autocommit = False
    with pytest.raises(psycopg.DataError):
        through.execute("select 1 / 0")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        through.execute("select 1")
    assert not through.closed


def test_who_listens_for_a_while_may_hear_nothing(connect: Any) -> None:
    """The sender waits a second for notifications, again and again, and its connection lives."""
    through = connect(patience=0.1)
    through.execute("listen nobody_tells")
    assert not list(through.notifies(timeout=0.5))
    assert through.execute("select 1").fetchone() == (1,)


@pytest.fixture
def wrapper(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Django's connection, pool and all, through the proxy."""
    options = {**settings.DATABASES["default"]["OPTIONS"], "patience": 2.0}
    name = connection.settings_dict["NAME"]
    place = {"HOST": "127.0.0.1", "PORT": str(proxy.port), "USER": "postgres", "NAME": name}
    of_its_own = {**connection.settings_dict, **place, "OPTIONS": options}
    alias = f"through_{proxy.port}"  # Django keeps pools by their names
    monkeypatch.setitem(connections.settings, alias, of_its_own)
    wrapper: Any = connections[alias]
    yield wrapper
    wrapper.close()
    wrapper.close_pool()
    del connections[alias]


def ask(wrapper: Any) -> None:
    """As each request does: a connection of the pool, a question, and back with it."""
    wrapper.connect()  # Django's tests forbid `cursor` where they do not know the database
    try:
        wrapper.connection.execute("select 1")
    finally:
        wrapper.close()


def test_half_open_connections_of_the_pool_are_found_and_replaced(
    proxy: Proxy, wrapper: Any
) -> None:
    ask(wrapper)
    proxy.forget()
    started = time.monotonic()
    ask(wrapper)
    assert time.monotonic() - started < CHECK_SECONDS + 2
    started = time.monotonic()
    ask(wrapper)
    assert time.monotonic() - started < 1


def test_after_a_failover_no_connection_to_the_old_server_is_left(wrapper: Any) -> None:
    """Those of the pool still work, and lead to a server that has become a standby."""
    ask(wrapper)
    wrapper.connect()
    pinned = wrapper.connection.info.backend_pid
    wrapper.connection.execute("set default_transaction_read_only = on")
    wrapper.close()
    wrapper.connect()
    assert wrapper.connection.info.backend_pid != pinned


def test_a_black_hole_fails_a_question_and_is_over_when_it_is_over(
    proxy: Proxy, wrapper: Any
) -> None:
    ask(wrapper)
    wrapper.pool.timeout = 2.0
    with proxy.black_hole(), pytest.raises(psycopg.OperationalError):
        ask(wrapper)
    wrapper.pool.timeout = 10.0
    ask(wrapper)


@pytest.mark.django_db(transaction=True)
def test_a_statement_apart_waits_for_no_server_that_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends no statement by itself, and its kernel acknowledges what it is sent."""
    monkeypatch.setattr(apart, "ANSWER", 1_000)

    def busy() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("select pid from pg_stat_activity where query like 'SELECT pg_sleep%'")
            return [pid for (pid,) in cursor.fetchall()]

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(apart.execute, "SELECT pg_sleep(0.9)", [])
        [pid] = wait_for(busy, 10, "it is asked")
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(psycopg.OperationalError):
                answer.result(8)
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_connection_asks_whether_the_other_end_is_still_there(wrapper: Any) -> None:
    wrapper.connect()
    asked = wrapper.connection.info.get_parameters()
    assert (asked["keepalives_idle"], asked["tcp_user_timeout"]) == ("10", "15000")
    assert asked["connect_timeout"] == "5"
