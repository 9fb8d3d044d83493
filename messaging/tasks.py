"""What beat does for messages. Sending them is not a task: see messaging/sending/."""

from celery import shared_task

from messaging import alerts


@shared_task
def look_for_failures() -> None:
    """Tells people of too many failures and of providers that do not answer, once an episode."""
    alerts.look()
