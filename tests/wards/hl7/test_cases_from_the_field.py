"""Cases from the field: small inputs that went wrong once, each with its right outcome.

`tests/data/cases/*.mllp` are played as they are, but for their dates, which become today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import timezone
from django_scopes import scope

from inbox.models import Notification
from messaging.models import Message
from messaging.statuses import Status
from tests import factories
from wards.hl7 import intake
from wards.hl7.batches import messages_of
from wards.hl7.framing import Deframer, Frame
from wards.models import (
    Admission,
    Appointment,
    FeedNote,
    Hospital,
    Patient,
    Role,
    User,
    Ward,
)

CASES = Path("tests/data/cases")
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Floor:
    """A hospital that the cases are about, and who works there."""

    hospital: Hospital
    nurse: User
    provider: User
    manager: User
    renal: Ward

    def play(self, name: str) -> list[str]:
        """Plays a case; the codes of its answers, in order."""
        raw = next(CASES.glob(f"{name}_*.mllp")).read_bytes()
        raw = raw.replace(b"20261126", timezone.localdate().strftime("%Y%m%d").encode())
        frames = [each for each in Deframer(10**6).feed(raw) if isinstance(each, Frame)]
        answers = [
            intake.receive(message)
            for frame in frames
            for message in messages_of(frame.message).messages
        ]
        return [answer.split(b"\r")[1].split(b"|")[1].decode() for answer in answers]

    def alerts(self, user: User) -> list[tuple[str, str]]:
        """Level and words of somebody's alerts about results and stays, the oldest first."""
        told = Notification.objects.filter(recipient=user).order_by("id")
        return [(each.level, f"{each.title} | {each.message}") for each in told]

    def only(self, user: User) -> tuple[str, str]:
        [alert] = self.alerts(user)
        return alert


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    hospital = factories.create_hospital("Field", facility="SFAC", timezone="Asia/Riyadh")
    renal = factories.create_ward(hospital, "Renal Ward", code="RenalWard")
    for code in ("CARD", "ED"):
        factories.create_ward(hospital, code, code=code)
    factories.create_limit(hospital, "tt-0003-01", high=300)
    nurse = factories.create_user(hospital, Role.NURSE)
    factories.create_duty(nurse, renal)
    provider = factories.create_user(
        hospital, Role.PROVIDER, code="C006", first_name="Kathleen", last_name="Woolfson"
    )
    manager = factories.create_user(hospital, Role.HOSPITAL_MANAGER)
    return Floor(hospital, nurse, provider, manager, renal)


@pytest.fixture(autouse=True)
def _inside(floor: Floor) -> object:
    with scope(hospital=floor.hospital.pk):
        yield


def says(alert: tuple[str, str], level: str, *words: str) -> None:
    assert alert[0] == level, alert
    for word in words:
        assert word in alert[1]
    assert "ormal" not in alert[1].replace("Abnormal", ""), alert


@pytest.mark.parametrize(
    ("name", "level", "words"),
    [
        ("A1", "warning", ["7.9 mmol/L (3.5-5.1)"]),
        ("A2", "warning", ["Positive"]),
        ("A3", "warning", ["Cancelled"]),
        ("A4", "warning", ["Withdrawn", "7.9"]),
        ("A5", "warning", ["Acute subdural haematoma"]),
    ],
)
def test_s01_what_was_not_said_to_be_normal_is_not(
    floor: Floor, name: str, level: str, words: Sequence[str]
) -> None:
    assert floor.play(name) == ["AA"]
    says(floor.only(floor.provider), level, *words)


def test_s01_flags_of_laboratories_own(floor: Floor) -> None:
    assert floor.play("A6") == ["AA"] * 3
    # CRIT, then H*, then R: one result, which is resistant and not critical in the end.
    says(floor.only(floor.nurse), "warning", "6.9 mmol/L (3.5-5.1, R)")


def test_s01_numbers_however_written_are_held_against_the_limit(floor: Floor) -> None:
    assert floor.play("A7") == ["AA"] * 2
    says(floor.only(floor.nurse), "critical", "≥300 umol/L, was 310,5")


def test_s02_the_ward_of_the_stay_hears_and_no_ward_is_made(floor: Floor) -> None:
    assert floor.play("B1") == ["AA"] * 2
    says(floor.alerts(floor.nurse)[-1], "critical", "6.9 mmol/L (HH)", "Renal Ward")
    assert not Ward.objects.filter(code="RENAL").exists()
    assert FeedNote.objects.get(place="PV1-3").value == "RENAL"


