"""ADT^A01: somebody is in a bed, whatever we thought before."""

from datetime import UTC, datetime

import pytest

from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import kinds, refused, send
from wards.kinds import Kind
from wards.models import Admission, Bed, Discharge, Event, Feed, FeedNote, Patient, Role, User, Ward

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_admission_of_a_new_patient_to_a_known_bed(floor: Cast) -> None:
    assert send(hl7.admission()) == "AA"
    stay = Admission.objects.get()
    assert (stay.patient.number, str(stay.patient)) == ("MRN-9", "Layla Haddad")
    assert (stay.ward, stay.bed, stay.provider) == (floor.cardiology, floor.bed, floor.priya)
    assert (stay.visit_number, stay.discharged_at) == ("V1", None)
    assert stay.admitted_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    event = Event.objects.get()
    assert (event.kind, event.source, event.ward) == (
        Kind.PATIENT_ADMITTED,
        "hl7",
        floor.cardiology,
    )
    floor.bed.refresh_from_db()
    assert floor.bed.status == Bed.Status.OCCUPIED


def test_the_hospitals_clock_counts_where_a_time_names_no_zone(floor: Cast) -> None:
    floor.hospital.timezone = "Asia/Riyadh"
    floor.hospital.save()
    assert send(hl7.admission()) == "AA"
    assert Admission.objects.get().admitted_at == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_unknown_ward_bed_and_clinician_are_created(floor: Cast) -> None:
    assert send(hl7.admission(place="ICU2^R^Bed 7", attending="D77^Saleh^Huda")) == "AA"
    stay = Admission.objects.get()
    assert stay.bed is not None
    assert stay.provider is not None
    assert (stay.ward.code, stay.ward.name, stay.bed.number) == ("ICU2", "ICU2", "Bed 7")
    huda = stay.provider
    assert (huda.role, huda.code, str(huda)) == (Role.PROVIDER, "D77", "Huda Saleh")
    assert huda.is_active  # alerts wait for them
    assert not huda.has_usable_password()


def test_nothing_is_created_where_the_hospital_does_not_want_that(floor: Cast) -> None:
    Feed.objects.update(creates_people=False, creates_places=False)
    before = User.objects.count(), Ward.objects.count(), Bed.objects.count()
    for fields, words in (
        ({}, ("patient", "MRN-9")),
        ({"number": "MRN-1", "place": "ICU2^R^7"}, ("ward", "ICU2")),
        ({"number": "MRN-1", "place": "CARD^R^C-77"}, ("bed", "C-77")),
    ):
        refused(hl7.admission(**fields), "AE", "not known", *words)
    assert (User.objects.count(), Ward.objects.count(), Bed.objects.count()) == before
    assert not kinds()
    assert send(hl7.admission(number="MRN-1", attending="D77^Saleh^Huda")) == "AA"
    assert Admission.objects.get().provider is None
    assert str(FeedNote.objects.get()) == "PV1-7: D77"


def test_half_of_a_refused_message_is_not_done(floor: Cast) -> None:
    """The patient is known only after the ward was looked up; nothing of it stays."""
    good = hl7.result(hl7.obx("1"), number="NEW-1").decode()
    raw = good + "PID|1||NEW-2\rOBR|1|||A^Second\r"  # without a name there is no new patient
    stored = refused(raw.encode(), "AE", "PID-5")
    assert stored.hospital == floor.hospital
    assert not Patient.objects.filter(number__startswith="NEW").exists()
    assert not kinds()


def test_a_bed_in_use_here_does_not_refuse_the_feed(floor: Cast) -> None:
    factories.create_admission(ward=floor.cardiology, bed=floor.bed)
    assert send(hl7.admission()) == "AA"
    stay = Admission.objects.get(visit_number="V1")
    assert (stay.ward, stay.bed) == (floor.cardiology, None)
    event = Event.objects.latest("id")
    assert (event.data["bed"], event.data["bed_taken"]) == ("", "C-01")


def test_a_visit_told_again_is_answered_and_nothing_more(floor: Cast) -> None:
    assert send(hl7.admission()) == "AA"
    assert send(hl7.admission(place="RENAL^R^R-01")) == "AA"
    assert kinds() == [Kind.PATIENT_ADMITTED]


def test_a_stay_without_visit_number_is_known_by_its_beginning(floor: Cast) -> None:
    for since in ("20261120100000", "20261120100000", "20261120113000"):
        assert send(hl7.admission(visit="", since=since)) == "AA"
    assert Admission.objects.count() == 2


def test_another_visit_of_somebody_still_in_a_bed_ends_the_old_stay(floor: Cast) -> None:
    assert send(hl7.admission(visit="V1")) == "AA"
    assert send(hl7.admission(visit="V2", since="20261121080000")) == "AA"
    old, new = Admission.objects.order_by("id")
    assert old.discharge.status == Discharge.Status.SUPERSEDED
    assert old.discharged_at == new.admitted_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert new.bed == floor.bed  # the old stay had it
    assert kinds() == [Kind.PATIENT_ADMITTED, Kind.PATIENT_DISCHARGED, Kind.PATIENT_ADMITTED]


def test_what_is_known_of_a_patient_stays_and_the_rest_is_filled_in(floor: Cast) -> None:
    floor.patient.gender, floor.patient.phone = Patient.Gender.UNKNOWN, "+966 1"
    floor.patient.save()
    raw = hl7.admission(number="MRN-1", name="Patel^P", sex="F", phone="+966 2")
    assert send(raw) == "AA"
    floor.patient.refresh_from_db()
    assert str(floor.patient) == "Pat Patel"
    assert (floor.patient.gender, floor.patient.phone) == ("F", "+966 1")
    assert str(floor.patient.date_of_birth) == "1980-02-29"


def test_a_known_patient_needs_no_name(floor: Cast) -> None:
    assert send(hl7.admission(number="MRN-1", name="")) == "AA"
    refused(hl7.admission(name=""), "AE", "PID-5", "missing")


def test_s03_a_bed_that_the_ward_has_is_that_bed_in_whatever_room(floor: Cast) -> None:
    bed = factories.create_bed(floor.cardiology, number="Bed 6")
    assert send(hl7.admission(place="card^Room 3^BED 6")) == "AA"
    stay = Admission.objects.get()
    assert (stay.ward, stay.bed) == (floor.cardiology, bed)
