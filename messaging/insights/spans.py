"""The days that figures are about."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from wards.base import clock

SHORTEST, LONGEST = date(2000, 1, 1), timedelta(days=3 * 366)


class Step(StrEnum):
    """What a point of a chart stands for."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Span:
    """From one day to another, both included, in the hospital's time zone."""

    first: date
    last: date

    @classmethod
    def of_days(cls, days: int) -> "Span":
        """So many days that end today."""
        today = clock.today()
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def between(cls, first: date | None, last: date | None) -> "Span | None":
        """The days that somebody asked for; None where they make no sense.

        Without an end it ends today; without a beginning it is 30 days long. One that is longer
        than three years is cut.
        """
        if first is None and last is None:
            return None
        last = last or clock.today()
        if not SHORTEST < last < date(9000, 1, 1):
            return None
        first = first or last - timedelta(days=29)
        return cls(max(first, last - LONGEST), last) if first <= last else None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Span":
        """As many days, just before."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def usual_step(self) -> Step:
        """So that a chart has between a handful and about a hundred points."""
        if self.days <= 92:
            return Step.DAY
        return Step.WEEK if self.days <= 400 else Step.MONTH

    def points(self, step: Step) -> list[date]:
        """The beginnings of the days, weeks (Monday) or months that the span touches."""
        points, at = [], begin_of(self.first, step)
        while at <= self.last:
            points.append(at)
            at = _next(at, step)
        return points


def begin_of(day: date, step: Step) -> date:
    """The first day of the week or month that a day is in."""
    if step == Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == Step.MONTH else day


def _next(at: date, step: Step) -> date:
    if step == Step.MONTH:
        return (at + timedelta(days=31)).replace(day=1)
    return at + timedelta(days=7 if step == Step.WEEK else 1)
