"""wards.base.periodic: each interval once, whoever looks and however often."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from wards.base import periodic
from wards.models import PeriodicTask

pytestmark = pytest.mark.django_db
TASKS = {"sweep": 5.0, "remind": 60.0}


def let_pass(seconds: float, **which: str) -> None:
    """As if the last runs were so much longer ago."""
    ago = F("last_run_at") - timedelta(seconds=seconds)
    PeriodicTask.objects.filter(**which).update(last_run_at=ago)


def test_what_is_new_is_due_at_once_and_then_when_its_interval_has_passed() -> None:
    assert sorted(periodic.claim(TASKS)) == ["remind", "sweep"]
    assert periodic.claim(TASKS) == []
    let_pass(6)
    assert periodic.claim(TASKS) == ["sweep"]
    let_pass(55)
    assert sorted(periodic.claim(TASKS)) == ["remind", "sweep"]


def test_what_was_missed_for_hours_is_made_up_once() -> None:
    periodic.claim(TASKS)
    let_pass(7200)
    assert sorted(periodic.claim(TASKS)) == ["remind", "sweep"]
    assert periodic.claim(TASKS) == []


def test_a_database_whose_clock_was_put_back_does_not_stop_it() -> None:
    """The last run is in the future then, by two hours."""
    periodic.claim(TASKS)
    let_pass(-7200, name="remind")
    assert periodic.claim(TASKS) == ["remind"]
    assert periodic.claim(TASKS) == []


def test_a_task_that_is_not_asked_for_is_left_alone() -> None:
    periodic.claim(TASKS)
    let_pass(100)
    assert periodic.claim({"remind": 60.0}) == ["remind"]
    assert periodic.claim({}) == []


def test_it_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        periodic.claim(TASKS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("new", [True, False])
def test_of_many_who_look_at_once_one_gets_it(new: bool) -> None:
    rounds, lookers = 20, 4
    together = Barrier(lookers)

    def look(tasks: dict[str, float]) -> list[str]:
        try:
            together.wait(30)
            return periodic.claim(tasks)
        finally:
            connections.close_all()

    for _ in range(rounds):
        if new:
            PeriodicTask.objects.all().delete()
        else:
            periodic.claim(TASKS)
            let_pass(61)
        with ThreadPoolExecutor(lookers) as threads:
            claimed = threads.map(look, [TASKS, dict(reversed(TASKS.items()))] * (lookers // 2))
            assert Counter(name for names in claimed for name in names) == {"sweep": 1, "remind": 1}
