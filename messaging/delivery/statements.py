"""Statements: many messages written, taken back or queued again at once, with their log.

The moves are those of `messaging.statuses`; all lock in the order of ids.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from messaging.models import Message
from messaging.statuses import Status, leading_to
from wards.base import sql
from wards.models import User

FIELDS = tuple(f for f in Message._meta.concrete_fields if not f.primary_key)


def insert(messages: Sequence[Message]) -> list[Message]:
    """Writes unsaved messages; those whose key is known already are left out.

    As all here, returns what was written or moved with hospital, channel and bulk send alone; and
    the sender looks at what is queued once the transaction is committed.
    """
    rows = [{f.column: getattr(message, f.attname) for f in FIELDS} for message in messages]
    columns = [str(field.column) for field in FIELDS]
    names = ", ".join(f'"{column}"' for column in columns)
    source = f"SELECT {names} FROM jsonb_populate_recordset(NULL::messaging_message, %(rows)s)"  # noqa: S608
    return insert_from(columns, source, {"rows": json.dumps(rows, default=str)})


def insert_from(columns: Sequence[str], source: str, given: Mapping[str, object]) -> list[Message]:
    """Writes the messages that the SELECT `source` gives, column by column, as `insert` does."""
    names = ", ".join(f'"{column}"' for column in columns)
    return _run(INSERT.replace("/* columns */", names).replace("/* source */", source), given)


def cancel(chosen: QuerySet[Message], *, reason: str = "", by: User | None = None) -> list[Message]:
    """Takes back those of the chosen ones that wait to be sent, for the first time or again.

    What is with a carrier at this moment cannot be taken back, but is not tried again. All are
    locked at once: two that take back and settle the same messages do not wait in a circle.
    """
    return _move(chosen.filter(due_at__isnull=False), Status.CANCELLED, "due_at = NULL", reason, by)


def retry(chosen: QuerySet[Message], *, by: User | None = None) -> list[Message]:
    """Queues those of the chosen ones again that failed or bounced."""
    return _move(
        chosen.filter(status__in=leading_to(Status.QUEUED)),
        Status.QUEUED,
        "due_at = clock_timestamp(), tries = 0",
        "",
        by,
    )


def _move(
    chosen: QuerySet[Message], status: Status, change: str, reason: str, by: User | None
) -> list[Message]:
    given = (status.value, reason, leading_to(status), by.pk if by else None, reason)
    return _on(chosen, MOVE.replace("/* change */", change), *given)


def _on(chosen: QuerySet[Message], statement: str, *given: object) -> list[Message]:
    """Runs it on these messages, which are locked."""
    rows = chosen.order_by("pk").select_for_update(of=("self",)).values("pk", "status")
    try:
        query, parameters = rows.query.sql_with_params()
    except EmptyResultSet:  # of no ids at all
        return []
    return _run(statement.replace("/* chosen */", query), [*parameters, *given])


def _run(statement: str, given: Any) -> list[Message]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [
            Message(pk=pk, hospital_id=hospital, channel=channel, campaign_id=campaign)
            for pk, hospital, channel, campaign, *_ in cursor.fetchall()
        ]


INSERT = sql.load("messaging/delivery/sql/insert.sql")
MOVE = sql.load("messaging/delivery/sql/move.sql")
