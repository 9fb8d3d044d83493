"""A bed is cleaned, mended and given back."""

import pytest

from inbox.publications.publish import topics
from tests import factories
from tests.cast import Cast
from tests.wards.actions.test_at_once import at_once
from wards.actions import admissions, beds
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Admission, Bed, Event

Status = Bed.Status


@pytest.mark.parametrize("status", [Status.CLEANING, Status.MAINTENANCE])
def test_a_bed_out_of_use_takes_nobody_until_it_is_back(floor: Cast, status: str) -> None:
    beds.set_bed_status(bed=floor.bed, status=status, by=floor.noor)
    with pytest.raises(Refused, match=r"^Bed C-01 is not available\.$"):
        factories.create_admission(ward=floor.cardiology, bed=floor.bed)
    beds.set_bed_status(bed=floor.bed, status=Status.AVAILABLE)
    factories.create_admission(ward=floor.cardiology, bed=floor.bed)


def test_what_happened_is_recorded_and_wakes_the_board(floor: Cast) -> None:
    beds.set_bed_status(bed=floor.bed, status=Status.CLEANING, by=floor.noor)
    event = Event.objects.get()
    assert (event.kind, event.actor, event.ward) == (
        Kind.BED_STATUS_CHANGED,
        floor.noor,
        floor.cardiology,
    )
    assert event.data == {"bed": "C-01", "before": "available", "status": "cleaning"}
    assert topics(event) == [f"{floor.hospital.pk}:ward.{floor.cardiology.pk}"]


def test_the_same_again_is_nothing(floor: Cast) -> None:
    beds.set_bed_status(bed=floor.bed, status=Status.AVAILABLE)
    assert not Event.objects.exists()


def test_somebody_in_it_is_not_cleaned_away(floor: Cast) -> None:
    stay = factories.create_admission(ward=floor.cardiology, bed=floor.bed)
    with pytest.raises(Refused, match=r"^Bed C-01 is occupied\.$"):
        beds.set_bed_status(bed=floor.bed, status=Status.CLEANING)
    admissions.discharge(admission=stay)
    assert beds.set_bed_status(bed=floor.bed, status=Status.CLEANING).status == Status.CLEANING


def test_nobody_is_put_into_it_this_way(floor: Cast) -> None:
    with pytest.raises(Refused, match="admitting or moving"):
        beds.set_bed_status(bed=floor.bed, status=Status.OCCUPIED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(5))
def test_cleaning_and_an_admission_at_once(floor: Cast, number: int) -> None:
    endings = at_once(
        floor,
        lambda: beds.set_bed_status(bed=floor.bed, status=Status.CLEANING),
        lambda: factories.create_admission(ward=floor.cardiology, bed=floor.bed),
    )
    assert len(set(endings)) == 2
    assert endings[0] == "done"
    floor.bed.refresh_from_db()
    assert (floor.bed.status == Status.OCCUPIED) == Admission.objects.exists()
