"""Figures of messages to patients and staff: do they go out, and what waits?"""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from config.metrics.families import Ask, gauges
from messaging.channels import Channel
from messaging.statuses import UNSENT

MOST = 1_000  # rows counted for each channel; so many means: or more


def due(ask: Ask) -> Iterator[Metric]:
    """Messages that are due and that no sender has taken."""
    channels = {"channels": list(Channel.values)}
    unsent = {"unsent": [status.value for status in UNSENT], "most": MOST}
    yield from gauges(
        ask(DUE, channels | unsent),
        ["channel"],
        ("messages_due_age_seconds", "Of the oldest message that is due and not taken."),
        ("messages_due", f"Messages that are due and not taken; {MOST} at most are counted."),
        ("bulk_messages_due_age_seconds", "The same age of bulk sends: they come after all else."),
    )
    yield from gauges(
        ask(UNANSWERED, channels),
        ["channel"],
        (
            "messages_unanswered_age_seconds",
            "Since a lease ran out on a message that no provider has answered for.",
        ),
    )


def states(ask: Ask) -> Iterator[Metric]:
    """All messages there are, out of the tallies."""
    yield from gauges(
        ask(STATES, {}),
        ["channel", "status"],
        ("messages", "Messages by their status now, since the beginning."),
    )


def providers(ask: Ask) -> Iterator[Metric]:
    """Those who carry messages."""
    yield from gauges(
        ask(PROVIDERS, {}),
        ["provider"],
        ("provider_failures", "Failures in a row of the provider."),
        ("provider_resting", "1 while it is left alone because it does not answer."),
    )


def bulk(ask: Ask) -> Iterator[Metric]:
    """Long work that waits for a worker."""
    yield from gauges(
        ask(OPERATIONS, {}),
        [],
        ("operations_waiting", "Bulk operations that wait for a worker."),
        ("operations_waiting_age_seconds", "Of the one that waits longest."),
    )
    yield from gauges(
        ask(BULK_SENDS, {}),
        [],
        ("bulk_sends_waiting", "Bulk sends to be checked or begun that no worker is at."),
        ("bulk_sends_waiting_age_seconds", "Since the first should have begun."),
    )


DUE = """
WITH sending AS (
    SELECT id FROM messaging_bulksend WHERE status = 'sending' AND completed_at IS NULL
)
SELECT channel.name, coalesce(oldest.age, 0), waiting.number, coalesce((
        SELECT max(first.age) FROM sending CROSS JOIN LATERAL (
            SELECT extract(epoch FROM now() - due_at) AS age FROM messaging_message
            WHERE bulk_id = sending.id AND channel = channel.name AND due_at <= now()
                AND status = ANY(%(unsent)s)
            ORDER BY due_at LIMIT 1
        ) AS first
    ), 0)
FROM unnest(%(channels)s::text[]) AS channel (name)
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM now() - due_at) AS age FROM messaging_message
    WHERE bulk_id IS NULL AND channel = channel.name AND due_at <= now()
        AND status = ANY(%(unsent)s)
    ORDER BY due_at LIMIT 1
) AS oldest ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM messaging_message
        WHERE bulk_id IS NULL AND channel = channel.name AND due_at <= now()
            AND status = ANY(%(unsent)s)
        ORDER BY due_at LIMIT %(most)s
    ) AS counted
) AS waiting
"""
UNANSWERED = """
SELECT channel.name, coalesce(extract(epoch FROM now() - min(due_at)), 0)
FROM unnest(%(channels)s::text[]) AS channel (name)
LEFT JOIN messaging_message AS message
    ON message.channel = channel.name AND message.status = 'sending' AND message.due_at <= now()
GROUP BY channel.name
"""
# Each hospital's own rows, by the index that begins with it: whole months, and what is not yet
# added up to them.
STATES = """
SELECT cell.channel, cell.status, sum(cell.messages)
FROM wards_hospital AS hospital CROSS JOIN LATERAL (
    SELECT channel, status, messages FROM messaging_tally
    WHERE hospital_id = hospital.id AND cube = 'status' AND whole_month
    UNION ALL
    SELECT channel, status, messages FROM messaging_tally
    WHERE hospital_id = hospital.id AND cube = 'status' AND loose
) AS cell
GROUP BY cell.channel, cell.status
"""
PROVIDERS = """
SELECT name, failures, coalesce(rests_until > now(), false) FROM messaging_providerstate
"""
OPERATIONS = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(
    CASE status WHEN 'pending' THEN created_at ELSE coalesce(lease_until, now()) END
)), 0)
FROM wards_bulkoperation
WHERE status IN ('pending', 'processing')
    AND (status = 'pending' OR lease_until IS NULL OR lease_until < now())
"""
BULK_SENDS = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(
    coalesce(lease_until, CASE status WHEN 'scheduled' THEN scheduled_for END)
)), 0)
FROM messaging_bulksend
WHERE completed_at IS NULL AND status IN ('preparing', 'scheduled')
    AND (status = 'preparing' OR scheduled_for IS NULL OR scheduled_for <= now())
    AND (lease_until IS NULL OR lease_until < now())
"""
