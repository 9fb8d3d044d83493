"""Nobody is in two places at once, unless somebody says that it is meant."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from tests.wards.actions.test_at_once import at_once
from wards import diary
from wards.actions import appointments
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import Appointment, Event, Role, User

TEN = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=2)
MINUTE = timedelta(minutes=1)
Status = Appointment.Status


def book(cast: Cast, at: datetime, provider: User | None = None, **how: object) -> Appointment:
    """Half an hour of Priya's for somebody."""
    fields: dict[str, object] = {
        "hospital": cast.hospital,
        "provider": provider or cast.priya,
        "patient": how.pop("patient", None) or factories.create_patient(cast.hospital),
        "starts_at": at,
    }
    return appointments.book(**fields | how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begins", "lasts", "clashes"),
    [
        (-30, 30, False),
        (-30, 31, True),
        (-480, 480, False),
        (-120, 240, True),
        (0, 30, True),
        (10, 5, True),
        (29, 30, True),
        (30, 30, False),
        (24 * 60, 30, False),
    ],
)
def test_what_overlaps(floor: Cast, begins: int, lasts: int, clashes: bool) -> None:
    """Against half an hour from ten: both as what is there and as what is wanted."""
    first = book(floor, TEN + begins * MINUTE, duration=lasts)
    found = diary.conflicts(floor.priya, TEN, 30)
    assert list(found) == ([first] if clashes else [])
    assert not diary.conflicts(floor.priya, TEN, 30, exclude=first)
    second = book(floor, TEN, overbook=True)
    found = diary.conflicts(floor.priya, first.starts_at, lasts, exclude=first)
    assert list(found) == ([second] if clashes else [])


@pytest.mark.parametrize("status", Status)
def test_what_takes_up_time(floor: Cast, status: Status) -> None:
    factories.create_appointment(provider=floor.priya, starts_at=TEN, status=status)
    takes = status in (Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_PROGRESS)
    assert diary.conflicts(floor.priya, TEN, 30).exists() is takes


def test_a_provider_is_not_booked_twice(floor: Cast) -> None:
    floor.hospital.timezone = "Asia/Riyadh"
    floor.hospital.save()
    book(floor, TEN)
    day = f"{TEN.day} {TEN:%b %Y}"
    with pytest.raises(Refused) as refused:
        book(floor, TEN + 15 * MINUTE)
    assert str(refused.value) == f"Priya Prasad already has an appointment at 13:00 on {day}."
    assert Appointment.objects.count() == Event.objects.count() == 1
    book(floor, TEN + 30 * MINUTE)
    book(floor, TEN, overbook=True)


def test_a_patient_is_not_booked_twice(floor: Cast) -> None:
    other = factories.create_user(floor.hospital, Role.PROVIDER)
    book(floor, TEN, patient=floor.patient)
    with pytest.raises(Refused, match=r"^Pat Patel already has an appointment at"):
        book(floor, TEN, other, patient=floor.patient)
    book(floor, TEN, other)


def test_an_appointment_is_moved_only_where_there_is_time(floor: Cast) -> None:
    moved, there = book(floor, TEN), book(floor, TEN + 60 * MINUTE)
    appointments.reschedule(appointment=moved, starts_at=TEN + 10 * MINUTE, reason="Late")
    for minutes, duration in ((45, None), (20, 60)):
        with pytest.raises(Refused, match="Priya Prasad already"):
            appointments.reschedule(
                appointment=moved,
                starts_at=TEN + minutes * MINUTE,
                duration=duration,
                reason="Late",
            )
    moved.refresh_from_db()
    assert (moved.starts_at, moved.duration) == (TEN + 10 * MINUTE, 30)
    moved = appointments.reschedule(
        appointment=moved, starts_at=there.starts_at, duration=45, reason="Late", overbook=True
    )
    assert (moved.starts_at, moved.duration) == (there.starts_at, 45)


def test_a_missed_one_is_booked_again_only_where_there_is_time(floor: Cast) -> None:
    missed = factories.create_appointment(provider=floor.priya, status=Status.NO_SHOW)
    book(floor, TEN)
    with pytest.raises(Refused, match="Priya Prasad already"):
        appointments.reschedule(appointment=missed, starts_at=TEN, reason="Came late")


class TestModify:
    def test_another_provider_hears_of_it(self, floor: Cast) -> None:
        huda = factories.create_user(floor.hospital, Role.PROVIDER)
        visit = book(floor, TEN)
        appointments.modify(appointment=visit, provider=huda, duration=45, reason="", by=floor.dana)
        visit.refresh_from_db()
        assert (visit.provider, visit.duration, visit.status) == (huda, 45, Status.BOOKED)
        event = Event.objects.get(kind=Kind.APPOINTMENT_MODIFIED)
        assert (event.provider, event.actor) == (huda, floor.dana)
        assert event.data["changed"] == ["provider", "duration"]

    def test_the_same_is_nothing(self, floor: Cast) -> None:
        visit = book(floor, TEN, reason="Check-up")
        appointments.modify(appointment=visit, provider=floor.priya, duration=30, reason="Check-up")
        assert Event.objects.count() == 1

    def test_not_into_what_is_taken(self, floor: Cast) -> None:
        huda = factories.create_user(floor.hospital, Role.PROVIDER)
        visit = book(floor, TEN)
        book(floor, TEN, huda)
        book(floor, TEN + 30 * MINUTE)
        with pytest.raises(Refused, match="already has"):
            appointments.modify(appointment=visit, provider=huda)
        with pytest.raises(Refused, match="already has"):
            appointments.modify(appointment=visit, duration=31)
        appointments.modify(appointment=visit, reason="Check-up")
        appointments.modify(appointment=visit, duration=31, overbook=True)

    @pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW])
    def test_not_what_is_over(self, floor: Cast, status: Status) -> None:
        visit = factories.create_appointment(provider=floor.priya, status=status)
        with pytest.raises(Refused, match="can no longer change"):
            appointments.modify(appointment=visit, reason="Other")
        assert Appointment.objects.get().reason == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(5))
class TestAtOnce:
    def test_two_book_one_provider(self, floor: Cast, number: int) -> None:
        book_ = [lambda at=at: book(floor, at) for at in (TEN, TEN + 10 * MINUTE)]
        endings = at_once(floor, *book_)
        assert endings[0] == "done"
        assert "Priya Prasad already has" in endings[1]
        assert Appointment.objects.count() == 1

    def test_two_book_one_patient(self, floor: Cast, number: int) -> None:
        providers = [factories.create_user(floor.hospital, Role.PROVIDER) for _ in range(2)]
        endings = at_once(
            floor, *(lambda p=p: book(floor, TEN, p, patient=floor.patient) for p in providers)
        )
        assert endings[0] == "done"
        assert "Pat Patel already has" in endings[1]
        assert Appointment.objects.count() == 1

    def test_one_is_booked_where_another_is_moved_to(self, floor: Cast, number: int) -> None:
        moved = book(floor, TEN - 120 * MINUTE)
        endings = at_once(
            floor,
            lambda: book(floor, TEN),
            lambda: appointments.reschedule(appointment=moved, starts_at=TEN, reason="Late"),
        )
        assert endings[0] == "done"
        assert "Priya Prasad already has" in endings[1]
        assert diary.conflicts(floor.priya, TEN, 30).count() == 1
