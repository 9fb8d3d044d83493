"""The one order in which everything that changes alerts locks rows; so nobody waits in a circle.

    outbox rows → results → mailboxes → notifications → messages

- Outbox rows are taken with SKIP LOCKED: who tells of an event has its row. Nobody waits for one
  while holding anything else; who has to, lets go first (`withdrawals.undisturbed`).
- Results by id: their readers and versions stand still (`results.present`, `result` below).
- Mailboxes by user id, all that a transaction is going to change in one go, missing ones made on
  the way. What only inserts alerts does that in the statement that inserts (`posting.POST`).
- Notifications are changed by whoever holds the mailbox of their recipient; which result they are
  of, by whoever holds that (`merging.py`).
- Messages by id (`messaging.delivery.transitions.locked`).

What is read to decide a change is read in a statement after the lock: only that sees what was
committed by the one we waited for.
"""

from collections.abc import Iterable

from django.db import connection


def result(result_id: int | None) -> None:
    """Holds a result: nobody is told of it, nor told anew, until this transaction ends."""
    if result_id is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM wards_result WHERE id = %s FOR NO KEY UPDATE", [result_id])


def mailboxes(users: Iterable[int]) -> None:
    """Holds the mailboxes that these users have."""
    with connection.cursor() as cursor:
        cursor.execute(MAILBOXES, {"users": sorted(set(users))})


def all_mailboxes(users: Iterable[int]) -> None:
    """Holds the mailboxes of these users, and makes missing ones.

    In one statement: one that is made after others were locked may be out of order.
    """
    with connection.cursor() as cursor:
        cursor.execute(ALL_MAILBOXES, {"users": sorted(set(users))})


MAILBOXES = "SELECT FROM inbox_mailbox WHERE user_id = ANY(%(users)s) ORDER BY user_id FOR UPDATE"

ALL_MAILBOXES = """
INSERT INTO inbox_mailbox AS box (user_id, seq, unread)
SELECT user_id, 0, 0 FROM unnest(%(users)s::bigint[]) AS wanted (user_id) ORDER BY user_id
ON CONFLICT (user_id) DO UPDATE SET seq = box.seq
"""
