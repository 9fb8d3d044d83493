"""The hour of the day at which patients react best, where the figures are good enough to say so."""

from collections import defaultdict
from math import sqrt
from typing import NamedTuple

from django.db.models import Sum

from messaging.insights.counters import within
from messaging.insights.spans import Span
from messaging.models import MessageCounter
from messaging.models.counters import SOON_DELIVERED, SOON_READ

DAYS = 90
ENOUGH = 50  # messages in an hour; of fewer, chance says more than patients
READ_ENOUGH = 0.02  # of a channel's messages: it has read receipts, and people let it send them
# Of a standard normal distribution, for 95 % and 24 hours at once (Bonferroni): who looks at many
# hours finds a good one by chance.
Z = 3.08


class Hour(NamedTuple):
    """Messages sent in an hour of the day, and how many of them were read, or arrived, soon."""

    hour: int
    sent: int
    soon: int

    @property
    def share(self) -> float:
        """In percent."""
        return 100 * self.soon / self.sent if self.sent else 0.0

    @property
    def at_least(self) -> float:
        """What the share is at least, in percent: the lower end of Wilson's interval."""
        if not self.sent:
            return 0.0
        n, p, z2 = self.sent, self.soon / self.sent, Z * Z
        middle = p + z2 / (2 * n)
        wide = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, round(100 * (middle - wide) / (1 + z2 / n), 6))


class Day(NamedTuple):
    """A channel's hours; `by_reading`: soon is read within an hour, else arrived in 10 minutes."""

    channel: str
    by_reading: bool
    hours: list[Hour]  # 24

    @property
    def all(self) -> Hour:
        """All hours together: what is usual."""
        return Hour(-1, sum(h.sent for h in self.hours), sum(h.soon for h in self.hours))


class Advice(NamedTuple):
    """An hour that is better than the usual one, beyond chance."""

    day: Day
    best: Hour


def days(span: Span) -> dict[str, Day]:
    """Each channel's hours of sending in the span, of the hospital in scope. One query."""
    rows = (
        within(MessageCounter.Cube.HOUR, span.first, span.last)
        .values_list("channel", "hour", "soon")
        .annotate(n=Sum("messages"))
    )
    found: defaultdict[str, dict[tuple[int, int], int]] = defaultdict(dict)
    for channel, hour, soon, n in rows:
        found[channel][hour, soon] = n
    return {channel: _day(channel, counts) for channel, counts in sorted(found.items())}


def advice(channel: str) -> Advice | None:
    """What the last 90 days suggest for a channel; None where nothing stands out. One query."""
    day = days(Span.of_days(DAYS)).get(channel)
    return day and advice_of(day)


def advice_of(day: Day) -> Advice | None:
    """The hour whose share is surely above the usual one, if there is one: the best of them."""
    enough = [hour for hour in day.hours if hour.sent >= ENOUGH]
    best = max(enough, key=lambda hour: hour.at_least, default=None)
    if best is None or best.at_least <= day.all.share:
        return None
    return Advice(day, best)


def _day(channel: str, counts: dict[tuple[int, int], int]) -> Day:
    """`counts`: by hour and the bits of `MessageCounter.soon`."""

    def having(bit: int, hour: int | None = None) -> int:
        return sum(n for (at, soon), n in counts.items() if soon & bit and hour in (None, at))

    total = sum(counts.values())
    by_reading = having(SOON_READ) > READ_ENOUGH * total
    bit = SOON_READ if by_reading else SOON_DELIVERED
    hours = [
        Hour(hour, sum(counts.get((hour, soon), 0) for soon in range(4)), having(bit, hour))
        for hour in range(24)
    ]
    return Day(channel, by_reading, hours)
