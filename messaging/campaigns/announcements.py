"""What pages and people hear of a bulk send."""

from typing import Any

from messaging.campaigns import progress
from messaging.models import Campaign
from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, User


def touch(campaign: Campaign) -> None:
    """Wakes the pages that show it, and those that show all, after the commit."""
    events.touch(campaign.hospital, f"bulk.{campaign.pk}", "bulks")


def start(campaign: Campaign, by: User | None = None) -> None:
    """It is being sent from now on. Not saved."""
    campaign.status, campaign.started_at = Campaign.Status.SENDING, clock.now()
    record(campaign, Kind.BULK_SEND_STARTED, by, total=campaign.included)


def record(
    campaign: Campaign, kind: Kind, by: User | None = None, *, key: str = "", **data: Any
) -> None:
    """Records what happened to it, and by whom; with a key once only."""
    source = Event.Source.WEB if by else Event.Source.SYSTEM
    about = {"bulk": campaign.pk, "subject": campaign.name, "creator": campaign.created_by_id}
    data = {**about, **data}
    events.record(kind, hospital=campaign.hospital, source=source, actor=by, data=data, key=key)


def completed(campaign: Campaign) -> None:
    """Tells of its end, once; again only where somebody has sent again what had failed."""
    key = f"bulk_send.completed:{campaign.pk}:{campaign.retries}"
    if not Event.objects.filter(hospital=campaign.hospital, source=Event.Source.SYSTEM, key=key):
        record(campaign, Kind.BULK_SEND_COMPLETED, key=key, **_outcome(campaign))


def _outcome(campaign: Campaign) -> dict[str, Any]:
    """What became of its messages, for the words of an alert."""
    done = progress.progress(campaign)
    return {
        "total": done.total,
        "successful": done.handed_over,
        "failed": done.failed,
    }
