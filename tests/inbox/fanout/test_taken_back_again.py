"""What takes something back may be taken back itself, fail, or reach others than had heard."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from inbox import fanout, mailbox, tasks
from inbox.models import Notification
from inbox.rules import recipients
from inbox.rules.table import Rule, rules_for
from messaging.models import Message
from messaging.reasons import Reason
from messaging.statuses import Status
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.inbox.results import oru, potassium
from tests.inbox.withdrawing import (
    GONE,
    admitted,
    assert_only_the_end_is_told,
    nobody_told,
    shown,
    take_back,
    waiting,
)
from tests.messaging import people
from tests.messaging.people import make_reachable
from tests.wards.hl7.messages import send
from wards.actions import admissions, corrections
from wards.kinds import Kind
from wards.models import Admission, DutyPeriod, Event, Outbox, Transfer, Withdrawal

pytestmark = pytest.mark.django_db(transaction=True)
MOVED, STAYS = "Pat Patel moved to Renal Ward", "Pat Patel stays in Cardiology after all"
ADMITTED = "Pat Patel admitted to Cardiology"


@pytest.fixture
def cast() -> Cast:
    cast = create_cast()
    make_reachable(cast)
    return cast


def move(cast: Cast, stay: Admission) -> None:
    with scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=stay, ward=cast.renal, bed=cast.renal_bed)


def move_back(cast: Cast, stay: Admission) -> None:
    with scope(hospital=cast.hospital.pk):
        corrections.cancel_transfer(admission=stay)


def readmit(cast: Cast, stay: Admission) -> None:
    with scope(hospital=cast.hospital.pk):
        now = timezone.now()
        admissions.readmit(admission=stay, ward=cast.cardiology, admitted_at=now)


def broken_for(kind: Kind) -> Any:
    """The rule table, which raises for a kind."""

    def rules(wanted: str) -> list[Rule]:
        if wanted == kind:
            raise ZeroDivisionError
        return rules_for(wanted)

    return rules


def withdrawn() -> dict[str, int]:
    """How many events of each kind have been taken back."""
    with scopes_disabled():
        kinds = [*Withdrawal.objects.values_list("event__kind", flat=True)]
    return {kind: kinds.count(kind) for kind in kinds}


def test_two_transfers_are_taken_back_one_after_the_other(cast: Cast) -> None:
    stay = admitted(cast)
    move(cast, stay)
    with scope(hospital=cast.hospital.pk):
        admissions.transfer(admission=stay, ward=cast.cardiology, bed=cast.spare_bed)
    move_back(cast, stay)
    move_back(cast, stay)
    assert withdrawn() == {Kind.PATIENT_TRANSFERRED: 2, Kind.TRANSFER_CANCELLED: 1}
    assert shown(cast.omar) == [STAYS]
    assert shown(cast.noor) == [ADMITTED, STAYS]
    assert_mailboxes_consistent()


def test_an_admission_takes_with_it_all_that_came_of_it(cast: Cast) -> None:
    stay = admitted(cast)
    move(cast, stay)
    take_back(cast, stay)
    gone = "Pat Patel was not admitted to Renal Ward after all"
    assert shown(cast.noor) == shown(cast.omar) == [gone]
    assert shown(cast.pat) == []
    with scopes_disabled():
        assert {*Message.objects.values_list("status", flat=True)} == {Status.CANCELLED}
        assert not Transfer.objects.exists()
    assert_mailboxes_consistent()


@pytest.mark.parametrize("told", ["one by one", "at the end", "the end first"])
def test_a_cancelled_cancellation(cast: Cast, monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    if told == "one by one":
        stay = admitted(cast)
        take_back(cast, stay)
        readmit(cast, stay)
    else:
        with nobody_told(monkeypatch):
            stay = admitted(cast)
            take_back(cast, stay)
            readmit(cast, stay)
        late = waiting()
        if told == "the end first":
            fanout.dispatch(late[-1:])
        fanout.dispatch(late)
    assert shown(cast.noor) == [ADMITTED]
    assert shown(cast.pat) == ["Welcome to Rawdah General"]
    assert withdrawn() == {Kind.PATIENT_ADMITTED: 1, Kind.ADMISSION_CANCELLED: 1}
    with scopes_disabled():
        queued = Message.objects.filter(status=Status.QUEUED)
        assert {*queued.values_list("event__withdrawal", flat=True)} == {None}
    assert queued_channels() == ["email", "sms"]
    assert_mailboxes_consistent()


def queued_channels() -> list[str]:
    with scopes_disabled():
        queued = Message.objects.filter(status=Status.QUEUED)
        return sorted(queued.values_list("channel", flat=True))


def admitted_again_untold(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What waits where a stay is taken back and opened again, and only its beginning was told."""
    stay = admitted(cast)
    with nobody_told(monkeypatch):
        take_back(cast, stay)
        readmit(cast, stay)
    return waiting()


