"""What beat does, and pages leave to the worker. Sending is no task: messaging/sending/."""

from celery import shared_task

from messaging import alerts, budgets, password_reset, tallies
from messaging.bulk import runner
from wards import backlog


@shared_task
def look_for_failures() -> None:
    """Tells people of too many failures and of providers that do not answer, once an episode."""
    alerts.look()


@shared_task
def run_bulk(bulk_id: int) -> None:
    """Works on a bulk send; safe to call twice and on several workers."""
    if runner.run(bulk_id):
        run_bulk.delay(bulk_id)  # for another worker


@shared_task
def sweep_bulk() -> None:
    """Nudges the worker for bulk sends that are due, finished, or that a crash has left."""
    backlog.nudge(run_bulk, runner.due())


@shared_task
def fold_tallies() -> None:
    """Keeps reading the figures of the dashboard quick; they are right without it."""
    tallies.fold()


@shared_task
def look_at_budgets() -> None:
    """Tells people that the budget for messages is nearly spent, and spent: once a month each."""
    budgets.look()


@shared_task
def send_password_reset(user_ids: list[int]) -> None:
    """Writes to those who asked for a new password; nobody has asked where the list is empty."""
    password_reset.send_all(user_ids)
