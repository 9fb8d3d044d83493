"""Workers die in the middle of bulk operations; afterwards every row is done, and done once.

The workers are real Celery workers, killed with SIGKILL at random moments: mostly the process that
does the work, which Celery replaces, now and then the worker with all its processes.
"""

import random
import time
from pathlib import Path

import psutil
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Count
from django_scopes import scope, scopes_disabled

import inbox.tasks
from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from tests.conftest import StartProcess
from tests.faults import lasting
from tests.faults.invariants import assert_mailboxes_consistent, overdue
from tests.processes import Process, wait_for
from wards import tasks
from wards.kinds import Kind
from wards.models import Admission, Bed, BulkOperation, Event, Outbox, Patient, User, Ward
from wards.operations import actions, runner
from wards.operations.tasks import run_operation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

KILLS = lasting(10, 20)
MISSED = 2  # where a machine stands still, the work may be done before the last of them
IMPORTED, STAYS = lasting((10_000, 1_000), (20_000, 2_000))  # rows
LEASE = 0.5  # s, so that the test need not wait long for the next worker
SWEEP = 0.2  # s


@pytest.fixture
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    return tmp_path / "media"


@pytest.fixture
def bulk_worker(start_process: StartProcess, media: Path) -> Process:
    """A worker with one process, on the test's files."""
    return start_process("worker", MEDIA_ROOT=str(media), BULK_LEASE=str(LEASE), WORKERS="1")


def cursor(operation: BulkOperation) -> int:
    return BulkOperation.objects.values_list("cursor", flat=True).get(pk=operation.pk)


def kill(worker: Process, all_of_it: bool) -> None:
    """SIGKILL; afterwards there is a worker again."""
    if all_of_it:
        worker.kill()
        worker.start()
        return
    for child in psutil.Process(worker.pid).children(recursive=True):
        child.kill()


def finish(operation: BulkOperation, worker: Process, total: int, delay: float = 0.03) -> int:
    """Kills workers all along the way until the operation has ended; how many were killed.

    Each within `delay` seconds of its share of the way, at a random moment.
    """
    killed = 0
    swept = 0.0
    deadline = time.monotonic() + 150
    while not BulkOperation.objects.filter(pk=operation.pk, status="completed").exists():
        assert time.monotonic() < deadline, f"{killed} killed, {cursor(operation)} rows done"
        if time.monotonic() - swept > SWEEP:
            tasks.sweep_operations()
            swept = time.monotonic()
        if killed < KILLS and cursor(operation) >= killed * total / (KILLS + 1) and leased():
            time.sleep(random.uniform(0, delay))
            kill(worker, all_of_it=killed % 7 == 6)
            killed += 1
        time.sleep(0.002)
    return killed


def leased() -> bool:
    """Whether somebody is at it."""
    return BulkOperation.objects.filter(status="processing").exists() and not (runner.due())


def tell_all() -> None:
    """What the killed workers had no time to tell, the sweep tells."""

    def told() -> bool:
        with scopes_disabled():
            Outbox.objects.update(retry_at="2000-01-01T00:00Z")
            inbox.tasks.sweep()
            return not Outbox.objects.exists()

    wait_for(told, 30, "everybody is told")


def each_once(rows: object, field: str) -> bool:
    counted = rows.values(field).annotate(times=Count("pk"))  # type: ignore[attr-defined]
    return not counted.exclude(times=1).exists()


def test_an_import(cast: Cast, bulk_worker: Process) -> None:
    """Every hundredth row has no e-mail address, and its error is in the file once."""
    total = IMPORTED
    lines = ["patient_id,first_name,last_name,email,phone,date_of_birth,gender"]
    lines += [
        f"N{n},Layla,Haddad {n},{f'p{n}@example.com' if n % 100 else ''},,1980-05-15,F"
        for n in range(total)
    ]
    file = SimpleUploadedFile("p.csv", "\n".join(lines).encode())
    with scope(hospital=cast.hospital.pk):
        operation = actions.start_import(hospital=cast.hospital, by=cast.mona, file=file)
        assert finish(operation, bulk_worker, total, 0.01) >= KILLS - MISSED
        operation.refresh_from_db()
        good, bad = total * 99 // 100, total // 100
        assert (operation.successful_records, operation.failed_records) == (good, bad)
        taken_in = Patient.objects.filter(number__startswith="N")
        assert set(taken_in.values_list("number", flat=True)) == {
            f"N{n}" for n in range(total) if n % 100
        }
        assert taken_in.count() == User.objects.filter(patient__in=taken_in).count() == good
        with operation.error_file.open() as errors:
            found = [int(line.split(b",")[0]) for line in errors.read().splitlines()[1:]]
        assert found == [n + 2 for n in range(0, total, 100)]
        tell_all()
        assert Notification.objects.filter(recipient=cast.mona).count() == 1


