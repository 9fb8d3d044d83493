"""What beat does for messages; what pages leave to the worker is in tasks.py of their rooms.

Sending is no task: messaging/delivery/ has a process of its own.
"""

from celery import shared_task

from messaging.campaigns import runner
from messaging.campaigns.tasks import run_campaign
from messaging.contacts.tasks import send_password_reset
from messaging.delivery import failure_monitor
from messaging.insights import budgets, counters
from wards.base import backlog

__all__ = [
    "fold_tallies",
    "look_at_budgets",
    "look_for_failures",
    "run_campaign",
    "send_password_reset",
    "sweep_campaigns",
]


@shared_task
def look_for_failures() -> None:
    """Tells people of too many failures and of carriers that do not answer, once an episode."""
    failure_monitor.look()


@shared_task
def sweep_campaigns() -> None:
    """Nudges the worker for bulk sends that are due, finished, or that a crash has left."""
    backlog.nudge(run_campaign, runner.due())


@shared_task
def fold_tallies() -> None:
    """Keeps reading the figures of the dashboard quick; they are right without it."""
    counters.fold()


@shared_task
def look_at_budgets() -> None:
    """Tells people that the budget for messages is nearly spent, and spent: once a month each."""
    budgets.look()
