"""The roster: a ward's week, and the dialogs that change it."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards.models import DutyPeriod
from wards.roster import week as rota

HTMX = {"HX-Request": "true"}


@pytest.fixture
def mona(client: Client, floor: Cast) -> Client:
    return factories.sign_in(client, floor.mona)


def next_monday(hour: int = 0) -> datetime:
    day = rota.monday_of(timezone.localdate()) + rota.WEEK
    return timezone.make_aware(datetime.combine(day, time(hour)))


def week(client: Client, floor: Cast, day: datetime) -> rota.Week:
    query: dict[str, Any] = {"ward": floor.cardiology.pk, "week": day.date().isoformat()}
    shown: rota.Week = client.get(reverse("wards:roster"), query).context["week"]
    return shown


def send(client: Client, name: str, pk: int, query: str = "", **data: Any) -> Any:
    return client.post(reverse(f"wards:{name}", args=[pk]) + query, data, headers=HTMX)


def plan(client: Client, floor: Cast, **more: Any) -> Any:
    day = next_monday().date().isoformat()
    hours: dict[str, Any] = {"user": floor.omar.pk, "date": day, "begins": "07:00", "ends": "19:00"}
    return send(client, "duty_plan", floor.cardiology.pk, **hours | more)


def test_a_week_tells_who_is_there_and_when_nobody_is(mona: Client, floor: Cast) -> None:
    factories.create_duty(
        floor.omar, floor.cardiology, begin=next_monday(19), end=next_monday(31 - 24) + rota.DAY
    )
    shown = week(mona, floor, next_monday())
    monday, tuesday = shown.days[:2]
    assert [(d.from_before, d.beyond) for d in (*monday.duties, *tuesday.duties)] == [
        (False, True),
        (True, False),
    ]
    assert [(g.begin, g.end) for g in monday.gaps] == [(next_monday(), next_monday(19))]
    assert tuesday.gaps[0].begin == next_monday(7) + rota.DAY
    assert [period.user for period in shown.on_duty] == [floor.noor]


def test_nonsense_is_this_week_of_the_first_ward(mona: Client, floor: Cast) -> None:
    shown = mona.get("/roster/?ward=x&week=9999-12-31").context["week"]
    assert (shown.ward, shown.is_now) == (floor.cardiology, True)


def test_as_many_queries_for_many_as_for_few(mona: Client, floor: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            week(mona, floor, next_monday())
        return len(captured)

    week(mona, floor, next_monday())
    few = queries()
    for hour in range(20):
        begin = next_monday(hour)
        nurse = factories.create_user(floor.hospital)
        factories.create_duty(nurse, floor.cardiology, begin=begin, end=begin + rota.DAY)
    assert queries() == few


class TestPlanning:
    def test_a_duty_is_added(self, mona: Client, floor: Cast) -> None:
        assert plan(mona, floor).status_code == 204
        period = DutyPeriod.objects.get(user=floor.omar, ward=floor.cardiology)
        assert (period.starts_at, period.ends_at) == (next_monday(7), next_monday(19))

    def test_s02_somebody_is_in_charge_and_it_shows(self, mona: Client, floor: Cast) -> None:
        plan(mona, floor, in_charge="on")
        period = DutyPeriod.objects.get(user=floor.omar, ward=floor.cardiology)
        assert period.in_charge
        week = rota.monday_of(period.starts_at.date()).isoformat()
        address = reverse("wards:roster") + f"?ward={floor.cardiology.pk}&week={week}"
        assert "In charge" in mona.get(address).content.decode()

    def test_a_night_ends_the_next_day(self, mona: Client, floor: Cast) -> None:
        plan(mona, floor, begins="19:00", ends="07:00")
        period = DutyPeriod.objects.get(user=floor.omar, ward=floor.cardiology)
        assert period.ends_at == next_monday(7) + rota.DAY

    def test_twice_is_refused_in_the_dialog(self, mona: Client, floor: Cast) -> None:
        plan(mona, floor)
        response = plan(mona, floor, begins="12:00")
        assert response.status_code == 422
        assert "already on duty in Cardiology at that time" in response.content.decode()

    def test_nobody_of_another_hospital_and_no_patient(self, mona: Client, floor: Cast) -> None:
        for user in (floor.zed, floor.pat):
            assert plan(mona, floor, user=user.pk).status_code == 422

    def test_its_hours_are_changed(self, mona: Client, floor: Cast) -> None:
        plan(mona, floor)
        period = DutyPeriod.objects.get(user=floor.omar, ward=floor.cardiology)
        day = next_monday().date().isoformat()
        send(mona, "duty_change", period.pk, date=day, begins="08:00", ends="16:00")
        period.refresh_from_db()
        assert (period.starts_at, period.ends_at) == (next_monday(8), next_monday(16))

    def test_one_that_has_begun_gets_another_end(self, mona: Client, floor: Cast) -> None:
        begin = timezone.now() - timedelta(hours=1)
        period = factories.create_duty(
            floor.farid, floor.cardiology, begin=begin, end=begin + timedelta(hours=8)
        )
        asked = mona.get(reverse("wards:duty_change", args=[period.pk])).context["form"]
        later = timezone.localtime(begin + timedelta(hours=9))
        response = send(
            mona,
            "duty_change",
            period.pk,
            date=asked["date"].value(),
            begins=asked["begins"].value(),
            ends=later.strftime("%H:%M"),
        )
        assert response.status_code == 204
        period.refresh_from_db()
        assert period.starts_at == begin

    def test_it_is_taken_off(self, mona: Client, floor: Cast) -> None:
        plan(mona, floor)
        period = DutyPeriod.objects.get(user=floor.omar, ward=floor.cardiology)
        assert send(mona, "duty_remove", period.pk).status_code == 204
        assert not DutyPeriod.objects.filter(pk=period.pk).exists()

    def test_a_week_is_copied(self, mona: Client, floor: Cast) -> None:
        plan(mona, floor)
        target = (next_monday() + rota.WEEK).date()
        response = send(mona, "roster_copy", floor.cardiology.pk, f"?week={target}")
        assert "1 duty is copied." in response["HX-Trigger"]
        copied = DutyPeriod.objects.filter(user=floor.omar, starts_at=next_monday(7) + rota.WEEK)
        assert copied.exists()
