"""Withdrawals: takes back what turned out not to have happened, whenever it is or was to be told.

`wards.events` writes down for ever which event was withdrawn (`Withdrawal`), in the transaction
that says so. From then on nobody is told of it and no message about it is sent, whoever comes upon
it. What has been told until then is taken back when the withdrawing event is fanned out, or fails
to be: whether anybody is told of that event, too, is another matter. It may have been withdrawn
itself.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, TypeVar

from django.db import transaction
from django_scopes import scopes_disabled

from inbox import locks, mailbox
from inbox.models import Notification
from messaging import delivery
from messaging.reasons import Reason
from wards import events as trail
from wards.models import Event, Outbox, Result

Answer = TypeVar("Answer")


class InHand(Exception):
    """Somebody is telling of these events at this moment."""

    def __init__(self, event_ids: Collection[int]) -> None:
        super().__init__(event_ids)
        self.event_ids = event_ids


def undisturbed(work: Callable[[], Answer]) -> Answer:
    """Does `work` in a transaction; where somebody has in hand what it holds, after they are done.

    Waits with empty hands: `work` is undone first, and done anew. So two that take back what the
    other tells do not wait for each other.
    """
    while True:
        try:
            with scopes_disabled(), transaction.atomic():
                return work()
        except InHand as found:
            with scopes_disabled(), transaction.atomic():
                others = Outbox.objects.select_for_update().filter(pk__in=found.event_ids)
                list(others.order_by("pk"))


def hold(events: Iterable[Event]) -> list[int]:
    """The ids of all that these events withdraw; of those that wait, the outbox rows are ours now.

    Raises InHand where somebody else has one of the rows.
    """
    withdrawn = sorted(trail.withdrawn(events))
    if not withdrawn:
        return []
    waiting = Outbox.objects.filter(pk__in=withdrawn)
    free = waiting.order_by("pk").select_for_update(skip_locked=True)
    ours = set(free.values_list("pk", flat=True))
    if others := {*waiting.values_list("pk", flat=True)} - ours:
        raise InHand(others)
    return withdrawn


def take_back(withdrawn: Sequence[int], telling: Iterable[int] = ()) -> None:
    """Drops, withdraws and cancels all that was to be said, or has been, about events we hold.

    `telling` are the users whom the same transaction tells of something afterwards. What has been
    sent stays as it was: it is history.
    """
    if not withdrawn:
        return
    told = mailbox.recipients(withdrawn)
    locks.all_mailboxes([*told, *telling])
    mailbox.withdraw(withdrawn, told)
    delivery.cancel(withdrawn, reason=Reason.WITHDRAWN)
    Outbox.objects.filter(pk__in=withdrawn).delete()


class Present(NamedTuple):
    """The events that are to be told here, and those of which messages may go out."""

    told: list[Event]
    written: list[Event]


def result_of(event: Event) -> int | None:
    """The id of the result whose version the event is."""
    # Templates have versions, too; and results had none once.
    return event.data.get("result") if "version" in event.data else None


def present(events: list[Event]) -> Present:
    """One query where any event is of a result, none otherwise."""
    ids = {id_ for event in events if (id_ := result_of(event))}
    if not ids:
        return Present(events, events)
    rows = Result.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    now = {row.pk: row for row in rows.only("version", "status", "interpretation")}
    told, written = [], []
    for event in events:
        result = now.get(result_of(event) or 0)
        if result is None or result.version == event.data["version"]:
            told.append(event)
        if result is None or result.is_harmless:
            written.append(event)
    return Present(told, written)


def unsay(events: Sequence[Event]) -> None:
    """Takes back messages about results that are not what the messages say any more."""
    untrue = [id_ for event in events for id_ in event.data.get("unsays", ())]
    if untrue:
        delivery.cancel(untrue, reason=Reason.WITHDRAWN)


def on_merging_results(kept: Result, retired: Result, **kwargs: object) -> None:
    """Everybody's alert follows the result that is kept; of two of somebody's the newer one does.

    None is taken out of sight by it.
    """
    ours = Notification.objects.filter(result=kept)
    theirs = Notification.objects.filter(result=retired)
    theirs.filter(recipient__in=ours.values("recipient")).update(result=None)
    theirs.update(result=kept)
