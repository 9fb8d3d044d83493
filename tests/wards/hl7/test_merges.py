"""Two numbers are one person (A40): everything goes to the one that survives."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from inbox.models import Notification
from messaging.models import Message, NotificationPreference
from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import answer, kinds, refused, send
from wards import patient_records
from wards.actions import merging
from wards.base.refused import Refused
from wards.hl7.intake import receive
from wards.kinds import Kind
from wards.models import (
    Admission,
    Appointment,
    Discharge,
    Event,
    Feed,
    Identifier,
    Patient,
    Result,
    ResultVersion,
)

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

SAM = "SURVIVOR^SAM"


def line(number: str, name: str = SAM, born: str = "") -> str:
    return f"PID|1||{number}||{name}||{born}"


def admitted(number: str, name: str = SAM, **fields: Any) -> bytes:
    return hl7.message(hl7.header("ADT^A01"), line(number, name), hl7.pv1(**fields))


def merged(number: str, retired: str, name: str = SAM, born: str = "") -> bytes:
    return hl7.message(hl7.header("ADT^A40"), line(number, name, born), f"MRG|{retired}")


def critical(number: str, name: str = SAM) -> bytes:
    found = hl7.obx("6.9", "HH")
    return hl7.message(hl7.header("ORU^R01"), line(number, name), "OBR|1|||K^Potassium", found)


def person(number: str) -> Patient:
    return Patient.objects.get(number=number)


def note(raw: bytes) -> str:
    code, words = answer(receive(raw))
    assert code == "AA", words
    return words


@pytest.fixture
def two(floor: Cast) -> tuple[Patient, Patient]:
    """Sam under two numbers, born on the same day."""
    given = {"first_name": "Sam", "last_name": "Survivor", "date_of_birth": "1980-02-29"}
    return (
        factories.create_patient(floor.hospital, number="REAL", **given),
        factories.create_patient(floor.hospital, number="TEMP", **given),
    )


def test_s03_a_critical_result_for_the_surviving_number_finds_the_ward(floor: Cast) -> None:
    assert send(admitted("TEMP9", "UNKNOWN^TRAUMA", place="RENAL")) == "AA"
    assert note(merged("REAL9", "TEMP9")) == ""
    assert send(critical("REAL9")) == "AA"
    stay = Admission.objects.get(discharged_at=None)
    assert (stay.patient.number, str(stay.patient), stay.ward) == (
        "REAL9",
        "SAM SURVIVOR",
        floor.renal,
    )
    result = Event.objects.get(kind=Kind.TEST_RESULT_CRITICAL)
    assert (result.patient, result.ward) == (stay.patient, floor.renal)
    assert Notification.objects.filter(event=result, recipient=floor.omar).exists()
    assert send(critical("TEMP9", "")) == "AA", "the old number is still theirs"
    assert Event.objects.filter(kind=Kind.TEST_RESULT_CRITICAL, patient=stay.patient).count() == 2


def test_s03_of_two_open_stays_the_one_that_changed_last_goes_on(floor: Cast) -> None:
    assert send(admitted("REAL", place="CARD^^C-01", visit="V1", since="20261120100000")) == "AA"
    assert send(admitted("TEMP", place="RENAL^^R-01", visit="V2", since="20261121100000")) == "AA"
    assert note(merged("REAL", "TEMP")) == ""
    survivor = person("REAL")
    stay = Admission.objects.get(discharged_at=None)
    assert (stay.patient, stay.ward, stay.visit_number) == (survivor, floor.renal, "V2")
    older = Admission.objects.exclude(pk=stay.pk).get()
    assert (older.patient, older.discharge.status) == (survivor, Discharge.Status.SUPERSEDED)
    assert older.discharged_at == stay.admitted_at
    floor.bed.refresh_from_db()
    assert floor.bed.status == floor.bed.Status.AVAILABLE


def test_s03_everything_moves(floor: Cast, two: tuple[Patient, Patient]) -> None:
    real, temp = two
    Patient.objects.filter(pk=temp.pk).update(phone="+966 1", deceased=True, user=floor.dana)
    temp.refresh_from_db()
    visit = factories.create_appointment(patient=temp, provider=floor.priya)
    message = factories.create_message(temp)
    stay = factories.create_admission(ward=floor.cardiology, patient=temp)
    NotificationPreference.objects.create(hospital=floor.hospital, patient=temp, sms=False)
    Identifier.objects.create(
        hospital=floor.hospital, of="patient", authority="LAB", value="7", patient=temp
    )
    merging.merge(survivor=real, retired=temp, by=floor.alice)
    for model in (Appointment, Message, Admission, NotificationPreference):
        assert {*model._base_manager.values_list("patient", flat=True)} == {real.pk}, model
    assert {visit.pk, message.pk, stay.pk}
    numbers = {(each.authority, each.value) for each in real.identifiers.all()}
    assert numbers == {("LAB", "7"), ("", "REAL"), ("", "TEMP")}
    real.refresh_from_db()
    temp.refresh_from_db()
    assert (real.phone, real.deceased, real.user) == ("+966 1", True, floor.dana)
    assert (temp.merged_into, temp.user) == (real, None)
    event = Event.objects.get(kind=Kind.PATIENT_MERGED)
    assert (event.actor, event.patient) == (floor.alice, real)
    assert event.data == {"retired": temp.pk, "number": "TEMP"}


def test_s14_a_no_of_either_record_stays_a_no(floor: Cast, two: tuple[Patient, Patient]) -> None:
    real, temp = two
    for patient, wishes in ((real, {"email": False}), (temp, {"sms": False})):
        NotificationPreference.objects.create(hospital=floor.hospital, patient=patient, **wishes)
    merging.merge(survivor=real, retired=temp)
    wish = NotificationPreference.objects.get()
    assert (wish.patient, wish.sms, wish.email, wish.whatsapp) == (real, False, False, True)


def result(patient: Patient, at: int, meaning: str, filler: str = "F1^LAB") -> Result:
    """With one version of that hour."""
    moment = datetime(2026, 11, 20, at, tzinfo=UTC)
    says = {"status": "final", "interpretation": meaning}
    made = Result.objects.create(
        hospital=patient.hospital,
        patient=patient,
        filler=filler,
        code="K",
        test="Potassium",
        said_at=moment,
        **says,
    )
    ResultVersion.objects.create(result=made, number=1, at=moment, **says)
    return made


@pytest.mark.parametrize("hours", [(10, 11), (11, 10)])
def test_s05_two_results_of_one_order_are_one(
    floor: Cast, two: tuple[Patient, Patient], hours: tuple[int, int]
) -> None:
    real, temp = two
    kept = result(real, hours[0], "critical")
    other = result(temp, hours[1], "normal")
    result(temp, 12, "normal", filler="F2^LAB")
    for seq, (recipient, about) in enumerate(
        [(floor.noor, kept), (floor.noor, other), (floor.omar, other)], 1
    ):
        factories.create_notification(recipient, result=about, seq=seq, title="Potassium")
    merging.merge(survivor=real, retired=temp)
    both, _ = Result.objects.filter(patient=real).order_by("id")
    assert both == kept
    assert both.interpretation == ("normal" if hours == (10, 11) else "critical")
    versions = both.versions.order_by("number").values_list("number", "at__hour")
    assert [*versions] == [(1, 10), (2, 11)]
    followed = Notification.objects.filter(result=both).values_list("recipient", flat=True)
    assert {*followed} == {floor.noor.pk, floor.omar.pk}
    assert Notification.objects.filter(title="Potassium").count() == 3, "no alert is lost"


def test_s03_the_retired_number_is_not_known(floor: Cast) -> None:
    assert "not known" in note(merged("MRN-1", "TEMP9^^^LAB", "Patel^Pat"))
    assert send(critical("TEMP9^^^LAB", "")) == "AA"
    assert Event.objects.get(kind=Kind.TEST_RESULT_CRITICAL).patient == floor.patient


def test_s03_neither_is_known(floor: Cast) -> None:
    assert "neither" in note(merged("A", "B"))
    assert not kinds()
    assert Patient.objects.count() == 1


def test_s03_merged_again_and_the_other_way_round(
    floor: Cast, two: tuple[Patient, Patient]
) -> None:
    assert note(merged("REAL", "TEMP")) == ""
    for again in (merged("REAL", "TEMP"), merged("TEMP", "REAL")):
        assert "one patient already" in note(again)
    real, temp = two
    for survivor, retired in ((real, temp), (temp, real), (real, real)):
        with pytest.raises(Refused, match="merged before"):
            merging.merge(survivor=survivor, retired=retired)
    assert kinds() == [Kind.PATIENT_MERGED]


def test_s03_a_chain_of_merges_ends_at_the_last(floor: Cast, two: tuple[Patient, Patient]) -> None:
    assert note(merged("REAL", "TEMP")) == ""
    assert note(merged("LAST", "REAL")) == ""
    sam = factories.create_patient(
        floor.hospital, number="DESK", first_name="S", last_name="Survivor"
    )
    assert note(merged("DESK", "LAST", "")) == ""
    for number in ("TEMP", "REAL", "LAST", "DESK"):
        assert send(critical(number, "")) == "AA"
    results = Event.objects.filter(kind=Kind.TEST_RESULT_CRITICAL)
    assert {each.patient for each in results} == {sam}


def test_s03_two_people_are_not_merged_by_a_slip(floor: Cast) -> None:
    factories.create_patient(
        floor.hospital, number="9", first_name="Omar", last_name="Else", date_of_birth="1950-05-05"
    )
    Patient.objects.filter(pk=floor.patient.pk).update(date_of_birth="1980-02-29")
    refused(merged("MRN-1", "9", "Patel^Pat", "19800229"), "AE", "two people")
    refused(merged("NEW", "9", "Patel^Pat", "19800229"), "AE", "two people")
    assert not kinds()


def test_s03_a_feed_that_may_not_change_people_merges_nobody(
    floor: Cast, two: tuple[Patient, Patient]
) -> None:
    Feed.objects.update(changes_people=False)
    assert "does not change" in note(merged("REAL", "TEMP"))
    assert not Patient.objects.filter(merged_into__isnull=False).exists()


def test_s03_a_merge_of_visits_merges_no_people(floor: Cast, two: tuple[Patient, Patient]) -> None:
    raw = hl7.message(hl7.header("ADT^A35"), line("REAL"), "MRG|TEMP||ACC2")
    assert "visits" in note(raw)
    assert not kinds()


def test_s03_the_pages_of_a_merged_patient_lead_to_the_other(
    floor: Cast, two: tuple[Patient, Patient], client: Client
) -> None:
    real, temp = two
    factories.report_result(temp, "900")
    merging.merge(survivor=real, retired=temp)
    factories.sign_in(client, floor.dana)
    assert client.get(f"/patients/{temp.pk}/")["Location"] == f"/patients/{real.pk}/"
    page = client.get(f"/patients/{temp.pk}/edit/")
    assert page.context["patient"] == real
    assert len(patient_records.chart(real).events) == 2, "what happened to either is read together"
    listed = patient_records.listed(floor.dana, search="Survivor", stay="", ward=None, tag="")
    assert [*listed] == [real]
    assert patient_records.find("Survivor") == [real]
