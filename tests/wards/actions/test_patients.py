"""Patients taken into the books, and their details changed."""

from datetime import date

import pytest

from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from wards.actions import patients
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Event, Patient


def test_a_new_patient(floor: Cast) -> None:
    patient = patients.register_patient(
        hospital=floor.hospital,
        number="MRN-2",
        first_name="Layla",
        last_name="Haddad",
        email="layla@example.org",
        date_of_birth=date(1980, 2, 29),
        by=floor.dana,
    )
    assert Patient.objects.get(number="MRN-2") == patient
    assert patient.language == floor.hospital.language
    event = Event.objects.get()
    assert (event.kind, event.patient, event.actor) == (
        Kind.PATIENT_REGISTERED,
        patient,
        floor.dana,
    )
    assert event.data == {}


def test_a_number_is_given_once(floor: Cast) -> None:
    with pytest.raises(Refused, match=r"^Another patient has the number MRN-1\.$"):
        patients.register_patient(hospital=floor.hospital, number="MRN-1", first_name="Layla")
    other = factories.create_patient(floor.hospital)
    with pytest.raises(Refused, match="MRN-1"):
        patients.update_patient(patient=other, number="MRN-1")
    assert not Event.objects.exists()


def test_a_number_of_another_hospital_is_free(floor: Cast) -> None:
    theirs = factories.create_patient(floor.other_hospital, number="THEIRS", email="a@example.org")
    mine = patients.register_patient(
        hospital=floor.hospital, number=theirs.number, first_name="Layla", email=theirs.email
    )
    assert mine.number == theirs.number


def test_an_address_that_another_has_is_asked_about(floor: Cast) -> None:
    factories.create_patient(floor.hospital, number="MRN-2", email="family@example.org")
    details: patients.Details = {
        "number": "MRN-3",
        "first_name": "Sami",
        "email": "Family@Example.org",
    }
    with pytest.raises(Refused, match=r"\(MRN-2\) has this e-mail address"):
        patients.register_patient(hospital=floor.hospital, **details)
    sami = patients.register_patient(hospital=floor.hospital, share_email=True, **details)
    patients.update_patient(patient=sami, phone="+966 1")  # is not asked again for it
    with pytest.raises(Refused, match="same person"):
        patients.update_patient(patient=floor.patient, email="family@example.org")


def test_a_patient_has_a_name(floor: Cast) -> None:
    with pytest.raises(Refused, match="needs a name"):
        patients.register_patient(hospital=floor.hospital, number="MRN-2")
    with pytest.raises(Refused, match="needs a name"):
        patients.update_patient(patient=floor.patient, first_name="", last_name=" ")
    patients.register_patient(hospital=floor.hospital, number="MRN-2", last_name="Haddad")


def test_a_change_says_what_but_not_from_what_to_what(floor: Cast) -> None:
    patients.update_patient(
        patient=floor.patient, phone="+966 1", first_name="Pat", language="ar", by=floor.dana
    )
    floor.patient.refresh_from_db()
    assert (floor.patient.phone, floor.patient.language) == ("+966 1", "ar")
    event = Event.objects.get()
    assert (event.kind, event.patient) == (Kind.PATIENT_UPDATED, floor.patient)
    assert event.data == {"changed": ["phone", "language"]}


def test_a_change_of_nothing_is_none(floor: Cast) -> None:
    patients.update_patient(patient=floor.patient, first_name="Pat")
    assert not Event.objects.exists()


def test_a_stale_object_does_not_undo_what_others_changed(floor: Cast) -> None:
    stale = Patient.objects.get(pk=floor.patient.pk)
    patients.update_patient(patient=floor.patient, phone="+966 1")
    patients.update_patient(patient=stale, email="pat@example.org")
    assert Patient.objects.get(pk=stale.pk).phone == "+966 1"


@pytest.mark.django_db(transaction=True)
def test_it_is_for_the_trail_alone(floor: Cast) -> None:
    patients.update_patient(patient=floor.patient, phone="+966 1")
    assert not Notification.objects.exists()
