"""When nobody is on duty in a ward."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from wards.base import clock
from wards.models import DutyPeriod, Ward

# An open duty says nothing of its end. Somebody who forgot to go off duty must not make the rest of
# the week look covered, nor somebody who has just come the next hour uncovered.
OPEN_LASTS = timedelta(hours=12)


class Gap(NamedTuple):
    """A span of time with nobody on duty."""

    begin: datetime
    end: datetime


def uncovered(ward: Ward, begin: datetime, end: datetime) -> list[Gap]:
    """The spans between `begin` and `end` with nobody on duty in the ward, in order."""
    return uncovered_by_ward([ward], begin, end)[ward.pk]


def uncovered_by_ward(
    wards: Iterable[Ward], begin: datetime, end: datetime
) -> dict[int, list[Gap]]:
    """The same for several wards, by their ids: one query however many they are."""
    spans: defaultdict[int, list[Gap]] = defaultdict(list)
    ids = [ward.pk for ward in wards]
    periods = DutyPeriod.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=begin),
        ward__in=ids,
        starts_at__lt=end,
        user__is_active=True,
    ).order_by("starts_at")
    for ward, starts_at, ends_at in periods.values_list("ward", "starts_at", "ends_at"):
        lasts_until = ends_at or max(clock.now(), starts_at + OPEN_LASTS)
        spans[ward].append(Gap(starts_at, lasts_until))
    return {ward: gaps(spans[ward], begin, end) for ward in ids}


def gaps(spans: Iterable[Gap], begin: datetime, end: datetime) -> list[Gap]:
    """What the spans, in order of their beginnings, leave of the time from begin to end."""
    found, covered = [], begin
    for span in spans:
        if span.begin > covered:
            found.append(Gap(covered, min(span.begin, end)))
        covered = max(covered, span.end)
    if covered < end:
        found.append(Gap(covered, end))
    return found
