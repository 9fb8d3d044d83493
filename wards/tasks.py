"""What the worker and beat do for the wards."""

from celery import shared_task

from wards import reminders
from wards.base import backlog, uploads
from wards.feeds import silence
from wards.operations import runner
from wards.operations.tasks import run_operation


@shared_task
def sweep_operations() -> None:
    """Nudges the worker again for operations that wait, or that a crash has left."""
    backlog.nudge(run_operation, runner.due())


@shared_task
def forget_uploads() -> None:
    """Removes uploads that nobody came back for; safe to run twice at once."""
    uploads.forget()


@shared_task
def record_reminders() -> None:
    """Records the appointment reminders and follow-ups that are due; safe to run twice at once."""
    reminders.record_due()


@shared_task
def look_for_silent_feeds() -> None:
    """Tells of feeds that have fallen silent; safe to run twice at once."""
    silence.look()
