"""Clocks of beat, worker and sender turned while reminders go out: each once, at its time."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django_scopes import scopes_disabled

from config.local.redis import free_port
from messaging.models import Message
from tests import factories
from tests.carrier import CarrierProcess
from tests.cast import Cast
from tests.conftest import StartProcess, StartWeb
from tests.faults import lasting
from tests.faults.invariants import story
from tests.faults.turned_clocks import TurnedClock
from tests.messaging.people import set_quiet
from tests.processes import Process, Web, wait_for
from wards.base import clock
from wards.kinds import Kind
from wards.models import Appointment, BulkOperation, Event, Hospital, Patient, PeriodicTask, Role
from wards.operations import actions

REMINDERS = lasting(200, 4000)
STEP = lasting(1.2, 30.0)  # seconds that a clock stays turned; processes see it within one
TURNS = (7200, -7200, 3, -3)  # seconds
TURNED = ("beat", "worker", "sender")
LATE = timedelta(seconds=60)
DAY = timedelta(hours=24)
REMIND = "wards.tasks.record_reminders"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _of_all_hospitals() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def clocks(tmp_path: Path) -> dict[str, TurnedClock]:
    return {part: TurnedClock(tmp_path / f"{part}.clock") for part in (*TURNED, "web")}


@pytest.fixture
def web(start_web: StartWeb, clocks: dict[str, TurnedClock]) -> Web:
    return start_web(**clocks["web"].environment)


@pytest.fixture
def parts(
    start_process: StartProcess, carrier: CarrierProcess, clocks: dict[str, TurnedClock]
) -> dict[str, Process]:
    """Each with a clock of its own; the carrier's is right, and its receipts lead nowhere."""
    around = {**carrier.environment(f"http://127.0.0.1:{free_port()}"), "WORKERS": "1"}
    return {part: start_process(part, **around, **clocks[part].environment) for part in TURNED}


def book(hospital: Hospital, number: int, within: timedelta) -> None:
    """So many appointments, booked long ago, whose reminders become due one after the other."""
    people = [
        Patient(
            hospital=hospital,
            number=f"R{n}",
            first_name="Layla",
            last_name=f"Haddad {n}",
            phone=f"+96650{n:07}",
        )
        for n in range(number)
    ]
    provider = factories.create_user(hospital, Role.PROVIDER)
    first = clock.now() + DAY + timedelta(seconds=1)
    Appointment.objects.bulk_create(
        Appointment(
            hospital=hospital,
            patient=patient,
            provider=provider,
            starts_at=first + within * n / number,
            created_at=first - 9 * DAY,
        )
        for n, patient in enumerate(Patient.objects.bulk_create(people))
    )


def look_now() -> None:
    """Beat's next look for reminders is due at once, so that many fall into the turned times."""
    earlier = F("last_run_at") - timedelta(seconds=30)
    PeriodicTask.objects.filter(name=REMIND).update(last_run_at=earlier)


def turn_all(clocks: dict[str, TurnedClock], cast: Cast) -> None:
    """Each clock forth and back, one after the other, with work for the worker meanwhile."""
    for part in TURNED:
        for seconds in TURNS:
            with clocks[part].turned(seconds):
                export = actions.start_export(
                    hospital=cast.hospital, by=cast.mona, kind="export_patients"
                )
                until = clock.now() + timedelta(seconds=STEP)
                look_now()
                wait_for(lambda until=until: clock.now() >= until, STEP + 5)  # type: ignore[misc]
            wait_for(lambda export=export: is_done(export), 60, f"{part} {seconds:+d} s: export")  # type: ignore[misc]


def is_done(export: BulkOperation) -> bool:
    export.refresh_from_db()
    return export.status == BulkOperation.Status.COMPLETED


def test_each_reminder_goes_out_once_at_its_time(
    cast: Cast,
    parts: dict[str, Process],
    clocks: dict[str, TurnedClock],
    carrier: CarrierProcess,
) -> None:
    set_quiet(cast.hospital, time(0), time(0))
    wait_for(PeriodicTask.objects.filter(name=REMIND).exists, 90, "beat looks")
    began = clock.now()
    book(cast.hospital, REMINDERS, timedelta(seconds=STEP * len(TURNED) * len(TURNS)))
    turn_all(clocks, cast)
    look_now()
    wait_for(lambda: len(carrier.ledger()) >= REMINDERS, 120, "all were carried")
    wait_for(lambda: not Message.objects.filter(sent_at=None).exists(), 120, "all were noted")
    ended = clock.now()

    due = dict(Appointment.objects.filter(starts_at__gt=began + DAY).values_list("pk", "starts_at"))
    recorded = Event.objects.filter(kind=Kind.APPOINTMENT_REMINDER_DUE)
    assert Counter(recorded.values_list("appointment", flat=True)) == Counter([*due])
    taken = Counter(each["reference"].partition("-")[0] for each in carrier.ledger())
    about = dict(Message.objects.values_list("pk", "event__appointment"))
    twice = [int(message) for message, times in taken.items() if times > 1]
    assert not twice, [story(carrier, message) for message in twice]
    assert Counter(about[int(message)] for message in taken.elements()) == Counter([*due])
    late = [
        datetime.fromtimestamp(each["at"], UTC)
        - (due[about[int(each["reference"].partition("-")[0])]] - DAY)
        for each in carrier.ledger()
    ]
    print(f"{len(late)} reminders: {min(late)} to {max(late)} after their time")
    assert -timedelta(seconds=1) < min(late) <= max(late) < LATE

    # And nothing that was written down has another time than it was.
    for times in (
        recorded.values_list("at"),
        Message.objects.values_list("created_at", "sent_at"),
        BulkOperation.objects.values_list("started_at", "completed_at"),
    ):
        wrong = [at for row in times for at in row if not at or not began <= at <= ended]
        assert not wrong, (began, ended, wrong)
    assert all(part.running for part in parts.values())


@pytest.mark.parametrize("seconds", [7200, -7200, 3, -3])
def test_a_web_process_says_that_its_clock_is_wrong(
    web: Web, clocks: dict[str, TurnedClock], seconds: int
) -> None:
    def difference() -> float:
        """NaN, which is near nothing, where a starved machine gives no answer in time."""
        _, told = web.get("/healthz/ready")
        return float(json.loads(told)["clocks"]["web"]) if told else math.nan

    wait_for(lambda: abs(difference()) < 2, 60, "it is right")
    clocks["web"].turn(seconds)
    wait_for(lambda: abs(difference() - seconds) < 2, 60, "it is said")
    words = f"web 7200 s {'ahead' if seconds > 0 else 'behind'}"
    state = json.loads(web.get("/healthz/ready")[1])["parts"]["clock"]
    assert state == ("up" if abs(seconds) < 60 else words)
    clocks["web"].turn(0)
    wait_for(lambda: abs(difference()) < 2, 60, "and that it is right again")
