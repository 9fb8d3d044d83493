"""wards.base.backlog: nudging workers piles nothing up, however long they are away."""

from collections.abc import Iterator

import pytest
from celery import current_app

from wards.base import backlog, wakeups
from wards.operations.tasks import run_operation


@pytest.fixture(autouse=True)
def _own_queue() -> Iterator[None]:
    """No worker is there, and what other tests left is gone."""
    current_app.control.purge()
    yield
    current_app.control.purge()


def nudge(ids: list[int]) -> None:
    """And have the thread that talks to Redis say so."""
    backlog.nudge(run_operation, ids)
    assert wakeups.flush(10)


def test_each_row_waits_once_however_often_it_is_nudged() -> None:
    assert backlog.waiting() == 0
    for _ in range(20):
        nudge([7, 8])
    assert backlog.waiting() == 2


def test_what_was_lost_is_nudged_again() -> None:
    nudge([7])
    current_app.control.purge()
    nudge([7])
    assert backlog.waiting() == 1


def test_nothing_due_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "waiting", pytest.fail)
    backlog.nudge(run_operation, [])
