"""Figures of the hospital in scope, each in one query that adds tallies up."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import TruncMonth, TruncWeek

from messaging.insights.counters import by_day, within
from messaging.insights.spans import Span, Step
from messaging.models import MessageCounter
from messaging.statuses import Status

Cube = MessageCounter.Cube
WAITING = (Status.QUEUED, Status.SENDING)
ARRIVED = (Status.DELIVERED, Status.READ)
LOST = (Status.FAILED, Status.BOUNCED)
STOPPED = (Status.CANCELLED, Status.SUPPRESSED)
WAIT_BASE = 1.1  # a bucket of `wait` ends where it is so many times as long as it began
PERCENTILES = (50, 90, 95, 99)


class Figures(NamedTuple):
    """Messages by what became of them. `stopped`: never sent, by preference or decision."""

    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    lost: int = 0
    stopped: int = 0

    @classmethod
    def of(cls, by_status: Mapping[str, int]) -> "Figures":
        def of(*statuses: Status) -> int:
            return sum(by_status.get(status, 0) for status in statuses)

        groups = (WAITING, (Status.SENT,), (Status.DELIVERED,), (Status.READ,), LOST, STOPPED)
        return cls(*(of(*group) for group in groups))

    @property
    def total(self) -> int:
        return sum(self)

    @property
    def arrived(self) -> int:
        """With those that were also read."""
        return self.delivered + self.read

    @property
    def rate(self) -> float | None:
        """Those that arrived, in percent of those whose end is known; None where none is."""
        return share(self.arrived, self.arrived + self.lost)

    @property
    def read_rate(self) -> float | None:
        """Those that were read, in percent of those that arrived."""
        return share(self.read, self.arrived)

    def __add__(self, other: object) -> "Figures":
        assert isinstance(other, Figures)
        return Figures(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Paid(NamedTuple):
    """What messages of one kind cost; `parts` of SMS."""

    channel: str
    provider: str
    country: str
    currency: str
    messages: int
    parts: int
    cost: Decimal


class Used(NamedTuple):
    """A template and what became of its messages."""

    template: int
    name: str
    channel: str
    figures: Figures


class Failure(NamedTuple):
    reason: str
    messages: int
    share: float  # percent of all that failed


def share(part: int, whole: int) -> float | None:
    """In percent; None of nothing."""
    return 100 * part / whole if whole else None


def by_channel(span: Span) -> dict[str, Figures]:
    """The channel that carried most first."""
    rows = (
        within(Cube.STATUS, span.first, span.last)
        .values_list("channel", "status")
        .annotate(n=Sum("messages"))
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for channel, status, n in rows:
        found[channel][status] = n
    channels = [(channel, Figures.of(statuses)) for channel, statuses in found.items()]
    return dict(sorted(((c, f) for c, f in channels if f.total), key=lambda each: -each[1].total))


def in_all(span: Span) -> Figures:
    """Of all channels together."""
    rows = within(Cube.STATUS, span.first, span.last).values_list("status")
    return Figures.of(dict(rows.annotate(n=Sum("messages"))))


def trend(span: Span, step: Step) -> list[tuple[date, Figures]]:
    """For each day, week or month, also those without messages."""
    truncated = {Step.DAY: F("day"), Step.WEEK: TruncWeek("day"), Step.MONTH: TruncMonth("day")}
    rows = (
        by_day(Cube.STATUS, span.first, span.last)
        .annotate(at=truncated[step])
        .values_list("at", "status")
        .annotate(n=Sum("messages"))
    )
    found: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for at, status, n in rows:
        found[at][status] = n
    return [(at, Figures.of(found.get(at, {}))) for at in span.points(step)]


def failures(span: Span, most: int | None = None) -> list[Failure]:
    """Why messages failed, the most frequent reasons first."""
    rows = (
        within(Cube.REASON, span.first, span.last)
        .filter(status__in=LOST)
        .values_list("reason")
        .annotate(n=Sum("messages"))
        .filter(n__gt=0)
        .order_by("-n", "reason")
    )
    found = list(rows)
    total = sum(n for _, n in found)
    return [Failure(reason, n, 100 * n / total) for reason, n in found[:most]]


def templates(span: Span, most: int | None = None) -> list[Used]:
    """Those that made most messages first."""
    rows = (
        within(Cube.TEMPLATE, span.first, span.last)
        .values_list(
            "version__template",
            "version__template__name",
            "version__template__channel",
            "status",
        )
        .annotate(n=Sum("messages"))
    )
    found: defaultdict[tuple[int, str, str], dict[str, int]] = defaultdict(dict)
    for pk, name, channel, status, n in rows:
        found[pk, name, channel][status] = n
    used = [Used(*template, Figures.of(statuses)) for template, statuses in found.items()]
    return sorted((u for u in used if u.figures.total), key=lambda u: (-u.figures.total, u.name))[
        :most
    ]


def costs(span: Span) -> list[Paid]:
    """What was paid for what, the dearest first; messages without a known price are not there."""
    rows = (
        within(Cube.COST, span.first, span.last)
        .values_list("channel", "provider", "country", "currency")
        .annotate(messages=Sum("messages"), parts=Sum("parts"), cost=Sum("cost"))
        .filter(messages__gt=0)
        .order_by("currency", "-cost", "channel", "provider", "country")
    )
    return [Paid(*row) for row in rows]


def waits(span: Span) -> dict[str, dict[int, float]]:
    """Channel -> percentile -> seconds from being sent to being delivered, within 5 %."""
    buckets: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    rows: QuerySet[MessageCounter, tuple[str, int, int]] = (
        within(Cube.WAIT, span.first, span.last)
        .values_list("channel", "wait")
        .annotate(n=Sum("messages"))
        .filter(n__gt=0)
        .order_by("channel", "wait")
    )
    for channel, wait, n in rows:
        buckets[channel].append((wait, n))
    return {
        channel: {each: percentile(found, each) for each in PERCENTILES}
        for channel, found in buckets.items()
    }


def percentile(buckets: Iterable[tuple[int, int]], percent: int) -> float:
    """Seconds that so many percent stay below, of (bucket, number) in order.

    The middle of its bucket: no value in it is further away than √1.1, which is 4.9 %.
    """
    buckets = list(buckets)
    wanted = math.ceil(sum(n for _, n in buckets) * percent / 100)
    reached = accumulate(n for _, n in buckets)
    bucket = next(b for (b, _), so_far in zip(buckets, reached, strict=True) if so_far >= wanted)
    middle: float = WAIT_BASE ** (bucket + 0.5)
    return middle
