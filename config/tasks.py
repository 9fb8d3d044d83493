"""Tasks of the installation itself."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def clear_sessions() -> None:
    """Sessions that have ended are rows of nobody."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
