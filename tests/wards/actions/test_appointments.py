"""The state machine of appointments: every move there is, and that there are no others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards.actions import appointments
from wards.base import clock
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Appointment, Event, Outbox, User

Status = Appointment.Status
TOMORROW = timezone.now() + timedelta(days=1)


def _reschedule(appointment: Appointment, by: User | None = None) -> Appointment:
    return appointments.reschedule(
        appointment=appointment, starts_at=TOMORROW, reason="Provider ill", by=by
    )


def _cancel(appointment: Appointment, by: User | None = None) -> Appointment:
    return appointments.cancel(appointment=appointment, reason="Recovered", by=by)


# What each verb leads to, and the event it records.
VERBS: dict[str, tuple[Callable[..., Appointment], Status, Kind]] = {
    "confirm": (appointments.confirm, Status.CONFIRMED, Kind.APPOINTMENT_CONFIRMED),
    "reschedule": (_reschedule, Status.BOOKED, Kind.APPOINTMENT_RESCHEDULED),
    "arrive": (appointments.arrive, Status.ARRIVED, Kind.APPOINTMENT_ARRIVED),
    "start": (appointments.start, Status.IN_PROGRESS, Kind.APPOINTMENT_IN_PROGRESS),
    "complete": (appointments.complete, Status.COMPLETED, Kind.APPOINTMENT_COMPLETED),
    "cancel": (_cancel, Status.CANCELLED, Kind.APPOINTMENT_CANCELLED),
    "no_show": (appointments.no_show, Status.NO_SHOW, Kind.APPOINTMENT_NO_SHOW),
}
# Which verbs each state allows, written down apart from the code.
ALLOWED = {
    Status.BOOKED: {"confirm", "reschedule", "arrive", "cancel", "no_show"},
    Status.CONFIRMED: {"reschedule", "arrive", "cancel", "no_show"},
    Status.ARRIVED: {"start", "cancel"},
    Status.IN_PROGRESS: {"complete"},
    Status.COMPLETED: set(),
    Status.CANCELLED: set(),
    Status.NO_SHOW: {"reschedule"},
}
MATRIX = [(state, verb) for state, verb in product(Status, VERBS)]
LEGAL = [(state, verb) for state, verb in MATRIX if verb in ALLOWED[state]]
ILLEGAL = [(state, verb) for state, verb in MATRIX if verb not in ALLOWED[state]]


def test_the_two_halves_are_the_whole_matrix() -> None:
    assert len(LEGAL) + len(ILLEGAL) == len(Status) * len(VERBS) == 49
    assert set(ALLOWED) == set(Appointment.MOVES) == set(Status)


@pytest.mark.parametrize(("state", "verb"), LEGAL)
def test_a_legal_move(floor: Cast, state: Status, verb: str) -> None:
    action, leads_to, kind = VERBS[verb]
    appointment = factories.create_appointment(
        provider=floor.priya,
        patient=floor.patient,
        status=state,
        starts_at=timezone.now() - timedelta(minutes=10),
    )
    moved = action(appointment=appointment, by=floor.dana)
    assert moved.status == leads_to
    assert Appointment.objects.get().status == leads_to
    event = Event.objects.get(kind=kind)
    assert (event.appointment, event.patient, event.provider, event.actor) == (
        appointment,
        floor.patient,
        floor.priya,
        floor.dana,
    )
    assert Outbox.objects.filter(event=event).exists()


@pytest.mark.parametrize(("state", "verb"), ILLEGAL)
def test_an_illegal_move_is_refused(floor: Cast, state: Status, verb: str) -> None:
    action, leads_to, kind = VERBS[verb]
    appointment = factories.create_appointment(provider=floor.priya, status=state)
    with pytest.raises(Refused) as refused:
        action(appointment=appointment, by=floor.dana)
    assert str(refused.value) == (
        f"This appointment is {state.label} and can no longer become {leads_to.label}."
    )
    assert Appointment.objects.get().status == state
    assert not Event.objects.filter(kind=kind).exists()


class TestWhenItCanBeTrue:
    """By the hospital's clock, in Riyadh; what people say, not what other systems do."""

    @pytest.mark.parametrize(
        ("verb", "starts", "now", "refused"),
        [
            ("arrive", "2026-11-29 09:00", "2026-11-26 09:00", True),
            ("arrive", "2026-11-29 09:00", "2026-11-28 23:59", True),
            ("arrive", "2026-11-29 09:00", "2026-11-29 00:01", False),
            ("arrive", "2026-11-29 09:00", "2026-11-29 23:59", False),
            ("arrive", "2026-11-29 09:00", "2026-11-30 09:00", True),
            ("arrive", "2026-11-29 23:50", "2026-11-30 00:05", False),
            ("arrive", "2026-11-29 00:10", "2026-11-28 23:40", False),
            ("no_show", "2026-11-29 09:00", "2026-11-26 09:00", True),
            ("no_show", "2026-11-29 09:00", "2026-11-29 08:59", True),
            ("no_show", "2026-11-29 09:00", "2026-11-29 09:00", False),
            ("no_show", "2026-11-29 09:00", "2026-12-02 09:00", False),
            ("confirm", "2026-11-29 09:00", "2026-11-01 09:00", False),
        ],
    )
    def test_by_people(
        self,
        floor: Cast,
        monkeypatch: pytest.MonkeyPatch,
        verb: str,
        starts: str,
        now: str,
        refused: bool,
    ) -> None:
        zone = ZoneInfo(floor.hospital.timezone)
        starts_at, at = (
            datetime.fromisoformat(said).replace(tzinfo=zone) for said in (starts, now)
        )
        appointment = factories.create_appointment(provider=floor.priya, starts_at=starts_at)
        monkeypatch.setattr(clock, "now", lambda: at)
        if not refused:
            assert VERBS[verb][0](appointment=appointment).status == VERBS[verb][1]
            return
        with pytest.raises(Refused, match=r"09:00 on 29 Nov 2026"):
            VERBS[verb][0](appointment=appointment)
        appointment.refresh_from_db()
        assert appointment.status == Status.BOOKED

    def test_the_other_systems_word_stands(self, floor: Cast) -> None:
        appointment = factories.create_appointment(provider=floor.priya)
        moved = appointments.no_show(appointment=appointment, told_at=timezone.now(), source="hl7")
        assert moved.status == Status.NO_SHOW


