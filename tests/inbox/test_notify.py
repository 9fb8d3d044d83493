"""`inbox.notify`: one person is told from code, at once or when it is due."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

import inbox
from config.metrics.alerts import OUTBOX
from inbox import tasks
from inbox.models import Level, Notification
from tests import factories
from tests.cast import Cast, create_cast
from tests.faults.invariants import assert_mailboxes_consistent
from tests.inbox.client import cookie_headers
from tests.inbox.wire import receive, socket
from tests.processes import Web
from wards.base import clock
from wards.kinds import Kind
from wards.models import Event, Outbox

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Ward meeting at 14:00"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return create_cast()


def told() -> list[Notification]:
    with scopes_disabled():
        return [*Notification.objects.order_by("id")]


def pass_by(seconds: int) -> None:
    """What was due in so many seconds is due now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE wards_outbox SET retry_at = retry_at - make_interval(secs => %s)", [seconds]
        )


class TestTelling:
    def test_it_tells_that_one_person(self, cast: Cast) -> None:
        event = inbox.notify(
            cast.noor, WORDS, "In the library", level="warning", link="/wards/?ward=3"
        )
        [alert] = told()
        assert (alert.recipient, alert.event, alert.hospital) == (cast.noor, event, cast.hospital)
        assert (alert.title, alert.message) == (WORDS, "In the library")
        assert (alert.level, alert.category, alert.link) == ("warning", "system", "/wards/?ward=3")
        assert (event.kind, event.source) == (Kind.SYSTEM_NOTICE, Event.Source.SYSTEM)
        assert_mailboxes_consistent()

    def test_it_reaches_the_open_page(self, cast: Cast, live_web: Web) -> None:
        with (
            socket(live_web, **cookie_headers(cast.noor, live_web)) as noors,
            socket(live_web, **cookie_headers(cast.omar, live_web)) as omars,
        ):
            assert receive(noors)["type"] == receive(omars)["type"] == "snapshot"
            inbox.notify(cast.noor, WORDS, level="critical")
            frame = receive(noors)
            inbox.notify(cast.omar, "Something else")
            assert receive(omars)["notification"]["title"] == "Something else"
        assert (frame["type"], frame["seq"], frame["unread"]) == ("alert", 1, 1)
        said = {"kind": "system.notice", "level": "critical", "title": WORDS, "message": ""}
        assert said.items() <= frame["notification"].items()

    def test_it_is_part_of_the_open_transaction(self, cast: Cast) -> None:
        with transaction.atomic():
            inbox.notify(cast.noor, WORDS)
            assert told() == []
            transaction.set_rollback(True)
        assert told() == []
        with scopes_disabled():
            assert not Event.objects.filter(kind=Kind.SYSTEM_NOTICE).exists()

    @pytest.mark.parametrize("level", Level.values)
    def test_every_level_can_be_given(self, cast: Cast, level: str) -> None:
        inbox.notify(cast.noor, WORDS, level=level)
        assert [alert.level for alert in told()] == [level]

    def test_s08_its_words_are_words(self, cast: Cast) -> None:
        """Braces, per cents and mark-up are text; what nobody can see is left out."""
        inbox.notify(cast.noor, "{patient} {0} %(x)s <b>\u202e7.9", "a\u0000b {reason}\nnext")
        [alert] = told()
        assert alert.title == "{patient} {0} %(x)s <b>7.9"
        assert alert.message == "ab {reason} next"

    def test_s08_words_of_the_other_direction_are_isolated(self, cast: Cast) -> None:
        inbox.notify(cast.noor, "اجتماع الجناح")
        assert told()[0].title == "\u2068اجتماع الجناح\u2069"


class TestLater:
    def test_it_waits_until_it_is_due(self, cast: Cast) -> None:
        due = clock.now() + timedelta(hours=1)
        inbox.notify(cast.noor, WORDS, at=due)
        tasks.sweep()
        assert told() == []
        pass_by(3500)
        tasks.sweep()
        assert told() == []
        pass_by(100)
        tasks.sweep()
        [alert] = told()
        assert alert.created_at == due
        with scopes_disabled():
            assert not Outbox.objects.exists()
        tasks.sweep()
        assert len(told()) == 1

    def test_what_is_past_is_told_at_once(self, cast: Cast) -> None:
        inbox.notify(cast.noor, WORDS, at=clock.now() - timedelta(days=1))
        [alert] = told()
        assert clock.now() - alert.created_at < timedelta(minutes=1)

    def test_who_has_left_by_then_is_not_told(self, cast: Cast) -> None:
        inbox.notify(cast.noor, WORDS, at=clock.now() + timedelta(minutes=1))
        cast.noor.is_active = False
        cast.noor.save()
        pass_by(61)
        tasks.sweep()
        assert told() == []

    def test_what_waits_for_its_time_is_no_backlog(self, cast: Cast) -> None:
        inbox.notify(cast.noor, WORDS, at=clock.now() + timedelta(days=1))
        assert backlog() == (0, 0)
        pass_by(24 * 3600)
        waiting, age = backlog()
        assert waiting == 1
        assert age < 60, "counted from when it was due"


def backlog() -> tuple[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(OUTBOX, {"most": 100, "tries": 12})
        waiting, _, age = cursor.fetchone()
    return waiting, float(age)


class TestRefusing:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"title": " \u200b"}, "title: there must be one"),
            ({"title": "x" * 201}, "title: 201 characters"),
            ({"title": None}, "title: it must be text"),
            ({"message": "x" * 2001}, "message: 2001 characters"),
            ({"level": "loud"}, "level: 'loud' is none of info, success"),
            ({"link": "https://elsewhere.example/"}, "link: "),
            ({"link": "//elsewhere.example/"}, "link: "),
            ({"link": "/\\elsewhere.example/"}, "link: "),
            ({"link": "/\t/elsewhere.example/"}, "link: "),
            ({"link": "javascript:alert(1)"}, "link: "),
            ({"link": "wards/"}, "link: "),
            ({"link": None}, "link: "),
            ({"link": "/" + "x" * 200}, "link: 201 characters"),
            ({"at": datetime(2026, 11, 27, 14)}, "time zone"),
            ({"at": "2026-11-27T14:00Z"}, "time zone"),
        ],
    )
    def test_what_does_not_hold_is_said(self, cast: Cast, given: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said.replace("\\", "\\\\")):
            inbox.notify(**{"user": cast.noor, "title": WORDS, **given})
        with scopes_disabled():
            assert not Event.objects.filter(kind=Kind.SYSTEM_NOTICE).exists()

    def test_whoever_would_never_see_it_is_refused(self, cast: Cast) -> None:
        type(cast.noor).objects.filter(pk=cast.noor.pk).update(is_active=False)
        with pytest.raises(ValueError, match="noor is not active"):
            inbox.notify(cast.noor, WORDS)
        operator = factories.create_operator()
        with pytest.raises(ValueError, match="belongs to no hospital"):
            inbox.notify(operator, WORDS)
        cast.zed.delete()
        with pytest.raises(ValueError, match="not in the database"):
            inbox.notify(cast.zed, WORDS)
