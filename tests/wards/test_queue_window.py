"""The queue of a long day: a window around now, and what was just changed stays in it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from tests import factories
from tests.cast import Cast
from wards import queues
from wards.models import Appointment, Role
from wards.queues import Queue
from wards.views import sharing

HTMX = {"HX-Request": "true"}
Status = Appointment.Status


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "ROWS", 2)
    monkeypatch.setattr(queues, "FINISHED_SHOWN", 2)
    monkeypatch.setattr(sharing.renderings, "_every", 0)


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    return factories.sign_in(client, cast.dana)


@pytest.fixture
def day(cast: Cast) -> list[Appointment]:
    """Five that were due and five that will be, a second apart, whatever the hour of the test."""
    now = timezone.now()
    return [
        factories.create_appointment(
            provider=cast.priya,
            patient=factories.create_patient(cast.hospital, last_name=f"Number {n}"),
            starts_at=now + timedelta(seconds=n if n > 4 else n - 10),
            status=Status.BOOKED,
        )
        for n in range(10)
    ]


def queue(client: Client, query: str = "", **headers: str) -> Queue:
    shown: Queue = client.get(f"/arrivals/{query}", headers=headers).context["queue"]
    return shown


def become(status: str, *visits: Appointment) -> None:
    with scopes_disabled():
        Appointment.objects.filter(pk__in=[visit.pk for visit in visits]).update(status=status)


def numbers(visits: list[Appointment]) -> list[str]:
    return [visit.patient.last_name.split()[-1] for visit in visits]


def test_it_is_what_is_around_now(dana: Client, day: list[Appointment]) -> None:
    shown = queue(dana)
    hidden = shown.hidden
    assert len(shown.open) == 4
    assert hidden.earlier + hidden.later == 6
    assert numbers(shown.open) == sorted(numbers(shown.open))
    html = dana.get("/arrivals/").content.decode()
    assert f"{hidden.earlier} earlier ones: show more" in html
    assert "rows=4" in html


def test_more_of_it_is_a_click_away(dana: Client, day: list[Appointment]) -> None:
    assert len(queue(dana, "?rows=20").open) == 10
    for nonsense in ("0", "-1", "x", str(queues.MOST_ROWS + 1)):
        assert len(queue(dana, f"?rows={nonsense}").open) == 4


def test_what_is_finished_is_counted_too(dana: Client, day: list[Appointment]) -> None:
    become(Status.COMPLETED, *day[:5])
    shown = queue(dana)
    assert (numbers(shown.finished), shown.hidden.finished) == (["4", "3"], 3)


def test_by_provider_whole_days_are_shown(dana: Client, cast: Cast, day: list[Appointment]) -> None:
    other = factories.create_user(cast.hospital, Role.PROVIDER, first_name="Zoe")
    factories.create_appointment(provider=other, starts_at=timezone.now())
    shown = queue(dana, "?by=provider")
    assert [len(own) for _, own in shown.groups] == [8]
    assert shown.hidden.later == 3


def test_what_was_just_changed_stays_with_its_outcome(dana: Client, day: list[Appointment]) -> None:
    become(Status.ARRIVED, day[0])
    assert day[0] not in queue(dana, "?stage=expected").visits
    kept = queue(dana, "?stage=expected", **HTMX, **{"Wardbell-Kept": f"{day[0].pk}, x,"})
    assert day[0] in kept.open
    assert kept.counts["here"] == 1


def test_s13_nobody_keeps_what_they_may_not_see(cast: Cast, day: list[Appointment]) -> None:
    other = factories.sign_in(Client(), factories.create_user(cast.hospital, Role.PROVIDER))
    zed = factories.sign_in(Client(), cast.zed)
    for client in (other, zed):
        kept: Any = {"Wardbell-Kept": str(day[0].pk)}
        assert queue(client, **HTMX, **kept).visits == []


def test_a_long_day_costs_as_many_queries_as_a_short_one(
    dana: Client, day: list[Appointment], django_assert_num_queries: Any
) -> None:
    dana.get("/arrivals/", headers=HTMX)
    with django_assert_num_queries(9):
        dana.get("/arrivals/", headers=HTMX)
