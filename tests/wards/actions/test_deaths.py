"""Any sign of a death ends all that is written to the person (rule S6)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from inbox.models import Notification
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast
from tests.messaging import people
from tests.messaging.people import make_reachable, written
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import moved, send
from wards import reminders
from wards.actions import admissions, corrections, deaths
from wards.kinds import Kind
from wards.models import Admission, Discharge, Event, Feed, FeedNote, Patient

pytestmark = pytest.mark.django_db(transaction=True)


def signed(raw: bytes, *, died: str = "", flag: str = "", code: str = "") -> bytes:
    """The message with PID-29, PID-30 and PV1-36."""
    lines = raw.decode().split("\r")
    for number, line in enumerate(lines):
        if line.startswith("PID"):
            lines[number] = f"{line}{'|' * 14}{died}|{flag}"
        elif line.startswith("PV1"):
            fields = [*line.split("|"), *[""] * 10]
            fields[36] = code
            lines[number] = "|".join(fields)
    return "\r".join(lines).encode()


def later(raw: bytes, hour: int) -> bytes:
    return raw.replace(b"EVN||20261120101400", f"EVN||20261120{hour}1400".encode())


def pat() -> Patient:
    return Patient.objects.get(number="MRN-1")


@pytest.fixture
def inside(floor: Cast) -> Admission:
    """Pat, who can be reached, in bed C-01."""
    make_reachable(floor)
    assert send(hl7.admission(number="MRN-1", name="Patel^Pat")) == "AA"
    return Admission.objects.get()


def gone(**signs: str) -> bytes:
    return later(signed(moved("A03", number="MRN-1", name="Patel^Pat"), **signs), 11)


@pytest.mark.parametrize(
    "signs",
    [
        {"flag": "Y"},
        {"died": "20261120110000"},
        {"code": "20"},
        {"code": "EXP"},
        {"code": "ZZ-DEAD"},
        {"flag": "Y", "code": "01"},
    ],
    ids=str,
)
def test_s06_whatever_says_so(floor: Cast, inside: Admission, signs: dict[str, str]) -> None:
    Feed.objects.update(death_codes=["zz-dead"])
    told = Message.objects.count()
    assert send(gone(**signs)) == "AA"
    assert pat().deceased
    assert pat().died_at == datetime(2026, 11, 20, 8, 14 if "died" not in signs else 0, tzinfo=UTC)
    assert Discharge.objects.get().status == Discharge.Status.DECEASED
    assert Message.objects.count() == told, "nobody wishes them well"
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=floor.pat, event__kind=Kind.PATIENT_DISCHARGED)
        assert not mine.exists()
        nurse = Notification.objects.filter(recipient=floor.noor).latest("id")
    assert "The patient has died." in nurse.message


def test_s06_a_discharge_here_as_deceased(floor: Cast, inside: Admission) -> None:
    admissions.discharge(admission=inside, status=Discharge.Status.DECEASED, by=floor.noor)
    assert pat().deceased
    corrections.cancel_discharge(admission=inside, by=floor.noor)
    assert not pat().deceased


@pytest.fixture
def waiting(floor: Cast) -> list[Message]:
    """What is about to be said to Pat, who has just been admitted."""
    make_reachable(floor)
    factories.create_admission(ward=floor.cardiology, patient=floor.patient)
    messages = written(patient=floor.patient, status=Status.QUEUED)
    assert messages
    return messages


def test_s06_what_waits_is_not_sent(floor: Cast, waiting: list[Message]) -> None:
    deaths.record_death(patient=pat())
    with scopes_disabled():
        assert set(people.objections(waiting).values()) == {Reason.DECEASED}


def test_s06_either_row_of_a_person(floor: Cast, waiting: list[Message]) -> None:
    other = factories.create_patient(floor.hospital, deceased=True)
    Patient.objects.filter(pk=other.pk).update(merged_into=floor.patient)
    with scopes_disabled():
        assert set(people.objections(waiting).values()) == {Reason.DECEASED}


def test_s06_new_words_are_suppressed(floor: Cast, inside: Admission) -> None:
    deaths.record_death(patient=pat())
    visit = factories.create_appointment(provider=floor.priya, patient=pat())
    factories.record_event(
        floor.hospital,
        Kind.APPOINTMENT_CANCELLED,
        patient=pat(),
        provider=floor.priya,
        appointment=visit,
        data={"starts_at": timezone.now() + timedelta(days=2), "reason": "x"},
    )
    new = [m for m in written(patient=floor.patient) if m.code == "appointment_cancelled"]
    assert new
    assert {(m.status, m.reason) for m in new} == {(Status.SUPPRESSED, Reason.DECEASED)}


def test_s06_nobody_reminds_the_dead(floor: Cast) -> None:
    visit = factories.create_appointment(
        provider=floor.priya, patient=floor.patient, starts_at=timezone.now() + timedelta(hours=23)
    )
    type(visit).objects.update(created_at=timezone.now() - timedelta(days=3))
    deaths.record_death(patient=floor.patient)
    assert reminders.record_due() == 0
    deaths.take_back_death(patient=floor.patient)
    assert reminders.record_due() == 1


def said(flag: str, hour: int, **fields: str) -> bytes:
    return later(signed(moved("A08", number="MRN-1", name="Patel^Pat", **fields), flag=flag), hour)


@pytest.mark.parametrize("flag", ["N", '""'])
def test_s06_a_correction_takes_it_back(floor: Cast, inside: Admission, flag: str) -> None:
    assert send(said("Y", 11)) == "AA"
    assert send(said("", 12)) == "AA"
    assert pat().deceased, "what says nothing takes nothing back"
    assert send(said(flag, 10)) == "AA"
    assert pat().deceased, "what is older neither"
    Feed.objects.update(changes_people=False)
    assert send(said(flag, 13)) == "AA"
    assert pat().deceased, "nor who may not"
    Feed.objects.update(changes_people=True)
    assert send(said(flag, 13)) == "AA"
    assert not pat().deceased
    assert Event.objects.filter(data__changed=["deceased"]).count() == 2


def test_s06_a_discharge_in_death_is_taken_back_first(floor: Cast, inside: Admission) -> None:
    assert send(gone(code="EXP")) == "AA"
    assert send(said("N", 12)) == "AA"
    assert pat().deceased, "some send N with everything"
    back = later(signed(moved("A13", number="MRN-1", name="Patel^Pat"), flag="N"), 13)
    assert send(back) == "AA"
    assert not pat().deceased
    assert Admission.objects.get().discharged_at is None


@pytest.mark.parametrize(("language", "words"), [("en", "Has died"), ("ar", "حالة وفاة")])
def test_s06_pages_say_so(floor: Cast, client: Client, language: str, words: str) -> None:
    factories.sign_in(client, floor.dana).cookies["django_language"] = language
    factories.create_appointment(
        provider=floor.priya, patient=floor.patient, starts_at=timezone.now()
    )
    pages = (
        reverse("wards:patients"),
        reverse("wards:patient", args=[floor.patient.pk]),
        reverse("wards:arrivals"),
    )
    assert not any(words in client.get(page).content.decode() for page in pages)
    deaths.record_death(patient=floor.patient)
    for page in pages:
        assert words in client.get(page).content.decode(), page


@pytest.mark.parametrize("raw", [hl7.result(number="MRN-1"), hl7.appointment(number="MRN-1")])
def test_s06_results_and_appointments_may_tell_of_a_death(inside: Admission, raw: bytes) -> None:
    assert send(signed(raw, flag="Y")) == "AA"
    assert pat().deceased


@pytest.mark.parametrize("code", ["EX", "DTH", "41-EXPIRED", "20 - Died"])
def test_s06_local_codes_of_a_death(inside: Admission, code: str) -> None:
    assert send(gone(code=code)) == "AA"
    assert pat().deceased


def test_s06_a_code_that_may_be_of_a_death_is_shown_on_the_feeds_page(inside: Admission) -> None:
    assert send(gone(code="KX")) == "AA"
    [note] = FeedNote.objects.filter(place="PV1-36")
    assert note.value == "KX"
    assert not pat().deceased