def test_what_takes_back_is_never_told_and_does_it_all_the_same(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled, again = admitted_again_untold(cast, monkeypatch)
    fanout.dispatch([cancelled])
    assert shown(cast.noor) == [], "the admission is taken back, and its end is no news any more"
    fanout.dispatch([again])
    assert shown(cast.noor) == [ADMITTED]
    assert_mailboxes_consistent()


def test_what_takes_back_is_dropped_before_it_did_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes its place takes back what it should have taken back."""
    _, again = admitted_again_untold(cast, monkeypatch)
    fanout.dispatch([again])
    assert waiting() == []
    assert shown(cast.noor) == [ADMITTED], "that of the second time"
    assert_mailboxes_consistent()


def test_whoever_heard_of_it_hears_what_came_of_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it was taken back, nobody was told before that was taken back, too."""
    stay = admitted(cast)
    with nobody_told(monkeypatch):
        take_back(cast, stay)
        with scope(hospital=cast.hospital.pk):
            now = timezone.now()
            admissions.readmit(admission=stay, ward=cast.renal, admitted_at=now)
    fanout.dispatch(waiting())
    assert shown(cast.noor) == shown(cast.omar) == ["Pat Patel admitted to Renal Ward"]


def test_whoever_heard_of_it_hears_that_it_did_not_happen(cast: Cast) -> None:
    """Also those whose shift is over, and of another ward."""
    stay = admitted(cast)
    with scopes_disabled():
        ended = timezone.now() - timedelta(microseconds=1)
        DutyPeriod.objects.filter(user=cast.noor).update(ends_at=ended)
    take_back(cast, stay)
    assert_only_the_end_is_told(cast)


@pytest.mark.fan_out_fails
def test_its_alerts_go_although_the_telling_of_that_fails(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = admitted(cast)
    with monkeypatch.context() as patch:
        patch.setattr(recipients, "rules_for", broken_for(Kind.ADMISSION_CANCELLED))
        take_back(cast, stay)
        with scopes_disabled():
            assert Outbox.objects.get().attempts == 1
        assert shown(cast.noor) == shown(cast.pat) == []
        assert queued_channels() == []
    with scopes_disabled():
        Outbox.objects.update(retry_at=timezone.now())
        tasks.sweep()
    assert_only_the_end_is_told(cast)


@pytest.mark.fan_out_fails
def test_what_fails_to_be_told_is_dropped_once_it_is_taken_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(recipients, "rules_for", broken_for(Kind.PATIENT_ADMITTED))
        stay = admitted(cast)
    take_back(cast, stay)
    with scopes_disabled():
        tasks.sweep()
    assert_only_the_end_is_told(cast)


def test_what_was_taken_back_does_not_come_out_of_the_archive(cast: Cast) -> None:
    stay = admitted(cast)
    with scopes_disabled():
        alert = Notification.objects.get(recipient=cast.noor)
    mailbox.archive(cast.noor, [alert.pk])
    take_back(cast, stay)
    assert mailbox.unarchive(cast.noor, [alert.pk]) == []  # undo, in a toast that was still open
    assert mailbox.mark_unread(cast.noor, [alert.pk]) == []
    assert shown(cast.noor) == [GONE]
    assert_mailboxes_consistent()


def test_a_message_of_a_result_that_is_not_so_any_more_does_not_leave(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(oru(potassium("4.9", "N"), said="202611261510"))
    with scopes_disabled():
        messages = [*Message.objects.filter(code="test_result_ready")]
        assert [message.status for message in messages] == [Status.QUEUED]
        assert people.objections(messages) == {}
    with nobody_told(monkeypatch):
        send(oru(potassium("6.9", "HH"), status="C", said="202611261511"))
    with scopes_disabled():
        assert set(people.objections(messages).values()) == {Reason.WITHDRAWN}


def test_boards_hear_of_what_is_not_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page may have been fetched in between: the ward a patient never reached is shown anew."""
    seen: set[str] = set()

    def publish(events: list[Event], *args: object) -> None:
        seen.update(f"ward.{event.ward_id}" for event in events)

    with nobody_told(monkeypatch):
        stay = admitted(cast)
        move(cast, stay)
        take_back(cast, stay)
    monkeypatch.setattr("inbox.publications.publish.alerts", publish)
    fanout.dispatch(waiting())
    assert seen == {f"ward.{cast.cardiology.pk}", f"ward.{cast.renal.pk}"}


def test_it_takes_the_same_queries_however_many_heard_of_it(cast: Cast) -> None:
    taken = []
    for number in (1, 20):
        for _ in range(number):
            factories.create_duty(factories.create_user(cast.hospital), cast.cardiology)
        stay = admitted(cast)
        with CaptureQueriesContext(connection) as queries:
            take_back(cast, stay)
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 41
