"""The hub's healing, step by step: what if something happens while it looks at the database?"""

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from inbox import mailbox
from inbox.handshake import Identity
from inbox.hub import Hub
from inbox.mailbox import Ask
from inbox.sockets import Socket

USER = 7
IDENTITY = Identity(
    USER, 1, is_staff_role=True, session="s", expires_at=datetime.max.replace(tzinfo=UTC)
)


class Client:
    """A socket whose frames can be looked at."""

    def __init__(self, seq: int) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: list[int] = []
        self.socket = Socket(IDENTITY, self._write, self._close)
        self.socket.bring_up({"type": "catchup", "seq": seq, "unread": 0, "notifications": []})

    async def _write(self, text: str) -> None:
        self.frames += [json.loads(line) for line in text.split("\n")]

    async def _close(self, code: int, reason: str) -> None:
        self.closed.append(code)

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]


@pytest.fixture
async def hub() -> Hub:
    """A hub that does nothing by itself."""
    hub = Hub()
    hub._start = lambda: None  # type: ignore[method-assign]
    return hub


class Database:
    """Stands for the mailbox's answers; `meanwhile` happens while the hub waits for the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seq: int) -> None:
        self.seq = seq
        self.loop = asyncio.get_running_loop()
        self.meanwhile: list[Callable[[], object]] = []
        self.asked: list[Ask] = []
        monkeypatch.setattr(mailbox, "seqs", lambda users: {USER: self.seq})
        monkeypatch.setattr(mailbox, "catch_up", self._catch_up)

    def _catch_up(self, asks: Iterable[Ask]) -> dict[Ask, dict[str, Any]]:
        self.asked = list(asks)
        state = {"type": "catchup", "seq": self.seq, "unread": 0, "notifications": []}
        for happens in self.meanwhile:  # in the loop's thread; this is another one
            asyncio.run_coroutine_threadsafe(_call(happens), self.loop).result(5)
        return dict.fromkeys(self.asked, state)


async def _call(happens: Callable[[], object]) -> None:
    happens()


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_is_behind_is_brought_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    client, database = Client(3), Database(monkeypatch, 5)
    hub.join(client.socket)
    await hub._compare({USER})
    await turns()
    assert database.asked == [Ask(USER, 3)]
    assert client.seqs == [3, 5]


async def test_who_is_in_step_is_left_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    client, database = Client(5), Database(monkeypatch, 5)
    hub.join(client.socket)
    await hub._compare({USER})
    assert database.asked == []
    assert client.socket.seq == 5


async def test_frames_that_come_while_it_looks_are_not_taken_back(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, database = Client(3), Database(monkeypatch, 5)
    hub.join(client.socket)
    database.meanwhile = [
        partial(client.socket.offer, seq, f'{{"seq":{seq}}}') for seq in (4, 5, 6)
    ]
    await hub._compare({USER})
    await turns()
    assert client.seqs == [3, 4, 5, 6]
    assert client.socket.seq == 6


async def test_a_client_that_asks_while_it_looks_gets_its_own_answer(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, database = Client(3), Database(monkeypatch, 5)
    hub.join(client.socket)
    database.meanwhile = [client.socket.expect_state]
    await hub._compare({USER})
    assert client.socket.seq is None


async def test_a_frame_that_passes_while_a_client_waits_is_healed_afterwards(hub: Hub) -> None:
    client = Client(3)
    hub.join(client.socket)
    client.socket.expect_state()
    hub._on_alerts({"told": [[USER, 9, 4, 1, 0]], "tails": ["}"], "topics": []})
    hub._behind.clear()
    hub.bring_up(client.socket, {"type": "catchup", "seq": 3, "unread": 0, "notifications": []})
    assert hub._behind == {USER}


async def test_whoever_may_no_longer_sign_in_is_signed_off(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(3)
    hub.join(client.socket)
    monkeypatch.setattr(mailbox, "seqs", lambda users: {})
    await hub._compare({USER})
    await turns()
    assert client.closed == [4401]


async def test_those_behind_are_remembered_while_the_database_is_away(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(users: Iterable[int]) -> dict[int, int]:
        raise ConnectionError

    monkeypatch.setattr(mailbox, "seqs", away)
    hub.join(Client(3).socket)
    hub._fell_behind(USER)
    with pytest.raises(ConnectionError):
        await hub._heal()
    assert hub._behind == {USER}
    assert hub._gap.is_set()


async def test_sockets_of_expired_sessions_are_closed(hub: Hub) -> None:
    client = Client(3)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    client.socket.identity = Identity(USER, 1, is_staff_role=True, session="s", expires_at=past)
    hub.join(client.socket)
    hub._end_expired()
    await turns()
    assert client.closed == [4401]


async def test_leaving_forgets_everything(hub: Hub) -> None:
    client = Client(3)
    hub.join(client.socket)
    hub.watch(client.socket, frozenset({"1:ward.3", "1:arrivals"}))
    hub.leave(client.socket)
    assert not hub._users
    assert not hub._topics
