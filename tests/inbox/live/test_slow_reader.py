"""A socket whose reader does not read: nobody waits for it, and its line does not grow for ever."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from inbox.live import sockets
from inbox.live.sockets import LINE_LIMIT, UNREAD, Socket
from inbox.publications import frames
from inbox.publications.standing import Identity

SOMEBODY = Identity(
    1, 1, is_staff_role=True, session="", expires_at=datetime.max.replace(tzinfo=UTC)
)


class Reader:
    """Stands for the server's end of a connection: takes messages while `open` is set."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.got: list[str] = []
        self.closed: list[int] = []

    async def write(self, text: str) -> None:
        await self.open.wait()
        self.got += text.split("\n")

    async def close(self, code: int, reason: str) -> None:
        self.closed.append(code)


def in_step_at(seq: int, reader: Reader) -> Socket:
    socket = Socket(SOMEBODY, reader.write, reader.close)
    socket.bring_up(frames.state("catchup", "e", seq, 0, []))
    return socket


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_all_of_one_turn_is_one_write() -> None:
    reader = Reader()
    writes: list[str] = []

    async def write(text: str) -> None:
        writes.append(text)

    socket = Socket(SOMEBODY, write, reader.close)
    for number in range(3):
        socket.push(f"{number}")
    await turns()
    assert writes == ["0\n1\n2"]


async def test_what_waits_for_a_slow_reader_comes_in_order_once_it_reads() -> None:
    reader = Reader()
    socket = in_step_at(0, reader)
    await turns()
    reader.open.clear()
    for seq in range(1, 6):
        assert socket.offer(seq, f"{seq}")
        await turns(1)
    assert reader.got[1:] == []
    reader.open.set()
    await turns(10)
    assert reader.got[1:] == ["1", "2", "3", "4", "5"]


LONG = "x" * (LINE_LIMIT // 20)


async def test_a_line_that_is_too_long_is_emptied_and_a_snapshot_does_once_it_reads() -> None:
    reader = Reader()
    socket = in_step_at(0, reader)
    drained: list[int] = []
    socket.on_drained = lambda: drained.append(1)
    await turns()
    reader.open.clear()
    socket.offer(1, "1")
    await turns()
    assert all(socket.offer(seq, LONG) for seq in range(2, 40)), "nothing can be done for it yet"
    assert socket.given_up
    socket.push("pong")
    assert drained == []
    reader.open.set()
    await turns(10)
    assert (reader.got[1:], drained) == (["1"], [1])
    socket.bring_up(frames.state("snapshot", "e", 5000, 1, []))
    assert socket.offer(5001, "next")
    await turns(10)
    state, after = json.loads(reader.got[-2]), reader.got[-1]
    assert (state["type"], state["seq"], after) == ("snapshot", 5000, "next")
    assert reader.closed == []


async def test_what_one_turn_has_for_a_quick_reader_may_be_long() -> None:
    reader = Reader()
    socket = in_step_at(0, reader)
    assert all(socket.offer(seq, LONG) for seq in range(1, 100))
    await turns(10)
    assert len(reader.got) == 100
    assert not socket.overflowed


async def test_a_state_that_is_longer_than_the_line_is_told_all_the_same() -> None:
    reader = Reader()
    socket = in_step_at(0, reader)
    socket.push("x" * 2 * LINE_LIMIT)
    await turns()
    assert len(reader.got[-1]) == 2 * LINE_LIMIT


async def test_one_that_does_not_read_for_too_long_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "STALLED_AFTER", 0.05)
    reader = Reader()
    socket = in_step_at(0, reader)
    await turns()
    reader.open.clear()
    socket.offer(1, "1")
    await turns()
    assert socket.is_slow
    async with asyncio.timeout(5):
        await socket.drained()
    assert (reader.closed, socket.stopped) == ([UNREAD], True)


async def test_a_reader_that_is_gone_harms_nobody() -> None:
    async def write(text: str) -> None:
        raise ConnectionResetError

    gone, reader = Socket(SOMEBODY, write, Reader().close), Reader()
    other = in_step_at(0, reader)
    gone.push("x")
    assert other.offer(1, "1")
    await turns()
    gone.push("y")
    await turns()
    assert reader.got[1:] == ["1"]


async def test_stopping_ends_the_task_of_a_slow_reader() -> None:
    reader = Reader()
    socket = in_step_at(0, reader)
    await turns()
    reader.open.clear()
    socket.offer(1, "1")
    await turns()
    before = len(asyncio.all_tasks())
    socket.stop()
    await turns()
    assert len(asyncio.all_tasks()) == before - 1


async def test_one_hung_up_on_in_the_moment_it_was_too_slow_keeps_nobody_waiting() -> None:
    """The write that would go on was never begun: who waits for its end would wait for ever."""
    reader = Reader()
    socket = in_step_at(0, reader)
    await turns()
    reader.open.clear()
    socket.offer(1, "1")
    socket.flush()
    socket.stop()
    async with asyncio.timeout(1):
        await socket.drained()
    assert not socket.is_slow
