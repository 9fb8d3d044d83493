"""PostgreSQL through psycopg's pool, for servers that restart now and then.

Where the pool itself checks what it hands out (CONN_HEALTH_CHECKS), it waits 1, 2, 4 … s after each
broken connection before it looks at the next: with five idle ones a request failed after 10 s
although the server was back. Here the first one found broken empties the pool. The check asks for
the time, so that every process knows the database's clock.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from wards import clock


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """A connection that works, from the pool where there is one."""
        connection = self._checked(conn_params)
        if connection is None:
            assert self.pool is not None
            self.pool.drain()
            connection = self._checked(conn_params)
        if connection is None:
            raise psycopg.OperationalError("The server ends every connection at once.")
        return connection

    def _checked(self, conn_params: dict[str, Any]) -> psycopg.Connection | None:
        """A connection on which the server has said the time; None where the pool's was broken."""
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        try:
            clock.read(connection)
            if not connection.autocommit:
                connection.rollback()  # Django makes its settings outside of transactions
        except psycopg.OperationalError:
            if self.pool is None:
                raise
            self.pool.putconn(connection)
            return None
        return connection
