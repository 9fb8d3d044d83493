"""Reads figures out of the database, on a connection of its own, in less than a scrape takes.

Every statement reads a handful of rows by an index, however much there is (tests/test_plans.py).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

import psycopg
import structlog
from django.db import connection
from prometheus_client.metrics_core import Metric

from config.asking import Question
from config.metrics import alerts, installation, messages
from config.metrics.families import Ask, Reader, Rows
from config.postgresql.connection import Connection
from wards.base import apart
from wards.base.seldom import Seldom

STATEMENT = 1_000  # ms that one may take
PATIENCE = 3.0  # s for a server that no longer answers
READERS: tuple[Reader, ...] = (
    alerts.feeds,
    alerts.outbox,
    alerts.untaken,
    messages.due,
    messages.states,
    messages.providers,
    messages.bulk,
    installation.periodic,
    installation.server,
)
log = structlog.get_logger(__name__)
_seldom = Seldom()
T = TypeVar("T")


class Answer(NamedTuple):
    """What the database said."""

    is_up: bool = False
    families: tuple[Metric, ...] = ()
    lives: tuple[installation.Life, ...] | None = None  # where they could be read
    unread: int = 0  # readers whose statement failed


def nothing() -> Answer:
    """What is told while the database is away: the names of the figures, without any value."""
    families = [family for reader in READERS for family in reader(_nobody)]
    return Answer(families=tuple(families))


def read() -> Answer:
    """All there is. Where one statement fails (a table is missing, as in an upgrade), the others.

    Raises psycopg.Error where the database is away.
    """
    with _connect() as own:
        lives = _try(own, installation.lives)
        found = [(reader, _try(own, reader)) for reader in READERS]
    told = [reader(_nobody) if each is None else each for reader, each in found]
    return Answer(
        True,
        tuple(family for families in told for family in families),
        None if lives is None else tuple(lives),
        sum(each is None for each in (lives, *(families for _, families in found))),
    )


def _try(own: Connection, look: Callable[[Ask], Iterable[T]]) -> list[T] | None:
    try:
        return list(look(partial(_ask, own)))
    except psycopg.Error as fault:
        if own.closed:
            raise
        say(look.__name__, fault)
        return None


def say(what: str, fault: Exception) -> None:
    """Logs that it could not be read, now and then."""
    if _seldom(what):
        log.warning("metrics_not_read", what=what, fault=type(fault).__name__)


def _nobody(statement: str, values: Mapping[str, object]) -> Rows:
    """Who is asked while there is nobody to ask."""
    return []


def _connect() -> Connection:
    params: dict[str, Any] = connection.get_connection_params()
    params |= {"connect_timeout": apart.CONNECT, "tcp_user_timeout": apart.ANSWER}
    own = Connection.connect(**params, autocommit=True)
    own.patience = PATIENCE
    own.execute(f"SET statement_timeout = {STATEMENT}; SET default_transaction_read_only = on")
    return own


def _ask(own: Connection, statement: str, values: Mapping[str, object]) -> Rows:
    return own.execute(statement, values).fetchall()


question = Question(read)
