"""Figures of feeds, events and alerts: does what happens arrive, and is it taken?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client.metrics_core import Metric

from config.metrics.families import Ask, gauges
from inbox.fanout import MAX_ATTEMPTS
from wards.base import sql
from wards.feeds import silence
from wards.models import Feed, Hospital

NEWEST = 200  # messages of a feed that are looked at
MOST = 10_000  # rows counted; so many means: or more
UNTAKEN = 5_000  # rows looked at


def feeds(ask: Ask) -> Iterator[Metric]:
    """What comes from each active feed, told by its number: names may be people's."""
    rows = [
        (feed, age, waiting, refused, _is_silent(last_at, now, *hours))
        for feed, last_at, now, age, waiting, refused, *hours in ask(FEEDS, {"newest": NEWEST})
    ]
    yield from gauges(
        rows,
        ["feed"],
        ("feed_last_message_age_seconds", "Since the feed's last message came."),
        ("feed_unapplied_age_seconds", "Of its oldest message that was stored and not applied."),
        ("feed_refused_messages", f"Of its newest {NEWEST}, those answered AE or AR."),
        ("feed_silent", "1 where it is silent for too long of its working hours."),
    )


def _is_silent(last_at: datetime, now: datetime, *hours: Any) -> bool:
    after, begin, end, timezone = hours
    feed = Feed(silent_after=after, silent_from=begin, silent_until=end)
    feed.hospital = Hospital(timezone=timezone)
    return silence.is_silent(feed, last_at, now)


def outbox(ask: Ask) -> Iterator[Metric]:
    """Events of which nobody has been told yet."""
    yield from gauges(
        ask(OUTBOX, {"most": MOST, "tries": MAX_ATTEMPTS}),
        [],
        ("outbox_events", f"Events that nobody was told of yet; {MOST} at most are counted."),
        ("outbox_given_up_events", "Those of them that are not tried any more."),
        ("outbox_age_seconds", "Of the oldest that is still tried; 0 where there is none."),
    )


def untaken(ask: Ask) -> Iterator[Metric]:
    """Critical alerts of the last day that nobody has taken."""
    yield from gauges(
        ask(TAKEN_BY_NOBODY, {"most": UNTAKEN}),
        [],
        ("untaken_alerts", "Critical events of the last day that nobody has taken."),
        ("untaken_alert_age_seconds", "Of the oldest of them; 0 where there is none."),
    )


FEEDS = sql.load("config/metrics/sql/feeds.sql")
OUTBOX = sql.load("config/metrics/sql/outbox.sql")
TAKEN_BY_NOBODY = sql.load("config/metrics/sql/taken_by_nobody.sql")
