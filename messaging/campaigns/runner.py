"""Keeps bulk sends going: step by step, as `wards.base.jobs` does all long jobs."""

from collections.abc import Callable, Sequence

from django.db.models import Exists, OuterRef, Q
from django_scopes import scopes_disabled

from messaging.campaigns import announcements, preparing, queueing
from messaging.models import BulkRecipient, BulkSend
from wards.base import clock, jobs
from wards.kinds import Kind

Status = BulkSend.Status


class BulkSends(jobs.Kind[BulkSend]):
    """Bulk sends are prepared, and later queued; what is cancelled is taken back."""

    name = "bulk_send"
    model = BulkSend
    touch = staticmethod(announcements.touch)
    owner = "created_by"
    related = ("hospital__messaging_policy", "cancelled_by")
    noted = ("total", "included", "queued", "preview", "prepared_at")

    def waiting(self) -> Q:
        # Those that have messages for which something is to be done, now or later.
        with_due = queueing.with_due()
        behind = BulkRecipient.objects.filter(bulk=OuterRef("pk"), line__gt=OuterRef("queued"))
        something = (
            Q(status=Status.PREPARING)
            | Q(status=Status.SCHEDULED, scheduled_for__lte=clock.now())
            | Q(status=Status.SENDING) & (Exists(behind) | ~Q(pk__in=with_due))
            | Q(status=Status.CANCELLED)
        )
        return Q(completed_at=None) & something

    def begin(self, bulk: BulkSend) -> None:
        if bulk.status == Status.SCHEDULED:
            announcements.start(bulk)

    def steps(self, bulk: BulkSend) -> jobs.Steps:
        if bulk.status == Status.PREPARING:
            return preparing.steps(bulk)
        if bulk.status == Status.SENDING:
            return _until_none(lambda: _queue(bulk))
        return _until_none(lambda: queueing.cancel(bulk, bulk.cancelled_by))

    def end(self, bulk: BulkSend) -> None:
        """What was sent or cancelled stays open while something is to be done for its messages."""
        if bulk.status == Status.PREPARING:
            bulk.status, bulk.prepared_at = Status.READY, clock.now()
        elif queueing.has_due(bulk):
            return
        elif bulk.status == Status.CANCELLED:
            bulk.completed_at = clock.now()
        elif not queueing.has_more(bulk):
            bulk.status, bulk.completed_at = Status.COMPLETED, clock.now()
            announcements.completed(bulk)

    def fail(self, bulk: BulkSend) -> None:
        bulk.status = Status.FAILED
        # One that has begun may be resumed: its messages are still looked after.
        bulk.completed_at = None if bulk.started_at else clock.now()
        announcements.record(bulk, Kind.BULK_SEND_FAILED, reason=bulk.failure)


def run(bulk_id: int) -> bool:
    """As `jobs.run`."""
    return jobs.run(BulkSends(), bulk_id)


def due() -> list[int]:
    """As `jobs.due`, and those that a late receipt has opened again."""
    with scopes_disabled():
        _reopen(queueing.with_due())
    return jobs.due(BulkSends())


def _reopen(waiting: Sequence[int]) -> None:
    """A receipt may come after the end, and say that a message has to be tried again.

    Or not, where the bulk send has been cancelled: then that is taken back, too.
    """
    ended = BulkSend.objects.filter(pk__in=waiting).exclude(completed_at=None)
    ended.filter(status=Status.CANCELLED).update(completed_at=None)
    ended.filter(status=Status.COMPLETED).update(status=Status.SENDING, completed_at=None)


def _until_none(do: Callable[[], int]) -> jobs.Steps:
    """The same step again and again, until it has found nothing to do."""
    found = 1

    def step() -> bool:
        nonlocal found
        found = do()
        return bool(found)

    while found:
        yield step


def _queue(bulk: BulkSend) -> int:
    """Makes the messages of a chunk; the last line of it, 0 for none."""
    line, gone = queueing.queue(bulk)
    bulk.queued = line or bulk.queued
    bulk.included -= gone
    return line
