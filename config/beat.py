"""Beat: does what has to be done again and again, each task in a thread, claimed by its row.

Celery's own schedulers go by their machine's clock and put every tick on a queue, where it waits
for a worker or expires by the worker's clock. Here the database says what is due
(wards.base.periodic) and beat does it itself: it needs PostgreSQL and nothing else, so reminders go
on while Redis or the workers are away, nothing piles up, and two beats share the work.
"""

import time
from typing import Any

import structlog
from celery import beat
from django.db import InterfaceError, OperationalError, connection, connections

from wards.base import background, faults, heartbeats, periodic

LOOK_EVERY = 1.0  # seconds
LOST_AFTER = 600.0  # seconds; what hangs for so long no longer keeps its task from being done
IN_HAND = 5.0  # seconds for what is under way when it is told to end; the rest is rolled back
log = structlog.get_logger(__name__)


class Scheduler(beat.Scheduler):
    """What `celery beat` calls every second; the tasks and intervals are app.conf.beat_schedule."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._intervals: dict[str, float] = {
            entry["task"]: entry["schedule"] for entry in self.app.conf.beat_schedule.values()
        }
        self._begun: dict[str, float] = {}  # under way here, and since when
        self._failing: set[str] = set()  # those whose fault has been logged
        self._said_alive: float = -heartbeats.EVERY

    def setup_schedule(self) -> None:
        """Celery's own entries are not used: they would go by this machine's clock."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Begins what is due; returns in how many seconds to look again."""
        now = time.monotonic()
        free = {
            name: seconds
            for name, seconds in self._intervals.items()
            if now - self._begun.get(name, -LOST_AFTER) >= LOST_AFTER
        }
        try:
            due = periodic.claim(free)
        except (OperationalError, InterfaceError) as fault:
            self._note("claim", fault)
            return LOOK_EVERY
        finally:
            connection.close()
        self._failing.discard("claim")
        for name in due:
            self._begun[name] = now
            if not background.begin(self._run, name, now, name=name):
                del self._begun[name]  # the next time it is due
        if now - self._said_alive >= heartbeats.EVERY:
            self._said_alive = now
            heartbeats.say("beat")
        return LOOK_EVERY

    def close(self) -> None:
        """Waits for what is under way, a little."""
        deadline = time.monotonic() + IN_HAND
        while self._begun and time.monotonic() < deadline:
            time.sleep(0.05)

    def _run(self, name: str, begun: float) -> None:
        try:
            self.app.tasks[name]()
            self._failing.discard(name)
        except Exception as fault:  # whatever a task does, beat goes on
            self._note(name, fault)
        finally:
            connections.close_all()
            if self._begun.get(name) == begun:  # else it was lost, and another one is at it
                del self._begun[name]

    def _note(self, name: str, fault: Exception) -> None:
        """Counts it, and logs it once, not every second."""
        periodic.FAILED.labels(name).inc()
        if name not in self._failing:
            self._failing.add(name)
            log.error("periodic_task_failed", task=name, fault=faults.place(fault))
