"""Tells the alerts of results anew: one row a result and recipient, whatever becomes of the result.

Everything here runs under the locks of the results and of all mailboxes concerned (`locks.py`), in
a statement after those that took them: so it sees what was read, taken and archived until then.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from django.db import connection

from inbox.publications import frames
from inbox.publications.frames import Alert, Posted
from wards.base import sql


def revise(wordings: Sequence[Alert], recipients: Sequence[tuple[int, int]]) -> list[Posted]:
    """Inserts, or writes anew what a recipient was told of the same result before.

    `recipients` are users and the index of the wording each is told in. What comes back unread is
    numbered and counted like a new alert; who has been told of a later event is left alone. What
    rings is unread, in sight and awake again; who took it keeps it unless the wording `takes`, and
    who is told of a critical one for the first time sees who has taken it.
    """
    users, numbers = zip(*recipients, strict=True)
    values: dict[str, Any] = {
        "users": list(users),
        "wordings": [number + 1 for number in numbers],  # as SQL counts
        "results": [each.result_id for each in wordings],
        "rings": [each.rings for each in wordings],
        "takes": [each.takes for each in wordings],
        "hospitals": [each.hospital_id for each in wordings],
        "events": [each.event_id for each in wordings],
        "times": [each.created_at for each in wordings],
        "categories": [str(each.category) for each in wordings],
        "levels": [str(each.level) for each in wordings],
        "titles": [each.title for each in wordings],
        "messages": [each.message for each in wordings],
        "links": [each.link for each in wordings],
    }
    with connection.cursor() as cursor:
        cursor.execute(REVISE, values)
        rows = cursor.fetchall()
    return [
        Posted(user, id_, seq, unread, wording - 1, silent, _taken(*taken))
        for user, id_, seq, unread, wording, silent, *taken in rows
    ]


def _taken(at: object, by: object, comment: object) -> dict[str, object] | None:
    """Who has taken it, where somebody has; as frames say it."""
    if at is None:
        return None
    taken = {"acknowledged_at": at, "acknowledged_by": by, "acknowledge_comment": comment}
    return cast(dict[str, object], json.loads(frames.values(taken)))


REVISE = sql.load("inbox/sql/revise.sql")