class TestBook:
    def test_it_is_numbered_and_waits_for_confirmation(self, floor: Cast) -> None:
        appointment = factories.create_appointment(provider=floor.priya, duration=45)
        appointment.refresh_from_db()
        assert appointment.number == str(appointment) == f"A-{appointment.pk}"
        assert (appointment.status, appointment.duration) == (Status.BOOKED, 45)
        assert not appointment.financial_clearance
        assert not appointment.consent_verified

    def test_the_event_says_when_and_why(self, floor: Cast) -> None:
        appointment = factories.create_appointment(
            provider=floor.priya, reason="Follow-up", consent_verified=True, by=floor.dana
        )
        event = Event.objects.get()
        assert event.kind == Kind.APPOINTMENT_BOOKED
        assert event.actor == floor.dana
        starts_at = str(event.data.pop("starts_at"))
        assert starts_at.startswith(f"{appointment.starts_at:%Y-%m-%dT%H:%M:%S}")
        assert event.data == {
            "reason": "Follow-up",
            "financial_clearance": False,
            "consent_verified": True,
        }


class TestReschedule:
    def test_it_keeps_the_new_time_and_the_reason(self, floor: Cast) -> None:
        appointment = factories.create_appointment(provider=floor.priya, status=Status.CONFIRMED)
        _reschedule(appointment)
        appointment.refresh_from_db()
        assert appointment.starts_at == TOMORROW
        assert appointment.status == Status.BOOKED, "the patient confirms again"
        assert appointment.status_reason == "Provider ill"

    def test_the_event_has_the_new_time(self, floor: Cast) -> None:
        _reschedule(factories.create_appointment(provider=floor.priya, reason="Follow-up"))
        data = Event.objects.get(kind=Kind.APPOINTMENT_RESCHEDULED).data
        assert str(data["starts_at"]).startswith(f"{TOMORROW:%Y-%m-%dT%H:%M:%S}")
        assert data["reason"] == "Provider ill"

    def test_a_refused_one_keeps_the_old_time(self, floor: Cast) -> None:
        appointment = factories.create_appointment(provider=floor.priya, status=Status.CANCELLED)
        with pytest.raises(Refused):
            _reschedule(appointment)
        assert Appointment.objects.get().starts_at == appointment.starts_at


class TestCancel:
    @pytest.mark.parametrize("reason", ["", "  ", "\n"])
    def test_it_needs_a_reason(self, floor: Cast, reason: str) -> None:
        appointment = factories.create_appointment(provider=floor.priya)
        with pytest.raises(Refused, match=r"^Please give the reason of the cancellation\.$"):
            appointments.cancel(appointment=appointment, reason=reason)
        assert Appointment.objects.get().status == Status.BOOKED

    def test_the_reason_is_kept_and_told(self, floor: Cast) -> None:
        _cancel(factories.create_appointment(provider=floor.priya, reason="Follow-up"))
        assert Appointment.objects.get().status_reason == "Recovered"
        event = Event.objects.get(kind=Kind.APPOINTMENT_CANCELLED)
        assert event.data["reason"] == "Recovered"


class TestArrive:
    def test_the_time_is_noted(self, floor: Cast) -> None:
        appointments.arrive(appointment=factories.create_appointment(provider=floor.priya))
        arrived_at = Appointment.objects.get().arrived_at
        assert arrived_at is not None
        assert timezone.now() - arrived_at < timedelta(minutes=1)

    @pytest.mark.parametrize("cleared", [True, False])
    @pytest.mark.parametrize("consent", [True, False])
    def test_the_ping_says_what_is_cleared(self, floor: Cast, cleared: bool, consent: bool) -> None:
        appointments.arrive(
            appointment=factories.create_appointment(
                provider=floor.priya, financial_clearance=cleared, consent_verified=consent
            )
        )
        data = Event.objects.get(kind=Kind.APPOINTMENT_ARRIVED).data
        assert (data["financial_clearance"], data["consent_verified"]) == (cleared, consent)


def test_a_stale_object_does_not_undo_what_others_did(floor: Cast) -> None:
    appointment = factories.create_appointment(provider=floor.priya)
    stale = Appointment.objects.get(pk=appointment.pk)
    _cancel(appointment)
    with pytest.raises(Refused, match="is Cancelled and can no longer become Arrived"):
        appointments.arrive(appointment=stale)


def test_a_move_leaves_what_it_does_not_concern(floor: Cast) -> None:
    appointment = factories.create_appointment(provider=floor.priya)
    stale = Appointment.objects.get(pk=appointment.pk)
    Appointment.objects.update(financial_clearance=True)
    appointments.arrive(appointment=stale)
    assert Appointment.objects.get().financial_clearance
