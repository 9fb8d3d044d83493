"""The database connections of a process that lives longer than its PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

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
