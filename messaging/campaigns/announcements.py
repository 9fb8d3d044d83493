"""What pages and people hear of a bulk send."""

from typing import Any

from messaging.campaigns import progress
from messaging.models import BulkSend
from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, User


def touch(bulk: BulkSend) -> None:
    """Wakes the pages that show it, and those that show all, after the commit."""
    events.touch(bulk.hospital, f"bulk.{bulk.pk}", "bulks")


def start(bulk: BulkSend, by: User | None = None) -> None:
    """It is being sent from now on. Not saved."""
    bulk.status, bulk.started_at = BulkSend.Status.SENDING, clock.now()
    record(bulk, Kind.BULK_SEND_STARTED, by, total=bulk.included)


def record(
    bulk: BulkSend, kind: Kind, by: User | None = None, *, key: str = "", **data: Any
) -> None:
    """Records what happened to it, and by whom; with a key once only."""
    source = Event.Source.WEB if by else Event.Source.SYSTEM
    about = {"bulk": bulk.pk, "subject": bulk.name, "creator": bulk.created_by_id}
    data = {**about, **data}
    events.record(kind, hospital=bulk.hospital, source=source, actor=by, data=data, key=key)


def completed(bulk: BulkSend) -> None:
    """Tells of its end, once; again only where somebody has sent again what had failed."""
    key = f"bulk_send.completed:{bulk.pk}:{bulk.retries}"
    if not Event.objects.filter(hospital=bulk.hospital, source=Event.Source.SYSTEM, key=key):
        record(bulk, Kind.BULK_SEND_COMPLETED, key=key, **_outcome(bulk))


def _outcome(bulk: BulkSend) -> dict[str, Any]:
    """What became of its messages, for the words of an alert."""
    done = progress.progress(bulk)
    return {
        "total": done.total,
        "successful": done.handed_over,
        "failed": done.failed,
    }
