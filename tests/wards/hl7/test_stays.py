"""ADT beyond the admission: moved, gone, registered, corrected, and not after all."""

from datetime import UTC, date, datetime

import pytest
from django_scopes import scopes_disabled

from inbox.models import Level, Notification
from tests import factories
from tests.cast import Cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import answer, kinds, moved, refused, send
from wards.hl7.intake import receive
from wards.kinds import Kind
from wards.models import Admission, Bed, Discharge, Event, Feed, Hl7Message, Patient, Transfer, User

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

RENAL = "RENAL^R^R-01"
NOT_HERE = ("AA", "nothing to do: no such stay here")


@pytest.fixture
def inside(floor: Cast) -> Admission:
    """Layla Haddad in bed C-01 in Cardiology, as visit V1."""
    assert send(hl7.admission()) == "AA"
    return Admission.objects.get()


def place(stay: Admission) -> tuple[str, str]:
    stay = Admission.objects.select_related("ward", "bed").get(pk=stay.pk)
    return stay.ward.code, stay.bed.number if stay.bed else ""


def free(number: str) -> bool:
    return Bed.objects.get(number=number).status == Bed.Status.AVAILABLE


def shown(user: User) -> list[str]:
    """The titles of what is still before a user's eyes, oldest first."""
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=user, archived_at=None).order_by("id")
        return list(mine.values_list("title", flat=True))


class TestTransfer:
    def test_to_another_ward(self, floor: Cast, inside: Admission) -> None:
        assert send(moved("A02", place=RENAL)) == "AA"
        assert place(inside) == ("RENAL", "R-01")
        assert free("C-01")
        move = Transfer.objects.get()
        assert move.at == datetime(2026, 11, 20, 10, 14, tzinfo=UTC), "when it was entered"
        assert "Layla Haddad moved to Renal Ward" in shown(floor.omar)

    def test_to_a_bed_in_use_here(self, floor: Cast, inside: Admission) -> None:
        factories.create_admission(ward=floor.renal, bed=floor.renal_bed)
        assert send(moved("A02", place=RENAL)) == "AA"
        assert place(inside) == ("RENAL", "")
        alert = Notification.objects.filter(recipient=floor.omar).latest("id")
        assert "R-01 is in use" in alert.message
        assert alert.level == Level.WARNING

    @pytest.mark.parametrize("same", ["CARD^R^C-01", "CARD"])
    def test_to_where_they_are(self, inside: Admission, same: str) -> None:
        assert send(moved("A02", place=same)) == "AA"
        assert place(inside) == ("CARD", "C-01")
        assert kinds() == [Kind.PATIENT_ADMITTED]

    def test_to_another_bed_of_the_ward(self, inside: Admission) -> None:
        assert send(moved("A02", place="CARD^R^C-02")) == "AA"
        assert place(inside) == ("CARD", "C-02")

    def test_of_somebody_we_know_nothing_of(self, floor: Cast) -> None:
        assert send(moved("A02", place=RENAL)) == "AA"
        assert place(Admission.objects.get()) == ("RENAL", "R-01")
        assert kinds() == [Kind.PATIENT_ADMITTED]

    def test_in_another_visit(self, inside: Admission) -> None:
        assert send(moved("A02", place=RENAL, visit="V2")) == "AA"
        inside.refresh_from_db()
        assert inside.discharge.status == Discharge.Status.SUPERSEDED
        assert place(Admission.objects.get(visit_number="V2")) == ("RENAL", "R-01")

    def test_of_somebody_admitted_by_hand(self, floor: Cast) -> None:
        stay = factories.create_admission(
            ward=floor.cardiology,
            patient=floor.patient,
            told_at=datetime(2026, 11, 20, 7, tzinfo=UTC),
        )
        assert send(moved("A02", number="MRN-1", place=RENAL)) == "AA"
        assert place(stay) == ("RENAL", "R-01")

    def test_it_needs_a_ward(self, inside: Admission) -> None:
        refused(moved("A02", place=""), "AE", "PV1-3")


