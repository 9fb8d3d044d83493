"""Groups of people: `user.<id>` of the Channels layer, and what is sent to them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from redis import Redis

import inbox
from inbox import mailbox
from inbox.fanout import dispatch
from inbox.live import groups
from inbox.publications import publish, sealing, subscription
from inbox.publications.frames import Changed, Posted
from inbox.publications.subscription import channel_of
from tests import factories
from tests.benchmarks.announcement import wording
from tests.cast import Cast, create_cast
from tests.inbox.client import cookie_headers
from tests.inbox.wire import receive, socket
from tests.processes import Web, wait_for
from wards.base import wakeups
from wards.models import User

pytestmark = pytest.mark.django_db(transaction=True)
TITLE = "Mohammed Al-Harbi"


@pytest.fixture
def cast(live_web: Web) -> Cast:
    return create_cast()


def members(user: User) -> int:
    """How many hubs are in somebody's group."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        [(_, count)] = redis.pubsub_numsub(channel_of(user.pk))
    return int(count)


def group_send(user: User, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    assert layer is not None
    async_to_sync(layer.group_send)(f"user.{user.pk}", message)


@contextmanager
def spying() -> Iterator[Callable[[], list[tuple[str, bytes]]]]:
    """What passes through Redis meanwhile, but the beats: the group and what was published."""
    group = subscription.GROUPS
    with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as spy:
        spy.psubscribe(f"{group}*")
        spy.get_message(timeout=5)

        def seen() -> list[tuple[str, bytes]]:
            assert wakeups.flush(10)
            found = []
            while message := spy.get_message(timeout=0.3):
                found.append((message["channel"].decode().removeprefix(group), message["data"]))
            return found

        yield seen


class TestTheChannelsLayer:
    def test_group_send_reaches_all_sockets_of_a_person(self, cast: Cast, live_web: Web) -> None:
        noor = cookie_headers(cast.noor, live_web)
        with (
            socket(live_web, **noor) as one,
            socket(live_web, **noor) as two,
            socket(live_web, **cookie_headers(cast.omar, live_web)) as other,
        ):
            for ws in (one, two, other):
                assert receive(ws)["type"] == "snapshot"
            wait_for(lambda: members(cast.noor) and members(cast.omar), 5, "they are joined")
            said = {"type": "lunch.ready", "where": "مطعم", "seats": [1, 2], "more": None}
            group_send(cast.noor, said)
            assert receive(one) == receive(two) == said
            group_send(cast.omar, {"type": "ping_me"})
            assert receive(other) == {"type": "ping_me"}

    def test_the_group_is_left_after_the_last_socket(self, cast: Cast, live_web: Web) -> None:
        assert members(cast.noor) == 0
        noor = cookie_headers(cast.noor, live_web)
        with socket(live_web, **noor) as one:
            receive(one)
            with socket(live_web, **noor) as two:
                receive(two)
                wait_for(lambda: members(cast.noor) == 1, 5, "the hub has joined once")
            time.sleep(0.3)
            assert members(cast.noor) == 1, "one is open still"
        wait_for(lambda: members(cast.noor) == 0, groups.LEAVE_EVERY * 2 + 2, "it has left")

    @pytest.mark.parametrize(
        "bad",
        [
            {},
            {"type": 7},
            {"type": "no name\n"},
            {"type": "x" * 65},
            {"type": "alert", "seq": 1, "unread": 9},
            {"type": "snapshot", "notifications": []},
            {"type": "end_session", "session": "x"},
            {"type": "credentials", "users": "all"},
            {"type": "alerts", "told": 7},
            {"type": "changes"},
            {"type": "lunch.ready", "raw": b"\xff"},
            {"type": "lunch.ready", "number": float("nan")},
            {"type": "lunch.ready", "much": "x" * 20_000},
        ],
        ids=str,
    )
    def test_a_bad_message_hurts_nobody(
        self, cast: Cast, live_web: Web, bad: dict[str, Any]
    ) -> None:
        with socket(live_web, **cookie_headers(cast.noor, live_web)) as ws:
            receive(ws)
            wait_for(lambda: members(cast.noor) == 1, 5, "it is joined")
            group_send(cast.noor, bad)
            group_send(cast.noor, {"type": "lunch.ready"})
            assert receive(ws) == {"type": "lunch.ready"}
            inbox.notify(cast.noor, TITLE)
            assert receive(ws)["notification"]["title"] == TITLE

    def test_what_another_key_has_sealed_hurts_nobody(self, cast: Cast, live_web: Web) -> None:
        with socket(live_web, **cookie_headers(cast.noor, live_web)) as ws:
            receive(ws)
            wait_for(lambda: members(cast.noor) == 1, 5, "it is joined")
            with Redis.from_url(settings.REDIS_URL) as redis:
                redis.publish(channel_of(cast.noor.pk), b"of another installation")
            group_send(cast.noor, {"type": "lunch.ready"})
            assert receive(ws) == {"type": "lunch.ready"}


class TestWhoWakes:
    def test_what_concerns_one_person_goes_to_their_group(self, cast: Cast) -> None:
        with spying() as seen:
            inbox.notify(cast.noor, TITLE)
            mailbox.mark_all_read(cast.noor)
            (told_in, told), (read_in, read) = seen()
        assert told_in == read_in == f"user.{cast.noor.pk}"
        assert sealing.unseal(told)["type"] == "alerts"
        assert sealing.unseal(read)["changed"][0][0] == cast.noor.pk

    def test_each_of_few_hears_their_own_and_nobody_else_s(self, cast: Cast) -> None:
        people = [cast.noor.pk, cast.omar.pk]
        told = [Posted(people[0], 7, 1, 1, 1), Posted(people[1], 8, 1, 1, 0)]
        publish_told(told, "one", "two")
        with spying() as seen:
            publish_told(told, "one", "two")
            found = {group: sealing.unseal(sealed) for group, sealed in seen()}
        assert {*found} == {f"user.{pk}" for pk in people}
        mine = found[f"user.{people[0]}"]
        assert mine["told"][0][:5] == [people[0], 7, 1, 1, 0]
        assert ["two" in tail for tail in mine["tails"]] == [True]

    def test_what_concerns_many_goes_once_to_all(self, cast: Cast) -> None:
        changed = [Changed(pk, 1, 0, [7]) for pk in range(1, publish.FEW + 2)]
        with spying() as seen:
            publish.changes(changed, {"read_at": None})
            publish.changes(changed[:-1], {"read_at": None})
            found = [group for group, _ in seen()]
        assert found == ["hubs", *(f"user.{pk}" for pk in range(1, publish.FEW + 1))]

    def test_what_pages_show_too_goes_to_all(self, cast: Cast) -> None:
        with spying() as seen:
            publish.changes([Changed(1, 1, 0, [7])], {"read_at": None}, ["1:ward.3"])
            assert [group for group, _ in seen()] == ["hubs"]

    def test_nothing_that_passes_through_redis_can_be_read(self, cast: Cast) -> None:
        with spying() as seen:
            dispatch([factories.record_event(cast.hospital, data={"subject": TITLE}).pk])
            publish_told([Posted(cast.noor.pk, 7, 1, 1, 0)], TITLE)
            group_send(cast.noor, {"type": "lunch.ready", "with": TITLE})
            found = seen()
        assert len(found) >= 2
        for _, sealed in found:
            assert TITLE.encode() not in sealed
            assert b"Harbi" not in sealed


def publish_told(told: list[Posted], *titles: str) -> None:
    publish.alerts([], [wording(1, 1, title) for title in titles], told)
    assert wakeups.flush(10)
