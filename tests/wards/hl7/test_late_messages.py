"""What is older than a stay's last change, or of a visit that ended, undoes nothing (rule S4)."""

from datetime import UTC, datetime

import pytest
from django_scopes import scopes_disabled

from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import answer, kinds, moved, send
from wards.actions import admissions
from wards.hl7.intake import receive
from wards.kinds import Kind
from wards.models import Admission, Appointment, Bed, Discharge, Patient

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

RENAL, CARD = "RENAL^^R-01", "CARD^^C-01"
ENDED = ("AA", "nothing to do: the visit has ended")


def at(time: str, what: str, place: str = CARD, **fields: str) -> bytes:
    """An ADT message about this time of 26 November ("" for none)."""
    raw = moved(what, place=place, **{"since": ""} | fields)
    stamp = f"20261126{time}00".encode() if time else b""
    return raw.replace(b"EVN||20261120101400", b"EVN||" + stamp)


def here() -> list[tuple[str, str, str]]:
    """Visit, ward and bed of all who are in hospital."""
    stays = Admission.objects.filter(discharged_at=None).select_related("ward", "bed")
    return [
        (stay.visit_number, stay.ward.code, stay.bed.number if stay.bed else "")
        for stay in stays.order_by("visit_number", "pk")
    ]


def older(raw: bytes) -> bool:
    code, note = answer(receive(raw))
    return code == "AA" and note.startswith("nothing to do: older than")


def alerts() -> int:
    with scopes_disabled():
        return Notification.objects.count()


def test_s04_a_late_transfer_readmits_nobody(floor: Cast) -> None:
    assert send(at("0800", "A01")) == send(at("1000", "A03")) == "AA"
    before = alerts()
    assert answer(receive(at("0900", "A02", RENAL))) == ENDED
    assert answer(receive(at("1100", "A02", RENAL))) == ENDED, "of a visit that ended"
    assert answer(receive(at("1200", "A01"))) == ENDED
    assert here() == []
    assert alerts() == before


def test_s04_what_is_older_moves_nobody_back(floor: Cast) -> None:
    assert send(at("", "A01", RENAL)) == "AA", "without a time of its own"
    assert send(at("1100", "A02", CARD)) == "AA"
    before = alerts()
    assert older(at("1000", "A02", "ED^^"))
    assert older(at("0930", "A08", RENAL))
    assert here() == [("V1", "CARD", "C-01")]
    assert alerts() == before


def test_s04_a_late_discharge_ends_nothing(floor: Cast) -> None:
    for raw in (at("0800", "A01"), at("1100", "A02", RENAL)):
        assert send(raw) == "AA"
    assert older(at("1000", "A03"))
    assert here() == [("V1", "RENAL", "R-01")]


def test_s04_an_end_that_comes_first_is_remembered(floor: Cast) -> None:
    code, note = answer(receive(at("1000", "A03", number="NEW-1")))
    assert (code, note) == ("AA", "nothing to do: no such stay here")
    assert not Patient.objects.filter(number="NEW-1").exists()
    assert answer(receive(at("0800", "A01", number="NEW-1"))) == ENDED
    stay = Admission.objects.get()
    assert stay.discharged_at == datetime(2026, 11, 26, 10, tzinfo=UTC)
    assert stay.discharge.status == Discharge.Status.HOME
    assert not Bed.objects.filter(status=Bed.Status.OCCUPIED).exists()
    assert kinds() == [], "nobody is told of what is over"


def test_s04_the_beginning_of_a_stay_completes_it(floor: Cast) -> None:
    assert send(at("0900", "A02", RENAL)) == "AA"
    assert send(at("0800", "A01", CARD)) == "AA"
    assert here() == [("V1", "RENAL", "R-01")]
    assert Admission.objects.get().admitted_at == datetime(2026, 11, 26, 8, tzinfo=UTC)
    assert kinds() == [Kind.PATIENT_ADMITTED]


def test_s04_an_older_visit_does_not_end_the_present_one(floor: Cast) -> None:
    assert send(at("1000", "A01", RENAL, visit="V2")) == "AA"
    assert older(at("0800", "A01", CARD, visit="V1"))
    assert here() == [("V2", "RENAL", "R-01")]
    assert Admission.objects.get(visit_number="V1").discharge.status == "superseded"
    assert answer(receive(at("0900", "A03", visit="V1"))) == ENDED
    past = Admission.objects.get(visit_number="V1")
    assert (past.discharge.status, past.discharged_at) == (
        Discharge.Status.HOME,
        datetime(2026, 11, 26, 9, tzinfo=UTC),
    )


