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
from messaging.models import Campaign, MessagingPolicy
from wards.base import clock, jobs, wakeups
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Hospital, User
from wards.roles import Permission, allows

__all__ = [
    "Words", "approve_campaign", "cancel_campaign", "change_campaign", "create_campaign",
    "decline_campaign", "pause_campaign", "resume_campaign", "retry_campaign", "send_campaign",
    "unschedule_campaign",
]  # fmt: skip

Status = Campaign.Status


@transaction.atomic
def create_campaign(
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
) -> Campaign:
    """Writes down what is to be said to whom, and has the worker work out the recipients.

    `parameters`: `{"tags": […]}`, `{"ward": id}` or `{"day": "2026-11-22"}`; `source`: the file, or
    the pasted list as bytes of text. Refused, with nothing done, where the audience, the file or
    the words make no sense. Nothing is sent before `send_campaign`.
    """
    campaign = Campaign(hospital=hospital, created_by=by)
    writing.write(campaign, name, audience, parameters, topic, channels, variants, source)
    _wake(campaign)
    announcements.record(campaign, Kind.BULK_SEND_CREATED, by, audience=audience)
    return campaign


@transaction.atomic
def change_campaign(
    *,
    campaign: Campaign,
    by: User,
    name: str,
    audience: str,
    parameters: Mapping[str, Any],
    topic: str,
    channels: Sequence[str],
    variants: Sequence[Words],
    source: BinaryIO | None = None,
) -> Campaign:
    """As `create_campaign`, of one that has not begun; its recipients are worked out anew.

    Without `source` the file stays what it was.
    """
    campaign = _locked(campaign)
    if campaign.status not in Campaign.UNSENT or campaign.started_at:
        raise Refused(_("It cannot be changed any more."))
    campaign.changed_by, campaign.approved_by, campaign.sent_by = by, None, None
    campaign.scheduled_for = None
    writing.write(campaign, name, audience, parameters, topic, channels, variants, source)
    _wake(campaign)
    announcements.record(campaign, Kind.BULK_SEND_CHANGED, by, audience=audience)
    return campaign


@transaction.atomic
def send_campaign(
    *, campaign: Campaign, by: User, at: datetime | None = None, seen: str = ""
) -> Campaign:
    """Sends it now or `at` a time, or asks for approval where it is to more people than one may.

    Refused unless its recipients have been worked out and there are any; a second click is refused.
    `seen`: when what was looked at was worked out; refused where it has been worked out again.
    """
    campaign = _locked(campaign)
    if campaign.status != Status.READY:
        raise Refused(_NOT[Status(campaign.status)]())
    _check_seen(campaign, seen)
    if not campaign.included:
        raise Refused(_("Nobody would get it."))
    if at is not None and at <= clock.now():
        raise Refused(_("This time has passed."))
    campaign.sent_by, campaign.scheduled_for, campaign.failure = by, at, ""
    if campaign.included > MessagingPolicy.of(campaign.hospital).approval_above:
        campaign.status = Status.WAITING
        changer = campaign.changed_by_id
        announcements.record(
            campaign, Kind.BULK_SEND_WAITING, by, total=campaign.included, changer=changer
        )
    else:
        _start(campaign, by)
    return _save(campaign)


@transaction.atomic
def approve_campaign(*, campaign: Campaign, by: User, seen: str = "") -> Campaign:
    """A second person lets it go: now, or at its time where that is still to come.

    `seen` as in `send_campaign`.
    """
    campaign = _waiting(campaign, by)
    _check_seen(campaign, seen)
    campaign.approved_by = by
    announcements.record(campaign, Kind.BULK_SEND_APPROVED, by, total=campaign.included)
    _start(campaign, by)
    return _save(campaign)


@transaction.atomic
def decline_campaign(*, campaign: Campaign, by: User, reason: str) -> Campaign:
    """A second person does not let it go, and says why; it may be changed and sent again."""
    campaign = _waiting(campaign, by)
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why."))
    campaign.status, campaign.failure, campaign.scheduled_for = Status.READY, reason, None
    announcements.record(campaign, Kind.BULK_SEND_DECLINED, by, reason=reason)
    return _save(campaign)


@transaction.atomic
def unschedule_campaign(*, campaign: Campaign, by: User) -> Campaign:
    """Takes back that it is to be sent, as long as it has not begun: it is ready again."""
    campaign = _locked(campaign)
    if campaign.status not in (Status.SCHEDULED, Status.WAITING):
        raise Refused(_("It is not scheduled."))
    campaign.status, campaign.scheduled_for, campaign.approved_by = Status.READY, None, None
    announcements.record(campaign, Kind.BULK_SEND_UNSCHEDULED, by)
    return _save(campaign)


