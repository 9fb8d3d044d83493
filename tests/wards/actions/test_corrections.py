"""What turned out not to have happened is taken back, and so are its alerts."""

import pytest
from django_scopes import scope, scopes_disabled

from inbox.models import Notification
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from wards.actions import admissions, corrections
from wards.base.refused import Refused
from wards.models import Admission, Bed, Discharge, Transfer, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


@pytest.fixture
def stay(cast: Cast) -> Admission:
    return factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.bed)


def shown(user: User) -> list[str]:
    """The titles of what is still before a user's eyes, oldest first."""
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=user, archived_at=None).order_by("id")
        return list(mine.values_list("title", flat=True))


def status(bed: Bed) -> str:
    with scopes_disabled():
        return Bed.objects.get(pk=bed.pk).status


def test_an_admission_taken_back_frees_the_bed_and_withdraws_its_alerts(
    cast: Cast, stay: Admission
) -> None:
    with scope(hospital=cast.hospital.pk):
        corrections.cancel_admission(admission=stay)
        stay.refresh_from_db()
        assert stay.discharged_at == stay.admitted_at
        assert stay.discharge.status == Discharge.Status.CANCELLED
    assert status(cast.bed) == Bed.Status.AVAILABLE
    assert shown(cast.noor) == ["Pat Patel was not admitted to Cardiology after all"]
    assert shown(cast.pat) == []
    assert_mailboxes_consistent()


def test_what_somebody_acknowledged_is_not_withdrawn(cast: Cast, stay: Admission) -> None:
    with scopes_disabled():
        Notification.objects.filter(recipient=cast.noor).update(acknowledged_at=stay.admitted_at)
        corrections.cancel_admission(admission=stay)
    assert len(shown(cast.noor)) == 2


def test_a_transfer_taken_back_returns_to_the_old_bed(cast: Cast, stay: Admission) -> None:
    with scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=stay, ward=cast.renal, bed=cast.renal_bed)
        corrections.cancel_transfer(admission=stay)
        stay.refresh_from_db()
        assert (stay.ward, stay.bed) == (cast.cardiology, cast.bed)
        assert not Transfer.objects.exists()
    assert (status(cast.bed), status(cast.renal_bed)) == ("occupied", "available")
    assert shown(cast.omar) == ["Pat Patel stays in Cardiology after all"]
    assert shown(cast.noor)[-1] == "Pat Patel stays in Cardiology after all"


def test_a_transfer_taken_back_tells_the_ward_where_the_old_bed_is_taken(
    cast: Cast, stay: Admission
) -> None:
    with scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=stay, ward=cast.renal, bed=cast.renal_bed)
        factories.create_admission(ward=cast.cardiology, bed=cast.bed)
        corrections.cancel_transfer(admission=stay)
        stay.refresh_from_db()
        assert (stay.ward, stay.bed) == (cast.cardiology, None)
        alert = Notification.objects.filter(recipient=cast.noor).latest("id")
    assert "C-01 is in use" in alert.message


def test_a_discharge_taken_back_reopens_the_stay(cast: Cast, stay: Admission) -> None:
    with scope(hospital=cast.hospital.pk):
        admissions.discharge(admission=stay)
        corrections.cancel_discharge(admission=stay)
        stay.refresh_from_db()
        assert (stay.discharged_at, stay.bed) == (None, cast.bed)
        assert not Discharge.objects.exists()
        admissions.discharge(admission=stay)  # and it can be ended again
    assert "Pat Patel stays in Cardiology after all" in shown(cast.noor)


def test_what_cannot_be_taken_back_is_refused(cast: Cast, stay: Admission) -> None:
    with scope(hospital=cast.hospital.pk):
        with pytest.raises(Refused, match="has not been transferred"):
            corrections.cancel_transfer(admission=stay)
        with pytest.raises(Refused, match="has not been discharged"):
            corrections.cancel_discharge(admission=stay)
        admissions.discharge(admission=stay)
        with pytest.raises(Refused, match="already been discharged"):
            corrections.cancel_admission(admission=stay)
        factories.create_admission(ward=cast.cardiology, patient=cast.patient, bed=cast.spare_bed)
        with pytest.raises(Refused, match="already admitted"):
            corrections.cancel_discharge(admission=stay)
    assert status(cast.bed) == Bed.Status.AVAILABLE
