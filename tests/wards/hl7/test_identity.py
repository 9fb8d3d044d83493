"""Who a message is about: all its numbers, whose they are, and the name that goes with them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import kinds, refused, send
from wards.kinds import Kind
from wards.models import Admission, Event, Feed, Identifier, Patient

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

ONE, ELSE = ("IDENT^ONE", "19800101"), ("SOMEBODY^ELSE", "19550505")
MR77 = "MR77^^^H^MR"


def pid(ids: str, who: tuple[str, str] = ONE) -> str:
    return f"PID|1||{ids}||{who[0]}||{who[1]}|F"


def admitted(ids: str, who: tuple[str, str] = ONE, **fields: Any) -> bytes:
    return hl7.message(
        hl7.header("ADT^A01", **fields), "EVN||20261120101400", pid(ids, who), hl7.pv1(**fields)
    )


def critical(ids: str, who: tuple[str, str] = ONE, **fields: Any) -> bytes:
    found = hl7.obx("6.9", "HH")
    return hl7.message(hl7.header("ORU^R01", **fields), pid(ids, who), "OBR|1|||K^Potassium", found)


def updated(ids: str, who: tuple[str, str] = ONE) -> bytes:
    return hl7.message(hl7.header("ADT^A08"), "EVN||20261120101400", pid(ids, who))


def results_of(patient: Patient) -> int:
    return Event.objects.filter(patient=patient, kind=Kind.TEST_RESULT_CRITICAL).count()


def people() -> list[tuple[str, str]]:
    """Everybody but the cast, by number."""
    everybody = Patient.objects.exclude(number="MRN-1").order_by("id")
    return [(patient.number, str(patient)) for patient in everybody]


def test_s03_the_same_person_whatever_the_order_of_the_numbers(floor: Cast) -> None:
    assert send(admitted(f"{MR77}~111-22-3333^^^USA^SS")) == "AA"
    assert send(critical(f"111-22-3333^^^USA^SS~{MR77}")) == "AA"
    assert people() == [("MR77", "ONE IDENT")]
    result = Event.objects.get(kind=Kind.TEST_RESULT_CRITICAL)
    assert result.patient == Admission.objects.get().patient
    assert result.ward == floor.cardiology


def test_s03_the_same_number_of_another_authority_is_somebody_else(floor: Cast) -> None:
    assert send(admitted(MR77)) == "AA"
    assert send(critical("MR77^^^OTHERLAB^MR", ELSE)) == "AA"
    assert send(updated("MR77^^^OTHERLAB^MR", ELSE)) == "AA"
    assert people() == [("MR77", "ONE IDENT"), ("OTHERLAB:MR77", "ELSE SOMEBODY")]
    result = Event.objects.get(kind=Kind.TEST_RESULT_CRITICAL)
    assert str(result.patient) == "ELSE SOMEBODY"
    assert result.ward is None


def test_s03_a_foreign_number_is_not_ours_unless_name_and_birth_date_say_so(floor: Cast) -> None:
    """Registered at the desk under 77, before the laboratory named its authority."""
    known = factories.create_patient(
        floor.hospital, number="77", first_name="One", last_name="Ident", date_of_birth="1980-01-01"
    )
    assert send(critical("77^^^LAB^MR", ELSE)) == "AA"
    assert send(critical("77^^^H^MR", ("IDENT^ONE", ""))) == "AA"
    assert people() == [("77", "One Ident"), ("LAB:77", "ELSE SOMEBODY"), ("H:77", "ONE IDENT")]
    assert send(critical("77^^^MAIN^MR")) == "AA"
    assert {*known.identifiers.values_list("authority", "value")} == {("MAIN", "77"), ("", "77")}
    assert send(critical("77", ("", ""))) == "AA", "it is still our own number, too"
    assert results_of(known) == 2


def test_s03_new_numbers_of_somebody_known_are_learnt(floor: Cast) -> None:
    assert send(critical("MRN-1~9^^^LAB^PI", ("Patel^Pat", ""))) == "AA"
    assert send(critical("9^^^LAB", ("", ""))) == "AA"
    assert not people()
    assert results_of(floor.patient) == 2


def test_s03_two_types_of_one_authority_are_two_numbers(floor: Cast) -> None:
    assert send(critical("5^^^H^MR")) == "AA"
    assert send(critical("5^^^H^SS", ELSE)) == "AA"
    assert send(critical("5^^^H^PI")) == "AA", "another word for the number of a patient"
    assert send(critical("6^^^H^SS")) == "AA"
    assert send(critical("6^^^H")) == "AA", "one without a type is of any"
    assert people() == [("5", "ONE IDENT"), ("H:5", "ELSE SOMEBODY"), ("6", "ONE IDENT")]


@pytest.mark.parametrize(
    ("ids", "number"),
    [
        ("1^^^USA^SS~2^^^H^PI~3^^^X^NI", "2"),
        ("1^^^USA^SS~2", "2"),
        ("1^^^X^AN~2^^^Y^ZZ", "2"),  # the number of a visit tells nobody apart
        ("1^^^X^VN", "1"),
        ("MRN-1^^^LAB^MR", "LAB:MRN-1"),
    ],
)
def test_s03_the_best_of_several_new_numbers(floor: Cast, ids: str, number: str) -> None:
    assert send(critical(ids)) == "AA"
    assert people() == [(number, "ONE IDENT")]


def test_s03_a_visits_number_does_not_make_a_child_of_its_mother(floor: Cast) -> None:
    assert send(critical("M1~A7^^^H^AN")) == "AA"
    assert send(critical("C1~A7^^^H^AN", ("IDENT^BABY", "20261120"))) == "AA"
    assert people() == [("M1", "ONE IDENT"), ("C1", "BABY IDENT")]


@pytest.mark.parametrize("authority", ["RAWDAH", "rawdah", "HOSP"])
def test_s03_names_of_our_own_authority(floor: Cast, authority: str) -> None:
    Feed.objects.update(own_authorities=["Hosp"])
    assert send(critical(f"MRN-1^^^{authority}^MR", ("Patel^Pat", ""))) == "AA"
    assert not people()


def test_s03_each_feed_has_its_own_numbers(floor: Cast) -> None:
    factories.create_feed(floor.hospital, "LABCO", authority="LABCO")
    assert send(critical("MRN-1", ELSE, facility="LABCO")) == "AA"
    assert send(critical("MRN-1^^^LABCO", ELSE, facility="LABCO")) == "AA"
    assert send(critical("MRN-1^^^RAWDAH", ("", ""), facility="LABCO")) == "AE"
    assert people() == [("LABCO:MRN-1", "ELSE SOMEBODY")]
    Feed.objects.update(own_authorities=["RAWDAH"])
    assert send(critical("MRN-1^^^RAWDAH", ("", ""), facility="LABCO")) == "AA"
    assert results_of(floor.patient) == 1


def test_s03_a_visit_is_its_number_and_who_gave_it(floor: Cast) -> None:
    factories.create_feed(floor.hospital, "CLINIC", authority="CLINIC", own_authorities=["RAWDAH"])
    assert send(hl7.admission()) == "AA"
    discharge = hl7.moved("A03", facility="CLINIC", authority="RAWDAH")
    assert send(discharge) == "AA"
    assert Admission.objects.get().discharged_at is None, "V1 of the clinic is another visit"
    assert send(hl7.moved("A03")) == "AA"
    assert Admission.objects.get().discharged_at is not None


def test_s03_two_names_under_one_number_in_one_message(floor: Cast) -> None:
    again = critical("MRN-1", ELSE).split(b"\r", 1)[1]
    assert send(critical("MRN-1", ("Patel^Pat", "")) + again) == "AE"
    assert Kind.TEST_RESULT_CRITICAL not in kinds(), "all of a message or nothing"


def test_s03_a_feed_that_may_not_change_people(floor: Cast) -> None:
    Feed.objects.update(changes_people=False)
    stored = updated("MRN-1", ("Patel^Zoe", "19800101"))
    assert send(stored) == "AE", "it is not there to correct the name"
    assert send(updated("MRN-1", ("Patel^P", "19800101"))) == "AA"
    floor.patient.refresh_from_db()
    assert (str(floor.patient), floor.patient.date_of_birth) == ("Pat Patel", None)
    assert not kinds()[1:]


def test_s03_merged_people_are_followed_to_the_end(floor: Cast) -> None:
    first, second = (factories.create_patient(floor.hospital, number=n) for n in "AB")
    Patient.objects.filter(pk=first.pk).update(merged_into=second)
    Patient.objects.filter(pk=second.pk).update(merged_into=floor.patient)
    assert send(critical("A", ("", ""))) == "AA"
    assert results_of(floor.patient) == 1


def test_s03_nobody_is_created_where_the_feed_may_not(floor: Cast) -> None:
    Feed.objects.update(creates_people=False)
    refused(critical(MR77), "AE", "MR77", "not known")
    assert not people()


def test_s03_hospitals_have_their_own_numbers(floor: Cast) -> None:
    assert send(admitted(MR77)) == "AA"
    assert send(critical(MR77, ELSE, facility="OTHER")) == "AA"
    assert people() == [("MR77", "ONE IDENT")]
    with scope(hospital=floor.other_hospital.pk):
        assert people() == [("MR77", "ELSE SOMEBODY")]


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("kind", ["ADT^A04", "ORU^R01"])
def test_s03_two_connections_create_one_person(floor: Cast, kind: str, round_: int) -> None:
    ids = ("1^^^USA^SS~2^^^H^MR", "2^^^H^MR~1^^^USA^SS", "2^^^H^MR", "1^^^USA^SS")
    messages = [
        hl7.message(hl7.header(kind), pid(each), "OBR|1|||K^Potassium", hl7.obx("1"))
        for each in ids[: 2 if round_ else 3]
    ]
    barrier = Barrier(len(messages))

    def run(raw: bytes) -> str:
        connection.ensure_connection()
        try:
            barrier.wait(10)
            return send(raw)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(messages)) as pool:
        assert [*pool.map(run, messages)] == ["AA"] * len(messages)
    assert people() == [("2", "ONE IDENT")]
    assert Identifier.objects.filter(patient__isnull=False).count() == 2
    assert kinds().count(Kind.PATIENT_REGISTERED) == (kind == "ADT^A04")


def test_s03_the_number_of_statements_does_not_grow_with_the_numbers(floor: Cast) -> None:
    many = "~".join([MR77, *(f"{n}^^^A{n}^NI" for n in range(1, 16))])
    swapped = "~".join(reversed(many.split("~")))
    statements = []
    with patch("wards.events.recorded.send"):
        for ids in (MR77, many, MR77, many, swapped):
            with CaptureQueriesContext(connection) as captured:
                assert send(critical(ids)) == "AA"
            statements.append(len(captured))
    assert people() == [("MR77", "ONE IDENT")]
    assert Identifier.objects.count() == 16
    _, learning, *known = statements
    assert len({*known}) == 1
    assert learning == known[0] + 1
