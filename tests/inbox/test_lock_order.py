"""Many who tell, take back and take alerts at once wait in one order, and see what was done."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from threading import Barrier
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from inbox import fanout, locks, mailbox, posting
from inbox.models import Category, Level, Mailbox, Notification
from inbox.posting import Recipient
from inbox.publications.frames import Alert
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.inbox.results import F, P, alert, oru, potassium
from tests.inbox.withdrawing import nobody_told, take_back, waiting
from tests.processes import wait_for
from tests.wards.hl7.messages import send
from wards.models import DutyPeriod, Event, Result, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


def in_thread(pool: ThreadPoolExecutor, action: Callable[[], Any]) -> Future[Any]:
    """Does it in another thread, with a connection of its own."""

    def work() -> Any:
        try:
            return action()
        finally:
            connection.close()

    return pool.submit(work)


def blocked() -> bool:
    """Whether somebody waits for a lock in our database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (count,) = cursor.fetchone()
    return bool(count)


def test_two_that_take_back_what_the_other_tells_do_not_wait_in_a_circle(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has the first admission and the end of the second in hand, the other the others."""
    with nobody_told(monkeypatch):
        stays = [factories.create_admission(ward=cast.cardiology) for _ in range(2)]
        for stay in stays:
            take_back(cast, stay)
    first, second, first_end, second_end = waiting()
    both, met, alone = Barrier(2), set[tuple[int, ...]](), list[int]()
    take, dispatch = fanout._take, fanout.dispatch

    def take_together(event_ids: Sequence[int]) -> list[Event]:
        taken = take(event_ids)
        if tuple(event_ids) not in met:
            met.add(tuple(event_ids))
            both.wait(10)
        return taken

    def note(event_ids: Sequence[int]) -> int:
        if len(event_ids) == 1:  # what a transaction that failed leads to
            alone.extend(event_ids)
        return dispatch(event_ids)

    monkeypatch.setattr(fanout, "_take", take_together)
    monkeypatch.setattr(fanout, "dispatch", note)
    with ThreadPoolExecutor(2) as pool:
        one = in_thread(pool, lambda: fanout.dispatch([first, second_end]))
        other = in_thread(pool, lambda: fanout.dispatch([second, first_end]))
        one.result(30), other.result(30)
    assert alone == [], "PostgreSQL had to end one of them"
    assert waiting() == []
    assert_mailboxes_consistent()


def test_a_mailbox_that_is_made_meanwhile_keeps_to_the_order(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes back locks all mailboxes concerned at once, also those that are not there."""
    ward = factories.create_ward(cast.hospital, "Intensive")
    newcomer, holder = (factories.create_user(cast.hospital) for _ in range(2))
    duty = factories.create_duty(holder, ward)
    stay = factories.create_admission(ward=ward)
    with scopes_disabled():
        DutyPeriod.objects.filter(pk=duty.pk).delete()
    factories.create_duty(newcomer, ward)
    assert not Mailbox.objects.filter(user=newcomer).exists()
    event = factories.record_event(cast.hospital)
    tell, in_hand, go_on = fanout._tell, Signal(), Signal()

    def slowly(found: Any) -> Any:
        in_hand.set()
        assert go_on.wait(10)
        return tell(found)

    monkeypatch.setattr(fanout, "_tell", slowly)
    with ThreadPoolExecutor(2) as pool:
        taking_back = in_thread(pool, lambda: take_back(cast, stay))
        assert in_hand.wait(10)
        telling = in_thread(pool, lambda: post(event, newcomer, holder))
        wait_for(lambda: blocked() or telling.done(), 10, "the one who tells")
        go_on.set()
        taking_back.result(20), telling.result(20)
    assert waiting() == [], "PostgreSQL had to end it"
    assert_mailboxes_consistent()


def post(event: Event, *users: User) -> None:
    """Tells them of it as a fan-out does."""
    words = Alert(
        hospital_id=event.hospital_id,
        event_id=event.pk,
        kind=event.kind,
        category=Category.SYSTEM,
        level=Level.INFO,
        title="Maintenance",
        message="",
        link="",
        created_at=event.at,
    )
    with transaction.atomic():
        posting.post([words], [Recipient(user.pk, 0) for user in users])


@pytest.mark.parametrize("of", ["system", "results"])
def test_ids_follow_the_seqs(cast: Cast, monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    """What is told of many events in one statement is listed in the order it was told in.

    By whatever plan: one that sorts by user leaves the events of one in any order.
    """
    for _ in range(5):
        factories.create_duty(factories.create_user(cast.hospital), cast.cardiology)
    with nobody_told(monkeypatch):
        for number in range(40):
            if of == "results":
                factories.report_result(
                    cast.patient, "640", "HH", filler=f"F{number}", ward=cast.cardiology
                )
            else:
                factories.create_admission(ward=cast.cardiology)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_hashjoin = off; SET enable_nestloop = off")
        fanout.dispatch(waiting())
        cursor.execute("RESET enable_hashjoin; RESET enable_nestloop")
    with scopes_disabled():
        rows = [*Notification.objects.order_by("recipient_id", "seq")]
    for _, mine in groupby(rows, attrgetter("recipient_id")):
        ids = [(row.pk, row.event_id) for row in mine]
        assert len(ids) == 40
        assert ids == sorted(ids)
    assert_mailboxes_consistent()


@pytest.mark.parametrize("verb", ["mark_read", "mark_seen", "archive", "unarchive"])
def test_whatever_changes_alerts_holds_the_mailbox_first(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Else two statements that change the same rows may lock them in two orders."""
    factories.create_admission(ward=cast.cardiology)
    with scopes_disabled():
        mine = [*Notification.objects.filter(recipient=cast.noor).values_list("pk", flat=True)]

    def change() -> None:
        with scopes_disabled():
            getattr(mailbox, verb)(cast.noor, mine)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locks.mailboxes([cast.noor.pk])
            changing = in_thread(pool, change)
            wait_for(lambda: blocked() or changing.done(), 10, verb)
            assert not changing.done()
        changing.result(20)


def comes_on_duty(cast: Cast) -> User:
    """A nurse of Cardiology who has not been told of anything."""
    nurse = factories.create_user(cast.hospital)
    factories.create_duty(nurse, cast.cardiology)
    return nurse


def takers(of: str = "test_result.critical") -> set[tuple[int | None, str]]:
    """Who has taken the alerts of the result, and what they said."""
    with scopes_disabled():
        told = Notification.objects.filter(event__kind=of)
        return {*told.values_list("acknowledged_by", "acknowledge_comment")}


def test_who_is_told_later_sees_that_somebody_has_taken_it(cast: Cast) -> None:
    send(P)
    mailbox.acknowledge(cast.noor, alert(cast.noor), "On my way")
    nurse = comes_on_duty(cast)
    send(F)  # the same value: silent for those who know
    assert alert(nurse).acknowledged_by == cast.noor
    assert takers() == {(cast.noor.pk, "On my way")}
    assert_mailboxes_consistent()


def test_who_is_told_later_of_another_value_has_to_take_it(cast: Cast) -> None:
    send(P)
    mailbox.acknowledge(cast.noor, alert(cast.noor))
    comes_on_duty(cast)
    send(oru(potassium("7.4", "HH"), status="C", said="202611261511"))
    assert takers() == {(None, "")}


def test_a_patient_is_not_told_who_took_it_and_what_they_said(cast: Cast) -> None:
    send(P)
    mailbox.acknowledge(cast.noor, alert(cast.noor), "Looks bad")
    send(oru(potassium("4.9", "N"), said="202611261510"))
    with scopes_disabled():
        told = Notification.objects.get(recipient=cast.pat)
    assert (told.acknowledged_at, told.acknowledge_comment) == (None, "")


@pytest.mark.parametrize("first", ["taken", "told"])
def test_taking_and_telling_somebody_else_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Whichever comes first: all who have the alert see the same of it."""
    send(P)
    seen = alert(cast.noor)
    comes_on_duty(cast)
    hold, in_hand, go_on = locks.mailboxes, Signal(), Signal()
    post = posting.post

    def pausing(action: Callable[..., Any]) -> Callable[..., Any]:
        def paused(*args: Any, **how: Any) -> Any:
            done = action(*args, **how)
            in_hand.set()
            assert go_on.wait(10)
            return done

        return paused

    if first == "taken":
        monkeypatch.setattr(locks, "mailboxes", pausing(hold))
        actions = [lambda: mailbox.acknowledge(cast.noor, seen, "Mine"), lambda: send(F)]
    else:
        monkeypatch.setattr(posting, "post", pausing(post))
        actions = [lambda: send(F), lambda: mailbox.acknowledge(cast.noor, seen, "Mine")]
    with ThreadPoolExecutor(2) as pool:
        one = in_thread(pool, actions[0])
        assert in_hand.wait(10)
        other = in_thread(pool, actions[1])
        wait_for(lambda: blocked() or other.done(), 10, "the second")
        go_on.set()
        one.result(20), other.result(20)
    assert takers() == {(cast.noor.pk, "Mine") if first == "taken" else (None, "")}
    with scopes_disabled():
        assert Result.objects.get().version == 2
        assert Notification.objects.filter(result__isnull=False).count() == 3
    assert_mailboxes_consistent()
