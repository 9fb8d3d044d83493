"""Figures of messages to patients and staff: do they go out, and what waits?"""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from config.metrics.families import Ask, gauges
from messaging.channels import Channel
from messaging.statuses import UNSENT
from wards.base import sql

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


DUE = sql.load("config/metrics/sql/due.sql")
UNANSWERED = sql.load("config/metrics/sql/unanswered.sql")
STATES = sql.load("config/metrics/sql/states.sql")
PROVIDERS = """
SELECT name, failures, coalesce(rests_until > now(), false) FROM messaging_providerstate
"""
OPERATIONS = sql.load("config/metrics/sql/operations.sql")
BULK_SENDS = sql.load("config/metrics/sql/bulk_sends.sql")
