"""PostgreSQL through psycopg's pool, for servers that restart now and then.

Where the pool itself checks what it hands out (CONN_HEALTH_CHECKS), it waits 1, 2, 4 … s after each
broken connection before it looks at the next: with five idle ones a request failed after 10 s
although the server was back. Here the first one found broken empties the pool.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """A connection that works, from the pool where there is one."""
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        if self.pool is None:
            return connection
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            self.pool.putconn(connection)
            self.pool.drain()
            connection = super().get_new_connection(conn_params)
        return connection
