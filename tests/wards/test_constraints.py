"""What the actions refuse, the database refuses too: rows written past them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards.models import (
    Admission,
    Appointment,
    Bed,
    Discharge,
    DutyPeriod,
    Event,
    Feed,
    FeedNote,
    Heartbeat,
    Hl7Message,
    Identifier,
    IdentityQuestion,
    LaboratoryFlag,
    Patient,
    Result,
    ResultVersion,
    Role,
    User,
    Ward,
)

NOW = timezone.now()


def second_open_stay_of_a_patient(cast: Cast) -> None:
    for ward in (cast.cardiology, cast.renal):
        Admission.objects.create(hospital=cast.hospital, patient=cast.patient, ward=ward)


def second_open_stay_in_a_bed(cast: Cast) -> None:
    for patient in (cast.patient, factories.create_patient(cast.hospital)):
        Admission.objects.create(
            hospital=cast.hospital, patient=patient, ward=cast.cardiology, bed=cast.bed
        )


def discharged_before_admitted(cast: Cast) -> None:
    Admission.objects.create(
        hospital=cast.hospital,
        patient=cast.patient,
        ward=cast.cardiology,
        admitted_at=NOW,
        discharged_at=NOW - timedelta(seconds=1),
    )


def duty_that_ends_when_it_starts(cast: Cast) -> None:
    factories.create_duty(cast.noor, cast.renal, begin=NOW, end=NOW)


def second_open_duty_in_a_ward(cast: Cast) -> None:
    factories.create_duty(cast.noor, cast.cardiology)


def ward_code_twice(cast: Cast) -> None:
    Ward.objects.create(hospital=cast.hospital, name="Another", code=cast.cardiology.code)


def bed_number_twice(cast: Cast) -> None:
    Bed.objects.create(hospital=cast.hospital, ward=cast.cardiology, number=cast.bed.number)


def patient_number_twice(cast: Cast) -> None:
    factories.create_patient(cast.hospital, number=cast.patient.number)


def clinician_code_twice(cast: Cast) -> None:
    factories.create_user(cast.hospital, Role.PROVIDER, code=cast.priya.code)


def user_without_a_hospital(cast: Cast) -> None:
    User.objects.create_user("nobody", password=None, hospital=None)


def limit_twice_for_a_code(cast: Cast) -> None:
    for _ in range(2):
        factories.create_limit(cast.hospital, high=1)


def limit_without_a_limit(cast: Cast) -> None:
    factories.create_limit(cast.hospital)


def same_message_of_a_sender(cast: Cast) -> None:
    for _ in range(2):
        Hl7Message.objects.create(
            hospital=cast.hospital,
            sending_application="SIM",
            sending_facility="SFAC",
            control_id="1",
            message_type="ADT^A01",
        )


def same_key_of_a_source(cast: Cast) -> None:
    for _ in range(2):
        Event.objects.create(hospital=cast.hospital, kind="x", source="api", key="k")


def same_appointment_of_another_system(cast: Cast) -> None:
    for _ in range(2):
        factories.create_appointment(provider=cast.priya, external_id="F-1")


def appointment_of_no_length(cast: Cast) -> None:
    factories.create_appointment(provider=cast.priya, duration=4)


def feed_without_a_facility(cast: Cast) -> None:
    factories.create_feed(cast.hospital, "")


def feed_twice(cast: Cast) -> None:
    factories.create_feed(cast.hospital, "RAWDAH")


def note_twice(cast: Cast) -> None:
    for _ in range(2):
        FeedNote.objects.create(feed=Feed.objects.get(), place="OBX-8", value="CRIT")


def identifier_of_an_authority_twice(cast: Cast) -> None:
    for patient in (cast.patient, factories.create_patient(cast.hospital)):
        Identifier.objects.create(
            hospital=cast.hospital, of="patient", authority="LAB", value="7", patient=patient
        )


def identifier_of_nothing(cast: Cast) -> None:
    Identifier.objects.create(hospital=cast.hospital, of="visit", value="7", patient=cast.patient)


def identity_asked_twice(cast: Cast) -> None:
    for _ in range(2):
        IdentityQuestion.objects.create(hospital=cast.hospital, fingerprint="f")


def flag_twice(cast: Cast) -> None:
    for _ in range(2):
        LaboratoryFlag.objects.create(hospital=cast.hospital, flag="CRIT", meaning="critical")


def result(cast: Cast) -> Result:
    return Result.objects.create(
        hospital=cast.hospital,
        patient=cast.patient,
        filler="F1",
        test="Potassium",
        status="final",
        interpretation="normal",
    )


def result_twice(cast: Cast) -> None:
    result(cast)
    result(cast)


def version_twice(cast: Cast) -> None:
    of = result(cast)
    for _ in range(2):
        ResultVersion.objects.create(result=of, number=1, status="final", interpretation="normal")


def heartbeat_twice(cast: Cast) -> None:
    for _ in range(2):
        Heartbeat.objects.create(part="worker", process="ward-pc:1", at=NOW, said_at=NOW)


# The name of each constraint, and what runs into it.
def match_of_a_header_twice(floor: Cast) -> None:
    for _ in range(2):
        floor.hospital.column_matches.create(matched_by=floor.mona, signature="x", columns=[])


CONSTRAINTS: dict[str, Callable[[Cast], None]] = {
    "one_open_admission_a_patient": second_open_stay_of_a_patient,
    "one_open_admission_a_bed": second_open_stay_in_a_bed,
    "discharged_after_admitted": discharged_before_admitted,
    "duty_ends_after_it_starts": duty_that_ends_when_it_starts,
    "one_open_duty_a_ward": second_open_duty_in_a_ward,
    "ward_code_once_a_hospital": ward_code_twice,
    "bed_number_once_a_ward": bed_number_twice,
    "patient_number_once_a_hospital": patient_number_twice,
    "clinician_code_once_a_hospital": clinician_code_twice,
    "only_operators_have_no_hospital": user_without_a_hospital,
    "critical_limit_once_a_code": limit_twice_for_a_code,
    "critical_limit_has_a_limit": limit_without_a_limit,
    "hl7_message_once_a_sender": same_message_of_a_sender,
    "event_key_once_a_source": same_key_of_a_source,
    "appointment_lasts_5_to_480_minutes": appointment_of_no_length,
    "external_appointment_once_a_hospital": same_appointment_of_another_system,
    "feed_has_a_facility": feed_without_a_facility,
    "feed_once_a_facility_and_application": feed_twice,
    "note_once_a_place_and_value": note_twice,
    "identifier_once_an_authority": identifier_of_an_authority_twice,
    "identifier_is_of_something": identifier_of_nothing,
    "identity_asked_once": identity_asked_twice,
    "flag_once_a_hospital": flag_twice,
    "result_once_a_filler_order": result_twice,
    "result_version_once": version_twice,
    "heartbeat_once_a_process": heartbeat_twice,
    "one_match_of_a_header": match_of_a_header_twice,
}


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_the_database_refuses(floor: Cast, name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        CONSTRAINTS[name](floor)


def test_no_constraint_is_forgotten_here() -> None:
    models = apps.get_app_config("wards").get_models()
    assert {c.name for model in models for c in model._meta.constraints} == set(CONSTRAINTS)


def test_one_discharge_an_admission(floor: Cast) -> None:
    admission = factories.create_admission(ward=floor.cardiology)
    Discharge.objects.create(hospital=floor.hospital, admission=admission)
    with pytest.raises(IntegrityError, match="admission_id"), transaction.atomic():
        Discharge.objects.create(hospital=floor.hospital, admission=admission)


def test_one_feed_a_sending_facility_and_application(cast: Cast) -> None:
    factories.create_feed(cast.other_hospital, "RAWDAH", application="LAB")
    for application in ("", "LAB"):
        with pytest.raises(IntegrityError, match="feed_once"), transaction.atomic():
            factories.create_feed(cast.other_hospital, "RAWDAH", application=application)


def test_what_another_hospital_uses_is_free_here(floor: Cast) -> None:
    """Codes and numbers are unique within a hospital only."""
    factories.create_ward(floor.other_hospital, code=floor.cardiology.code)
    factories.create_user(floor.other_hospital, code=floor.priya.code)
    factories.create_patient(floor.other_hospital, number="MRN-2")
    factories.create_patient(floor.hospital, number="MRN-2")


def test_what_is_over_does_not_stand_in_the_way(floor: Cast) -> None:
    for _ in range(2):
        Admission.objects.create(
            hospital=floor.hospital,
            patient=floor.patient,
            ward=floor.cardiology,
            bed=floor.bed,
            admitted_at=NOW,
            discharged_at=NOW,
        )
        factories.create_duty(floor.noor, floor.cardiology, begin=NOW - timedelta(days=2), end=NOW)
    assert DutyPeriod.objects.filter(user=floor.noor).count() == 3


@pytest.mark.parametrize("duration", [5, 480])
def test_the_shortest_and_the_longest_appointment(floor: Cast, duration: int) -> None:
    factories.create_appointment(provider=floor.priya, duration=duration)
    assert Appointment.objects.get().duration == duration


def test_patients_without_a_number(floor: Cast) -> None:
    for _ in range(2):
        factories.create_patient(floor.hospital, number="")
    assert Patient.objects.filter(number="").count() == 2
