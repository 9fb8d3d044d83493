"""Keeps bulk sends going: step by step, as `wards.base.jobs` does all long jobs."""

from collections.abc import Callable, Sequence

from django.db.models import Exists, OuterRef, Q
from django_scopes import scopes_disabled

from messaging.campaigns import announcements, preparing, queueing
from messaging.models import Campaign, CampaignRecipient
from wards.base import clock, jobs
from wards.kinds import Kind

Status = Campaign.Status


class Campaigns(jobs.Kind[Campaign]):
    """Bulk sends are prepared, and later queued; what is cancelled is taken back."""

    name = "bulk_send"
    model = Campaign
    touch = staticmethod(announcements.touch)
    owner = "created_by"
    related = ("hospital__messaging_policy", "cancelled_by")
    noted = ("total", "included", "queued", "preview", "prepared_at")

    def waiting(self) -> Q:
        # Those that have messages for which something is to be done, now or later.
        with_due = queueing.with_due()
        behind = CampaignRecipient.objects.filter(
            campaign=OuterRef("pk"), line__gt=OuterRef("queued")
        )
        something = (
            Q(status=Status.PREPARING)
            | Q(status=Status.SCHEDULED, scheduled_for__lte=clock.now())
            | Q(status=Status.SENDING) & (Exists(behind) | ~Q(pk__in=with_due))
            | Q(status=Status.CANCELLED)
        )
        return Q(completed_at=None) & something

    def begin(self, campaign: Campaign) -> None:
        if campaign.status == Status.SCHEDULED:
            announcements.start(campaign)

    def steps(self, campaign: Campaign) -> jobs.Steps:
        if campaign.status == Status.PREPARING:
            return preparing.steps(campaign)
        if campaign.status == Status.SENDING:
            return _until_none(lambda: _queue(campaign))
        return _until_none(lambda: queueing.cancel(campaign, campaign.cancelled_by))

    def end(self, campaign: Campaign) -> None:
        """What was sent or cancelled stays open while something is to be done for its messages."""
        if campaign.status == Status.PREPARING:
            campaign.status, campaign.prepared_at = Status.READY, clock.now()
        elif queueing.has_due(campaign):
            return
        elif campaign.status == Status.CANCELLED:
            campaign.completed_at = clock.now()
        elif not queueing.has_more(campaign):
            campaign.status, campaign.completed_at = Status.COMPLETED, clock.now()
            announcements.completed(campaign)

    def fail(self, campaign: Campaign) -> None:
        campaign.status = Status.FAILED
        # One that has begun may be resumed: its messages are still looked after.
        campaign.completed_at = None if campaign.started_at else clock.now()
        announcements.record(campaign, Kind.BULK_SEND_FAILED, reason=campaign.failure)


def run(campaign_id: int) -> bool:
    """As `jobs.run`."""
    return jobs.run(Campaigns(), campaign_id)


def due() -> list[int]:
    """As `jobs.due`, and those that a late receipt has opened again."""
    with scopes_disabled():
        _reopen(queueing.with_due())
    return jobs.due(Campaigns())


def _reopen(waiting: Sequence[int]) -> None:
    """A receipt may come after the end, and say that a message has to be tried again.

    Or not, where the bulk send has been cancelled: then that is taken back, too.
    """
    ended = Campaign.objects.filter(pk__in=waiting).exclude(completed_at=None)
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


def _queue(campaign: Campaign) -> int:
    """Makes the messages of a chunk; the last line of it, 0 for none."""
    line, gone = queueing.queue(campaign)
    campaign.queued = line or campaign.queued
    campaign.included -= gone
    return line
