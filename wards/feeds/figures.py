"""Figures of feeds: how many messages come, how they are answered, what is not understood."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from wards.base import clock
from wards.feeds import silence
from wards.models import Feed, FeedNote, Hl7Message, Hospital

RECENT = 1000  # messages that the figures of a feed are taken from: the same work however many
SHOWN = 30  # rows of a list
Status = Hl7Message.Status
REFUSED = (Status.ERROR, Status.REJECTED)


@dataclass(frozen=True)
class Figures:
    """One feed as it does now."""

    feed: Feed
    answers: Counter[str]  # of the newest messages, by their answer
    in_an_hour: int  # how many of those came within the last hour
    last_at: datetime | None
    not_understood: int
    is_silent: bool

    @property
    def total(self) -> int:
        """How many messages `answers` are of."""
        return self.answers.total()

    @property
    def refused(self) -> int:
        """Those answered AE or AR."""
        return sum(self.answers[status] for status in REFUSED)

    @property
    def accepted(self) -> int:
        """Those answered AA."""
        return self.answers[Status.ACCEPTED]

    @property
    def waiting(self) -> int:
        """Those stored and not applied: a crash cut them off, the sender sends them again."""
        return self.answers[Status.RECEIVED]

    @property
    def accepted_percent(self) -> int:
        """AA of all, rounded down: 100 only where all are."""
        return 100 * self.accepted // self.total if self.total else 0

    @property
    def may_be_more(self) -> bool:
        """Whether more may have come within the hour than the figures are taken from."""
        return self.in_an_hour == RECENT


def of_feeds(hospital: Hospital) -> list[Figures]:
    """The figures of all feeds: a query a feed, however many messages there are."""
    feeds = list(Feed.objects.filter(hospital=hospital).select_related("hospital"))
    notes = Counter(FeedNote.objects.filter(feed__in=feeds).values_list("feed_id", flat=True))
    return [_figures(feed, notes[feed.pk]) for feed in feeds]


def of_feed(feed: Feed) -> Figures:
    """The figures of one feed."""
    return _figures(feed, FeedNote.objects.filter(feed=feed).count())


def _figures(feed: Feed, notes: int) -> Figures:
    newest = Hl7Message.objects.filter(feed=feed).order_by("-id")[:RECENT]
    rows = list(newest.values_list("status", "received_at"))
    last_at = rows[0][1] if rows else None
    hour_ago = clock.now() - timedelta(hours=1)
    return Figures(
        feed=feed,
        answers=Counter(status for status, _ in rows),
        in_an_hour=sum(received_at >= hour_ago for _, received_at in rows),
        last_at=last_at,
        not_understood=notes,
        is_silent=silence.is_silent(feed, last_at, clock.now()),
    )


def refused_messages(feed: Feed) -> QuerySet[Hl7Message]:
    """The newest of a feed that were not accepted, or wait."""
    waiting = Hl7Message.objects.filter(feed=feed).exclude(status=Status.ACCEPTED)
    return waiting.order_by("-id")[:SHOWN]
