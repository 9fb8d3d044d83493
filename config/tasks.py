"""Tasks of the installation itself."""

from celery import shared_task

from config.health import say_alive


@shared_task
def beat_is_alive() -> None:
    """Beat put this on the queue and a worker ran it: both are alive."""
    say_alive("beat")
