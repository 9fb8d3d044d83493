"""The verbs on one's own alerts, and catching up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled
from pytest_django import DjangoAssertNumQueries

from inbox import mailbox
from inbox.mailbox import Ask
from inbox.models import Mailbox, Notification
from inbox.publications import standing
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent, rows_of
from wards.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return create_cast()


@pytest.fixture
def mine(cast: Cast) -> list[int]:
    """Three unread alerts of Noor's, oldest first."""
    for _ in range(3):
        factories.create_admission(ward=cast.cardiology)
    return ids(cast.noor)


def ids(user: User) -> list[int]:
    return sorted(row["id"] for row in rows_of(user))


def box(user: User) -> tuple[int, int]:
    """(seq, unread)"""
    mailbox_ = Mailbox.objects.get(user=user)
    return mailbox_.seq, mailbox_.unread


def test_reading_takes_one_seq_for_all_that_is_read(cast: Cast, mine: list[int]) -> None:
    (changed,) = mailbox.mark_read(cast.noor, mine[:2])
    assert changed == (cast.noor.pk, 4, 1, mine[:2])
    assert box(cast.noor) == (4, 1)


def test_what_changes_nothing_takes_no_seq(cast: Cast, mine: list[int]) -> None:
    mailbox.mark_read(cast.noor, mine)
    assert mailbox.mark_read(cast.noor, mine) == []
    assert mailbox.mark_read(cast.noor, []) == []
    assert mailbox.mark_all_read(cast.noor) == []
    assert box(cast.noor) == (4, 0)


def test_reading_can_be_taken_back(cast: Cast, mine: list[int]) -> None:
    mailbox.mark_all_read(cast.noor)
    mailbox.mark_unread(cast.noor, mine[:1])
    assert box(cast.noor) == (5, 1)


def test_nobody_can_touch_somebody_elses(cast: Cast, mine: list[int]) -> None:
    for verb in (mailbox.mark_read, mailbox.mark_unread, mailbox.archive, mailbox.unarchive):
        assert verb(cast.omar, mine) == []
    assert mailbox.snooze(cast.omar, mine, timezone.now()) == []
    assert box(cast.noor) == (3, 3)


def test_what_is_archived_does_not_count_as_unread(cast: Cast, mine: list[int]) -> None:
    mailbox.archive(cast.noor, mine[:1])
    assert box(cast.noor)[1] == 2
    mailbox.unarchive(cast.noor, mine[:1])
    assert box(cast.noor)[1] == 2


def test_what_is_snoozed_comes_back_unread(cast: Cast, mine: list[int]) -> None:
    mailbox.snooze(cast.noor, mine[:1], timezone.now() + timedelta(hours=1))
    mailbox.snooze(cast.noor, mine[1:2], timezone.now() - timedelta(seconds=1))
    assert box(cast.noor)[1] == 1
    mailbox.wake_snoozed()
    assert box(cast.noor)[1] == 2
    back = next(row for row in rows_of(cast.noor) if row["id"] == mine[1])
    assert back["read_at"] is None
    assert back["snoozed_until"] is None
    assert mailbox.wake_snoozed() == []


def test_nothing_comes_out_of_the_archive_by_itself(cast: Cast, mine: list[int]) -> None:
    """Neither what is snoozed there, nor what was snoozed when it was put there."""
    soon = timezone.now() - timedelta(seconds=1)
    mailbox.snooze(cast.noor, mine[:1], soon)
    mailbox.archive(cast.noor, mine[:2])
    assert mailbox.snooze(cast.noor, mine[:2], soon) == []
    assert mailbox.wake_snoozed() == []
    assert mailbox.mark_unread(cast.noor, mine[:2]) == []
    assert_mailboxes_consistent()
    mailbox.unarchive(cast.noor, mine[:2])
    assert mailbox.wake_snoozed() == []
    assert box(cast.noor)[1] == 1
    assert_mailboxes_consistent()


def test_what_an_older_version_left_snoozed_in_the_archive(cast: Cast, mine: list[int]) -> None:
    mailbox.archive(cast.noor, mine)
    with scopes_disabled():
        Notification.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert mailbox.wake_snoozed() == []
    mailbox.unarchive(cast.noor, mine)
    assert mailbox.wake_snoozed() == []
    assert_mailboxes_consistent()


