"""A client of the socket that follows docs/realtime.md to the letter, and complains."""

import asyncio
import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self

import websockets
from django.conf import settings
from websockets.asyncio.client import ClientConnection

from tests import factories
from tests.processes import Web
from wards.models import User

Notification = dict[str, Any]


class ProtocolError(AssertionError):
    """The server did something that docs/realtime.md does not allow."""


class Inbox:
    """What a client knows: rules 1 to 5 of docs/realtime.md, without any network."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.unread = 0
        self.notifications: dict[int, Notification] = {}
        self.rung: Counter[int] = Counter()  # how often each alert was shown as new
        self.topics: Counter[str] = Counter()
        self.snapshots = 0
        self.resuming = False

    def apply(self, frame: dict[str, Any]) -> bool:
        """Takes one frame; True where a `resume` is due."""
        match frame["type"]:
            case "snapshot" | "catchup" as kind:
                self._state(frame, fresh=kind == "snapshot")
            case "alert" | "changed":
                return self._change(frame)
            case "topic":
                self.topics[frame["topic"]] += 1
        return False

    def _state(self, frame: dict[str, Any], *, fresh: bool) -> None:
        self.resuming = False
        if fresh:
            self.snapshots += 1
            self.notifications.clear()
        elif self.last is not None and frame["seq"] < self.last:
            raise ProtocolError(f"catchup to {frame['seq']}, but {self.last} was sent already")
        for notification in frame["notifications"]:
            self.notifications[notification["id"]] = notification
        self.last, self.unread = frame["seq"], frame["unread"]

    def _change(self, frame: dict[str, Any]) -> bool:
        if self.resuming or self.last is None or frame["seq"] <= self.last:
            return False
        if frame["seq"] > self.last + 1:
            self.resuming = True
            return True
        self.last, self.unread = frame["seq"], frame["unread"]
        if frame["type"] == "alert":
            self.rung[frame["notification"]["id"]] += 1
            self.notifications[frame["notification"]["id"]] = frame["notification"]
        else:
            for each in filter(None, map(self.notifications.get, frame["ids"])):
                each.update(frame["set"], seq=frame["seq"])
        return False


class Client:
    """Keeps an `Inbox` connected, from a thread of its own; reconnects as a browser would.

    `cut()` drops the connection the hard way, without a close frame.
    """

    def __init__(self, url: str, headers: dict[str, str], *, since: int | None = None) -> None:
        self.inbox = Inbox()
        self.inbox.last = since
        self.connects = 0
        self.attempts: list[float] = []  # when it tried to connect (monotonic, s)
        self.sent_away: list[float] = []  # s after which it was told to come back
        self.error: BaseException | None = None
        self.live = threading.Event()
        self._url, self._headers = url, headers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._come_back: float | None = None
        self._socket: ClientConnection | None = None
        self._closing = False

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing = True
        self.cut()
        self._thread.join(10)
        if self.error is not None and exc[0] is None:
            raise self.error

    def cut(self) -> None:
        """Aborts the TCP connection, if there is one."""
        socket = self._socket
        if socket is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(socket.transport.abort)

    def send(self, frame: dict[str, Any]) -> None:
        """Sends a frame of the client's."""
        assert self._socket is not None
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._socket.send(json.dumps(frame)), self._loop).result(
            10
        )

    def _run(self) -> None:
        try:
            asyncio.run(self.stay_connected())
        except BaseException as error:
            self.error = error

    async def stay_connected(self) -> None:
        """Until it is closed."""
        self._loop = asyncio.get_running_loop()
        while not self._closing:
            with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError):
                await self._connect_once()
            self.live.clear()
            if not self._closing:
                told, self._come_back = self._come_back, None
                await asyncio.sleep(random.uniform(0.01, 0.2) if told is None else told)

    async def _connect_once(self) -> None:
        since = "" if self.inbox.last is None else f"?since={self.inbox.last}"
        self.inbox.resuming = False
        self.attempts.append(time.monotonic())
        async with websockets.connect(
            f"{self._url}/ws/inbox/{since}",
            additional_headers=self._headers,
            open_timeout=5,
            compression=None,
            max_size=None,
            proxy=None,
        ) as socket:
            self._socket = socket
            self.connects += 1
            async for message in socket:
                for line in str(message).split("\n"):
                    frame = json.loads(line)
                    if frame["type"] == "restart":
                        self._come_back = frame["in"]
                        self.sent_away.append(frame["in"])
                    if self.inbox.apply(frame):
                        await socket.send(json.dumps({"type": "resume", "since": self.inbox.last}))
                self.live.set()


def cookie_headers(user: User, web: Web) -> dict[str, str]:
    """What a browser sends along when a page of ours opens the socket."""
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={factories.create_session(user)}",
        "Origin": web.url,
    }


def connect(user: User, web: Web, *, since: int | None = None) -> Client:
    """A client with a session of the user; use it with `with`."""
    return Client(web.ws_url, cookie_headers(user, web), since=since)


@contextmanager
def together(clients: Sequence[Client], a_second: float) -> Iterator[None]:
    """Keeps them all connected from one thread: there may be thousands. So many come a second."""

    async def stay(number: int, client: Client) -> None:
        await asyncio.sleep(number / a_second)
        await client.stay_connected()

    async def stay_all() -> None:
        over = asyncio.Event()
        running.append((asyncio.get_running_loop(), over))
        staying = [asyncio.create_task(stay(*each)) for each in enumerate(clients)]
        told = asyncio.create_task(over.wait())
        await asyncio.wait([told, *staying], return_when=asyncio.FIRST_COMPLETED)
        for client in clients:
            client.cut()
        for task in staying:
            task.cancel()
        for outcome in await asyncio.gather(*staying, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    running: list[Any] = []
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(asyncio.run, stay_all())
        try:
            yield
        finally:
            loop, over = running[0]
            if not done.done():
                loop.call_soon_threadsafe(over.set)
        done.result()  # raises what a client has complained of
