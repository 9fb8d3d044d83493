"""Patients into beds from a file: who gets theirs, who does not and why."""

import pytest
from django_scopes import scope

from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from tests.wards.operations.bulk import counts, errors, run_assignment
from wards.kinds import Kind
from wards.models import Admission, Bed, Event

pytestmark = pytest.mark.usefixtures("media")
Committed = pytest.mark.django_db(transaction=True)


def test_a_valid_file(floor: Cast) -> None:
    second = factories.create_patient(floor.hospital)
    operation = run_assignment(
        floor,
        "MRN-1,CARD/C-01,Emergency,Acute abdominal pain",
        f"{second.number},RENAL/R-01,Routine,Broken left arm",
    )
    assert counts(operation) == ("completed", 2, 2, 0)
    stay = Admission.objects.get(patient=floor.patient)
    assert (stay.bed, stay.ward, stay.reason) == (floor.bed, floor.cardiology, "Emergency")
    assert (stay.chief_complaint, stay.discharged_at) == ("Acute abdominal pain", None)
    assert set(Bed.objects.filter(status=Bed.Status.OCCUPIED)) == {floor.bed, floor.renal_bed}
    events = Event.objects.filter(kind=Kind.PATIENT_ADMITTED, actor=floor.mona)
    assert {(event.patient, event.ward) for event in events} == {
        (floor.patient, floor.cardiology),
        (second, floor.renal),
    }


def test_beds_by_ward_and_number(floor: Cast) -> None:
    first, second, third = (factories.create_patient(floor.hospital) for _ in range(3))
    operation = run_assignment(
        floor,
        f"{first.number},C-01,,",
        f"{second.number},CARD/C-02,,",
        f"{third.number},RENAL/C-01,,",
    )
    assert counts(operation)[2:] == (2, 1)
    assert Admission.objects.get(bed=floor.bed).patient == first
    assert Admission.objects.get(bed=floor.spare_bed).patient == second
    assert errors(operation) == [(4, "There is no bed RENAL/C-01.")]


def test_beds_that_cannot_be_had(floor: Cast) -> None:
    a, b, c, d, e = (factories.create_patient(floor.hospital) for _ in range(5))
    factories.create_admission(ward=floor.cardiology, bed=floor.bed)
    Bed.objects.filter(pk=floor.spare_bed.pk).update(status=Bed.Status.MAINTENANCE)
    factories.create_bed(floor.cardiology, number="1")
    factories.create_bed(floor.renal, number="1/A")
    factories.create_bed(floor.renal, number="C-01")
    operation = run_assignment(
        floor,
        f"{a.number},CARD/C-01,,",
        f"{b.number},CARD/C-02,,",
        f"{c.number},999999999,,",
        f"{c.number},99999999999999999999999,,",
        f"{d.number},I-01,,",
        f"{e.number},C-01,,",
        f"{e.number},RENAL/C-01,,",
    )
    assert counts(operation) == ("completed", 7, 1, 6)
    assert errors(operation) == [
        (2, "Bed C-01 is not available."),
        (3, "Bed C-02 is not available."),
        (4, "There is no bed 999999999."),
        (5, "There is no bed 99999999999999999999999."),
        (6, "There is no bed I-01."),
        (7, "Several beds have this number: CARD/C-01, RENAL/C-01."),
    ]


def test_patients_who_cannot(floor: Cast) -> None:
    factories.create_admission(ward=floor.renal, bed=floor.renal_bed, patient=floor.patient)
    second = factories.create_patient(floor.hospital)
    operation = run_assignment(
        floor,
        "MRN-1,CARD/C-01,,",
        "nobody,CARD/C-01,,",
        f"{floor.other_patient.pk},CARD/C-01,,",
        ",CARD/C-01,,",
        f"{second.number},,,",
        f"{second.number},CARD/C-01,{'x' * 201},",
    )
    assert counts(operation) == ("completed", 6, 0, 6)
    assert errors(operation) == [
        (2, "Pat Patel is already admitted."),
        (3, "There is no patient nobody."),
        (4, f"There is no patient {floor.other_patient.pk}."),
        (5, "patient_id is missing."),
        (6, "bed_id is missing."),
        (7, "reason has more than 200 characters."),
    ]
    assert set(Bed.objects.filter(status=Bed.Status.OCCUPIED)) == {floor.renal_bed}


def test_the_same_bed_or_patient_twice(floor: Cast) -> None:
    second = factories.create_patient(floor.hospital)
    operation = run_assignment(
        floor,
        "MRN-1,CARD/C-01,,",
        f"{second.number},C-01,,",
        "MRN-1,CARD/C-02,,",
    )
    assert errors(operation) == [
        (3, "The same bed is on line 2."),
        (4, "The same patient is on line 2."),
    ]
    assert Admission.objects.get().patient == floor.patient


@Committed
@pytest.mark.parametrize("notify", [True, False])
def test_the_wards_staff_are_told_if_wanted_and_the_patient_always(
    floor: Cast, notify: bool
) -> None:
    run_assignment(floor, "MRN-1,CARD/C-01,,", notify=notify)
    told = set(
        Notification.objects.filter(category="admission").values_list("recipient", flat=True)
    )
    assert told == ({floor.pat.pk, floor.noor.pk} if notify else {floor.pat.pk})


def test_what_another_hospital_has_is_not_reached(floor: Cast) -> None:
    run_assignment(floor, "MRN-1,I-01,,")
    with scope(hospital=floor.other_hospital.pk):
        assert not Admission.objects.exists()
        assert Bed.objects.get(pk=floor.other_bed.pk).status == Bed.Status.AVAILABLE
