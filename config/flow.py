"""Flow control: a server's `send` waits while the client does not read.

uvicorn's does. daphne's gives all it gets to Twisted, which keeps it: a client that never reads
would fill the memory of the process. So Twisted is asked to say when much is unsent (its push
producers, 64 KB), and config/web.py waits for as long. uvicorn's way needs two things more, below.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from daphne.server import Server  # type: ignore[import-untyped]

# Bytes that the kernel keeps for a WebSocket that is not read; Linux keeps twice as much. By itself
# it would go up to 4 MB a connection before anybody notices (tcp_wmem).
KERNEL_BYTES = 64 * 1024
UNREAD_SECONDS = 60.0  # that 64 KB may wait for a client to read them; then it is cut off


class Gate:
    """A push producer of Twisted's: shut from when the transport has too much until it is empty.

    One that stays shut for UNREAD_SECONDS calls `cut`. No asyncio.timeout() would do: sockets take
    the first step of a write outside of any task (inbox/live/sockets.py).
    """

    def __init__(self, cut: Callable[[], None]) -> None:
        self._cut = cut
        self._shut: asyncio.Event | None = None  # set once it opens again
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_shut(self) -> bool:
        return self._shut is not None

    async def opened(self) -> None:
        """Waits until it is open."""
        while self._shut is not None:
            await self._shut.wait()

    def pauseProducing(self) -> None:
        if self._shut is None:
            self._shut = asyncio.Event()
            self._timer = asyncio.get_event_loop().call_later(UNREAD_SECONDS, self._cut)

    def resumeProducing(self) -> None:
        if self._shut is not None and self._timer is not None:
            self._timer.cancel()
            self._shut.set()
            self._shut = self._timer = None

    def stopProducing(self) -> None:
        """The connection is gone: nobody need wait."""
        self.resumeProducing()


class FlowServer(Server):  # type: ignore[misc]  # untyped
    """daphne's, with a `send` that waits."""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Gives a protocol a message of the application's, and waits until it is nearly sent."""
        await super().handle_reply(protocol, message)
        await protocol.gate.opened()


def bound_kernel(connection: socket.socket | None) -> None:
    """Limits what the kernel keeps of a connection's unread bytes."""
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
