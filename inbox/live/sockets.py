"""One open socket: what waits to be written to it, and which change it has seen last."""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from inbox.publications import frames
from inbox.publications.standing import Identity

# More characters waiting than this, and the reader is too slow to be told everything: a snapshot
# must do. Each frame counts for a little more than its text.
LINE_LIMIT = 64 * 1024
FRAME_COST = 64
STALLED_AFTER = 20.0  # s that one write may wait for the client to read
UNREAD = 4408
Write = Callable[[str], Coroutine[Any, Any, None]]


class Socket:
    """Writes frames in order, many at a time, and knows when it is out of step.

    `seq` is the last change put in line for the client; None while only a state frame will do: it
    has asked for one, or its line overflowed. A write waits while the client does not read; one
    that waits for too long ends the socket.
    """

    __slots__ = (
        "_line",
        "_size",
        "_slow",
        "_write",
        "beats",
        "close",
        "epoch",
        "identity",
        "missed",
        "on_drained",
        "overflowed",
        "seq",
        "stopped",
        "topics",
    )

    def __init__(
        self, identity: Identity, write: Write, close: Callable[[int, str], Awaitable[None]]
    ) -> None:
        self.identity = identity
        self.close = close
        self.seq: int | None = None
        self.epoch = ""  # the database that `seq` is of
        self.stopped = False  # hung up; what is pushed now goes nowhere
        self.beats = False  # whether the client asked for signs of life
        self.missed = False  # a frame passed by while the client waited for its state
        self.overflowed = False
        self.topics: frozenset[str] = frozenset()
        self._write = write
        self.on_drained: Callable[[], None] | None = None  # reads again after it overflowed
        self._line: list[str] = []
        self._size = 0  # characters in line, with what each frame costs
        self._slow: asyncio.Task[None] | None = None

    @property
    def is_slow(self) -> bool:
        """Whether a write waits for the client to read."""
        return self._slow is not None

    @property
    def given_up(self) -> bool:
        """Whether nothing is put in line until the client reads again, and then its state."""
        return self.overflowed and self.is_slow

    def offer(self, seq: int, frame: str) -> bool:
        """Puts the frame of change `seq` in line if it is the next one.

        False where the socket is now out of step and can be helped: changes before it are missing.
        Changes the client has seen already are passed over.
        """
        if self.given_up:
            return True
        if self.seq is not None and seq <= self.seq:
            return True
        if self.seq is None or seq > self.seq + 1:
            self.missed = True
            return False
        self.seq = seq
        self.push(frame)
        return True

    def expect_state(self) -> None:
        """The client asks for its state: what passes by until then cannot be put in line."""
        self.seq, self.overflowed = None, False

    def bring_up(self, state: dict[str, Any]) -> bool:
        """Puts a snapshot or catch-up in line; True where frames passed by in the meantime."""
        missed, self.missed, self.overflowed = self.missed, False, False
        self.seq, self.epoch = state["seq"], state["epoch"]
        self.push(frames.text(frames.addressed(state, self.identity.reader)))
        return missed

    def push(self, frame: str) -> None:
        """Puts a frame in line; a line that is too long is emptied, and a snapshot must do."""
        if self.stopped or self.given_up:
            return
        size = len(frame) + FRAME_COST
        if self._line and self._size + size > LINE_LIMIT:
            self.flush()  # the reader may be quick, and this turn of the event loop long
            if self.is_slow:
                self._clear()
                self.seq, self.overflowed = None, True
                return
        if not self._line and not self.is_slow:
            _round.add(self)
        self._line.append(frame)
        self._size += size

    def flush(self) -> None:
        """Writes all that is in line as one message.

        A write seldom has to wait, and a task for each of thousands of sockets costs as much as the
        write itself (docs/benchmarks.md). So the coroutine is started here by hand, and only where
        it does wait, because its reader is slow, a task takes it from there.
        """
        if self._slow is not None or not self._line:
            return
        write = self._write(self._take())
        try:
            waits_for = write.send(None)
        except StopIteration:
            return
        except Exception:  # the client is gone, in whichever way this server says it
            return
        self._slow = asyncio.create_task(self._go_on(write, waits_for))

    async def drained(self) -> None:
        """Waits until no write waits for the client to read."""
        while self._slow is not None:
            await asyncio.wait([self._slow])

    def stop(self) -> None:
        """The client is gone: nothing is written any more."""
        self.stopped = True
        self._clear()
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None  # one that was not begun yet never says so itself

    async def _go_on(self, write: Coroutine[Any, Any, None], waits_for: Any) -> None:
        try:
            async with asyncio.timeout(STALLED_AFTER):
                await _resume(write, waits_for)
            while self._line:
                async with asyncio.timeout(STALLED_AFTER):
                    await self._write(self._take())
        except TimeoutError:
            self.stopped = True
            self._clear()
        except Exception:
            self._clear()  # the client is gone
        finally:
            self._slow = None
        if self.stopped:
            await self.close(UNREAD, frames.error(UNREAD, "You do not read what you are sent."))
        elif self.overflowed and self.on_drained:
            self.on_drained()

    def _take(self) -> str:
        text = "\n".join(self._line)
        self._clear()
        return text

    def _clear(self) -> None:
        self._line.clear()
        self._size = 0


@types.coroutine
def _resume(started: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Awaits a coroutine that has made its first step and waits for something since."""
    yield waits_for
    yield from started


class Round:
    """The sockets with something in line, written to once what is happening now is over.

    So all that one turn of the event loop has for a socket goes into one write.
    """

    def __init__(self) -> None:
        self._due: list[Socket] = []

    def add(self, socket: Socket) -> None:
        """Has the socket flushed soon."""
        if not self._due:
            asyncio.get_running_loop().call_soon(self._flush)
        self._due.append(socket)

    def _flush(self) -> None:
        due, self._due = self._due, []
        for socket in due:
            socket.flush()


_round = Round()
