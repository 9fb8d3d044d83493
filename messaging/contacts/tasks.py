"""What pages about contacts leave to the worker."""

from celery import shared_task

from messaging.contacts import password_reset


@shared_task
def send_password_reset(user_ids: list[int]) -> None:
    """Writes to those who asked for a new password; nobody has asked where the list is empty."""
    password_reset.send_all(user_ids)
