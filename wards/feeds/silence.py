"""Silent feeds: no message for so long in working hours is an alert, once a silence."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django_scopes import scopes_disabled

from wards import events
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, Feed, Hl7Message


def is_silent(feed: Feed, last_at: datetime | None, now: datetime) -> bool:
    """Whether the feed has been silent for too long of its working hours.

    `last_at` is when its newest message came; a feed that never sent is not silent yet.
    """
    if not feed.is_active or not feed.silent_after or last_at is None:
        return False
    opened = _opened(feed, now)
    if opened is None:
        return False
    return now - max(last_at, opened) >= timedelta(minutes=feed.silent_after)


def _opened(feed: Feed, now: datetime) -> datetime | None:
    """When the working hours that `now` is in began; None outside of them."""
    if feed.silent_from is None or feed.silent_until is None:
        return datetime.min.replace(tzinfo=now.tzinfo)  # always
    local = now.astimezone(ZoneInfo(feed.hospital.timezone))
    begin = local.replace(
        hour=feed.silent_from.hour, minute=feed.silent_from.minute, second=0, microsecond=0
    )
    if feed.silent_from < feed.silent_until:
        inside = feed.silent_from <= local.time() < feed.silent_until
        return begin if inside else None
    if local.time() >= feed.silent_from:  # over midnight
        return begin
    return begin - timedelta(days=1) if local.time() < feed.silent_until else None


def look() -> int:
    """Records `feed.silent` for each feed that has fallen silent; how many. Safe to run twice."""
    with scopes_disabled():
        newest = Hl7Message.objects.filter(feed=OuterRef("pk")).order_by("-id")
        feeds = (
            Feed.objects.filter(is_active=True, silent_after__isnull=False)
            .select_related("hospital")
            .annotate(last_at=Subquery(newest.values("received_at")[:1]))
        )
        now = clock.now()
        return sum(
            _record(feed, feed.last_at) for feed in feeds if is_silent(feed, feed.last_at, now)
        )


def _record(feed: Feed, last_at: datetime) -> bool:
    key = f"feed.silent:{feed.pk}:{last_at.timestamp():.0f}"
    known = Event.objects.filter(hospital=feed.hospital, source=Event.Source.SYSTEM, key=key)
    if known.exists():
        return False
    try:
        with transaction.atomic():
            events.record(
                Kind.FEED_SILENT,
                hospital=feed.hospital,
                source=Event.Source.SYSTEM,
                data={"feed": feed.pk, "subject": str(feed), "starts_at": last_at},
                key=key,
            )
    except IntegrityError:
        return False  # somebody else was quicker
    return True
