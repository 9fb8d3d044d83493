"""config.beat: beats share the work by rows, and need PostgreSQL alone."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Event as Flag

import pytest
from django.db import connection
from django.db.models import F
from django_scopes import scopes_disabled
from structlog.testing import capture_logs

from config import beat
from config.celery import app
from config.local.redis import free_port
from tests import factories
from tests.cast import Cast
from tests.conftest import StartProcess
from tests.database import database_away
from tests.processes import wait_for
from tests.threads import no_threads
from wards.kinds import Kind
from wards.models import Appointment, Event, PeriodicTask

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "config.tasks.clear_sessions"


@pytest.fixture(autouse=True)
def _of_all_hospitals() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def scheduler() -> Iterator[beat.Scheduler]:
    """Beat's scheduler in this process; one task, due at every look."""
    app.loader.import_default_modules()
    scheduler = beat.Scheduler(app)
    scheduler._intervals = {NAME: 0.0}
    yield scheduler
    scheduler.close()


@pytest.fixture
def do(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Flag]]:
    """What the task does: notes that it began, and goes on when it is let. Each run has a flag."""
    runs: list[Flag] = []

    def run() -> None:
        runs.append(flag := Flag())
        assert flag.wait(20)

    monkeypatch.setattr(app.tasks[NAME], "run", run)
    yield runs
    for flag in runs:
        flag.set()


def test_every_task_of_the_schedule_exists_and_has_an_interval() -> None:
    app.loader.import_default_modules()
    entries = app.conf.beat_schedule.values()
    assert {entry["task"] for entry in entries} <= set(app.tasks)
    assert all(entry["schedule"] > 0 and "options" not in entry for entry in entries)


def test_a_task_that_is_under_way_is_not_begun_again(
    scheduler: beat.Scheduler, do: list[Flag]
) -> None:
    scheduler.tick()
    wait_for(lambda: len(do) == 1)
    scheduler.tick()
    do[0].set()
    wait_for(lambda: not scheduler._begun)
    assert len(do) == 1
    scheduler.tick()
    wait_for(lambda: len(do) == 2)


def test_one_that_hangs_does_not_keep_it_from_being_done_for_ever(
    scheduler: beat.Scheduler, do: list[Flag]
) -> None:
    scheduler.tick()
    wait_for(lambda: len(do) == 1)
    scheduler._begun[NAME] -= beat.LOST_AFTER
    scheduler.tick()
    wait_for(lambda: len(do) == 2)
    hanging = threads()
    do[0].set()
    wait_for(lambda: len(threads()) < len(hanging))
    scheduler.tick()  # it ended at last, and the one that took its place is still under way
    assert len(threads()) == 1
    do[1].set()
    wait_for(lambda: not scheduler._begun)
    assert len(do) == 2


def threads() -> list[threading.Thread]:
    """Those that run the task."""
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def test_a_fault_is_logged_once_and_names_nobody(
    scheduler: beat.Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> None:
        raise ValueError("Yousef Al-Mutairi")

    monkeypatch.setattr(app.tasks[NAME], "run", run)
    with capture_logs() as logs:
        for _ in range(3):
            scheduler.tick()
            wait_for(lambda: not scheduler._begun)
    (entry,) = logs
    assert entry["task"] == NAME
    assert "Yousef" not in str(entry)


def test_it_goes_on_when_the_database_is_back(scheduler: beat.Scheduler, do: list[Flag]) -> None:
    connection.ensure_connection()
    with database_away(), capture_logs() as logs:
        scheduler._intervals = {}  # the next look finds the connection broken
    scheduler._intervals = {NAME: 0.0}
    wait_for(lambda: scheduler.tick() and do, 20)
    assert not [entry for entry in logs if entry["log_level"] == "critical"]


def test_ending_waits_for_what_is_under_way(
    scheduler: beat.Scheduler, do: list[Flag], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler.tick()
    wait_for(lambda: len(do) == 1)
    monkeypatch.setattr(beat, "IN_HAND", 0.2)
    scheduler.close()  # it hangs: not for ever
    do[0].set()
    monkeypatch.setattr(beat, "IN_HAND", 20)
    scheduler.close()
    assert not scheduler._begun


def due_reminder(cast: Cast) -> Appointment:
    """An appointment in 20 hours that was booked days ago."""
    appointment = factories.create_appointment(patient=cast.patient, provider=cast.priya)
    Appointment.objects.filter(pk=appointment.pk).update(
        starts_at=F("created_at") + timedelta(hours=20),
        created_at=F("created_at") - timedelta(days=3),
    )
    return appointment


def test_two_beats_without_redis_and_workers_remind_once(
    cast: Cast, start_process: StartProcess
) -> None:
    due_reminder(cast)
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    beats = [start_process("beat", REDIS_URL=nowhere) for _ in range(2)]
    reminders = Event.objects.filter(kind=Kind.APPOINTMENT_REMINDER_DUE)
    wait_for(reminders.exists, 30, "the reminder")
    # And they go on sharing: some more looks, each interval once.
    began = PeriodicTask.objects.get(name="messaging.tasks.sweep_campaigns").last_run_at
    until = began + timedelta(seconds=5)
    wait_for(PeriodicTask.objects.filter(last_run_at__gt=until).exists, 30)
    assert reminders.count() == 1
    assert all(each.running for each in beats), [each.output for each in beats]
    started = time.monotonic()
    assert [each.stop() for each in beats] == [0, 0]
    assert time.monotonic() - started < 15


def test_one_that_was_killed_is_taken_over(cast: Cast, start_process: StartProcess) -> None:
    first, second = start_process("beat"), start_process("beat")
    wait_for(PeriodicTask.objects.exists, 30)
    first.kill()
    due_reminder(cast)
    PeriodicTask.objects.update(last_run_at=F("last_run_at") - timedelta(minutes=1))
    wait_for(Event.objects.filter(kind=Kind.APPOINTMENT_REMINDER_DUE).exists, 30)
    assert second.running


def test_a_task_for_which_there_is_no_thread_is_done_the_next_time(
    scheduler: beat.Scheduler, do: list[Flag]
) -> None:
    with no_threads():
        scheduler.tick()
    assert do == []
    scheduler.tick()
    wait_for(lambda: len(do) == 1)