def test_s04_without_visit_numbers_a_late_end_is_of_the_stay_before(floor: Cast) -> None:
    assert send(at("1000", "A01", RENAL, visit="")) == "AA"
    assert older(at("0900", "A03", visit=""))
    assert here() == [("", "RENAL", "R-01")]


def test_s04_what_people_did_here_is_not_undone(floor: Cast) -> None:
    assert send(at("0800", "A01")) == "AA"
    stay = Admission.objects.get()
    admissions.transfer(admission=stay, ward=floor.renal, bed=floor.renal_bed, by=floor.noor)
    assert older(at("0900", "A02", "CARD^^C-02"))
    assert here() == [("V1", "RENAL", "R-01")]
    admissions.discharge(admission=stay, by=floor.noor)
    assert answer(receive(at("0930", "A02", "CARD^^C-02"))) == ENDED
    assert here() == []


def test_s04_what_people_did_here_counts_whatever_the_clock_of_the_feed(floor: Cast) -> None:
    assert send(at("0800", "A01").replace(b"20261126", b"20991126")) == "AA"
    stay = Admission.objects.get()
    admissions.discharge(admission=stay, by=floor.noor)
    assert answer(receive(at("0700", "A02", RENAL).replace(b"20261126", b"20991126"))) == ENDED
    assert here() == []


def test_s04_a_bed_is_named_by_its_room(floor: Cast) -> None:
    for number in ("1", "2"):
        raw = at("0800", "A01", f"5W^50{number}^A", number=f"RM{number}", visit=f"VR{number}")
        assert send(raw) == "AA"
    assert send(at("0900", "A02", "5W^503^A", number="RM1", visit="VR1")) == "AA"
    assert here() == [("VR1", "5W", "503-A"), ("VR2", "5W", "502-A")]
    beds = Bed.objects.filter(ward__code="5W").order_by("number")
    assert [bed.number for bed in beds] == ["501-A", "502-A", "503-A"]


def appointment(time: str, change: str, starts: str, **fields: str) -> bytes:
    raw = hl7.appointment(kind=f"SIU^{change}", starts=starts, **fields)
    return raw.replace(b"20261120101500", f"20261126{time}00".encode())


def test_s04_an_older_time_of_an_appointment_changes_nothing(floor: Cast) -> None:
    assert send(appointment("0800", "S12", "20270101090000")) == "AA"
    assert send(appointment("1000", "S13", "20270101110000")) == "AA"
    assert older(appointment("0900", "S13", "20270101100000"))
    assert Appointment.objects.get().starts_at == datetime(2027, 1, 1, 11, tzinfo=UTC)


def test_s04_a_cancelled_appointment_is_not_booked_again(floor: Cast) -> None:
    assert send(appointment("1000", "S15", "20270101090000")) == "AA"
    assert older(appointment("0800", "S12", "20270101090000"))
    assert Appointment.objects.get().status == Appointment.Status.CANCELLED


def test_s04_an_appointment_changed_here_stays(floor: Cast) -> None:
    visit = factories.create_appointment(
        provider=floor.priya, patient=floor.patient, external_id="F-1"
    )
    assert older(appointment("0800", "S15", "20270101090000", number="MRN-1"))
    visit.refresh_from_db()
    assert visit.status == Appointment.Status.BOOKED


def test_s04_an_admission_that_names_neither_visit_nor_time_is_no_other_stay(floor: Cast) -> None:
    first = at("", "A01", visit="")
    assert send(first) == send(first.replace(b"20261120101500", b"20261120111500")) == "AA"
    assert Admission.objects.count() == 1
    elsewhere = at("", "A01", RENAL, visit="").replace(b"20261120101500", b"20261120121500")
    assert send(elsewhere) == "AA"
    assert here() == [("", "RENAL", "R-01")]


def test_s04_when_the_patient_was_admitted_is_not_when_they_were_transferred(floor: Cast) -> None:
    assert send(at("0800", "A01", since="20261126080000")) == "AA"
    assert send(at("1000", "A02", RENAL, since="20261126080000")) == "AA"
    early, late = (at("", "A02", since="20261126080000") for _ in range(2))
    assert older(early.replace(b"20261120101500", b"20261126090000"))
    assert send(late.replace(b"20261120101500", b"20261126110000")) == "AA"
    assert here() == [("V1", "CARD", "C-01")]