def test_an_assignment(cast: Cast, bulk_worker: Process) -> None:
    total = STAYS
    with scope(hospital=cast.hospital.pk):
        patients, beds = create_patients(cast, total), create_beds(cast.cardiology, total)
        rows = [f"{p.number},{b.number},Routine," for p, b in zip(patients, beds, strict=True)]
        file = SimpleUploadedFile(
            "a.csv", "\n".join(["patient_id,bed_id,reason,chief_complaint", *rows]).encode()
        )
        operation = actions.start_assignment(hospital=cast.hospital, by=cast.mona, file=file)
        assert finish(operation, bulk_worker, total) >= KILLS - MISSED
        stays = dict(Admission.objects.values_list("patient", "bed"))
        assert stays == {p.pk: b.pk for p, b in zip(patients, beds, strict=True)}
        assert Admission.objects.count() == total
        assert Bed.objects.filter(status=Bed.Status.OCCUPIED).count() == total
        assert_told_once(cast, Kind.PATIENT_ADMITTED, "admission", total)


def test_a_discharge(cast: Cast, bulk_worker: Process) -> None:
    total = STAYS
    with scope(hospital=cast.hospital.pk):
        patients, beds = create_patients(cast, total), create_beds(cast.cardiology, total)
        stays = Admission.objects.bulk_create(
            Admission(hospital=cast.hospital, patient=p, ward=cast.cardiology, bed=b)
            for p, b in zip(patients, beds, strict=True)
        )
        Bed.objects.filter(pk__in=[bed.pk for bed in beds]).update(status=Bed.Status.OCCUPIED)
        operation = actions.start_discharge(
            hospital=cast.hospital, by=cast.mona, admission_ids=[stay.pk for stay in stays]
        )
        assert finish(operation, bulk_worker, total) >= KILLS - MISSED
        assert not Admission.objects.filter(discharged_at=None).exists()
        assert Admission.objects.filter(discharge__isnull=False).count() == total
        assert not Bed.objects.filter(status=Bed.Status.OCCUPIED).exists()
        assert_told_once(cast, Kind.PATIENT_DISCHARGED, "discharge", total)


def assert_told_once(cast: Cast, kind: Kind, category: str, total: int) -> None:
    """One event a patient, one alert an event for the nurse on duty, one for who started it."""
    tell_all()
    events = Event.objects.filter(kind=kind)
    assert events.count() == total
    assert each_once(events, "patient")
    alerts = Notification.objects.filter(recipient=cast.noor, category=category)
    assert alerts.count() == total
    assert each_once(alerts, "event")
    assert Notification.objects.filter(recipient=cast.mona).count() == 1
    assert_mailboxes_consistent()
    assert not overdue()


def create_patients(cast: Cast, number: int) -> list[Patient]:
    return Patient.objects.bulk_create(
        Patient(hospital=cast.hospital, number=f"N{n}", first_name="L", last_name=f"H {n}")
        for n in range(number)
    )


def create_beds(ward: Ward, number: int) -> list[Bed]:
    return Bed.objects.bulk_create(
        Bed(hospital_id=ward.hospital_id, ward=ward, number=f"N{n}") for n in range(number)
    )


def test_two_workers_on_one_job(cast: Cast, start_process: StartProcess, media: Path) -> None:
    """Both are asked all the time; with a lease of no length, both take it again and again."""
    for _ in range(2):
        start_process("worker", MEDIA_ROOT=str(media), BULK_LEASE="0", WORKERS="2")
    total = 600
    with scope(hospital=cast.hospital.pk):
        patients = create_patients(cast, total)
        stays = [
            factories.create_admission(ward=cast.cardiology, patient=p, bed=None) for p in patients
        ]
        operation = actions.start_discharge(
            hospital=cast.hospital, by=cast.mona, admission_ids=[stay.pk for stay in stays]
        )

        def done() -> bool:
            run_operation.delay(operation.pk)
            return BulkOperation.objects.filter(pk=operation.pk, status="completed").exists()

        wait_for(done, 60, "the discharge is done")
        operation.refresh_from_db()
        assert (operation.successful_records, operation.failed_records) == (total, 0)
        assert_told_once(cast, Kind.PATIENT_DISCHARGED, "discharge", total)
