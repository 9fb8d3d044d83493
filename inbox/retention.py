"""How long alerts are kept: old ones that were read go, where an installation asks for it.

Events stay, and so does the trail of who was told what.
"""

from datetime import datetime

from django.db import connection

from wards.base import sql

DELETE_OLD = sql.load("inbox/sql/delete_old.sql")
PAGE = 5_000  # rows looked at in a transaction: some milliseconds


def delete_old(before: datetime, *, really: bool = True) -> int:
    """Deletes alerts of all hospitals that came and were read before a time; returns how many.

    A critical alert that nobody has taken stays, whoever has read it. With `really=False` they are
    only counted. Each page is a transaction of its own: it can be stopped, and run again.
    """
    count = after = 0
    while True:
        with connection.cursor() as cursor:
            given: dict[str, int | datetime] = {
                "before": before,
                "after": after,
                "page": PAGE,
                "really": really,
            }
            cursor.execute(DELETE_OLD, given)
            last, found = cursor.fetchone()
        count += int(found)
        if last is None:
            return count
        after = last
