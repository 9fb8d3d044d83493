"""Duties planned ahead, weeks copied, and hours with nobody there."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from tests.wards.actions.test_at_once import at_once
from wards.base.refused import Refused
from wards.kinds import Kind
from wards.models import DutyPeriod, Event
from wards.roster import actions
from wards.roster.coverage import Gap, uncovered, uncovered_by_ward
from wards.selectors import on_duty_now

HOUR = timedelta(hours=1)
MONDAY = date.fromordinal(timezone.now().date().toordinal() // 7 * 7 + 15)  # in a week or two
MORNING = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 7, tzinfo=UTC)
WEEK = timedelta(days=7)


def plan(cast: Cast, begin: datetime = MORNING, hours: float = 8) -> DutyPeriod:
    """Noor in Cardiology."""
    return actions.plan_duty(
        user=cast.noor,
        ward=cast.cardiology,
        starts_at=begin,
        ends_at=begin + hours * HOUR,
        by=cast.mona,
    )


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


class TestPlan:
    def test_it_is_recorded(self, floor: Cast) -> None:
        period = plan(floor)  # beside the open duty that runs now
        assert DutyPeriod.objects.get(pk=period.pk).ends_at == MORNING + 8 * HOUR
        event = Event.objects.get()
        assert (event.kind, event.actor, event.provider, event.ward) == (
            Kind.DUTY_PLANNED,
            floor.mona,
            floor.noor,
            floor.cardiology,
        )

    @pytest.mark.parametrize(
        ("begin", "hours", "clashes"),
        [(-8, 8, False), (-8, 9, True), (2, 2, True), (-2, 20, True), (7, 9, True), (8, 8, False)],
    )
    def test_not_twice_at_the_same_time(
        self, floor: Cast, begin: int, hours: int, clashes: bool
    ) -> None:
        plan(floor)
        if clashes:
            with pytest.raises(Refused, match="already on duty in Cardiology at that time"):
                plan(floor, MORNING + begin * HOUR, hours)
        else:
            plan(floor, MORNING + begin * HOUR, hours)

    def test_elsewhere_at_the_same_time_one_may(self, floor: Cast) -> None:
        """Small wards share a night nurse."""
        plan(floor)
        actions.plan_duty(
            user=floor.noor, ward=floor.renal, starts_at=MORNING, ends_at=MORNING + HOUR
        )

    def test_an_open_duty_lasts_until_now(self, floor: Cast) -> None:
        now = timezone.now()
        with pytest.raises(Refused, match="at that time"):
            plan(floor, now - HOUR / 2)
        plan(floor, now + HOUR)

    @pytest.mark.parametrize(
        ("begin", "hours", "words"),
        [(0, 0, "ends after it begins"), (0, -1, "ends after"), (-24 * 60, 1, "over")],
    )
    def test_what_makes_no_sense(self, floor: Cast, begin: int, hours: int, words: str) -> None:
        with pytest.raises(Refused, match=words):
            plan(floor, MORNING + begin * HOUR, hours)

    def test_only_those_who_work_here(self, floor: Cast) -> None:
        left = factories.create_user(floor.hospital, is_active=False)
        for user in (floor.pat, floor.zed, left):
            with pytest.raises(Refused, match="does not work here"):
                actions.plan_duty(
                    user=user,
                    ward=floor.cardiology,
                    starts_at=MORNING,
                    ends_at=MORNING + HOUR,
                )

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("number", range(3))
    def test_two_plan_the_same(self, floor: Cast, number: int) -> None:
        endings = at_once(floor, lambda: plan(floor), lambda: plan(floor, MORNING + HOUR))
        assert endings[0] == "done"
        assert "at that time" in endings[1]


class TestChange:
    def test_a_planned_one_moves(self, floor: Cast) -> None:
        period = plan(floor)
        actions.change_duty(period=period, starts_at=MORNING + HOUR, ends_at=MORNING + 9 * HOUR)
        assert DutyPeriod.objects.get(pk=period.pk).starts_at == MORNING + HOUR
        assert kinds() == [Kind.DUTY_PLANNED, Kind.DUTY_CHANGED]

    def test_not_over_another(self, floor: Cast) -> None:
        period = plan(floor)
        plan(floor, MORNING + 10 * HOUR)
        with pytest.raises(Refused, match="at that time"):
            actions.change_duty(period=period, starts_at=MORNING, ends_at=MORNING + 11 * HOUR)

    def test_of_a_running_one_only_the_end(self, floor: Cast) -> None:
        period = DutyPeriod.objects.get(user=floor.noor)
        later = timezone.now() + HOUR
        with pytest.raises(Refused, match="only its end"):
            actions.change_duty(period=period, starts_at=later, ends_at=later + HOUR)
        actions.change_duty(period=period, starts_at=period.starts_at, ends_at=later)
        assert DutyPeriod.objects.get(pk=period.pk).ends_at == later

    def test_not_one_that_is_over_or_gone(self, floor: Cast) -> None:
        period = DutyPeriod.objects.get(user=floor.noor)
        actions.go_off_duty(period=period)
        planned = plan(floor)
        actions.remove_duty(period=DutyPeriod.objects.get(pk=planned.pk))
        for gone, words in ((period, "already ended"), (planned, "no longer in the roster")):
            with pytest.raises(Refused, match=words):
                actions.change_duty(period=gone, starts_at=MORNING, ends_at=MORNING + HOUR)
            with pytest.raises(Refused, match=words):
                actions.remove_duty(period=gone)


class TestRemove:
    def test_a_planned_one_goes(self, floor: Cast) -> None:
        actions.remove_duty(period=plan(floor), by=floor.mona)
        assert DutyPeriod.objects.filter(user=floor.noor).count() == 1
        event = Event.objects.latest("id")
        assert (event.kind, event.provider, event.actor) == (
            Kind.DUTY_REMOVED,
            floor.noor,
            floor.mona,
        )

    def test_a_running_one_ends(self, floor: Cast) -> None:
        period = DutyPeriod.objects.get(user=floor.noor)
        actions.change_duty(
            period=period, starts_at=period.starts_at, ends_at=timezone.now() + HOUR
        )
        actions.remove_duty(period=period)
        assert not on_duty_now(floor.cardiology).exists()
        assert on_duty_now(floor.renal).exists()
        assert kinds()[-1] == Kind.DUTY_ENDED
        assert DutyPeriod.objects.filter(pk=period.pk).exists()


class TestCopyWeek:
    def copy(self, cast: Cast, weeks: int = 1) -> list[DutyPeriod]:
        to = MONDAY + weeks * WEEK
        return actions.copy_week(
            ward=cast.cardiology, from_monday=MONDAY, to_monday=to, by=cast.mona
        )

    def test_the_same_hours(self, floor: Cast) -> None:
        plan(floor)
        plan(floor, MORNING + 6 * 24 * HOUR)
        plan(floor, MORNING + 7 * 24 * HOUR + HOUR)  # the next week; its copy would clash
        assert [period.starts_at for period in self.copy(floor)] == [MORNING + 13 * 24 * HOUR]
        assert kinds().count(Kind.DUTY_PLANNED) == 4
        assert self.copy(floor) == []

    def test_the_clock_on_the_wall_counts(self, floor: Cast) -> None:
        floor.hospital.timezone = "Europe/Berlin"
        floor.hospital.save()
        ward = type(floor.cardiology).objects.get(pk=floor.cardiology.pk)
        # 2031-03-30: summer time begins. Seven in the morning is 6:00 UTC before, 5:00 after.
        period = plan(floor, datetime(2031, 3, 25, 6, tzinfo=UTC))
        [copy] = actions.copy_week(
            ward=ward, from_monday=date(2031, 3, 24), to_monday=date(2031, 3, 31)
        )
        assert copy.starts_at == datetime(2031, 4, 1, 5, tzinfo=UTC)
        assert period.ends_at is not None
        assert copy.ends_at == period.ends_at + WEEK - HOUR

    def test_what_is_left_out(self, floor: Cast) -> None:
        period = plan(floor)
        assert self.copy(floor, -8) == [], "it would be over"
        floor.noor.is_active = False
        floor.noor.save()
        assert self.copy(floor) == [], "they have left"
        DutyPeriod.objects.filter(pk=period.pk).delete()
        floor.noor.is_active = True
        floor.noor.save()
        assert self.copy(floor) == [], "nothing planned; open duties are not copied"

    def test_a_week_begins_on_a_monday(self, floor: Cast) -> None:
        with pytest.raises(Refused, match="Monday"):
            actions.copy_week(
                ward=floor.cardiology,
                from_monday=MONDAY + timedelta(days=1),
                to_monday=MONDAY + WEEK,
            )

    def test_queries(
        self, floor: Cast, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        for nurse in range(20):
            user = factories.create_user(floor.hospital, username=f"night{nurse}")
            factories.create_duty(user, floor.cardiology, begin=MORNING, end=MORNING + HOUR)
        with django_assert_max_num_queries(9):  # type: ignore[attr-defined]
            assert len(self.copy(floor)) == 20


class TestUncovered:
    def test_what_the_plan_leaves(self, floor: Cast) -> None:
        end = MORNING + 24 * HOUR
        assert uncovered(floor.cardiology, MORNING, end) == [Gap(MORNING, end)]
        plan(floor, MORNING + HOUR, 4)
        actions.plan_duty(
            user=floor.omar,
            ward=floor.cardiology,
            starts_at=MORNING + 3 * HOUR,
            ends_at=MORNING + 8 * HOUR,
        )
        plan(floor, MORNING + 20 * HOUR, 20)
        assert uncovered(floor.cardiology, MORNING, end) == [
            Gap(MORNING, MORNING + HOUR),
            Gap(MORNING + 8 * HOUR, MORNING + 20 * HOUR),
        ]

    def test_an_open_duty_covers_a_shift(self, floor: Cast) -> None:
        [period] = DutyPeriod.objects.filter(ward=floor.cardiology)
        end = timezone.now() + 24 * HOUR
        [gap] = uncovered(floor.cardiology, timezone.now(), end)
        assert gap == Gap(period.starts_at + 12 * HOUR, end)
        DutyPeriod.objects.filter(pk=period.pk).update(starts_at=timezone.now() - 72 * HOUR)
        [gap] = uncovered(floor.cardiology, timezone.now() - HOUR, end)
        assert abs(gap.begin - timezone.now()) < HOUR / 60, "until now, at least"

    def test_whoever_has_left_covers_nothing(self, floor: Cast) -> None:
        floor.noor.is_active = False
        floor.noor.save()
        now = timezone.now()
        assert uncovered(floor.cardiology, now, now + HOUR) == [Gap(now, now + HOUR)]

    def test_all_wards_in_one_query(
        self, floor: Cast, django_assert_max_num_queries: Callable[..., object]
    ) -> None:
        now = timezone.now()
        with django_assert_max_num_queries(1):  # type: ignore[attr-defined]
            found = uncovered_by_ward([floor.cardiology, floor.renal], now, now + HOUR)
        assert found == {floor.cardiology.pk: [], floor.renal.pk: []}
