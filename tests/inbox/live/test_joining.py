"""Groups of people, step by step: joining, leaving, and what comes by them."""

import asyncio
import json
from typing import Any

import pytest
from django.conf import settings
from redis import Redis, RedisError

from inbox.live import groups
from inbox.live.groups import Groups
from inbox.live.hub import Hub
from inbox.publications import frames
from inbox.publications.sealing import seal
from inbox.publications.subscription import HUBS, Subscription, channel_of
from tests.inbox.live.test_hub import USER, Client, Database, catchup, hub, turns

__all__ = ["hub"]


class Lines:
    """Stands for the subscription, and notes what is joined and left."""

    def __init__(self) -> None:
        self.joined: list[list[int]] = []
        self.left: list[int] = []
        self.fails = False

    async def join(self, users: Any) -> None:
        if self.fails:
            raise ConnectionError
        self.joined.append([*users])

    async def leave(self, users: Any) -> None:
        self.left += users


class TestKeeping:
    """The groups, step by step."""

    async def test_many_are_joined_together_and_compared_afterwards(self) -> None:
        users, compared, lines = dict.fromkeys(range(600)), list[int](), Lines()
        kept = Groups(users, compared.extend)
        with kept.through(lines):  # type: ignore[arg-type]
            await kept.keep()
            assert [len(some) for some in lines.joined] == [250, 250, 100]
            assert compared == [*range(600)]
            users[600] = None
            kept.change()
            await kept.keep()
            assert lines.joined[3:] == [[600]], "only who is new"

    async def test_who_comes_back_soon_was_never_away(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(groups, "LEAVE_EVERY", 0.1)
        users, lines = dict.fromkeys(range(2)), Lines()
        kept = Groups(users, lambda joined: None)
        with kept.through(lines):  # type: ignore[arg-type]
            await kept.keep()
            del users[0]
            users[0] = None
            await kept.keep()
            assert lines.left == []
            del users[0]
            await asyncio.sleep(0.1)
            await kept.keep()
            assert lines.left == [0]
            users[0] = None
            kept.change()
            await kept.keep()
            assert lines.joined[-1] == [0]

    async def test_what_fails_is_tried_again(self) -> None:
        compared, lines = list[int](), Lines()
        kept = Groups({7: None}, compared.extend)
        lines.fails = True
        with kept.through(lines):  # type: ignore[arg-type]
            with pytest.raises(ConnectionError):
                await kept.keep()
            assert compared == []
            lines.fails = False
            async with asyncio.timeout(1):
                await kept.keep()
        assert compared == [7]

    async def test_a_new_connection_joins_all_anew(self) -> None:
        compared, lines = list[int](), Lines()
        kept = Groups({7: None}, compared.extend)
        for _ in range(2):
            with kept.through(lines):  # type: ignore[arg-type]
                await kept.keep()
        assert lines.joined == [[7], [7]]
        assert compared == [7, 7]


class TestSubscribing:
    async def test_joining_is_over_when_redis_says_so(self) -> None:
        async with Subscription() as heard:
            await heard.join(range(1, 501))
            with Redis.from_url(settings.REDIS_URL) as redis:
                numbers = [channel_of(number) for number in (1, 250, 500)]
                assert [count for _, count in redis.pubsub_numsub(*numbers)] == [1, 1, 1]
                await heard.leave(range(1, 500))
                redis.publish(numbers[2], b"x")
                redis.publish(HUBS, b"y")
                redis.publish(heard.own, b"z")
            found = [await heard.hear(5) for _ in range(3)]
            assert [(each.group, each.user_id, each.sealed) for each in found] == [
                ("user.500", 500, b"x"),
                ("hubs", None, b"y"),
                ("", None, b"z"),
            ]

    async def test_one_that_says_nothing_is_a_dead_one(self) -> None:
        heard = Subscription()
        for _ in range(2):  # it can be used again
            with pytest.raises(TimeoutError):
                async with heard:
                    await heard.hear(0.05)

    async def test_one_that_is_cut_says_so_at_once(self) -> None:
        async with Subscription() as heard:
            connection = heard._layer._shards[0]._pubsub.connection
            connection._writer.transport.abort()
            with pytest.raises(RedisError):
                await heard.hear(5)


def test_frames_of_others_are_one_line_of_json() -> None:
    said = {"type": "a.b", "x": [1, "ع", None, True, 1.5, "1\n2"]}
    frame = frames.of_others(said)
    assert json.loads(frame) == said
    assert "\n" not in frame


async def test_who_was_here_before_their_group_was_joined_is_compared(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step, waiting, database = Client(3), Client(3), Database(monkeypatch, 5)
    for client in (in_step, waiting):
        hub.join(client.socket)
    waiting.socket.expect_state()
    hub._joined([USER, USER + 1])
    assert hub._behind == {USER}
    hub._behind.clear()
    hub.bring_up(waiting.socket, catchup(4))
    assert hub._behind == {USER}, "its state may be of before"
    await hub._compare(hub._behind)
    await turns()
    assert database.asked
    assert [client.seqs[-1] for client in (in_step, waiting)] == [5, 5]


async def test_what_others_say_reaches_a_person_s_sockets_and_theirs_alone(hub: Hub) -> None:
    live, waiting = Client(3), Client(3)
    waiting.socket.epoch = ""  # it has had no state yet, which comes first
    for client in (live, waiting):
        hub.join(client.socket)
    said = {"type": "lunch.ready", "at": 12}
    hub._take(seal(said), USER)
    hub._take(seal(said), USER + 1)
    await turns()
    assert live.frames[1:] == [said]
    assert waiting.frames[1:] == []


async def test_what_others_say_is_no_word_of_ours(hub: Hub) -> None:
    """Nor do they end anybody's session in the group of a person."""
    client = Client(3)
    hub.join(client.socket)
    hub._gap.clear()
    ended: dict[str, Any] = {"type": "end_session", "session": "s"}
    for bad in (ended, {"type": "alert"}, {"type": "x", "raw": b""}):
        hub._take(seal(bad), USER)
    await turns()
    assert client.closed == []
    assert len(client.frames) == 1
    assert not hub._gap.is_set(), "and nobody is compared for it"
