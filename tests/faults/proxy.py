"""A TCP proxy before one server, whose network has faults that a test switches while it runs.

What a userspace proxy cannot do by not reading, the kernel does for it: a socket filter that drops
every packet. So nothing is acknowledged either, and keepalives, `TCP_USER_TIMEOUT` and connecting
meet what they meet when a cable is pulled.
"""

import asyncio
import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")
Target = tuple[str, int] | Path  # host and port, or a unix socket

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27  # linux/socket.h; Python has no names for them
DROP = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET: 0 bytes of it
LINGER_NOT = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST instead of FIN
CHUNK = 64 * 1024


class Proxy:
    """Listens on a port of 127.0.0.1 and passes on to `target` what comes, both ways.

    `delay` (seconds that every piece takes longer) and `rate` (bytes a second; None: as they come)
    may be set at any time and hold for each direction. The other faults are methods.
    """

    def __init__(self, target: Target) -> None:
        self.delay = 0.0
        self.rate: float | None = None
        self.accepted = 0  # connections so far
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._links)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._serve())
        return self

    def __exit__(self, *exc: object) -> None:
        self.reset()
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Closes every connection in order: both ends read that it is at its end (FIN)."""
        self._each(Link.close)

    def reset(self) -> None:
        """Breaks every connection: both ends get RST."""
        self._each(Link.reset)

    def forget(self) -> None:
        """Leaves every connection half-open: nothing gets through any more, nor that one end went.

        As where a firewall forgot them, or a machine lost its power. New ones are as ever.
        """
        self._each(Link.drop)
        self._links.clear()

    @contextmanager
    def black_hole(self) -> Iterator[None]:
        """Loses every packet meanwhile: connecting hangs, and what was sent is sent again later."""
        drop(self._listener)
        self._each(Link.drop)
        try:
            yield
        finally:
            pass_again(self._listener)
            self._each(Link.pass_again)

    def _each(self, do: "Callable[[Link], None]") -> None:
        async def each() -> None:
            for link in list(self._links):
                do(link)

        self._wait(each())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, sock=self._listener)

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.accepted += 1
        try:
            there = await self._connect()
        except OSError:
            abort(writer)
            return
        link = Link(writer, there[1])
        self._links.add(link)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._pump(reader, there[1]), self._pump(there[0], writer))
        self._links.discard(link)
        link.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Ten pieces a second where it is slow: a test that says 1 byte/s gets each by itself.
        while data := await reader.read(max(1, int(self.rate / 10)) if self.rate else CHUNK):
            await asyncio.sleep(self.delay + (len(data) / self.rate if self.rate else 0))
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


class Link:
    """One connection: its side to the client, and its side to the server."""

    def __init__(self, *sides: asyncio.StreamWriter) -> None:
        self._sides = sides

    def close(self) -> None:
        for side in self._sides:
            side.close()

    def reset(self) -> None:
        for side in self._sides:
            abort(side)

    def drop(self) -> None:
        for side in self._sides:
            drop(side.get_extra_info("socket"))

    def pass_again(self) -> None:
        for side in self._sides:
            pass_again(side.get_extra_info("socket"))


def abort(writer: asyncio.StreamWriter) -> None:
    """Closes with RST."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    writer.transport.abort()


def drop(end: socket.socket) -> None:
    """Has the kernel drop what arrives here (data, acknowledgements, SYN, FIN, keepalives)."""
    program = struct.pack("HL", 1, ctypes.addressof(DROP))
    with contextlib.suppress(OSError):  # closed meanwhile
        end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def pass_again(end: socket.socket) -> None:
    """An end to that."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
