"""A reminder is recorded once per appointment time, whatever happens to the appointment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from config.celery import app
from tests import factories
from wards import reminders
from wards.actions import appointments
from wards.kinds import Kind
from wards.models import Appointment, Event

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def booked(starts_in: timedelta, ago: timedelta = 30 * HOUR) -> Appointment:
    """An appointment so far ahead, booked so long ago."""
    appointment = factories.create_appointment(starts_at=timezone.now() + starts_in)
    with scopes_disabled():
        Appointment.objects.filter(pk=appointment.pk).update(created_at=timezone.now() - ago)
    return appointment


def recorded(kind: Kind = Kind.APPOINTMENT_REMINDER_DUE) -> list[Event]:
    with scopes_disabled():
        return list(Event.objects.filter(kind=kind).order_by("id"))


@pytest.mark.parametrize(
    ("starts_in", "hours"),
    [
        (25 * HOUR, []),
        (23 * HOUR, ["24"]),
        (3 * HOUR, ["24"]),
        (1.5 * HOUR, ["2"]),
        (-0.1 * HOUR, []),
    ],
)
def test_it_is_due_a_day_and_two_hours_before(starts_in: timedelta, hours: list[str]) -> None:
    booked(starts_in)
    reminders.record_due()
    assert [event.data["hours_before"] for event in recorded()] == hours


def test_looking_again_records_nothing_more() -> None:
    booked(20 * HOUR)
    assert [reminders.record_due() for _ in range(3)] == [1, 0, 0]


def test_both_come_as_time_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    booked(30 * HOUR)
    start = timezone.now()

    def later(hours: float) -> datetime:
        return start + hours * HOUR

    for hours in (0, 6.5, 10, 27.9, 28.5, 29.9, 31):
        monkeypatch.setattr("wards.base.clock.now", lambda hours=hours: later(hours))
        reminders.record_due()
    assert [event.data["hours_before"] for event in recorded()] == ["24", "2"]


def test_a_new_time_is_a_new_reminder_and_the_old_one_needs_no_clean_up() -> None:
    appointment = booked(20 * HOUR)
    reminders.record_due()
    with scope(hospital=appointment.hospital_id):
        for hours in (22, 40):
            appointments.reschedule(
                appointment=appointment, starts_at=timezone.now() + hours * HOUR, reason="Clash"
            )
            reminders.record_due()
    assert len(recorded()) == 2  # the second move is too far ahead


@pytest.mark.parametrize("verb", ["cancel", "arrive"])
def test_nobody_is_reminded_of_what_is_no_longer_ahead(verb: str) -> None:
    appointment = booked(5 * HOUR)
    with scope(hospital=appointment.hospital_id):
        more = {"reason": "Ill"} if verb == "cancel" else {}
        getattr(appointments, verb)(appointment=appointment, **more)
    assert reminders.record_due() == 0


def test_whoever_has_just_booked_is_not_reminded_at_once() -> None:
    booked(20 * HOUR, ago=timedelta())
    assert reminders.record_due() == 0


def test_two_ticks_at_once_record_one_each() -> None:
    for _ in range(5):
        booked(20 * HOUR)

    def tick(_: int) -> int:
        try:
            return reminders.record_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tick, range(4)))
    reminders.record_due()
    assert len(recorded()) == 5


def test_a_follow_up_is_due_an_hour_after_completion(monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = factories.create_appointment(status=Appointment.Status.IN_PROGRESS)
    with scope(hospital=appointment.hospital_id):
        appointments.complete(appointment=appointment)
    now = timezone.now()
    counts = []
    for minutes in (0, 59, 61, 62, 60 * 26):
        at = now + timedelta(minutes=minutes)
        monkeypatch.setattr("wards.base.clock.now", lambda at=at: at)
        counts.append(reminders.record_due())
    assert counts == [0, 0, 1, 0, 0]
    (event,) = recorded(Kind.APPOINTMENT_FOLLOW_UP_DUE)
    assert event.appointment_id == appointment.pk


def test_beat_looks_twice_a_minute() -> None:
    booked(20 * HOUR)
    [tick] = [tick for tick in app.conf.beat_schedule.values() if "reminders" in tick["task"]]
    assert tick["schedule"] == 30
    app.loader.import_default_modules()
    app.tasks[tick["task"]].apply()
    assert len(recorded()) == 1


def test_the_command_does_it_without_a_worker(capsys: pytest.CaptureFixture[str]) -> None:
    booked(20 * HOUR)
    for _ in range(2):
        call_command("send_appointment_reminders", hours=24)
    assert capsys.readouterr().out.splitlines() == [
        "Recorded 1 appointment reminders",
        "Recorded 0 appointment reminders",
    ]
    with pytest.raises(CommandError):
        call_command("send_appointment_reminders", hours=0)
