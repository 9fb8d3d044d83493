"""Compares what clients show with what the database holds."""

from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max
from django_scopes import scopes_disabled

from inbox import mailbox
from inbox.models import Mailbox, Notification
from tests.inbox.client import Client, Inbox
from tests.processes import wait_for
from wards.models import Outbox, User


def in_step(client: Client, user: User) -> bool:
    """Whether the client has reached the present seq of the user's mailbox."""
    box = Mailbox.objects.filter(user=user).first()
    return client.inbox.last == (box.seq if box else 0)


def assert_same(inbox: Inbox, user: User) -> None:
    """The client's badge and every field of every notification are the database's."""
    everything = {row["id"]: row for row in rows_of(user)}
    box = Mailbox.objects.get(user=user)
    assert inbox.unread == box.unread
    missing = set(everything) - set(inbox.notifications)
    if inbox.snapshots:  # a snapshot has the newest 20 alone
        newest = sorted(everything)[-mailbox.SNAPSHOT_SIZE :]
        missing &= set(newest)
    assert not missing, f"{user.username} misses {len(missing)} of {len(everything)}"
    for id_, shown in inbox.notifications.items():
        assert shown == everything[id_]


def rows_of(user: User) -> list[dict[str, Any]]:
    """All notifications of a user as a client would be told them, from an independent query."""
    with scopes_disabled():
        rows = Notification.objects.filter(recipient=user).select_related(
            "event", "acknowledged_by"
        )
        return [
            {
                "id": row.pk,
                "seq": row.seq,
                "kind": row.event.kind,
                **{
                    name: getattr(row, name)
                    for name in (
                        "category",
                        "level",
                        "title",
                        "message",
                        "link",
                        "acknowledge_comment",
                    )
                },
                **{
                    name: iso(getattr(row, name))
                    for name in (
                        "created_at",
                        "read_at",
                        "acknowledged_at",
                        "archived_at",
                        "snoozed_until",
                    )
                },
                "acknowledged_by": str(row.acknowledged_by) if row.acknowledged_by else None,
            }
            for row in rows
        ]


def iso(at: datetime | None) -> str | None:
    """A time as Django writes it in JSON."""
    return None if at is None else str(DjangoJSONEncoder().default(at))


def assert_mailboxes_consistent() -> None:
    """Nobody has a duplicate, numbers are what the mailbox says, nothing waits to be told."""
    with scopes_disabled():
        assert not Outbox.objects.exists()
        assert not (
            Notification.objects.values("event", "recipient")
            .annotate(n=Count("*"))
            .filter(n__gt=1)
            .exists()
        )
        for box in Mailbox.objects.all():
            mine = Notification.objects.filter(recipient=box.user_id)
            assert box.unread == mine.filter(read_at=None).count()
            assert (mine.aggregate(m=Max("seq"))["m"] or 0) <= box.seq


def wait_until_in_step(clients: dict[Client, User], timeout: float = 40) -> None:
    """Until every client has caught up with the database."""
    for client, user in clients.items():
        wait_for(
            lambda client=client, user=user: client.error or in_step(client, user),  # type: ignore[misc]
            timeout,
            f"{user.username} in step",
        )
        if client.error:
            raise client.error
