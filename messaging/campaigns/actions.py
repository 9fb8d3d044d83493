"""What people do with bulk sends. Sending them is the worker's: messaging/campaigns/runner.py.

Each verb locks the row of the bulk send and looks at it again, so that two clicks are one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.campaigns import announcements, queueing, writing
from messaging.campaigns.texts import Words
from messaging.delivery import transitions
from messaging.models import BulkSend, MessagingPolicy
from wards.base import clock, jobs, wakeups
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Hospital, User
from wards.roles import Permission, allows

__all__ = [
    "Words", "approve_bulk", "cancel_bulk", "change_bulk", "create_bulk", "decline_bulk",
    "pause_bulk", "resume_bulk", "retry_bulk", "send_bulk", "unschedule_bulk",
]  # fmt: skip

Status = BulkSend.Status


@transaction.atomic
def create_bulk(
    *,
    hospital: Hospital,
    by: User,
    name: str,
    audience: str,
    parameters: Mapping[str, Any],
    topic: str,
    channels: Sequence[str],
    variants: Sequence[Words],
    source: BinaryIO | None = None,
) -> BulkSend:
    """Writes down what is to be said to whom, and has the worker work out the recipients.

    `parameters`: `{"tags": […]}`, `{"ward": id}` or `{"day": "2026-11-22"}`; `source`: the file, or
    the pasted list as bytes of text. Refused, with nothing done, where the audience, the file or
    the words make no sense. Nothing is sent before `send_bulk`.
    """
    bulk = BulkSend(hospital=hospital, created_by=by)
    writing.write(bulk, name, audience, parameters, topic, channels, variants, source)
    _wake(bulk)
    announcements.record(bulk, Kind.BULK_SEND_CREATED, by, audience=audience)
    return bulk


@transaction.atomic
def change_bulk(
    *,
    bulk: BulkSend,
    by: User,
    name: str,
    audience: str,
    parameters: Mapping[str, Any],
    topic: str,
    channels: Sequence[str],
    variants: Sequence[Words],
    source: BinaryIO | None = None,
) -> BulkSend:
    """As `create_bulk`, of one that has not begun; its recipients are worked out anew.

    Without `source` the file stays what it was.
    """
    bulk = _locked(bulk)
    if bulk.status not in BulkSend.UNSENT or bulk.started_at:
        raise Refused(_("It cannot be changed any more."))
    bulk.changed_by, bulk.approved_by, bulk.sent_by = by, None, None
    bulk.scheduled_for = None
    writing.write(bulk, name, audience, parameters, topic, channels, variants, source)
    _wake(bulk)
    announcements.record(bulk, Kind.BULK_SEND_CHANGED, by, audience=audience)
    return bulk


@transaction.atomic
def send_bulk(*, bulk: BulkSend, by: User, at: datetime | None = None, seen: str = "") -> BulkSend:
    """Sends it now or `at` a time, or asks for approval where it is to more people than one may.

    Refused unless its recipients have been worked out and there are any; a second click is refused.
    `seen`: when what was looked at was worked out; refused where it has been worked out again.
    """
    bulk = _locked(bulk)
    if bulk.status != Status.READY:
        raise Refused(_NOT[Status(bulk.status)]())
    _check_seen(bulk, seen)
    if not bulk.included:
        raise Refused(_("Nobody would get it."))
    if at is not None and at <= clock.now():
        raise Refused(_("This time has passed."))
    bulk.sent_by, bulk.scheduled_for, bulk.failure = by, at, ""
    if bulk.included > MessagingPolicy.of(bulk.hospital).approval_above:
        bulk.status = Status.WAITING
        changer = bulk.changed_by_id
        announcements.record(bulk, Kind.BULK_SEND_WAITING, by, total=bulk.included, changer=changer)
    else:
        _start(bulk, by)
    return _save(bulk)


@transaction.atomic
def approve_bulk(*, bulk: BulkSend, by: User, seen: str = "") -> BulkSend:
    """A second person lets it go: now, or at its time where that is still to come.

    `seen` as in `send_bulk`.
    """
    bulk = _waiting(bulk, by)
    _check_seen(bulk, seen)
    bulk.approved_by = by
    announcements.record(bulk, Kind.BULK_SEND_APPROVED, by, total=bulk.included)
    _start(bulk, by)
    return _save(bulk)


@transaction.atomic
def decline_bulk(*, bulk: BulkSend, by: User, reason: str) -> BulkSend:
    """A second person does not let it go, and says why; it may be changed and sent again."""
    bulk = _waiting(bulk, by)
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why."))
    bulk.status, bulk.failure, bulk.scheduled_for = Status.READY, reason, None
    announcements.record(bulk, Kind.BULK_SEND_DECLINED, by, reason=reason)
    return _save(bulk)


@transaction.atomic
def unschedule_bulk(*, bulk: BulkSend, by: User) -> BulkSend:
    """Takes back that it is to be sent, as long as it has not begun: it is ready again."""
    bulk = _locked(bulk)
    if bulk.status not in (Status.SCHEDULED, Status.WAITING):
        raise Refused(_("It is not scheduled."))
    bulk.status, bulk.scheduled_for, bulk.approved_by = Status.READY, None, None
    announcements.record(bulk, Kind.BULK_SEND_UNSCHEDULED, by)
    return _save(bulk)


@transaction.atomic
def pause_bulk(*, bulk: BulkSend, by: User) -> BulkSend:
    """Nothing more of it is handed to a provider until it is resumed."""
    bulk = _locked(bulk)
    if bulk.status != Status.SENDING:
        raise Refused(_("It is not being sent."))
    bulk.status = Status.PAUSED
    announcements.record(bulk, Kind.BULK_SEND_PAUSED, by)
    return _save(bulk)


@transaction.atomic
def resume_bulk(*, bulk: BulkSend, by: User) -> BulkSend:
    """Goes on with one that was paused, or that failed on its way, from where it stopped."""
    bulk = _locked(bulk)
    failed_under_way = bulk.status == Status.FAILED and bulk.started_at is not None
    if bulk.status != Status.PAUSED and not failed_under_way:
        raise Refused(_("It is not paused."))
    bulk.status = Status.SENDING
    jobs.begin_anew(bulk)
    announcements.record(bulk, Kind.BULK_SEND_RESUMED, by)
    transitions.wake(bulk.channels)
    return _save(bulk)


@transaction.atomic
def cancel_bulk(*, bulk: BulkSend, by: User) -> BulkSend:
    """Ends it for good: what has not left the house is taken back."""
    bulk = _locked(bulk)
    if bulk.status in (Status.COMPLETED, Status.CANCELLED):
        raise Refused(_("It has already ended."))
    if bulk.status == Status.FAILED:
        bulk.failure = ""
    bulk.status, bulk.cancelled_by, bulk.lease_until = Status.CANCELLED, by, None
    # Where nothing was begun there is nothing to take back.
    bulk.completed_at = None if bulk.started_at else clock.now()
    announcements.record(bulk, Kind.BULK_SEND_CANCELLED, by)
    return _save(bulk)


@transaction.atomic
def retry_bulk(*, bulk: BulkSend, by: User) -> int:
    """Sends everything of it that failed or bounced again; returns how many. Refused for none."""
    bulk = _locked(bulk)
    if bulk.status not in (Status.SENDING, Status.PAUSED, Status.COMPLETED):
        raise Refused(_("None of these has failed."))
    count = queueing.retry(bulk, by)
    if not count:
        raise Refused(_("None of these has failed."))
    bulk.retries += 1
    if bulk.status == Status.COMPLETED:
        bulk.status, bulk.completed_at = Status.SENDING, None
    announcements.record(bulk, Kind.BULK_SEND_RETRIED, by, total=count)
    _save(bulk)
    return count


def may_approve(bulk: BulkSend, user: User) -> bool:
    """Whether the user may let it go: a second person, and of a role that may."""
    involved = {bulk.created_by_id, bulk.changed_by_id, bulk.sent_by_id}
    ours = user.hospital_id == bulk.hospital_id and allows(user, Permission.APPROVE_MESSAGES)
    return ours and user.pk not in involved


def _check_seen(bulk: BulkSend, seen: str) -> None:
    """Nobody lets go what they have not looked at."""
    if seen and bulk.prepared_at and seen != bulk.prepared_at.isoformat():
        raise Refused(_("It has been changed meanwhile: look at it again."))


def _waiting(bulk: BulkSend, by: User) -> BulkSend:
    """The bulk send, locked, that `by` may decide about."""
    bulk = _locked(bulk)
    if bulk.status != Status.WAITING:
        raise Refused(_("It does not wait for approval."))
    if not may_approve(bulk, by):
        raise Refused(_("Somebody else than who wrote or sent it must approve it."))
    return bulk


def _start(bulk: BulkSend, by: User) -> None:
    if bulk.scheduled_for and bulk.scheduled_for > clock.now():
        bulk.status = Status.SCHEDULED
        when = bulk.scheduled_for.isoformat()
        announcements.record(bulk, Kind.BULK_SEND_SCHEDULED, by, starts_at=when)
    else:
        announcements.start(bulk, by)


def _locked(bulk: BulkSend) -> BulkSend:
    """As it is now, and ours until the end of the transaction."""
    rows = BulkSend.objects.select_for_update(of=("self",)).select_related(
        "hospital__messaging_policy"
    )
    return rows.get(pk=bulk.pk)


def _save(bulk: BulkSend) -> BulkSend:
    bulk.save()
    _wake(bulk)
    return bulk


def _wake(bulk: BulkSend) -> None:
    """Pages and worker, after the commit. With Redis away the sweep finds it once it is back."""
    from messaging.campaigns.tasks import run_bulk

    announcements.touch(bulk)
    if bulk.status in (*BulkSend.OPEN, Status.CANCELLED):
        transaction.on_commit(lambda: wakeups.nudge(run_bulk, bulk.pk))


_NOT = {
    Status.DRAFT: lambda: _("Its recipients have not been worked out."),
    Status.PREPARING: lambda: _("Its recipients are still being worked out."),
    Status.WAITING: lambda: _("It waits for approval already."),
    Status.SCHEDULED: lambda: _("It is scheduled already."),
    Status.SENDING: lambda: _("It is being sent already."),
    Status.PAUSED: lambda: _("It is being sent already."),
    Status.COMPLETED: lambda: _("It has already ended."),
    Status.CANCELLED: lambda: _("It has already ended."),
    Status.FAILED: lambda: _("It has failed: change it first."),
}