def test_acknowledging_is_for_everybody_and_the_first_one_has_it(cast: Cast) -> None:
    factories.report_result(
        cast.patient, "640", flag="HH", ward=cast.cardiology, provider=cast.priya
    )
    with scopes_disabled():
        noors = Notification.objects.get(recipient=cast.noor)
        priyas = Notification.objects.get(recipient=cast.priya)
    changed = mailbox.acknowledge(cast.noor, noors, "On my way")
    assert {change.user_id for change in changed} == {cast.noor.pk, cast.priya.pk}
    assert mailbox.acknowledge(cast.priya, priyas) == []
    for user in (cast.noor, cast.priya):
        (row,) = rows_of(user)
        assert row["acknowledged_by"] == "Noor Nasser"
        assert row["acknowledge_comment"] == "On my way"
        assert row["read_at"] is None  # acknowledged is not read


def test_only_critical_alerts_are_acknowledged(cast: Cast, mine: list[int]) -> None:
    with scopes_disabled():
        alert = Notification.objects.get(pk=mine[0])
    assert mailbox.acknowledge(cast.noor, alert) == []


def test_mark_as_read_on_the_row_itself(cast: Cast, mine: list[int]) -> None:
    with scopes_disabled():
        alert = Notification.objects.get(pk=mine[0])
        alert.mark_as_read()
    assert alert.read_at is not None
    assert box(cast.noor) == (4, 2)


def test_catching_up_gives_what_changed_after_a_seq(cast: Cast, mine: list[int]) -> None:
    mailbox.mark_read(cast.noor, mine[:1])
    ask = Ask(cast.noor.pk, 2)
    frame = mailbox.catch_up([ask])[ask]
    assert (frame["type"], frame["seq"], frame["unread"]) == ("catchup", 4, 2)
    assert [each["id"] for each in frame["notifications"]] == [mine[2], mine[0]]


def test_catching_up_with_nothing_missed_is_empty(cast: Cast, mine: list[int]) -> None:
    ask = Ask(cast.noor.pk, 3)
    assert mailbox.catch_up([ask])[ask]["notifications"] == []


@pytest.mark.parametrize("since", [None, 4, 10**18])
def test_who_is_new_or_ahead_of_us_gets_a_snapshot(
    cast: Cast, mine: list[int], since: int | None
) -> None:
    ask = Ask(cast.noor.pk, since)
    frame = mailbox.catch_up([ask])[ask]
    assert (frame["type"], frame["seq"], frame["unread"]) == ("snapshot", 3, 3)
    assert [each["id"] for each in frame["notifications"]] == mine


def test_more_than_a_hundred_behind_gets_a_snapshot(cast: Cast) -> None:
    for _ in range(mailbox.CATCH_UP_LIMIT + 1):
        factories.record_event(cast.hospital)
    ask, nearly = Ask(cast.alice.pk, 0), Ask(cast.alice.pk, 1)
    frames = mailbox.catch_up([ask, nearly])
    assert frames[ask]["type"] == "snapshot"
    assert len(frames[ask]["notifications"]) == mailbox.SNAPSHOT_SIZE
    assert frames[nearly]["type"] == "catchup"
    assert len(frames[nearly]["notifications"]) == mailbox.CATCH_UP_LIMIT


def test_a_user_without_a_mailbox_has_an_empty_one(cast: Cast) -> None:
    ask = Ask(cast.farid.pk, None)
    assert mailbox.catch_up([ask])[ask] == {
        "type": "snapshot",
        "epoch": standing.epoch(),
        "seq": 0,
        "unread": 0,
        "notifications": [],
    }
    assert standing.present([cast.farid.pk], []).users[cast.farid.pk].seq == 0


def test_many_catch_up_in_two_queries(
    cast: Cast, mine: list[int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    users = [cast.noor, cast.omar, cast.priya, cast.pat]
    with django_assert_num_queries(2):
        mailbox.catch_up([Ask(user.pk, since) for user in users for since in (None, 0, 1)])


def test_many_at_once_leave_no_gap_and_no_wrong_count(cast: Cast, mine: list[int]) -> None:
    """Alerts, reading and bringing back by 8 threads: numbers and counts stay exact."""

    def work(number: int) -> None:
        try:
            for turn in range(5):
                if number % 2:
                    factories.create_admission(ward=cast.cardiology)
                elif turn % 2:
                    mailbox.mark_unread(cast.noor, ids(cast.noor)[:2])
                else:
                    mailbox.mark_read(cast.noor, ids(cast.noor))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, number) for number in range(8)]:
            done.result()
    rows = rows_of(cast.noor)
    seq, unread = box(cast.noor)
    assert len(rows) == 3 + 4 * 5
    assert unread == sum(row["read_at"] is None for row in rows)
    assert max(row["seq"] for row in rows) == seq
