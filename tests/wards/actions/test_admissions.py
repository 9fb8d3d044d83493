"""Admit, transfer, discharge: what changes, what is recorded, what is refused and how."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from tests import factories
from tests.cast import Cast
from wards.actions import admissions
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Bed, Discharge, Event, Outbox, Transfer

UNUSABLE = [Bed.Status.OCCUPIED, Bed.Status.CLEANING, Bed.Status.MAINTENANCE]


def status_of(bed: Bed) -> str:
    return Bed.objects.get(pk=bed.pk).status


class TestAdmit:
    def test_it_opens_a_stay_in_the_bed(self, floor: Cast) -> None:
        admission = admissions.admit(
            hospital=floor.hospital,
            patient=floor.patient,
            ward=floor.cardiology,
            bed=floor.bed,
            provider=floor.priya,
            reason="Chest pain",
            chief_complaint="Since this morning",
            visit_number="V-1",
        )
        admission.refresh_from_db()
        assert admission.bed == floor.bed
        assert admission.ward == floor.cardiology
        assert admission.discharged_at is None
        assert (admission.reason, admission.chief_complaint) == ("Chest pain", "Since this morning")
        assert (admission.visit_number, admission.provider) == ("V-1", floor.priya)
        assert timezone.now() - admission.admitted_at < timedelta(minutes=1)
        assert status_of(floor.bed) == Bed.Status.OCCUPIED
        assert status_of(floor.spare_bed) == Bed.Status.AVAILABLE

    def test_it_records_who_did_what_to_whom(self, floor: Cast) -> None:
        admission = admissions.admit(
            hospital=floor.hospital,
            patient=floor.patient,
            ward=floor.cardiology,
            bed=floor.bed,
            reason="Chest pain",
            by=floor.noor,
        )
        event = Event.objects.get()
        assert event.kind == Kind.PATIENT_ADMITTED
        assert (event.hospital, event.source, event.actor) == (floor.hospital, "web", floor.noor)
        assert (event.patient, event.ward, event.admission) == (
            floor.patient,
            floor.cardiology,
            admission,
        )
        assert event.data == {"bed": "C-01", "reason": "Chest pain", "bed_taken": ""}
        assert Outbox.objects.get().event == event

    def test_it_may_be_without_a_bed(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=None, bed_taken="C-09")
        assert admission.bed is None
        assert Event.objects.get().data["bed_taken"] == "C-09"

    def test_several_may_wait_for_a_bed_in_one_ward(self, floor: Cast) -> None:
        for _ in range(3):
            factories.create_admission(ward=floor.cardiology, bed=None)
        assert Admission.objects.filter(bed=None).count() == 3

    def test_it_takes_the_time_another_system_names(self, floor: Cast) -> None:
        earlier = timezone.now() - timedelta(days=2)
        admission = factories.create_admission(ward=floor.cardiology, admitted_at=earlier)
        assert admission.admitted_at == earlier
        assert admission.days == 2

    @pytest.mark.parametrize("status", UNUSABLE)
    def test_it_refuses_a_bed_that_is_not_available(self, floor: Cast, status: str) -> None:
        Bed.objects.filter(pk=floor.bed.pk).update(status=status)
        with pytest.raises(Refused, match=r"^Bed C-01 is not available\.$"):
            factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        assert status_of(floor.bed) == status
        assert not Admission.objects.exists()
        assert not Event.objects.exists()

    def test_it_does_not_trust_the_bed_object_it_is_given(self, floor: Cast) -> None:
        stale = Bed.objects.get(pk=floor.bed.pk)
        factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        assert stale.status == Bed.Status.AVAILABLE
        with pytest.raises(Refused, match="not available"):
            factories.create_admission(ward=floor.cardiology, bed=stale)

    def test_it_refuses_a_bed_of_another_ward(self, floor: Cast) -> None:
        with pytest.raises(Refused, match=r"^Bed R-01 is not in Cardiology\.$"):
            factories.create_admission(ward=floor.cardiology, bed=floor.renal_bed)
        assert status_of(floor.renal_bed) == Bed.Status.AVAILABLE

    def test_it_refuses_a_patient_who_is_in_already(self, floor: Cast) -> None:
        factories.create_admission(ward=floor.cardiology, bed=floor.bed, patient=floor.patient)
        with pytest.raises(Refused, match=r"^Pat Patel is already admitted\.$"):
            factories.create_admission(ward=floor.renal, bed=floor.renal_bed, patient=floor.patient)
        assert status_of(floor.renal_bed) == Bed.Status.AVAILABLE, "the bed was given back"
        assert Event.objects.count() == 1

    def test_it_refuses_where_a_bed_is_in_use_although_it_says_available(self, floor: Cast) -> None:
        factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        Bed.objects.filter(pk=floor.bed.pk).update(status=Bed.Status.AVAILABLE)
        with pytest.raises(Refused, match=r"^Bed C-01 is not available\.$"):
            factories.create_admission(ward=floor.cardiology, bed=floor.bed)

    def test_it_refuses_in_the_readers_language(self, floor: Cast) -> None:
        with translation.override("ar"), pytest.raises(Refused) as refused:
            factories.create_admission(ward=floor.cardiology, bed=floor.renal_bed)
        assert "أمراض القلب" in str(refused.value)


class TestTransfer:
    def test_it_moves_the_stay_and_both_beds(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        move = admissions.transfer(
            admission=admission, ward=floor.renal, bed=floor.renal_bed, by=floor.noor
        )
        admission.refresh_from_db()
        assert (admission.ward, admission.bed) == (floor.renal, floor.renal_bed)
        assert status_of(floor.bed) == Bed.Status.AVAILABLE
        assert status_of(floor.renal_bed) == Bed.Status.OCCUPIED
        assert Transfer.objects.get() == move
        assert (move.from_ward, move.from_bed) == (floor.cardiology, floor.bed)
        assert (move.to_ward, move.to_bed, move.by) == (floor.renal, floor.renal_bed, floor.noor)

    def test_it_records_both_wards(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        admissions.transfer(admission=admission, ward=floor.renal, bed=floor.renal_bed)
        event = Event.objects.get(kind=Kind.PATIENT_TRANSFERRED)
        assert (event.ward, event.other_ward) == (floor.renal, floor.cardiology)
        assert event.data == {"bed": "R-01", "bed_taken": ""}

    def test_it_may_be_to_another_bed_of_the_ward(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        admissions.transfer(admission=admission, ward=floor.cardiology, bed=floor.spare_bed)
        assert status_of(floor.bed) == Bed.Status.AVAILABLE
        assert status_of(floor.spare_bed) == Bed.Status.OCCUPIED

    def test_it_may_be_to_no_bed(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        admissions.transfer(admission=admission, ward=floor.renal)
        admission.refresh_from_db()
        assert (admission.ward, admission.bed) == (floor.renal, None)
        assert status_of(floor.bed) == Bed.Status.AVAILABLE

    @pytest.mark.parametrize("status", UNUSABLE)
    def test_it_refuses_a_bed_that_is_not_available(self, floor: Cast, status: str) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        Bed.objects.filter(pk=floor.renal_bed.pk).update(status=status)
        with pytest.raises(Refused, match=r"^Bed R-01 is not available\.$"):
            admissions.transfer(admission=admission, ward=floor.renal, bed=floor.renal_bed)
        admission.refresh_from_db()
        assert admission.bed == floor.bed
        assert status_of(floor.bed) == Bed.Status.OCCUPIED
        assert not Transfer.objects.exists()

    def test_it_refuses_the_bed_the_patient_is_in(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        with pytest.raises(Refused, match="not available"):
            admissions.transfer(admission=admission, ward=floor.cardiology, bed=floor.bed)
        assert status_of(floor.bed) == Bed.Status.OCCUPIED

    def test_it_refuses_a_stay_that_has_ended(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        admissions.discharge(admission=admission)
        with pytest.raises(Refused, match=r"^Pat Patel has already been discharged\.$"):
            admissions.transfer(admission=admission, ward=floor.renal, bed=floor.renal_bed)
        assert status_of(floor.renal_bed) == Bed.Status.AVAILABLE


class TestDischarge:
    def test_it_ends_the_stay_and_frees_the_bed(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
        ended = admissions.discharge(
            admission=admission, status=Discharge.Status.HOME, notes="Well", by=floor.noor
        )
        admission.refresh_from_db()
        assert admission.discharged_at == ended.at
        assert admission.bed == floor.bed, "where they were stays known"
        assert status_of(floor.bed) == Bed.Status.AVAILABLE
        assert (ended.admission, ended.status) == (admission, "home")
        assert (ended.notes, ended.by) == ("Well", floor.noor)

    def test_it_records_the_event(self, floor: Cast) -> None:
        admission = factories.create_admission(
            ward=floor.cardiology, bed=floor.bed, patient=floor.patient, provider=floor.priya
        )
        admissions.discharge(admission=admission, by=floor.noor)
        event = Event.objects.get(kind=Kind.PATIENT_DISCHARGED)
        assert (event.patient, event.ward, event.provider, event.actor) == (
            floor.patient,
            floor.cardiology,
            floor.priya,
            floor.noor,
        )
        assert event.data == {"bed": "C-01", "status": "home"}

    def test_without_a_bed_there_is_none_to_free(self, floor: Cast) -> None:
        admissions.discharge(admission=factories.create_admission(ward=floor.renal, bed=None))
        assert Event.objects.first().data["bed"] == ""  # type: ignore[union-attr]

    def test_it_never_ends_before_it_began(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology)
        ended = admissions.discharge(admission=admission, at=timezone.now() - timedelta(days=1))
        assert ended.at == admission.admitted_at

    def test_it_refuses_to_discharge_twice(self, floor: Cast) -> None:
        admission = factories.create_admission(ward=floor.cardiology, patient=floor.patient)
        admissions.discharge(admission=admission)
        with pytest.raises(Refused, match=r"^Pat Patel has already been discharged\.$"):
            admissions.discharge(admission=admission)
        assert Discharge.objects.count() == 1
        assert Event.objects.filter(kind=Kind.PATIENT_DISCHARGED).count() == 1

    def test_the_bed_and_the_patient_are_free_again(self, floor: Cast) -> None:
        for _ in range(2):
            stay = factories.create_admission(
                ward=floor.cardiology, bed=floor.bed, patient=floor.patient
            )
            admissions.discharge(admission=stay)
        assert Admission.objects.filter(bed=floor.bed, patient=floor.patient).count() == 2
