"""The hub's healing, step by step: what if something happens while it looks at the database?"""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from inbox import mailbox
from inbox.live.hub import SIGN_OF_LIFE, Hub
from inbox.live.limits import SOCKETS_A_USER
from inbox.live.sockets import Socket
from inbox.mailbox import Ask
from inbox.publications import frames, standing
from inbox.publications.sealing import seal
from inbox.publications.standing import Identity, Present, Standing

USER = 7
IDENTITY = Identity(
    USER,
    1,
    is_staff_role=True,
    session="s",
    expires_at=datetime.max.replace(tzinfo=UTC),
    credentials="c",
    reader="7:nurse",
)


def catchup(seq: int, epoch: str = "e") -> dict[str, Any]:
    return frames.state("catchup", epoch, seq, 0, [])


class Client:
    """A socket whose frames can be looked at."""

    def __init__(self, seq: int) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: list[int] = []
        self.socket = Socket(IDENTITY, self._write, self._close)
        self.socket.bring_up(catchup(seq))

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
        self.present = Present("e", {USER: Standing(seq, "c")}, frozenset({"s"}))
        monkeypatch.setattr(standing, "present", lambda users, sessions: self.present)
        monkeypatch.setattr(standing, "patiently", lambda load, *asked: load(*asked))
        monkeypatch.setattr(mailbox, "catch_up", self._catch_up)

    def _catch_up(self, asks: Iterable[Ask]) -> dict[Ask, dict[str, Any]]:
        self.asked = list(asks)
        state = {
            "type": "catchup",
            "epoch": self.present.epoch,
            "seq": self.seq,
            "unread": 0,
            "notifications": [],
        }
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
    hub.bring_up(client.socket, catchup(3))
    assert hub._behind == {USER}


@pytest.mark.parametrize(
    ("present"),
    [
        Present("e", {}, frozenset({"s"})),  # inactive, or gone
        Present("e", {USER: Standing(9, "other")}, frozenset({"s"})),  # password, role, hospital
        Present("e", {USER: Standing(9, "c")}, frozenset()),  # signed out
    ],
)
async def test_s13_whoever_may_no_longer_sign_in_is_signed_off(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, present: Present
) -> None:
    client, database = Client(3), Database(monkeypatch, 9)
    database.present = present
    hub.join(client.socket)
    await hub._compare({USER})
    await turns()
    assert client.closed == [4401]
    assert client.seqs == [3], "nothing more is said to them"
    client.socket.push('{"seq":10}')
    await turns()
    assert client.seqs == [3]
    assert not hub._users


async def test_s13_what_changed_between_looking_and_joining_is_looked_at_again(hub: Hub) -> None:
    client = Client(3)
    before = hub.revoked
    hub._take(seal({"type": "credentials", "users": [USER]}))
    hub.join(client.socket, before)
    assert hub._behind == {USER}


async def test_another_database_gives_a_snapshot_whatever_the_seq(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, database = [Client(3), Client(9)], Database(monkeypatch, 5)
    database.present = database.present._replace(epoch="restored")
    for client in clients:
        hub.join(client.socket)
    await hub._compare({USER})
    await turns()
    assert database.asked == [Ask(USER, None)]
    assert [client.seqs for client in clients] == [[3, 5], [9, 5]]
    await hub._compare({USER})
    assert [client.socket.seq for client in clients] == [5, 5]


async def test_one_socket_too_many_ends_the_oldest(hub: Hub) -> None:
    clients = [Client(3) for _ in range(SOCKETS_A_USER + 1)]
    for client in clients:
        hub.join(client.socket)
    await turns()
    assert [client.closed for client in clients[:2]] == [[4409], []]
    assert len(hub._users[USER]) == SOCKETS_A_USER


async def test_a_message_that_makes_a_handler_fail_does_not_deafen_the_hub(hub: Hub) -> None:
    client = Client(3)
    hub.join(client.socket)
    hub._compared = 1.0
    for sealed in (seal({"type": "alerts", "told": [[USER]]}), b"of another installation"):
        hub._gap.clear()
        hub._take(sealed)
        assert hub._gap.is_set()
    assert hub._compared == 0, "it may have been an alert: everybody is compared"
    hub._take(seal({"type": "alerts", "told": [[USER, 9, 4, 1, 0]], "tails": ["}}"], "topics": []}))
    assert client.socket.seq == 4


async def test_s12_signs_of_life_go_to_those_who_asked_and_only_while_there_is_life(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, other = Client(3), Client(3)
    asked.socket.beats = True
    for client in (asked, other):
        hub.join(client.socket)
    for _ in range(SIGN_OF_LIFE):
        hub._show_life()
    await turns()
    assert [frame["type"] for frame in asked.frames] == ["catchup", "beat"]
    assert [frame["type"] for frame in other.frames] == ["catchup"]


async def test_those_behind_are_remembered_while_the_database_is_away(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(load: object, *asked: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(standing, "patiently", away)
    hub.join(Client(3).socket)
    hub._fell_behind(USER)
    with pytest.raises(ConnectionError):
        await hub._heal()
    assert hub._behind == {USER}
    assert hub._gap.is_set()
    assert not hub._in_step, "and no sign of life until then"


async def test_sockets_of_expired_sessions_are_closed(hub: Hub) -> None:
    client = Client(3)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    client.socket.identity = replace(IDENTITY, expires_at=past)
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
