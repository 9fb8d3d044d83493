"""SIU: what a scheduling system says of appointments."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.cast import Cast
from tests.wards.hl7 import messages as hl7
from tests.wards.hl7.messages import RIYADH, answer, kinds, refused, scheduled, send
from wards.feeds.content import Change, Clinician, Id
from wards.hl7.intake import receive
from wards.kinds import Kind
from wards.models import Appointment, Event, Hl7Message

# `receive` commits on its own, so the tests do too.
pytestmark = pytest.mark.django_db(transaction=True)

Status = Appointment.Status
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def siu(event: str, **fields: str) -> bytes:
    return hl7.appointment(kind=f"SIU^{event}", **fields)


@pytest.fixture
def booked(floor: Cast) -> Appointment:
    assert send(siu("S12")) == "AA"
    return Appointment.objects.get()


class TestParsing:
    def test_what_it_says(self) -> None:
        thing = scheduled(siu("S13", why="ILL^Provider ill"))
        assert thing.change is Change.RESCHEDULED
        assert thing.patient.number == "MRN-9"
        assert thing.ids == (Id("F-1"), Id("P-1"))
        assert thing.provider == Clinician((Id("C006"),), "Priya", "Prasad")
        assert thing.starts_at == datetime(2026, 11, 23, 9, tzinfo=RIYADH)
        assert (thing.duration, thing.reason, thing.why) == (20, "Check-up", "Provider ill")

    @pytest.mark.parametrize(
        ("minutes", "unit", "lasts"),
        [
            ("20", "", 20),
            ("20", "min", 20),
            ("20", "M", 20),
            ("2", "HR", 120),
            ("900", "s", 15),
            ("1", "min", 5),
            ("2", "D", 480),
            ("0", "", None),
            ("soon", "", None),
            ("", "", None),
        ],
    )
    def test_how_long(self, minutes: str, unit: str, lasts: int | None) -> None:
        assert scheduled(siu("S12", minutes=minutes, unit=unit)).duration == lasts

    def test_from_begin_to_end(self) -> None:
        raw = siu("S12", minutes="", starts="20261123090000^20261123094500")
        assert scheduled(raw).duration == 45

    def test_since_version_2_5_the_time_is_in_a_segment_of_its_own(self) -> None:
        raw = siu("S12", starts="", minutes="") + b"TQ1|1||||||20261123100000|20261123103000\r"
        thing = scheduled(raw)
        assert thing.starts_at == datetime(2026, 11, 23, 10, tzinfo=RIYADH)
        assert thing.duration == 30

    def test_or_with_the_service(self) -> None:
        raw = siu("S12", starts="", minutes="") + b"AIS|1|A|CHK|20261123110000|||40|min\r"
        thing = scheduled(raw)
        assert thing.starts_at == datetime(2026, 11, 23, 11, tzinfo=RIYADH)
        assert thing.duration == 40

    def test_without_a_person_the_attending_is_meant(self) -> None:
        raw = siu("S12", person="") + hl7.pv1(attending="C007^Saleh^Huda").encode() + b"\r"
        assert scheduled(raw).provider == Clinician((Id("C007"),), "Huda", "Saleh")


def test_a_booking(floor: Cast, booked: Appointment) -> None:
    assert (booked.provider, booked.starts_at, booked.duration) == (floor.priya, NINE, 20)
    assert (booked.reason, booked.status) == ("Check-up", Status.BOOKED)
    assert (str(booked.patient), booked.external_id) == ("Layla Haddad", "F-1")
    event = Event.objects.get()
    assert (event.kind, event.source) == (Kind.APPOINTMENT_BOOKED, "hl7")


def test_a_booking_told_again(booked: Appointment) -> None:
    assert send(siu("S12")) == "AA"
    assert kinds() == [Kind.APPOINTMENT_BOOKED]


def test_double_bookings_are_theirs(floor: Cast, booked: Appointment) -> None:
    assert send(siu("S12", filler="F-2", number="MRN-1")) == "AA"
    assert Appointment.objects.filter(starts_at=NINE, provider=floor.priya).count() == 2


@pytest.mark.parametrize("ids", [("F-1", ""), ("", "F-1"), ("new", "F-1")])
def test_it_is_found_by_either_id(booked: Appointment, ids: tuple[str, str]) -> None:
    assert send(siu("S26", filler=ids[0], placer=ids[1])) == "AA"
    booked.refresh_from_db()
    assert booked.status == Status.NO_SHOW


def test_a_new_time(floor: Cast, booked: Appointment) -> None:
    assert send(siu("S13", starts="20261124100000", minutes="30", why="ILL^Provider ill")) == "AA"
    booked.refresh_from_db()
    assert booked.starts_at == NINE + timedelta(hours=25)
    assert (booked.duration, booked.status_reason) == (30, "Provider ill")
    assert kinds() == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_RESCHEDULED]


def test_another_provider_and_duration(booked: Appointment) -> None:
    raw = siu("S14", person="C007^Saleh^Huda", minutes="45", reason="X^Follow-up")
    assert send(raw) == "AA"
    booked.refresh_from_db()
    assert (str(booked.provider), booked.duration) == ("Huda Saleh", 45)
    assert (booked.reason, booked.starts_at) == ("Follow-up", NINE)
    assert kinds() == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_MODIFIED]


@pytest.mark.parametrize(
    ("why", "reason"),
    [("REC^Recovered", "Recovered"), ("", "Cancelled in the scheduling system.")],
)
def test_a_cancellation(booked: Appointment, why: str, reason: str) -> None:
    for _ in range(2):
        assert answer(receive(siu("S15", why=why, starts="", person=""))) == ("AA", "")
    booked.refresh_from_db()
    assert (booked.status, booked.status_reason) == (Status.CANCELLED, reason)
    assert kinds() == [Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_CANCELLED]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("S13", Status.BOOKED),
        ("S14", Status.BOOKED),
        ("S15", Status.CANCELLED),
        ("S26", Status.NO_SHOW),
    ],
)
def test_of_one_we_know_nothing_of(floor: Cast, event: str, status: str) -> None:
    assert send(siu(event)) == "AA"
    assert Appointment.objects.get().status == status
    assert kinds()[0] == Kind.APPOINTMENT_BOOKED


@pytest.mark.parametrize(
    ("event", "status"),
    [("S26", Status.COMPLETED), ("S15", Status.IN_PROGRESS), ("S26", Status.ARRIVED)],
)
def test_what_our_state_machine_has_no_move_for(
    booked: Appointment, event: str, status: Status
) -> None:
    Appointment.objects.update(status=status)
    code, note = answer(receive(siu(event)))
    assert code == "AA"
    assert note.startswith(f"nothing to do: This appointment is {status.label}")
    assert Hl7Message.objects.latest("id").reason == note
    assert Appointment.objects.get().status == status


def test_the_appointment_of_somebody_else(booked: Appointment) -> None:
    refused(siu("S15", number="MRN-1"), "AE", "SCH-2", "another patient")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"filler": "", "placer": ""}, "SCH-2"),
        ({"starts": ""}, "SCH-11"),
        ({"starts": "soon"}, "SCH-11"),
        ({"person": ""}, "AIP-3"),
        ({"number": ""}, "PID-3"),
    ],
)
def test_what_it_cannot_do_without(floor: Cast, fields: dict[str, str], words: str) -> None:
    refused(siu("S12", **fields), "AE", words)
    assert not Appointment.objects.exists()


def test_one_of_ours_is_left_alone(floor: Cast) -> None:
    ours = factories.create_appointment(provider=floor.priya)
    assert send(siu("S15")) == "AA"
    ours.refresh_from_db()
    assert ours.status == Status.BOOKED
