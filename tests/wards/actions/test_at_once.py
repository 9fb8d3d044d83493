"""Two people do the same thing at the same moment: one wins, the other reads why not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from wards.actions import admissions, appointments, patients
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Appointment, Bed, Discharge, DutyPeriod, Event, Patient, User
from wards.roster import actions as roster

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def at_once(cast: Cast, *actions: Callable[[], object]) -> list[str]:
    """Runs each in a thread of its own, all from one moment on; how each ended, sorted."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], object]) -> str:
        with scope(hospital=cast.hospital.pk):
            connection.ensure_connection()
            barrier.wait(10)
            try:
                action()
            except Refused as refused:
                return str(refused)
            finally:
                connection.close()
            return "done"

    with ThreadPoolExecutor(len(actions)) as pool:
        return sorted(pool.map(run, actions), key=lambda ending: (ending != "done", ending))


def events_of(kind: Kind) -> int:
    return Event.objects.filter(kind=kind).count()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_patients_for_one_bed(floor: Cast, number: int) -> None:
    patients = [factories.create_patient(floor.hospital) for _ in range(2)]
    endings = at_once(
        floor,
        *(
            lambda patient=patient: admissions.admit(
                hospital=floor.hospital, patient=patient, ward=floor.cardiology, bed=floor.bed
            )
            for patient in patients
        ),
    )
    assert endings == ["done", "Bed C-01 is not available."]
    assert Admission.objects.get().bed == floor.bed
    assert events_of(Kind.PATIENT_ADMITTED) == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_one_patient_in_two_beds(floor: Cast, number: int) -> None:
    endings = at_once(
        floor,
        *(
            lambda bed=bed: admissions.admit(
                hospital=floor.hospital, patient=floor.patient, ward=floor.cardiology, bed=bed
            )
            for bed in (floor.bed, floor.spare_bed)
        ),
    )
    assert endings == ["done", "Pat Patel is already admitted."]
    occupied = Bed.objects.get(status=Bed.Status.OCCUPIED)
    assert Admission.objects.get().bed == occupied, "the other bed was given back"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_admission_and_a_transfer_want_one_bed(floor: Cast, number: int) -> None:
    inside = factories.create_admission(ward=floor.renal, bed=floor.renal_bed)
    endings = at_once(
        floor,
        lambda: admissions.transfer(admission=inside, ward=floor.cardiology, bed=floor.bed),
        lambda: admissions.admit(
            hospital=floor.hospital, patient=floor.patient, ward=floor.cardiology, bed=floor.bed
        ),
    )
    assert endings == ["done", "Bed C-01 is not available."]
    assert Admission.objects.filter(bed=floor.bed).count() == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_discharges_of_one_stay(floor: Cast, number: int) -> None:
    stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed, patient=floor.patient)
    endings = at_once(
        floor,
        lambda: admissions.discharge(admission=stay, by=floor.noor),
        lambda: admissions.discharge(admission=stay, by=floor.mona),
    )
    assert endings == ["done", "Pat Patel has already been discharged."]
    assert Discharge.objects.count() == 1
    assert events_of(Kind.PATIENT_DISCHARGED) == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_discharge_and_a_transfer(floor: Cast, number: int) -> None:
    stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed, patient=floor.patient)
    endings = at_once(
        floor,
        lambda: admissions.discharge(admission=stay),
        lambda: admissions.transfer(admission=stay, ward=floor.renal, bed=floor.renal_bed),
    )
    # Whoever was first: a stay that was moved may still end, one that has ended cannot move.
    assert endings in (["done", "done"], ["done", "Pat Patel has already been discharged."])
    assert not Bed.objects.filter(status=Bed.Status.OCCUPIED).exists()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_clicks_on_arrived(floor: Cast, number: int) -> None:
    visit = factories.create_appointment(provider=floor.priya)
    arrive = lambda: appointments.arrive(appointment=visit)  # noqa: E731
    endings = at_once(floor, arrive, arrive)
    assert endings[0] == "done"
    assert "can no longer become" in endings[1]
    assert events_of(Kind.APPOINTMENT_ARRIVED) == 1, "one ping"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_arrived_and_cancelled(floor: Cast, number: int) -> None:
    visit = factories.create_appointment(provider=floor.priya)
    endings = at_once(
        floor,
        lambda: appointments.arrive(appointment=visit),
        lambda: appointments.cancel(appointment=visit, reason="Recovered"),
    )
    # An arrived patient may still be cancelled; a cancelled one does not arrive.
    assert endings[0] == "done"
    assert Appointment.objects.get().status == Appointment.Status.CANCELLED


@pytest.mark.parametrize("number", range(ROUNDS))
def test_going_on_and_off_duty(floor: Cast, number: int) -> None:
    nurse = User.objects.get(pk=floor.farid.pk)
    go = lambda: roster.go_on_duty(  # noqa: E731
        hospital=floor.hospital, user=nurse, ward=floor.renal
    )
    assert at_once(floor, go, go) == ["done", "Farid Farouk is already on duty in Renal Ward."]
    period = DutyPeriod.objects.get(user=nurse)
    leave = lambda: roster.go_off_duty(period=period)  # noqa: E731
    assert at_once(floor, leave, leave) == ["done", "This duty has already ended."]
    assert (events_of(Kind.DUTY_STARTED), events_of(Kind.DUTY_ENDED)) == (1, 1)


def wanting(floor: Cast, email: str) -> Callable[[], object]:
    """Registers somebody new with that address."""
    return lambda: patients.register_patient(
        hospital=floor.hospital, first_name="New", last_name="Comer", number=email, email=email
    )


def changing(floor: Cast, email: str) -> Callable[[], object]:
    """Gives it to somebody who is here."""
    return lambda: patients.update_patient(patient=floor.patient, email=email)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_registrations_with_one_mailbox(floor: Cast, number: int) -> None:
    """However it is written; whether somebody is new or known."""
    actions = [wanting(floor, "one@example.org"), wanting(floor, "ONE@example.org")]
    if number % 2:
        actions.append(changing(floor, "One@example.org"))
    first, *others = at_once(floor, *actions)
    assert first == "done"
    assert all("has this e-mail address" in ending for ending in others), others
    assert Patient.objects.filter(email__iexact="one@example.org").count() == 1


def test_who_shares_a_mailbox_is_let_in_at_once(floor: Cast) -> None:
    family = [
        lambda number=number: patients.register_patient(
            hospital=floor.hospital,
            first_name="Of",
            last_name="One family",
            number=f"F{number}",
            email="family@example.org",
            share_email=True,
        )
        for number in range(4)
    ]
    assert at_once(floor, *family) == ["done"] * 4
