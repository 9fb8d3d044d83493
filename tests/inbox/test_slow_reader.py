"""A socket whose reader does not read: nobody waits for it, and its line does not grow for ever."""

import asyncio
import json
from datetime import UTC, datetime

from inbox import frames
from inbox.handshake import Identity
from inbox.sockets import QUEUE_LIMIT, Socket

SOMEBODY = Identity(
    1, 1, is_staff_role=True, session="", expires_at=datetime.max.replace(tzinfo=UTC)
)


class Reader:
    """Stands for the server's end of a connection: takes messages while `open` is set."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.got: list[str] = []

    async def write(self, text: str) -> None:
        await self.open.wait()
        self.got += text.split("\n")

    async def close(self, code: int, reason: str) -> None:
        raise AssertionError("not closed for being slow")


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


async def test_a_line_that_is_too_long_is_emptied_and_a_snapshot_does() -> None:
    reader = Reader()
    socket = in_step_at(0, reader)
    await turns()
    reader.open.clear()
    taken = [socket.offer(seq, f"{seq}") for seq in range(1, QUEUE_LIMIT + 3)]
    assert taken.index(False) == QUEUE_LIMIT
    assert socket.overflowed
    socket.bring_up(frames.state("snapshot", "e", 5000, 1, []))
    assert socket.offer(5001, "next")
    reader.open.set()
    await turns(10)
    state, after = json.loads(reader.got[-2]), reader.got[-1]
    assert (state["type"], state["seq"], after) == ("snapshot", 5000, "next")


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
