"""Two people want the same rows at the same moment: one wins, the other reads why not."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import (
    ASSIGNMENTS,
    counts,
    errors,
    run_assignment,
    run_discharge,
    run_import,
    table,
)
from wards.actions import admissions
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Bed, BulkOperation, Discharge, Event, Patient
from wards.operations import actions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]
ROUNDS = 3
MANY = 60


def at_once(cast: Cast, *works: Callable[[], BulkOperation]) -> list[BulkOperation]:
    """Runs each in a thread of its own, all from one moment on."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], BulkOperation]) -> BulkOperation:
        with scope(hospital=cast.hospital.pk):
            connection.ensure_connection()
            barrier.wait(10)
            try:
                return work()
            finally:
                connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def finished(operations_: Sequence[BulkOperation]) -> list[BulkOperation]:
    """What a deadlock interrupted is resumed, as the sweep would."""
    for operation in operations_:
        while not operation.ended:
            BulkOperation.objects.filter(pk=operation.pk).update(lease_until=None)
            actions.run_now(operation)
    return list(operations_)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_files_for_the_same_beds(floor: Cast, number: int) -> None:
    beds = [factories.create_bed(floor.renal) for _ in range(MANY)]
    ours, theirs = (
        [f"{factories.create_patient(floor.hospital).number},{bed.number},," for bed in order]
        for order in (beds, beds[::-1])
    )
    done = finished(
        at_once(floor, lambda: run_assignment(floor, *ours), lambda: run_assignment(floor, *theirs))
    )
    assert sum(operation.successful_records for operation in done) == MANY
    assert sum(operation.failed_records for operation in done) == MANY
    assert all("is not available." in error for each in done for _line, error in errors(each))
    assert Admission.objects.filter(discharged_at=None).count() == MANY
    assert Bed.objects.filter(status=Bed.Status.OCCUPIED).count() == MANY
    assert Event.objects.filter(kind=Kind.PATIENT_ADMITTED).count() == MANY


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_files_with_the_same_patients(floor: Cast, number: int) -> None:
    patients = [factories.create_patient(floor.hospital) for _ in range(MANY)]
    ours, theirs = (
        [f"{patient.number},{factories.create_bed(floor.renal).number},," for patient in order]
        for order in (patients, patients[::-1])
    )
    done = finished(
        at_once(floor, lambda: run_assignment(floor, *ours), lambda: run_assignment(floor, *theirs))
    )
    assert sum(operation.successful_records for operation in done) == MANY
    assert all("is already admitted." in error for each in done for _line, error in errors(each))
    assert Admission.objects.count() == MANY
    assert Bed.objects.filter(status=Bed.Status.OCCUPIED).count() == MANY, "others were given back"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_file_and_somebody_at_the_bedside(floor: Cast, number: int) -> None:
    other = factories.create_patient(floor.hospital)
    refused: list[str] = []
    operation = actions.start_assignment(
        hospital=floor.hospital, by=floor.mona,
        file=table(ASSIGNMENTS, [f"{other.number},CARD/C-01,,"]),
    )  # fmt: skip

    def admit() -> BulkOperation:
        try:
            admissions.admit(
                hospital=floor.hospital, patient=floor.patient, ward=floor.cardiology, bed=floor.bed
            )
        except Refused as why:
            refused.append(str(why))
        return operation

    at_once(floor, lambda: actions.run_now(operation), admit)
    operation.refresh_from_db()
    message = "Bed C-01 is not available."
    assert (refused, errors(operation)) in (([message], []), ([], [(2, message)]))
    assert Admission.objects.count() == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_discharges_of_the_same_stays(floor: Cast, number: int) -> None:
    stays = [factories.create_admission(ward=floor.renal).pk for _ in range(MANY)]
    done = finished(
        at_once(
            floor,
            lambda: run_discharge(floor, *stays),
            lambda: run_discharge(floor, *reversed(stays)),
        )
    )
    assert sum(operation.successful_records for operation in done) == MANY
    assert all("already been discharged." in error for each in done for _n, error in errors(each))
    assert Discharge.objects.count() == MANY
    assert Event.objects.filter(kind=Kind.PATIENT_DISCHARGED).count() == MANY


@pytest.mark.parametrize("number", range(ROUNDS))
def test_the_same_file_imported_twice(floor: Cast, number: int) -> None:
    """Without patient numbers, so that only the e-mail addresses tell."""
    rows = [f",A,B,{n}@example.com,,," for n in range(500)]
    done = finished(
        at_once(floor, lambda: run_import(floor, *rows), lambda: run_import(floor, *rows))
    )
    assert sorted(counts(each)[2:] for each in done) == [(0, 500), (500, 0)]
    assert Patient.objects.filter(email__endswith="@example.com").count() == 500
