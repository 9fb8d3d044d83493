"""What people do with their alerts, and how a client catches up.

Every verb locks the mailboxes concerned, gives each that changes its next seq, stamps it on the
changed rows and publishes one frame an inbox. A verb that changes nothing takes no seq.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django_scopes import scopes_disabled

from inbox import locks
from inbox.models import Level, Notification
from inbox.publications import frames, publish, standing
from inbox.publications.frames import Changed
from wards.base import clock, sql
from wards.models import User

# More changes than this behind, a client gets a fresh snapshot instead of the changes.
CATCH_UP_LIMIT = 100
SNAPSHOT_SIZE = 20
UNTAKEN_SIZE = 1_000  # critical alerts that nobody has taken, besides
LAST_SEQ = 2**63 - 1  # a bigint
NOT_WITHDRAWN = (
    "NOT EXISTS (SELECT FROM wards_withdrawal w WHERE w.event_id = inbox_notification.event_id)"
)


def mark_read(user: User, ids: list[int]) -> list[Changed]:
    """Marks the user's own unread notifications among `ids` as read."""
    return _change(
        [user.pk], "id = ANY(%(ids)s) AND read_at IS NULL", {"read_at": clock.now()}, ids
    )


def mark_unread(user: User, ids: list[int]) -> list[Changed]:
    """Takes back having read them (undo)."""
    return _change(
        [user.pk],
        "id = ANY(%(ids)s) AND read_at IS NOT NULL AND archived_at IS NULL",
        {"read_at": None, "snoozed_until": None},
        ids,
    )


def mark_all_read(user: User, seen: int = LAST_SEQ) -> list[Changed]:
    """Marks as read all that has not changed since the user's page reached seq `seen`.

    Takes one seq however many there are.
    """
    where = f"read_at IS NULL AND seq <= {int(seen)}"
    return _change([user.pk], where, {"read_at": clock.now()})


@transaction.atomic
def archive(user: User, ids: list[int]) -> list[Changed]:
    """Puts away. What is out of sight does not count as unread."""
    mark_read(user, ids)
    put_away = {"archived_at": clock.now(), "snoozed_until": None}
    return _change([user.pk], "id = ANY(%(ids)s) AND archived_at IS NULL", put_away, ids)


def unarchive(user: User, ids: list[int]) -> list[Changed]:
    """Takes back out (undo); but not what did not happen after all."""
    where = f"id = ANY(%(ids)s) AND archived_at IS NOT NULL AND {NOT_WITHDRAWN}"
    return _change([user.pk], where, {"archived_at": None, "snoozed_until": None}, ids)


@transaction.atomic
def snooze(user: User, ids: list[int], until: datetime) -> list[Changed]:
    """Puts aside until a time: counts as read until then, and comes back unread.

    Not what is archived: nothing comes back from there by itself.
    """
    mark_read(user, ids)
    where = "id = ANY(%(ids)s) AND archived_at IS NULL"
    return _change([user.pk], where, {"snoozed_until": until}, ids)


def wake_snoozed() -> list[Changed]:
    """Brings back everything whose snooze is over; returns what changed."""
    with scopes_disabled():
        due = Notification.objects.filter(snoozed_until__lte=clock.now(), archived_at=None)
        users = list(due.values_list("recipient_id", flat=True).distinct()[:1000])
    is_due = "snoozed_until <= now() AND archived_at IS NULL"
    return _change(users, is_due, {"snoozed_until": None, "read_at": None})


@transaction.atomic
def mark_seen(user: User, ids: list[int]) -> None:
    """Notes that the list was open before the user's eyes, for the trail alone.

    Takes no seq: no frame carries it, and no page shows it but the admin's.
    """
    if not ids:
        return
    locks.mailboxes([user.pk])  # or it may wait in a circle with what changes the same rows
    Notification.objects.filter(recipient=user, id__in=ids, seen_at=None).update(
        seen_at=clock.now()
    )


@transaction.atomic
def acknowledge(user: User, notification: Notification, comment: str = "") -> list[Changed]:
    """Takes a critical alert, for everybody who was told of it: they all see who has it.

    Nothing happens where it is not critical or somebody else was first.
    """
    if notification.level != Level.CRITICAL:
        return []
    locks.result(notification.result_id)  # before its readers are read: nobody is added meanwhile
    return _change(
        recipients([notification.event_id]),
        # A result's alert that says something else by now is of another event.
        "event_id = %(event)s AND level = 'critical' AND acknowledged_at IS NULL",
        {
            "acknowledged_at": clock.now(),
            "acknowledged_by": user,
            "acknowledge_comment": comment[:200],
        },
        event=notification.event_id,
        topics=publish.topics(notification.event),
    )


def recipients(event_ids: Sequence[int]) -> list[int]:
    """Everybody who was told of one of the events."""
    with scopes_disabled():
        told = Notification.objects.filter(event__in=event_ids)
        return sorted({*told.values_list("recipient_id", flat=True)})