class TestDischarge:
    def test_it_ends_the_stay(self, floor: Cast, inside: Admission) -> None:
        assert send(moved("A03")) == "AA"
        inside.refresh_from_db()
        assert inside.discharged_at == datetime(2026, 11, 20, 10, 14, tzinfo=UTC)
        assert free("C-01")
        assert kinds() == [Kind.PATIENT_ADMITTED, Kind.PATIENT_DISCHARGED]

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("", Discharge.Status.HOME),
            ("01", Discharge.Status.HOME),
            ("2", Discharge.Status.TRANSFERRED),
            ("07", Discharge.Status.AGAINST_ADVICE),
            ("20", Discharge.Status.DECEASED),
            ("whatever", Discharge.Status.HOME),
        ],
    )
    def test_where_to_and_when(self, inside: Admission, code: str, status: str) -> None:
        *before, visit, end = moved("A03").decode().split("\r")
        pv1 = [*visit.split("|"), ""]
        pv1[36], pv1[45] = code, "20261121120000"
        assert send("\r".join([*before, "|".join(pv1), end]).encode()) == "AA"
        ended = Discharge.objects.get()
        assert (ended.status, ended.at) == (status, datetime(2026, 11, 21, 12, tzinfo=UTC))

    @pytest.mark.parametrize("fields", [{"number": "NEW-1"}, {"number": "MRN-1"}, {"visit": "V2"}])
    def test_of_a_stay_we_know_nothing_of(self, inside: Admission, fields: dict[str, str]) -> None:
        assert answer(receive(moved("A03", **fields))) == NOT_HERE
        assert place(inside) == ("CARD", "C-01")
        assert not Discharge.objects.exists()
        assert not Patient.objects.filter(number="NEW-1").exists()
        stored = Hl7Message.objects.latest("id")
        assert (stored.status, stored.reason) == NOT_HERE

    def test_the_note_is_told_again(self, inside: Admission) -> None:
        raw = moved("A03", visit="V2", control_id="again")
        assert receive(raw) == receive(raw)

    def test_twice(self, inside: Admission) -> None:
        assert send(moved("A03")) == "AA"
        assert answer(receive(moved("A03"))) == ("AA", "nothing to do: the visit has ended")


class TestRegister:
    def test_somebody_new(self, floor: Cast) -> None:
        assert send(moved("A04")) == "AA"
        patient = Patient.objects.get(number="MRN-9")
        assert (str(patient), patient.date_of_birth) == ("Layla Haddad", date(1980, 2, 29))
        assert not Admission.objects.exists()
        assert kinds() == [Kind.PATIENT_REGISTERED]

    def test_without_a_visit(self, floor: Cast) -> None:
        assert send(hl7.message(hl7.header("ADT^A04"), hl7.pid())) == "AA"

    def test_somebody_known(self, floor: Cast) -> None:
        assert send(moved("A04", number="MRN-1", name="Haddad^Pat")) == "AA"
        assert kinds() == [Kind.PATIENT_UPDATED]
        assert str(Patient.objects.get(number="MRN-1")) == "Pat Haddad"

    def test_where_nobody_is_to_be_created(self, floor: Cast) -> None:
        Feed.objects.update(creates_people=False)
        refused(moved("A04"), "AE", "MRN-9", "not known")

    def test_nobody_without_a_name(self, floor: Cast) -> None:
        refused(moved("A04", name=""), "AE", "PID-5")