def test_s02_without_anybody_managers_hear_and_why(floor: Floor) -> None:
    assert floor.play("B2") == ["AA"]
    says(floor.only(floor.manager), "critical", "Neither a ward nor a provider is named")


def test_s04_a_late_transfer_moves_nobody(floor: Floor) -> None:
    assert floor.play("C1") == ["AA"] * 3
    assert Admission.objects.get().discharged_at is not None
    assert floor.play("C3") == ["AA"] * 4
    assert Admission.objects.get(discharged_at=None).ward.code == "CARD"


def test_s04_rooms_with_the_same_bed_letter(floor: Floor) -> None:
    assert floor.play("D1") == ["AA"] * 3
    beds = Admission.objects.filter(discharged_at=None).values_list("ward__code", "bed__number")
    assert {*beds} == {("5W", "503-A"), ("5W", "502-A")}


def test_s03_the_same_person_by_any_repetition(floor: Floor) -> None:
    assert floor.play("E1") == ["AA"] * 2
    assert str(Patient.objects.get()) == "ONE IDENT"
    assert floor.play("E2") == ["AA"] * 2
    assert {str(each) for each in Patient.objects.all()} == {"ONE IDENT", "ELSE SOMEBODY"}


def test_s03_no_clinician_is_made_of_a_bare_number(floor: Floor) -> None:
    assert floor.play("E4") == ["AA"]
    assert Appointment.objects.get().provider == floor.provider
    assert not User.objects.filter(code__in=("90410", "providerusername")).exists()


def test_s01_a_test_is_named_by_its_alternate_code(floor: Floor) -> None:
    assert floor.play("E6") == ["AA"]
    says(floor.only(floor.nurse), "critical", "Critical: Potassium for ANNA TESTER")


def test_s05_one_alert_from_preliminary_to_corrected(floor: Floor) -> None:
    assert floor.play("F1") == ["AA"] * 3
    level, words = floor.only(floor.nurse)
    assert level == "warning"
    assert "was 6.9. No longer critical. Normal." in words


def test_s05_a_patient_hears_once(floor: Floor) -> None:
    assert floor.play("F2") == ["AA"] * 3
    written = Message.objects.filter(channel="sms", code="test_result_ready")
    assert written.count() == 1
    assert written.get().status in (Status.QUEUED, Status.CANCELLED)


def test_s06_nothing_is_written_to_the_dead(floor: Floor) -> None:
    assert floor.play("G1") == ["AA"] * 2
    assert Patient.objects.get().deceased
    later = Message.objects.filter(code="patient_discharged")
    assert not later.exclude(status=Status.SUPPRESSED).exists()


def test_s07_a_rehearsal_rings_nobody(floor: Floor) -> None:
    assert floor.play("H1") == ["AA"]
    assert not Notification.objects.exists()
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("name", "answers", "words"),
    [
        ("I1", 2, "6.9 mmol/L (HH)"),
        ("L1", 1, "6.9 mmol/L (HH)"),
        ("L2", 1, "6.9 mmol/L (HH)"),
        ("M2", 1, "Detected (HH)"),
        ("P1", 1, "7.1 mmol/L (HH)"),
    ],
)
def test_s08_no_critical_value_is_swallowed(
    floor: Floor, name: str, answers: int, words: str
) -> None:
    assert floor.play(name) == ["AA"] * answers
    says(floor.only(floor.provider), "critical", words)


def test_s08_backslashes_stay(floor: Floor) -> None:
    assert floor.play("J1") == ["AA"]
    says(floor.only(floor.provider), "warning", r"120\80 right 118\78 left")


def test_s08_a_phone_in_parts(floor: Floor) -> None:
    assert floor.play("K1") == ["AA"]
    assert Patient.objects.get().phone == "+966501234567"


def test_s08_no_direction_mark_survives(floor: Floor) -> None:
    assert floor.play("M1") == ["AA"]
    assert str(Patient.objects.get()) == "JO SMITH"


def test_s03_a_merge_and_a_result_for_the_survivor(floor: Floor) -> None:
    assert floor.play("N1") == ["AA"] * 3
    stay = Admission.objects.get(discharged_at=None)
    assert (stay.patient.number, stay.ward) == ("REAL9", floor.renal)
    says(floor.alerts(floor.nurse)[-1], "critical", "SAM SURVIVOR")


def test_s15_versions_character_sets_and_batches(floor: Floor) -> None:
    assert floor.play("O1") == ["AA"] * 5


def test_every_case_is_played_here() -> None:
    names = {path.name.partition("_")[0] for path in CASES.glob("*.mllp")}
    text = Path(__file__).read_text()
    assert len(names) == 30
    assert not [name for name in sorted(names) if f'"{name}"' not in text]
