"""Workers that share a bulk send, sleep through their lease, or die of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from messaging.campaigns import preparing, queueing, runner
from messaging.models import BulkRecipient, BulkSend, MessageLog
from tests.cast import Cast
from tests.messaging.bulks import (
    create_bulk,
    create_people,
    fresh,
    messages,
    never_quiet,
    send,
    work,
)
from wards.base import jobs, stopping
from wards.kinds import Kind
from wards.models import Event, Role
from wards.roles import ROLES, Permission

pytestmark = pytest.mark.usefixtures("unscoped")


@pytest.fixture
def town(cast: Cast) -> Cast:
    """The cast and five patients, where it is never quiet."""
    never_quiet(cast)
    create_people(cast.hospital, 5)
    return cast


def lease(bulk: BulkSend, seconds: int, **fields: Any) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    BulkSend.objects.filter(pk=bulk.pk).update(lease_until=until, worker="another", **fields)


def test_another_worker_is_at_it(town: Cast) -> None:
    bulk = create_bulk(town.dana, ready=False)
    lease(bulk, 60)
    assert runner.due() == []
    assert work(bulk).status == BulkSend.Status.PREPARING
    lease(bulk, -1)
    assert runner.due() == [bulk.pk]
    assert work(bulk).status == BulkSend.Status.READY


def test_what_a_killed_worker_wrote_is_written_anew(town: Cast) -> None:
    bulk = create_bulk(town.dana, ready=False)
    BulkRecipient.objects.create(bulk=bulk, line=1, language="en", fallbacks=[], body="half")
    BulkSend.objects.filter(pk=bulk.pk).update(total=1)
    bulk = work(bulk)
    assert (bulk.total, bulk.recipients.count()) == (6, 6)
    assert not bulk.recipients.filter(body="half").exists()


def test_who_slept_through_the_lease_does_nothing_any_more(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = preparing._write
    blocks: list[preparing.Rows] = []

    def slow(rows: preparing.Rows) -> None:
        if not blocks:
            blocks.append(rows)
            lease(bulk, 60)
        write(rows)

    bulk = create_bulk(town.dana, ready=False)
    monkeypatch.setattr("messaging.campaigns.patient_groups.TOGETHER", 2)
    monkeypatch.setattr(preparing, "_write", slow)
    bulk = work(bulk)
    assert (bulk.status, bulk.worker) == (BulkSend.Status.PREPARING, "another")
    assert bulk.total <= 2


def test_a_worker_told_to_stop_hands_back_what_it_prepares(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun anew, at once; and that is no failure of the bulk send's."""
    bulk = create_bulk(town.dana, ready=False)
    with monkeypatch.context() as patch:
        patch.setattr(stopping, "_told", b"\1")
        assert runner.run(bulk.pk)
    bulk = fresh(bulk)
    assert (bulk.status, bulk.lease_until) == (BulkSend.Status.PREPARING, None)
    assert (bulk.attempts, bulk.recipients.count()) == (0, 0)
    assert work(bulk).status == BulkSend.Status.READY


def test_two_workers_write_each_message_once(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = queueing.queue

    def twice(bulk: BulkSend) -> queueing.Chunk:
        queue(bulk)
        return queue(bulk)

    monkeypatch.setattr(queueing, "queue", twice)
    bulk = send(create_bulk(town.dana), town.dana)
    assert len(messages(bulk)) == MessageLog.objects.count() == 5


def test_what_kills_its_workers_is_given_up(town: Cast) -> None:
    bulk = create_bulk(town.dana, ready=False)
    lease(bulk, -1, attempts=jobs.MAX_ATTEMPTS)
    bulk = work(bulk)
    assert bulk.status == BulkSend.Status.FAILED
    assert str(jobs.MAX_ATTEMPTS) in bulk.failure
    assert bulk.completed_at is not None
    told = Event.objects.get(kind=Kind.BULK_SEND_FAILED)
    assert (told.data["bulk"], told.data["creator"]) == (bulk.pk, town.dana.pk)
    assert runner.due() == []


def test_no_progress_is_counted_while_it_is_prepared(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(rows: str) -> None:
        raise OperationalError

    bulk = create_bulk(town.dana, ready=False)
    monkeypatch.setattr(preparing, "_write", deadly)
    for attempt in (1, 2):
        BulkSend.objects.filter(pk=bulk.pk).update(lease_until=None)
        work(bulk)
        assert fresh(bulk).attempts == attempt


def test_who_may_approve() -> None:
    may = {
        role for role, permissions in ROLES.items() if Permission.APPROVE_MESSAGES in permissions
    }
    assert may == {Role.ADMIN, Role.HOSPITAL_MANAGER, Role.FRONT_DESK}
