"""Many stays end at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import cells, counts, downloaded, errors, run_discharge
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Bed, Discharge, Event
from wards.operations import actions

pytestmark = pytest.mark.usefixtures("media")
Committed = pytest.mark.django_db(transaction=True)
ROUND_TRIPS = 20  # per 100 patients, with events and alerts


def test_one(floor: Cast) -> None:
    stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed, patient=floor.patient)
    operation = run_discharge(floor, stay.pk)
    assert counts(operation) == ("completed", 1, 1, 0)
    stay.refresh_from_db()
    floor.bed.refresh_from_db()
    assert floor.bed.status == Bed.Status.AVAILABLE
    ended = Discharge.objects.get()
    assert (ended.admission, ended.by, ended.notes) == (stay, floor.mona, "Well")
    assert ended.at == stay.discharged_at
    event = Event.objects.get(kind=Kind.PATIENT_DISCHARGED)
    assert (event.patient, event.ward, event.actor) == (floor.patient, floor.cardiology, floor.mona)


def test_many(floor: Cast) -> None:
    stays = [factories.create_admission(ward=floor.cardiology) for _ in range(7)]
    stays.append(factories.create_admission(ward=floor.renal, bed=None))
    operation = run_discharge(floor, *(stay.pk for stay in stays), stays[0].pk)
    assert counts(operation) == ("completed", 8, 8, 0)
    assert not Admission.objects.filter(discharged_at=None).exists()
    assert not Bed.objects.filter(status=Bed.Status.OCCUPIED).exists()
    assert Event.objects.filter(kind=Kind.PATIENT_DISCHARGED).count() == 8


def test_those_that_cannot(floor: Cast) -> None:
    ended, stay = (factories.create_admission(ward=floor.cardiology) for _ in range(2))
    run_discharge(floor, ended.pk)
    with scope(hospital=floor.other_hospital.pk):
        theirs = factories.create_admission(ward=floor.other_ward)
    operation = run_discharge(floor, ended.pk, stay.pk, theirs.pk, 2**40)
    assert counts(operation) == ("completed", 4, 1, 3)
    assert errors(operation) == [
        (1, f"{ended.patient} has already been discharged."),
        (3, "There is no such stay."),
        (4, "There is no such stay."),
    ]
    assert cells(downloaded(operation, "errors"))[0] == ["line", "error", "admission_id"]
    with scope(hospital=floor.other_hospital.pk):
        assert Admission.objects.get(pk=theirs.pk).discharged_at is None


def test_nobody(floor: Cast) -> None:
    with pytest.raises(Refused, match="Nobody"):
        actions.start_discharge(hospital=floor.hospital, by=floor.mona, admission_ids=[])


@Committed
@pytest.mark.parametrize("notify", [True, False])
def test_the_wards_staff_are_told_if_wanted_and_the_patient_always(
    floor: Cast, notify: bool
) -> None:
    stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed, patient=floor.patient)
    run_discharge(floor, stay.pk, notify=notify)
    told = set(
        Notification.objects.filter(category="discharge").values_list("recipient", flat=True)
    )
    assert told == ({floor.pat.pk, floor.noor.pk} if notify else {floor.pat.pk})


@Committed
def test_round_trips_per_100_patients(floor: Cast) -> None:
    """Everything after the first hundred, so that what an operation costs once does not count."""
    few, many = ([stay.pk for stay in stays(floor, number)] for number in (100, 300))
    with CaptureQueriesContext(connection) as once:
        run_discharge(floor, *few)
    with CaptureQueriesContext(connection) as thrice:
        operation = run_discharge(floor, *many)
    assert operation.successful_records == 300
    assert Notification.objects.filter(category="discharge").count() >= 400
    transactions = 4  # BEGIN and COMMIT of the chunk and of the fan-out, which Django may not list
    queries = [q for q in thrice if q["sql"] not in ("BEGIN", "COMMIT")]
    first = [q for q in once if q["sql"] not in ("BEGIN", "COMMIT")]
    assert (len(queries) - len(first)) / 2 + transactions <= ROUND_TRIPS


def stays(floor: Cast, number: int) -> list[Admission]:
    return [factories.create_admission(ward=floor.cardiology) for _ in range(number)]