@transaction.atomic
def pause_campaign(*, campaign: Campaign, by: User) -> Campaign:
    """Nothing more of it is handed to a carrier until it is resumed."""
    campaign = _locked(campaign)
    if campaign.status != Status.SENDING:
        raise Refused(_("It is not being sent."))
    campaign.status = Status.PAUSED
    announcements.record(campaign, Kind.BULK_SEND_PAUSED, by)
    return _save(campaign)


@transaction.atomic
def resume_campaign(*, campaign: Campaign, by: User) -> Campaign:
    """Goes on with one that was paused, or that failed on its way, from where it stopped."""
    campaign = _locked(campaign)
    failed_under_way = campaign.status == Status.FAILED and campaign.started_at is not None
    if campaign.status != Status.PAUSED and not failed_under_way:
        raise Refused(_("It is not paused."))
    campaign.status = Status.SENDING
    jobs.begin_anew(campaign)
    announcements.record(campaign, Kind.BULK_SEND_RESUMED, by)
    transitions.wake(campaign.channels)
    return _save(campaign)


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: User) -> Campaign:
    """Ends it for good: what has not left the house is taken back."""
    campaign = _locked(campaign)
    if campaign.status in (Status.COMPLETED, Status.CANCELLED):
        raise Refused(_("It has already ended."))
    if campaign.status == Status.FAILED:
        campaign.failure = ""
    campaign.status, campaign.cancelled_by, campaign.lease_until = Status.CANCELLED, by, None
    # Where nothing was begun there is nothing to take back.
    campaign.completed_at = None if campaign.started_at else clock.now()
    announcements.record(campaign, Kind.BULK_SEND_CANCELLED, by)
    return _save(campaign)


@transaction.atomic
def retry_campaign(*, campaign: Campaign, by: User) -> int:
    """Sends everything of it that failed or bounced again; returns how many. Refused for none."""
    campaign = _locked(campaign)
    if campaign.status not in (Status.SENDING, Status.PAUSED, Status.COMPLETED):
        raise Refused(_("None of these has failed."))
    count = queueing.retry(campaign, by)
    if not count:
        raise Refused(_("None of these has failed."))
    campaign.retries += 1
    if campaign.status == Status.COMPLETED:
        campaign.status, campaign.completed_at = Status.SENDING, None
    announcements.record(campaign, Kind.BULK_SEND_RETRIED, by, total=count)
    _save(campaign)
    return count


def may_approve(campaign: Campaign, user: User) -> bool:
    """Whether the user may let it go: a second person, and of a role that may."""
    involved = {campaign.created_by_id, campaign.changed_by_id, campaign.sent_by_id}
    ours = user.hospital_id == campaign.hospital_id and allows(user, Permission.APPROVE_MESSAGES)
    return ours and user.pk not in involved


def _check_seen(campaign: Campaign, seen: str) -> None:
    """Nobody lets go what they have not looked at."""
    if seen and campaign.prepared_at and seen != campaign.prepared_at.isoformat():
        raise Refused(_("It has been changed meanwhile: look at it again."))


def _waiting(campaign: Campaign, by: User) -> Campaign:
    """The bulk send, locked, that `by` may decide about."""
    campaign = _locked(campaign)
    if campaign.status != Status.WAITING:
        raise Refused(_("It does not wait for approval."))
    if not may_approve(campaign, by):
        raise Refused(_("Somebody else than who wrote or sent it must approve it."))
    return campaign


def _start(campaign: Campaign, by: User) -> None:
    if campaign.scheduled_for and campaign.scheduled_for > clock.now():
        campaign.status = Status.SCHEDULED
        when = campaign.scheduled_for.isoformat()
        announcements.record(campaign, Kind.BULK_SEND_SCHEDULED, by, starts_at=when)
    else:
        announcements.start(campaign, by)


def _locked(campaign: Campaign) -> Campaign:
    """As it is now, and ours until the end of the transaction."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related(
        "hospital__messaging_policy"
    )
    return rows.get(pk=campaign.pk)


def _save(campaign: Campaign) -> Campaign:
    campaign.save()
    _wake(campaign)
    return campaign


def _wake(campaign: Campaign) -> None:
    """Pages and worker, after the commit. With Redis away the sweep finds it once it is back."""
    from messaging.campaigns.tasks import run_campaign

    announcements.touch(campaign)
    if campaign.status in (*Campaign.OPEN, Status.CANCELLED):
        transaction.on_commit(lambda: wakeups.nudge(run_campaign, campaign.pk))


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
