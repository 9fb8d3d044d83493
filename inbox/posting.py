"""Writes notifications into mailboxes: numbered, counted, once, in one statement.

Alerts of results are told anew in the row they have already (`revisions.py`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from django.db import connection

from inbox import locks, revisions
from inbox.publications.frames import Alert, Posted
from wards.base import sql


class Recipient(NamedTuple):
    """Somebody is told of an event in one of the wordings (its index)."""

    user_id: int
    wording: int


def post(wordings: Sequence[Alert], recipients: Sequence[Recipient]) -> list[Posted]:
    """Numbers, inserts and counts the notifications of one or more events.

    One who is told of several gets consecutive numbers in the order of `recipients`. The upsert
    locks the mailboxes in user-id order (so two events cannot deadlock), makes missing ones, and
    takes as many numbers as needed. How much faster than row by row: docs/benchmarks.md.
    """
    if any(wording.result_id for wording in wordings):
        locks.all_mailboxes(recipient.user_id for recipient in recipients)
        return revisions.revise(wordings, recipients)
    return _post(wordings, recipients)


def _post(wordings: Sequence[Alert], recipients: Sequence[Recipient]) -> list[Posted]:
    if not recipients:
        return []
    counts = Counter(recipient.user_id for recipient in recipients)
    later = _later(counts, recipients)
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "users": _array(counts),
                "counts": _array(counts.values()),
                "recipients": _array(recipient.user_id for recipient in recipients),
                "wordings": _array(
                    recipient.wording + 1 for recipient in recipients
                ),  # as SQL counts
                "later": _array(later),
                "hospitals": [each.hospital_id for each in wordings],
                "events": [each.event_id for each in wordings],
                "times": [each.created_at for each in wordings],
                "categories": [each.category for each in wordings],
                "levels": [each.level for each in wordings],
                "titles": [each.title for each in wordings],
                "messages": [each.message for each in wordings],
                "links": [each.link for each in wordings],
            },
        )
        rows = cursor.fetchall()
    wording = {
        (recipient.user_id, after): recipient.wording
        for recipient, after in zip(recipients, later, strict=True)
    }
    told = [
        Posted(user, id_, seq, unread - (last - seq), wording[user, last - seq])
        for user, id_, seq, last, unread in rows
    ]
    if len(counts) < len(recipients):
        told.sort(key=attrgetter("seq"))  # the database returns them in any order
    return told


def _later(counts: Counter[int], recipients: Sequence[Recipient]) -> list[int]:
    """For each recipient, how many of the same user's come after it."""
    if len(counts) == len(recipients):
        return [0] * len(recipients)
    still_to_come = counts.copy()
    later = []
    for recipient in recipients:
        still_to_come[recipient.user_id] -= 1
        later.append(still_to_come[recipient.user_id])
    return later


def _array(numbers: Iterable[int]) -> str:
    """A PostgreSQL array literal: psycopg takes ten times as long over a list of thousands."""
    return f"{{{','.join(map(str, numbers))}}}"


POST = sql.load("inbox/sql/post.sql")
