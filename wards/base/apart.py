"""A statement on a database connection of its own, beside whatever transaction is open."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from wards.base import clock

CONNECT = 2  # s
ANSWER = 3_000  # ms for the statement, and for a line that is cut
SILENT = 1.0  # s longer, for a server that is stopped: it ends no statement by itself


def execute(statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """What one statement answers, committed at once; not from the pool, and closed again.

    For what must stay though the transaction is rolled back, and for threads and parents of forks
    that keep no connection. Raises psycopg.Error, within seconds.
    """
    params = connection.get_connection_params()
    params |= {"connect_timeout": CONNECT, "tcp_user_timeout": ANSWER}
    # Of ours (config/postgresql): psycopg's own waits for ever for a server that says nothing.
    kind = connection.settings_dict["OPTIONS"]["pool"]["connection_class"]
    with kind.connect(**params) as own:
        own.patience = ANSWER / 1_000 + SILENT
        own.execute(f"SET LOCAL statement_timeout = {ANSWER}")
        clock.read(own)
        done = own.execute(statement, values)
        return done.fetchall() if done.description else []