class TestUpdate:
    def test_what_it_says_replaces_and_the_rest_stays(self, floor: Cast) -> None:
        floor.patient.phone, floor.patient.email = "+966 1", "pat@example.org"
        floor.patient.save()
        assert send(moved("A08", number="MRN-1", name="Patel^Patrick", phone="+966 2")) == "AA"
        floor.patient.refresh_from_db()
        assert (str(floor.patient), floor.patient.phone) == ("Patrick Patel", "+966 2")
        assert floor.patient.email == "pat@example.org"
        assert not Admission.objects.exists(), "an update admits nobody"

    def test_nothing_new_is_nothing(self, inside: Admission) -> None:
        assert send(moved("A08")) == "AA"
        assert kinds() == [Kind.PATIENT_ADMITTED]

    def test_a_place_that_differs_is_a_transfer(self, inside: Admission) -> None:
        assert send(moved("A08", place=RENAL)) == "AA"
        assert place(inside) == ("RENAL", "R-01")
        assert kinds() == [Kind.PATIENT_ADMITTED, Kind.PATIENT_TRANSFERRED]

    def test_a_clinic_or_another_visit_is_no_place(self, inside: Admission) -> None:
        assert send(moved("A08", place=RENAL).replace(b"PV1|1|I", b"PV1|1|O")) == "AA"
        assert send(moved("A08", place=RENAL, visit="V2")) == "AA"
        assert send(moved("A08", place="")) == "AA"
        assert place(inside) == ("CARD", "C-01")


class TestCancels:
    def test_an_admission(self, floor: Cast, inside: Admission) -> None:
        assert send(moved("A11")) == "AA"
        inside.refresh_from_db()
        assert inside.discharge.status == Discharge.Status.CANCELLED
        assert free("C-01")
        assert shown(floor.noor) == ["Layla Haddad was not admitted to Cardiology after all"]

    def test_a_transfer(self, floor: Cast, inside: Admission) -> None:
        assert send(moved("A02", place=RENAL)) == "AA"
        assert send(moved("A12")) == "AA"
        assert place(inside) == ("CARD", "C-01")
        assert shown(floor.omar) == ["Layla Haddad stays in Cardiology after all"]

    def test_a_discharge(self, inside: Admission) -> None:
        assert send(moved("A03")) == "AA"
        assert send(moved("A13")) == "AA"
        inside.refresh_from_db()
        assert (inside.discharged_at, place(inside)) == (None, ("CARD", "C-01"))
        assert kinds()[-1] == Kind.DISCHARGE_CANCELLED

    def test_a_discharge_of_the_visit_that_is_named(self, inside: Admission) -> None:
        assert send(moved("A03")) == "AA"
        assert send(hl7.admission(visit="V2", since="20261121080000")) == "AA"
        assert send(moved("A03", visit="V2")) == "AA"
        assert send(moved("A13", visit="V1")) == "AA"
        assert Admission.objects.get(discharged_at=None) == inside

    @pytest.mark.parametrize(
        ("event", "fields", "words"),
        [
            ("A11", {"number": "NEW-1"}, "no such stay"),
            ("A11", {"visit": "V2"}, "no such stay"),
            ("A12", {}, "has not been transferred"),
            ("A12", {"visit": "V2"}, "no such stay"),
            ("A13", {}, "no such stay"),
            ("A13", {"number": "NEW-1"}, "no such stay"),
        ],
    )
    def test_what_was_not_done_here(
        self, inside: Admission, event: str, fields: dict[str, str], words: str
    ) -> None:
        code, note = answer(receive(moved(event, **fields)))
        assert code == "AA"
        assert note.startswith("nothing to do: ")
        assert words in note
        assert kinds() == [Kind.PATIENT_ADMITTED]
        assert not Patient.objects.filter(number="NEW-1").exists()
        assert_mailboxes_consistent()

    def test_a_discharge_of_somebody_back_already(self, inside: Admission) -> None:
        assert send(moved("A03")) == "AA"
        assert send(hl7.admission(visit="", since="20261121080000")) == "AA"
        code, note = answer(receive(moved("A13")))
        assert (code, "already admitted" in note) == ("AA", True)

    def test_only_the_patient_need_be_named(self, inside: Admission) -> None:
        assert send(hl7.message(hl7.header("ADT^A11"), hl7.pid())) == "AA"
        assert Event.objects.latest("id").kind == Kind.ADMISSION_CANCELLED