@transaction.atomic
def withdraw(event_ids: Sequence[int], told: list[int]) -> None:
    """Takes the alerts of events that did not happen after all out of sight of those `told`.

    What somebody has acknowledged stays: they may have acted on it. The caller holds the outbox
    rows of the events: nobody is told of them meanwhile.
    """
    now = clock.now()
    mine = "event_id = ANY(%(ids)s) AND acknowledged_at IS NULL"
    away = {"archived_at": now, "snoozed_until": None}
    _change(told, f"{mine} AND read_at IS NULL", {"read_at": now}, event_ids)
    _change(told, f"{mine} AND archived_at IS NULL", away, event_ids)


def _change(
    users: list[int],
    where: str,
    new: dict[str, Any],
    ids: Sequence[int] = (),
    *,
    event: int | None = None,
    topics: Iterable[str] = (),
) -> list[Changed]:
    """Sets `new` on the notifications of `users` that match `where`, and tells their clients."""
    if not users:
        return []
    sets = ", ".join(f"{COLUMNS.get(name, name)} = %({name})s" for name in new)
    values = {name: value.pk if isinstance(value, User) else value for name, value in new.items()}
    shown = {name: str(value) if isinstance(value, User) else value for name, value in new.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        locks.mailboxes(users)
        cursor.execute(
            CHANGE.replace("/* where */", where).replace("/* sets */", sets),
            {**values, "users": users, "ids": list(ids), "event": event},
        )
        changed = [Changed(*row) for row in cursor.fetchall()]
        transaction.on_commit(lambda: publish.changes(changed, shown, topics))
    return changed


COLUMNS = {"acknowledged_by": "acknowledged_by_id"}


CHANGE = sql.load("inbox/sql/change.sql")


class Ask(NamedTuple):
    """Somebody asks for what changed after the seq they saw last (None: they saw nothing yet).

    A seq means something in the database it was read from alone; "" where they do not say which.
    """

    user_id: int
    since: int | None
    epoch: str = ""


def catch_up(asks: Iterable[Ask]) -> dict[Ask, dict[str, Any]]:
    """The frame that brings each asker to now.

    However many ask: one query for what changed, one for the snapshots of those who are new, too
    far behind, ahead of us or of another database (this one was restored). Reads only rows of the
    users given.
    """
    asks = list(asks)
    behind = [ask for ask in asks if ask.since is not None]
    result: dict[Ask, dict[str, Any]] = {}
    for ask, state in zip(behind, _states(CHANGES, behind), strict=True):
        if ask.since is not None and _leads_to(state, ask.since, ask.epoch):
            result[ask] = frames.state("catchup", *state)
    fresh = [ask for ask in asks if ask not in result]
    for ask, state in zip(fresh, _states(SNAPSHOT, fresh), strict=True):
        result[ask] = frames.state("snapshot", *state)
    return result


class State(NamedTuple):
    """A mailbox and what was asked for of it, all of one moment."""

    epoch: str
    seq: int
    unread: int
    notifications: list[dict[str, Any]]


def _leads_to(state: State, since: int, epoch: str) -> bool:
    """Whether somebody who knows all until `since` knows all with these changes."""
    same = epoch in ("", state.epoch)
    return same and since <= state.seq and len(state.notifications) <= CATCH_UP_LIMIT


def _states(query: str, asks: list[Ask]) -> list[State]:
    """The state of each ask."""
    states: dict[int, State] = {}
    if not asks:
        return []
    with connection.cursor() as cursor:
        users, since = [ask.user_id for ask in asks], [ask.since or 0 for ask in asks]
        cursor.execute(query, {"users": users, "since": since})
        for number, epoch, seq, unread, *row in cursor.fetchall():
            state = states.setdefault(number, State(epoch, seq, unread, []))
            if row[0] is not None:
                state.notifications.append(dict(zip(frames.FIELDS, row, strict=True)))
    return list(states.values())  # in the order asked


_STATE = "inbox/sql/catch_up.sql"
_MINE = "SELECT * FROM inbox_notification WHERE recipient_id = box.user_id"
CHANGES = sql.load(
    _STATE,
    epoch=standing.EPOCH,
    rows=f"{_MINE} AND seq > since ORDER BY seq LIMIT {CATCH_UP_LIMIT + 1}",
    order="seq",
)
# A critical alert that nobody has taken is there however many came after it.
_UNTAKEN = "archived_at IS NULL AND level = 'critical' AND acknowledged_at IS NULL"
SNAPSHOT = sql.load(
    _STATE,
    epoch=standing.EPOCH,
    rows=f"({_MINE} AND archived_at IS NULL ORDER BY id DESC LIMIT {SNAPSHOT_SIZE})"
    f" UNION ({_MINE} AND {_UNTAKEN} ORDER BY id DESC LIMIT {UNTAKEN_SIZE})",
    order="id",
)
