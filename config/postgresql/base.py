"""PostgreSQL through psycopg's pool, for servers that restart, hang, or are cut off now and then.

Where the pool itself checks what it hands out (CONN_HEALTH_CHECKS), it waits 1, 2, 4 … s after each
broken connection before it looks at the next: with five idle ones a request failed after 10 s
although the server was back. Here the first one found broken empties the pool; so does one to a
server that takes no changes, for after a failover the others lead there, too. The check asks for
the time, so that every process knows the database's clock.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from config.postgresql.connection import REACHABLE, SERVER, Connection
from wards.base import clock

CHECK_SECONDS = 3.0  # that a question without content may take


class DatabaseWrapper(base.DatabaseWrapper):
    """Of OPTIONS, `patience` is ours: seconds that the server may be silent, None for ever."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, with our ideas of how soon a server is out of reach."""
        params: dict[str, Any] = super().get_connection_params()
        params.pop("patience", None)
        return REACHABLE | params

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """A connection that works, from the pool where there is one."""
        connection = self._checked(conn_params)
        if connection is None:
            assert self.pool is not None
            self.pool.drain()
            connection = self._checked(conn_params)
        if connection is None:
            raise psycopg.OperationalError("The server ends every connection, or takes no changes.")
        return connection

    def _checked(self, conn_params: dict[str, Any]) -> psycopg.Connection | None:
        """A connection on which the server has said the time; None where the pool's is no good."""
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        try:
            with _briefly(connection):
                clock.read(connection)
            if not connection.autocommit:
                connection.rollback()  # Django makes its settings outside of transactions
        except psycopg.OperationalError:
            if self.pool is None:
                raise
            self.pool.putconn(connection)
            return None
        return connection

    def _configure_connection(self, connection: psycopg.Connection) -> bool:
        """Once for each new connection, by Django or by the pool."""
        if isinstance(connection, Connection):
            connection.patience = self.settings_dict["OPTIONS"].get("patience")
        connection.execute(SERVER)
        super()._configure_connection(connection)  # type: ignore[misc]  # not in the stubs
        return True  # there is something to commit


def _briefly(connection: psycopg.Connection) -> AbstractContextManager[None]:
    """Waits no longer than a check may take."""
    if isinstance(connection, Connection):
        return connection.waiting(CHECK_SECONDS)
    return nullcontext()
