"""Quiet hours: the part of the night in which nothing rings that can wait."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from messaging.channels import RINGING
from messaging.models import MessagingPolicy
from wards.base import clock
from wards.models import Hospital

FOLDS = (0, 1)
# `holds` in SQL, of a column `expires_at` and the parameter `over_at`.
HOLDS = "(expires_at IS NULL OR expires_at > %(over_at)s)"


def over_at(at: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that `at` falls into are over; None outside of them.

    `begin` and `end` are wall-clock times in `zone`; an end before the beginning is tomorrow's, and
    the same time twice means that there are none. An end that the clocks skip or pass twice counts
    as late as it can, so that it never lies before `at`.
    """
    local = at.astimezone(zone)
    wall = local.time()
    crosses = begin > end
    inside = (wall >= begin or wall < end) if crosses else begin <= wall < end
    if not inside:
        return None
    tomorrow = crosses and wall >= begin
    day = local.date() + timedelta(days=1) if tomorrow else local.date()
    ends = (datetime.combine(day, end, zone).replace(fold=fold) for fold in FOLDS)
    return max(moment.astimezone(UTC) for moment in ends)


def holds(over_at: datetime, expires_at: datetime | None) -> bool:
    """Whether a message waits for the end of the quiet hours: not if it were useless by then."""
    return expires_at is None or expires_at > over_at


def passes(over_at: datetime) -> Q:
    """The messages that quiet hours until then do not hold, though they ring."""
    return Q(expires_at__lte=over_at)


def rings_again(hospital: Hospital) -> datetime | None:
    """When the hospital's quiet hours are over; None outside of them."""
    policy = MessagingPolicy.of(hospital)
    zone = ZoneInfo(hospital.timezone)
    return over_at(clock.now(), policy.quiet_from, policy.quiet_until, zone)


def due(now: datetime, hospital: Hospital, channel: str, expires_at: datetime | None) -> datetime:
    """When a message that is not urgent may leave: now, or when the quiet hours are over.

    Now, too, where it would be useless by then.
    """
    later = rings_again(hospital) if channel in RINGING else None
    return later if later and holds(later, expires_at) else now
