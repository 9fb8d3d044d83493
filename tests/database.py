"""The test database, as it looks to everybody else while it restarts."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql


@contextmanager
def database_away() -> Iterator[None]:
    """Nobody but this test's own connection gets to the test database."""
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    name, mine = connection.settings_dict["NAME"], connection.connection.info.backend_pid
    allow = sql.SQL("alter database {} allow_connections {}").format
    with psycopg.connect(
        **{key: parameters[key] for key in ("host", "user", "dbname")}, autocommit=True
    ) as server:
        server.execute(allow(sql.Identifier(name), sql.Literal(False)))
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and pid <> %s",
            [name, mine],
        )
        try:
            yield
        finally:
            server.execute(allow(sql.Identifier(name), sql.Literal(True)))
