"""Graceful shutdown of a web process: what it does between SIGTERM and its end, on either server.

1. The kernel lets nobody new in. Who is connected already, or about to be, is still served.
2. The sockets are told when to come back, and closed (inbox/live/hub.py).
3. Requests under way are answered, and every answer says that the connection ends with it.
4. The server closes what is idle, and ends. What is not done by LAST is left: a thread that waits
   for what will never come must not keep the process.

The servers' own ways lose answers: a listener that is closed resets the connections that wait in
its queue, and daphne cancels what it is working on.
"""

import asyncio
import faulthandler
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog

from config import listeners
from config.edge import App, Message, Receive, Scope, Send

NOTICE = 0.5  # s in which those who keep a connection may still ask, and be told that it ends
DRAIN = 3.5  # s that requests under way get, from the signal
LAST = 4.3  # s after which the process ends, whatever hangs
SIGNALS = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger(__name__)


class Ending:
    """Wraps the whole application; `begin` is called once the process is told to end."""

    def __init__(self, app: App, *tell: Callable[[], object]) -> None:
        """`tell` is called when the end begins."""
        self._app, self._tell = app, tell
        self._under_way = 0  # requests
        self._listeners = listeners.Own()
        self._began: float | None = None
        self._tasks: list[asyncio.Task[None]] = []  # else nothing would hold them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            self._under_way += 1
            try:
                await self._app(scope, receive, self._with_notice(send))
            finally:
                self._under_way -= 1
        else:
            await self._app(scope, receive, send)

    async def begin(self) -> None:
        """Steps 1 to 3; returns when it is the server's turn."""
        self._began = time.monotonic()
        # Needs neither the event loop nor a free interpreter; says where each thread hangs.
        faulthandler.dump_traceback_later(LAST, exit=True)
        asyncio.get_running_loop().call_later(DRAIN - 0.1, self._say_what_is_left)
        self._listeners.drop_newcomers()
        for tell in self._tell:
            tell()
        await asyncio.sleep(NOTICE)

    @property
    def time_left(self) -> float:
        """Seconds that requests still have; only once the end has begun."""
        assert self._began is not None
        return self._began + DRAIN - time.monotonic()

    def _say_what_is_left(self) -> None:
        if self._under_way:
            log.warning("web_leaves_requests", under_way=self._under_way)

    def _with_notice(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and self._began is not None:
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"connection"]
                message = {**message, "headers": [*headers, (b"connection", b"close")]}
            await send(message)

        return sending

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """uvicorn's way to say that it starts and ends; daphne has none (config/web.py)."""
        await receive()
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._come_before(number, signal.getsignal(number))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _come_before(self, number: int, server: Any) -> None:
        """The signal comes to us, and to the server that waits for it when it is its turn."""
        loop = asyncio.get_running_loop()

        async def told() -> None:
            if self._began is None:  # else somebody is in a hurry
                await self.begin()
            server(number, None)

        def on_signal(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(lambda: self._tasks.append(loop.create_task(told())))

        if callable(server):
            signal.signal(number, on_signal)
