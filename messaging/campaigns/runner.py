"""Keeps bulk sends going: from where the last worker stopped, one worker at a time.

Every step is a transaction that holds the row of the bulk send and notes how far it came. So a
worker that is killed loses one step, one that slept through its lease does nothing any more, and
whoever pauses or cancels waits for one step at most.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from messaging.campaigns import announcements, preparing, queueing
from messaging.models import BulkRecipient, BulkSend
from wards.base import clock, faults, stopping
from wards.base.csv_rows import FileRefused
from wards.kinds import Kind

Status = BulkSend.Status
log = structlog.get_logger(__name__)

# How often it is begun without any progress before it counts as what kills workers.
MAX_ATTEMPTS = 25
# Passes by itself: no database, a deadlock, somebody was quicker.
PASSING = (OperationalError, InterfaceError, IntegrityError)
COUNTED = ("total", "included", "queued", "preview")


class Gone(Exception):
    """It was paused, cancelled or changed, or another worker is at it."""


def run(bulk_id: int) -> bool:
    """Does what there is to do for it until that is done, or is somebody else's.

    True where it is handed back, as the worker is to stop.

    What passes by itself is left to the next worker; anything else ends it as failed, with the
    reason.
    """
    with scopes_disabled():
        bulk = _claim(bulk_id)
        if bulk is None:
            return False
        held = Status(bulk.status)
        with translation.override(bulk.created_by.language):
            try:
                WORK[held](bulk)
            except stopping.Told:
                return _hand_back(bulk)
            except Gone:
                log.info("bulk_send_left", bulk=bulk.pk)
            except PASSING as fault:
                log.warning("bulk_send_interrupted", bulk=bulk.pk, fault=faults.place(fault))
            except FileRefused as refused:
                _fail(bulk, str(refused))
            except Exception as fault:  # whatever it is, it does not hang
                log.error("bulk_send_failed", bulk=bulk.pk, fault=faults.place(fault))
                bulk.status = held  # it may have been about to end
                _fail(bulk, _("An unexpected fault (%s).") % type(fault).__name__)
    return False


def due() -> list[int]:
    """Those for which there is something to do, and which no worker is at."""
    with scopes_disabled():
        waiting = queueing.with_due()
        _reopen(waiting)
        found = BulkSend.objects.filter(_claimable(waiting)).order_by("pk")
        return list(found.values_list("pk", flat=True))


def _reopen(waiting: Sequence[int]) -> None:
    """A receipt may come after the end, and say that a message has to be tried again.

    Or not, where the bulk send has been cancelled: then that is taken back, too.
    """
    ended = BulkSend.objects.filter(pk__in=waiting).exclude(completed_at=None)
    ended.filter(status=Status.CANCELLED).update(completed_at=None)
    ended.filter(status=Status.COMPLETED).update(status=Status.SENDING, completed_at=None)


def _claimable(waiting: Sequence[int]) -> Q:
    """`waiting`: those that have messages for which something is to be done, now or later."""
    now = clock.now()
    silent = Q(lease_until=None) | Q(lease_until__lt=now)
    behind = BulkRecipient.objects.filter(bulk=OuterRef("pk"), line__gt=OuterRef("queued"))
    something = (
        Q(status=Status.PREPARING)
        | Q(status=Status.SCHEDULED, scheduled_for__lte=now)
        | Q(status=Status.SENDING) & (Exists(behind) | ~Q(pk__in=waiting))
        | Q(status=Status.CANCELLED)
    )
    return Q(completed_at=None) & silent & something


def _claim(bulk_id: int) -> BulkSend | None:
    """The bulk send, ours from now on; None where there is nothing to do for us."""
    claimable = _claimable(queueing.with_due())
    with transaction.atomic():
        bulk = (
            BulkSend.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("hospital__messaging_policy", "created_by", "cancelled_by")
            .filter(claimable, pk=bulk_id)
            .first()
        )
        if bulk is None:
            return None
        if bulk.status == Status.SCHEDULED:
            announcements.start(bulk)
        bulk.worker = uuid.uuid4().hex
        bulk.attempts += 1
        _lease(bulk)
        bulk.save(update_fields=["status", "started_at", "worker", "lease_until", "attempts"])
        announcements.touch(bulk)
    if bulk.attempts > MAX_ATTEMPTS:
        _fail(bulk, _("Given up after %s attempts without progress.") % MAX_ATTEMPTS)
        return None
    return bulk


def _prepare(bulk: BulkSend) -> None:
    preparing.prepare(bulk, lambda step: _step(bulk, step))
    with transaction.atomic():
        _hold(bulk)
        bulk.status, bulk.prepared_at = Status.READY, clock.now()
        _release(bulk, "status", "prepared_at", *COUNTED)


def _send(bulk: BulkSend) -> None:
    """Queues what is left, and ends it once nothing is to be done for any of its messages."""
    while _step(bulk, lambda: _queue(bulk)):
        pass
    with transaction.atomic():
        _hold(bulk)
        if queueing.has_due(bulk) or queueing.has_more(bulk):
            _release(bulk)
            return
        bulk.status, bulk.completed_at = Status.COMPLETED, clock.now()
        _release(bulk, "status", "completed_at")
        announcements.completed(bulk)


def _queue(bulk: BulkSend) -> bool:
    """A chunk; whether there may be more."""
    chunk = queueing.queue(bulk)
    if chunk.line:
        bulk.queued = chunk.line
        bulk.included -= chunk.gone
    return bool(chunk.line)


def _withdraw(bulk: BulkSend) -> None:
    while _step(bulk, lambda: queueing.cancel(bulk, bulk.cancelled_by)):
        pass
    with transaction.atomic():
        _hold(bulk)
        if not queueing.has_due(bulk):
            bulk.completed_at = clock.now()
        _release(bulk, "completed_at")


WORK: dict[Status, Callable[[BulkSend], None]] = {
    Status.PREPARING: _prepare,
    Status.SENDING: _send,
    Status.CANCELLED: _withdraw,
}


def _step(bulk: BulkSend, do: Callable[[], object]) -> object:
    """Does a part of the work in a transaction that also notes it. Raises Gone; Told after it."""
    with transaction.atomic():
        _hold(bulk)
        done = do()
        # Preparing begins anew, and so may fail in the same place.
        if done and bulk.status != Status.PREPARING:
            bulk.attempts = 0
        _lease(bulk)
        bulk.save(update_fields=[*COUNTED, "attempts", "lease_until"])
        announcements.touch(bulk)
    stopping.look()
    return done


def _hold(bulk: BulkSend) -> None:
    """Locks the row of the bulk send until the end of the transaction. Raises Gone."""
    mine = BulkSend.objects.select_for_update().filter(
        pk=bulk.pk, worker=bulk.worker, status=bulk.status
    )
    if not mine.values_list("pk", flat=True):
        raise Gone


def _lease(bulk: BulkSend) -> None:
    bulk.lease_until = clock.now() + timedelta(seconds=settings.BULK_LEASE)


def _hand_back(bulk: BulkSend) -> bool:
    """Ends the lease, so that another worker can go on at once. To be told is no failure."""
    mine = BulkSend.objects.filter(pk=bulk.pk, worker=bulk.worker)
    return bool(mine.update(lease_until=None, attempts=max(bulk.attempts - 1, 0)))


def _release(bulk: BulkSend, *changed: str) -> None:
    """Writes the end of this work: the next one may begin at once."""
    bulk.lease_until, bulk.attempts = None, 0
    bulk.save(update_fields=["lease_until", "attempts", *changed])
    announcements.touch(bulk)


def _fail(bulk: BulkSend, reason: str) -> None:
    """Ends it as failed. Where even that is not possible, the next worker finds it."""
    try:
        with transaction.atomic():
            _hold(bulk)
            bulk.refresh_from_db(from_queryset=BulkSend.objects.select_related("hospital"))
            bulk.status, bulk.failure = Status.FAILED, reason
            # One that has begun may be resumed: its messages are still looked after.
            bulk.completed_at = None if bulk.started_at else clock.now()
            _release(bulk, "status", "failure", "completed_at")
            announcements.record(bulk, Kind.BULK_SEND_FAILED, reason=reason)
    except (Gone, *PASSING) as fault:
        log.warning("bulk_send_left", bulk=bulk.pk, fault=faults.place(fault))
