"""The Celery application: how the worker runs, and everything that happens again and again.

Due times are columns in the database, and so is when each periodic task was begun last: beat does
what is due by the database's clock (config/beat.py), one beat or several.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, setup_logging, worker_process_shutdown
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("wardbell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


def _every(seconds: float, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": seconds}


app.conf.beat_schedule = {
    "fan out what a crash left undispatched": _every(5, "inbox.tasks.sweep"),
    "go on with bulk operations a crash left": _every(5, "wards.tasks.sweep_operations"),
    "start, go on with and end bulk sends": _every(2, "messaging.tasks.sweep_campaigns"),
    "remind of appointments": _every(30, "wards.tasks.record_reminders"),
    "tell people when a feed is silent": _every(60, "wards.tasks.look_for_silent_feeds"),
    "tell people when messages fail": _every(60, "messaging.tasks.look_for_failures"),
    "add up what was counted of messages": _every(10, "messaging.tasks.fold_tallies"),
    "tell people when money for messages runs out": _every(300, "messaging.tasks.look_at_budgets"),
    "remove uploads that nobody came back for": _every(60 * 60, "wards.tasks.forget_uploads"),
    "clear sessions that have ended": _every(60 * 60, "config.tasks.clear_sessions"),
    "clear counters that have ended": _every(60 * 60, "config.tasks.clear_counters"),
}
app.conf.beat_scheduler = "config.beat:Scheduler"


@setup_logging.connect
def _keep_logging_as_in_settings(**_: Any) -> None:
    """Having a receiver is what keeps Celery from replacing the handlers of settings.LOGGING."""


@heartbeat_sent.connect
def _worker_is_alive(**_: Any) -> None:
    from wards.base import heartbeats

    heartbeats.say("worker")


@worker_process_shutdown.connect
def _hand_over(**_: Any) -> None:
    """A pool's process ends without Python's own farewells."""
    from wards.base import wakeups

    wakeups.flush()
