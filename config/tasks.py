"""Tasks of the installation itself."""

from importlib import import_module

from celery import shared_task
from django.conf import settings

from wards.base import heartbeats, limits


@shared_task
def clear_sessions() -> None:
    """Sessions that have ended are rows of nobody."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@shared_task
def clear_counters() -> None:
    """Counters that no longer count, and signs of life of processes that are no more."""
    limits.clear()
    heartbeats.clear()
