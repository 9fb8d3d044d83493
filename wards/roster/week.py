"""A ward's week: who is on duty when, and when nobody is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from wards.base import clock
from wards.models import DutyPeriod, Ward
from wards.roster.coverage import Gap, uncovered
from wards.selectors import on_duty_now

DAYS = 7
DAY, WEEK = timedelta(days=1), timedelta(days=DAYS)


class Duty(NamedTuple):
    """A duty as its day shows it: begun before, ending later, or within the day."""

    period: DutyPeriod
    from_before: bool
    beyond: bool
    now: bool
    over: bool


@dataclass
class Day:
    day: date
    duties: list[Duty]
    gaps: list[Gap]
    is_today: bool
    is_over: bool


@dataclass
class Week:
    """Seven days of a ward from a Monday on."""

    ward: Ward
    monday: date
    days: list[Day]
    on_duty: list[DutyPeriod]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=DAYS - 1)

    @property
    def before(self) -> date:
        return self.monday - WEEK

    @property
    def after(self) -> date:
        return self.monday + WEEK

    @property
    def is_now(self) -> bool:
        return self.monday <= clock.today() <= self.sunday

    @property
    def gaps(self) -> int:
        """How many spans of the rest of the week have nobody on duty."""
        return sum(len(day.gaps) for day in self.days)


def monday_of(day: date) -> date:
    """The Monday of the week a day is in."""
    return day - timedelta(days=day.weekday())


def week(ward: Ward, monday: date) -> Week:
    """The week of a ward in the hospital's time zone: three queries, however many duties."""
    starts = [_midnight(monday + timedelta(days=n)) for n in range(DAYS + 1)]
    running = Q(ends_at=None) | Q(ends_at__gt=starts[0])
    periods = list(
        DutyPeriod.objects.filter(running, ward=ward, starts_at__lt=starts[-1])
        .select_related("user")
        .order_by("starts_at", "pk")
    )
    now = clock.now()
    begin = max(starts[0], now)
    missing = uncovered(ward, begin, starts[-1]) if begin < starts[-1] else []
    days = [_day(begins, ends, periods, missing) for begins, ends in pairwise(starts)]
    current = on_duty_now(ward).select_related("user")
    return Week(
        ward=ward,
        monday=monday,
        days=days,
        on_duty=sorted(current, key=lambda period: str(period.user)),
    )


def _day(begins: datetime, ends: datetime, periods: list[DutyPeriod], missing: list[Gap]) -> Day:
    now = clock.now()
    duties = [
        Duty(
            period,
            from_before=period.starts_at < begins,
            beyond=period.ends_at is not None and period.ends_at > ends,
            now=period.starts_at <= now and (period.ends_at is None or period.ends_at > now),
            over=period.ends_at is not None and period.ends_at <= now,
        )
        for period in periods
        if period.starts_at < ends and _until(period) > begins
    ]
    gaps = [
        Gap(max(gap.begin, begins), min(gap.end, ends))
        for gap in missing
        if gap.begin < ends and gap.end > begins
    ]
    day = timezone.localtime(begins).date()
    return Day(day, duties, gaps, is_today=day == clock.today(), is_over=ends <= now)


def _until(period: DutyPeriod) -> datetime:
    """An open duty is shown until now, and on the day it begins."""
    return period.ends_at or max(clock.now(), period.starts_at + timedelta(minutes=1))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
