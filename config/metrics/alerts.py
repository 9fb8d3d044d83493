"""Figures of feeds, events and alerts: does what happens arrive, and is it taken?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client.metrics_core import Metric

from config.metrics.families import Ask, gauges
from inbox.fanout import MAX_ATTEMPTS
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


FEEDS = """
SELECT feed.id, max(newest.received_at), now(),
    extract(epoch FROM now() - max(newest.received_at)),
    coalesce(extract(epoch FROM
        now() - min(newest.received_at) FILTER (WHERE newest.status = 'received')), 0),
    count(*) FILTER (WHERE newest.status IN ('AE', 'AR')),
    feed.silent_after, feed.silent_from, feed.silent_until, hospital.timezone
FROM wards_feed AS feed JOIN wards_hospital AS hospital ON hospital.id = feed.hospital_id
CROSS JOIN LATERAL (
    SELECT received_at, status FROM wards_hl7message
    WHERE feed_id = feed.id ORDER BY id DESC LIMIT %(newest)s
) AS newest
WHERE feed.is_active
GROUP BY feed.id, hospital.timezone
"""
OUTBOX = """
SELECT count(*), count(*) FILTER (WHERE attempts >= %(tries)s), coalesce((
    SELECT extract(epoch FROM now() - coalesce((event.data->>'tell_at')::timestamptz, event.at))
    FROM wards_outbox AS oldest JOIN wards_event AS event ON event.id = oldest.event_id
    WHERE oldest.attempts < %(tries)s AND (oldest.attempts > 0 OR oldest.retry_at <= now())
    ORDER BY oldest.event_id LIMIT 1
), 0)
FROM (
    SELECT attempts FROM wards_outbox
    WHERE attempts > 0 OR retry_at <= now() -- what is to be told later waits for nobody
    ORDER BY event_id LIMIT %(most)s
) AS waiting
"""
TAKEN_BY_NOBODY = """
SELECT count(DISTINCT event_id), coalesce(extract(epoch FROM now() - min(created_at)), 0)
FROM (
    SELECT event_id, created_at FROM inbox_notification
    WHERE level = 'critical' AND acknowledged_at IS NULL AND archived_at IS NULL
    ORDER BY recipient_id LIMIT %(most)s
) AS alert
WHERE created_at > now() - interval '24 hours'
"""
