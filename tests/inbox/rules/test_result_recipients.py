"""Somebody always hears of a critical result, and is told why it came to them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox.models import Notification
from tests import factories
from tests.cast import Cast, create_cast
from tests.inbox.results import alert, oru, potassium
from tests.wards.hl7.messages import send
from wards.kinds import Kind
from wards.models import Event, Hl7Message, Outbox, User, Ward

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def heard(event_kind: str = Kind.TEST_RESULT_CRITICAL) -> set[str]:
    with scopes_disabled():
        told = Notification.objects.filter(event__kind=event_kind)
        return {*told.values_list("recipient__username", flat=True)}


def test_s02_a_ward_nobody_knows_is_not_made_and_the_patients_own_hears(cast: Cast) -> None:
    factories.create_admission(patient=cast.patient, ward=cast.renal, bed=cast.renal_bed)
    assert send(oru(potassium("6.9", "HH"), place="NEPHRO^^7", orderer="")) == "AA"
    assert heard() == {"omar"}
    with scope(hospital=cast.hospital.pk):
        assert not Ward.objects.filter(code="NEPHRO").exists()
        assert "NEPHRO" in Hl7Message.objects.latest("id").reason


def test_s02_nobody_is_named_so_managers_hear_and_are_told_why(cast: Cast) -> None:
    send(oru(potassium("6.9", "HH"), place="", patient_class="O", orderer=""))
    assert heard() == {"mona"}
    assert alert(cast.mona).message == (
        "Neither a ward nor a provider is named. You are told as hospital manager."
        " 6.9 mmol/L (3.5-5.1, HH)."
    )
    with scope(hospital=cast.hospital.pk):
        fell_back = Event.objects.get(kind=Kind.ALERT_FELL_BACK)
    assert fell_back.data["users"] == [cast.mona.pk]


def off_duty(*users: User) -> None:
    with scopes_disabled():
        for user in users:
            user.duty_periods.update(ends_at=timezone.now() - timedelta(minutes=1))


def test_s02_nobody_on_duty_there_is_told_to_the_charge_nurse_of_the_house(cast: Cast) -> None:
    off_duty(cast.noor)
    factories.create_duty(cast.farid, cast.renal, in_charge=True)
    send(oru(potassium("6.9", "HH")))
    assert heard() == {"priya", "farid"}
    assert alert(cast.farid).message.startswith(
        "Nobody is on duty in Cardiology. You are told as charge nurse. 6.9"
    )
    assert alert(cast.priya).message.startswith("6.9")


@pytest.mark.parametrize("there", ["mona", "alice"])
def test_s02_then_managers_then_administrators(cast: Cast, there: str) -> None:
    off_duty(cast.noor)
    if there == "alice":
        User.objects.filter(pk=cast.mona.pk).update(is_active=False)
    send(oru(potassium("6.9", "HH"), orderer=""))
    assert heard() == {there}


def test_s02_somebody_who_cannot_sign_in_has_heard_nothing(cast: Cast) -> None:
    ghost = factories.create_user(cast.hospital, "provider", code="G1", has_password=False)
    send(oru(potassium("6.9", "HH"), place="", orderer="G1^Ghost^Gus"))
    assert heard() == {"mona", ghost.username}, "it waits for them, but nobody has heard of it"
    assert "the provider cannot be told" in alert(cast.mona).message


def test_s02_what_nobody_hears_is_an_event_and_an_error(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(hospital=cast.hospital).update(is_active=False)
    send(oru(potassium("6.9", "HH")))
    with scope(hospital=cast.hospital.pk):
        unheard = Event.objects.get(kind=Kind.ALERT_UNHEARD)
        assert not Outbox.objects.exists()
    assert (unheard.patient, unheard.data["test"]) == (cast.patient, "Potassium")


def test_s02_copies_and_the_attending_of_the_stay_hear(cast: Cast) -> None:
    factories.create_admission(
        patient=cast.patient, ward=cast.renal, bed=cast.renal_bed, provider=cast.priya
    )
    factories.create_user(cast.hospital, "provider", username="cora", code="C7")
    raw = oru(potassium("6.9", "HH"), orderer="", place="").replace(
        b"|||F\r", b"|||F|||C7^Copy^Cora\r", 1
    )
    send(raw)
    assert heard() == {"omar", "priya", "cora"}


def test_s02_the_clinic_of_an_outpatient_hears(cast: Cast) -> None:
    send(oru(potassium("6.9", "HH"), patient_class="O", orderer=""))
    assert heard() == {"noor"}


def test_s02_a_duty_that_is_over_or_to_come_does_not_count(cast: Cast) -> None:
    off_duty(cast.noor)
    later = factories.create_user(cast.hospital, username="later")
    factories.create_duty(later, cast.cardiology, begin=timezone.now() + timedelta(minutes=5))
    send(oru(potassium("6.9", "HH"), orderer=""))
    assert heard() == {"mona"}
