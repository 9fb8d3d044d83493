"""What holds whatever broke, was killed or hung, as soon as it is over; for all tests of faults.

- Every event has told each of its readers once, under numbers without a gap, and the badge counts
  them (`assert_mailboxes_consistent`).
- Clients show what the database holds (`assert_same`, `wait_until_in_step`).
- The carrier's own books have each message once, in its words (`assert_carried_once`), and its
  history is whole (`assert_histories`).
- Every AA that a sender was given stands for a message that was applied (`assert_answers_true`).
- Nothing that is due is left undone (`overdue`).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Now
from django_scopes import scopes_disabled

from inbox import mailbox
from inbox.models import Mailbox, Notification
from messaging.models import Campaign, Message, MessageLog
from messaging.statuses import Status
from tests.carrier import CarrierProcess
from tests.inbox.client import Client, Inbox
from tests.messaging.outbox import wrong_moves
from tests.processes import wait_for
from wards.models import BulkOperation, Hl7Message, Outbox, User


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
        unread = Q(read_at=None)
        in_sight = unread & Q(archived_at=None, snoozed_until=None)
        counted = Notification.objects.order_by().values("recipient")
        counts = {
            row["recipient"]: row
            for row in counted.annotate(
                unread=Count("pk", filter=unread),
                in_sight=Count("pk", filter=in_sight),
                last=Max("seq"),
            )
        }
        for box in Mailbox.objects.all():
            mine = counts.pop(box.user_id, {"unread": 0, "in_sight": 0, "last": 0})
            assert box.unread == mine["unread"]
            assert box.unread == mine["in_sight"], "the badge counts what can be seen"
            assert mine["last"] <= box.seq
        assert not counts, "everybody who is told of something has a mailbox"


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


def assert_carried_once(carrier: CarrierProcess, messages: QuerySet[Message]) -> None:
    """The carrier's own books have each of these once, and nobody else, as it was written."""
    taken = carrier.ledger()
    times = Counter(int(each["reference"].partition("-")[0]) for each in taken)
    wanted = {message.pk: message for message in messages}
    wrong = [pk for pk in times.keys() | wanted.keys() if times[pk] != (pk in wanted)]
    assert not wrong, [story(carrier, pk) for pk in sorted(wrong)[:5]]
    for each in taken:
        message = wanted[int(each["reference"].partition("-")[0])]
        assert (each["recipient"], each["body"]) == (message.address, message.body)


def story(carrier: CarrierProcess, pk: int) -> dict[str, object]:
    """What the carrier's books and ours say about a message, for a failing test to show."""
    log = MessageLog.objects.filter(message=pk).order_by("pk")
    books = carrier.ledger()
    return {
        "message": pk,
        "taken": [(e["reference"], e["at"]) for e in books if e["reference"].startswith(f"{pk}-")],
        "log": [(e.status, e.attempt, e.detail, e.at.timestamp()) for e in log],
    }


def assert_histories() -> None:
    """No message went back to an earlier status; the last is its own; each attempt is there."""
    log = list(MessageLog.objects.order_by("pk").values_list("message", "status"))
    assert not list(wrong_moves(log))
    assert dict(log) == dict(Message.objects.values_list("pk", "status"))
    attempts = Counter(message for message, status in log if status == Status.SENDING)
    assert attempts == dict(Message.objects.filter(attempts__gt=0).values_list("pk", "attempts"))


def assert_answers_true(answered: Iterable[tuple[str, str]]) -> None:
    """`answered` are (control id, code) as senders got them: each AA was applied, and kept once."""
    kept = Counter(Hl7Message.objects.values_list("control_id", "status"))
    for control_id, code in answered:
        assert code != "AA" or kept[control_id, Hl7Message.Status.ACCEPTED] == 1, control_id


def overdue() -> dict[str, int]:
    """How much of each kind is due now and not done; empty where nothing is."""
    with scopes_disabled():
        left = {
            "events to tell of": Outbox.objects.count(),
            "messages": Message.objects.filter(due_at__lte=Now()).count(),
            "bulk sends": Campaign.objects.filter(status__in=Campaign.OPEN)
            .exclude(scheduled_for__gt=Now())
            .count(),
            "bulk operations": BulkOperation.objects.filter(status__in=BulkOperation.OPEN).count(),
        }
    return {what: number for what, number in left.items() if number}


def wait_until_nothing_is_overdue(timeout: float = 60) -> None:
    """Until all that is due has been done; says what is not."""
    try:
        wait_for(lambda: not overdue(), timeout)
    except AssertionError:
        raise AssertionError(f"overdue after {timeout:g} s: {overdue()}") from None
