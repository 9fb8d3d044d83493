"""Tasks of the installation itself."""

from importlib import import_module

from celery import shared_task
from django.conf import settings

from config.health import say_alive


@shared_task
def beat_is_alive() -> None:
    """Beat put this on the queue and a worker ran it: both are alive."""
    say_alive("beat")


@shared_task
def clear_sessions() -> None:
    """Sessions that have ended are rows of nobody."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
