"""What did not happen after all is told to nobody, whenever its telling comes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox import fanout, mailbox
from inbox.models import Notification
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.inbox.withdrawing import (
    GONE,
    admitted,
    assert_only_the_end_is_told,
    nobody_told,
    shown,
    take_back,
    unsent,
    waiting,
)
from tests.messaging import people
from tests.messaging.people import make_reachable
from wards.actions import admissions, corrections
from wards.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    cast = create_cast()
    make_reachable(cast)
    return cast


def test_an_admission_and_its_end_in_one_sweep(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with nobody_told(monkeypatch):
        take_back(cast, admitted(cast))
    fanout.dispatch(waiting())
    assert_only_the_end_is_told(cast)


def test_the_admission_is_told_later(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with nobody_told(monkeypatch):
        stay = admitted(cast)
    [first] = waiting()
    take_back(cast, stay)
    assert_only_the_end_is_told(cast)
    fanout.dispatch([first])
    assert_only_the_end_is_told(cast)


def test_a_transfer_and_its_end_wait_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stay = admitted(cast)
    before = unsent()
    with nobody_told(monkeypatch), scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=stay, ward=cast.renal, bed=cast.renal_bed)
        corrections.cancel_transfer(admission=stay)
    fanout.dispatch(waiting())
    assert unsent() == before
    assert shown(cast.omar) == ["Pat Patel stays in Cardiology after all"]


@pytest.mark.parametrize("number", range(5))
def test_two_threads_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    with nobody_told(monkeypatch):
        take_back(cast, admitted(cast))
    barrier = Barrier(2)

    def tell(event: int) -> None:
        connection.ensure_connection()
        barrier.wait(10)
        try:
            fanout.dispatch([event])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tell, waiting()))
    assert_only_the_end_is_told(cast)


def test_who_is_telling_of_it_is_waited_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with nobody_told(monkeypatch):
        stay = admitted(cast)
    [first] = waiting()
    in_hand, go_on = Signal(), Signal()
    tell: Callable[..., Any] = fanout._tell

    def slowly(readers: Any) -> Any:
        if readers[0].event.pk == first:
            in_hand.set()
            assert go_on.wait(10)
        return tell(readers)

    def in_thread(action: Callable[[], object]) -> None:
        try:
            action()
        finally:
            connection.close()

    monkeypatch.setattr(fanout, "_tell", slowly)
    with ThreadPoolExecutor(2) as pool:
        telling = pool.submit(in_thread, lambda: fanout.dispatch([first]))
        assert in_hand.wait(10)
        taking_back = pool.submit(in_thread, lambda: take_back(cast, stay))
        while not blocked():
            assert not taking_back.done()
        go_on.set()
        telling.result(20)
        taking_back.result(20)
    assert_only_the_end_is_told(cast)


def blocked() -> bool:
    """Whether somebody waits for a lock in our database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_no_message_of_it_leaves_the_house(cast: Cast) -> None:
    stay = admitted(cast)
    with scopes_disabled():
        messages = [*Message.objects.filter(status=Status.QUEUED)]
    assert messages
    take_back(cast, stay)
    with scopes_disabled():
        # Even if it is written by somebody who did not know.
        Message.objects.filter(pk__in=[each.pk for each in messages]).update(status=Status.QUEUED)
        assert set(people.objections(messages).values()) == {Reason.WITHDRAWN}


def test_a_snoozed_alert_of_it_does_not_come_back(cast: Cast) -> None:
    stay = admitted(cast)
    with scopes_disabled():
        alert = Notification.objects.get(recipient=cast.noor)
    mailbox.snooze(cast.noor, [alert.pk], timezone.now() + timedelta(hours=1))
    take_back(cast, stay)
    with scopes_disabled():
        assert Notification.objects.get(pk=alert.pk).snoozed_until is None
    mailbox.wake_snoozed()
    assert_only_the_end_is_told(cast)


def test_an_archived_alert_does_not_come_back(cast: Cast) -> None:
    admitted(cast)
    with scopes_disabled():
        alert = Notification.objects.get(recipient=cast.noor)
    mailbox.snooze(cast.noor, [alert.pk], timezone.now() + timedelta(hours=1))
    mailbox.archive(cast.noor, [alert.pk])
    with scopes_disabled():
        # As an older version left it.
        overdue = timezone.now() - timedelta(seconds=1)
        Notification.objects.filter(pk=alert.pk).update(snoozed_until=overdue)
    assert mailbox.wake_snoozed() == []
    assert_mailboxes_consistent()


def test_what_was_taken_is_kept(cast: Cast) -> None:
    stay = admitted(cast)
    with scopes_disabled():
        mine = Notification.objects.filter(recipient=cast.noor)
        mine.update(acknowledged_at=timezone.now(), acknowledged_by=cast.noor)
    take_back(cast, stay)
    assert shown(cast.noor) == ["Pat Patel admitted to Cardiology", GONE]
    with scopes_disabled():
        assert Event.objects.filter(withdrawal__isnull=False).count() == 1
