"""The project itself as an app: its system checks, its commands and the Celery application."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Wardbell"

    def ready(self) -> None:
        """Register the checks and make our Celery application the one `shared_task` binds to."""
        from config import celery, checks  # noqa: F401
