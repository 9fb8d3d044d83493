"""Coming on duty and going off, and what that opens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import DutyPeriod, Event
from wards.roles import wards_of
from wards.roster import actions


def test_going_on_duty_begins_now_and_is_recorded(floor: Cast) -> None:
    period = actions.go_on_duty(
        hospital=floor.hospital, user=floor.noor, ward=floor.renal, by=floor.mona
    )
    assert period.ends_at is None
    assert timezone.now() - period.starts_at < timedelta(minutes=1)
    event = Event.objects.get()
    assert (event.kind, event.actor) == (Kind.DUTY_STARTED, floor.mona)
    assert (event.provider, event.ward) == (floor.noor, floor.renal)


def test_twice_in_one_ward_is_refused(floor: Cast) -> None:
    with pytest.raises(Refused, match=r"^Noor Nasser is already on duty in Cardiology\.$"):
        actions.go_on_duty(hospital=floor.hospital, user=floor.noor, ward=floor.cardiology)
    assert not Event.objects.exists()


def test_going_off_ends_it_and_is_recorded(floor: Cast) -> None:
    period = DutyPeriod.objects.get(user=floor.noor)
    actions.go_off_duty(period=period, by=floor.noor)
    period.refresh_from_db()
    assert period.ends_at is not None
    event = Event.objects.get()
    assert (event.kind, event.provider, event.ward) == (
        Kind.DUTY_ENDED,
        floor.noor,
        floor.cardiology,
    )


def test_going_off_twice_is_refused(floor: Cast) -> None:
    period = DutyPeriod.objects.get(user=floor.noor)
    actions.go_off_duty(period=period)
    with pytest.raises(Refused, match=r"^This duty has already ended\.$"):
        actions.go_off_duty(period=period)
    assert Event.objects.count() == 1


def test_one_may_come_back(floor: Cast) -> None:
    actions.go_off_duty(period=DutyPeriod.objects.get(user=floor.noor))
    factories.go_on_duty(floor.noor, floor.cardiology)
    assert list(wards_of(floor.noor)) == [floor.cardiology]


class TestWardsOf:
    """The wards whose board somebody may see."""

    def test_a_nurse_sees_where_they_are_on_duty(self, floor: Cast) -> None:
        assert list(wards_of(floor.noor)) == [floor.cardiology]
        assert list(wards_of(floor.omar)) == [floor.renal]

    def test_managers_see_all_of_their_hospital(self, floor: Cast) -> None:
        for user in (floor.alice, floor.mona):
            assert set(wards_of(user)) == {floor.cardiology, floor.renal}

    def test_others_see_none_even_on_duty(self, floor: Cast) -> None:
        for user in (floor.dana, floor.priya, floor.farid, floor.pat):
            factories.create_duty(user, floor.cardiology)
            assert not wards_of(user).exists()

    @pytest.mark.parametrize(
        ("begin", "end", "seen"),
        [
            (-8, None, True),
            (-8, 1, True),
            (-8, -1, False),
            (1, 8, False),
            (1, None, False),
        ],
    )
    def test_only_while_the_duty_runs(
        self, floor: Cast, begin: int, end: int | None, seen: bool
    ) -> None:
        nurse = factories.create_user(floor.hospital)
        now = timezone.now()
        factories.create_duty(
            nurse,
            floor.renal,
            begin=now + timedelta(hours=begin),
            end=None if end is None else now + timedelta(hours=end),
        )
        assert list(wards_of(nurse)) == ([floor.renal] if seen else [])

    def test_two_periods_in_a_ward_show_it_once(self, floor: Cast) -> None:
        factories.create_duty(floor.noor, floor.cardiology, end=timezone.now() + timedelta(hours=1))
        assert list(wards_of(floor.noor)) == [floor.cardiology]

    def test_a_duty_that_ended_does_not_lend_its_ward_to_another(self, floor: Cast) -> None:
        """The conditions must hold for one and the same period."""
        yesterday = timezone.now() - timedelta(days=1)
        nurse = factories.create_user(floor.hospital)
        factories.create_duty(
            nurse, floor.cardiology, begin=yesterday, end=yesterday + timedelta(hours=8)
        )
        assert not wards_of(nurse).exists(), "Noor's open duty is not theirs"
