"""A crowd of WebSocket clients in one thread, so light that the servers are what is measured.

Straight on `selectors`: asyncio's transports would cost more per frame than the servers do. Speaks
just enough WebSocket: the handshake, whole text frames, pings. The same crowd visits all servers,
and the sockets of all crowds are served whenever one of them waits, so no ping goes unanswered.
"""

import base64
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from typing import Self

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
TEXT, PING = 1, 9
_selector = selectors.DefaultSelector()


def pump(timeout: float) -> None:
    """Serves every socket that has something to read or write; waits at most `timeout` s."""
    for key, mask in _selector.select(timeout):
        key.data.ready(mask)


def pump_until(condition: Callable[[], bool], timeout: float) -> None:
    """Serves sockets until `condition`, at most `timeout` s."""
    deadline = time.monotonic() + timeout
    while not condition() and (left := deadline - time.monotonic()) > 0:
        pump(left)


def pump_until_readable(other: socket.socket, timeout: float) -> float:
    """Serves sockets until a foreign one has something to read; when it had (monotonic, s)."""
    waker = Waker()
    _selector.register(other, READ, waker)
    pump_until(lambda: waker.at > 0, timeout)
    _selector.unregister(other)
    return waker.at


class Waker:
    """Notes when it was ready, and leaves the reading to others."""

    at = 0.0

    def ready(self, mask: int) -> None:
        self.at = self.at or time.monotonic()


def rest(seconds: float) -> None:
    """Lets time pass without neglecting the sockets."""
    pump_until(lambda: False, seconds)


def handshake(path: str = "/ws/inbox/", cookie: str = "") -> bytes:
    """The request that opens a socket, as a browser of the server's own page sends it."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        "Origin: http://localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class Crowd:
    """The clients of one server: `live` have got their first frame, `gone` were hung up on."""

    def __init__(self, port: int, requests: Iterable[bytes]) -> None:
        self.address = ("127.0.0.1", port)
        self.requests = list(requests)
        self.clients: list[Client] = []
        self.live: set[Client] = set()
        self.gone: set[Client] = set()
        self.heard: set[Client] = set()
        self.heard_at = 0.0
        self.marker = b"\0"
        self.frames = 0

    def __len__(self) -> int:
        return len(self.requests)

    def connect(self, at_once: int, timeout: float = 60.0) -> Self:
        """Opens all sockets, `at_once` at a time, and waits until they are live."""
        for start in range(0, len(self), at_once):
            self.clients += [Client(self, each) for each in self.requests[start : start + at_once]]
            pump_until(self._settled, timeout)
        return self

    def _settled(self) -> bool:
        return len(self.live) + len(self.gone - self.live) == len(self.clients)

    def expect(self, marker: str) -> None:
        """Forgets what was heard; from now on frames with `marker` in them count."""
        self.heard.clear()
        self.frames = 0
        self.marker = marker.encode()

    def hear(self, timeout: float) -> float:
        """Waits until everybody has heard the marker; when the last of them did (monotonic, s)."""
        pump_until(lambda: len(self.heard) == len(self), timeout)
        return self.heard_at

    def on_text(self, client: "Client", text: bytes) -> None:
        self.live.add(client)
        if self.marker in text:
            self.heard.add(client)
            self.heard_at = time.monotonic()
            self.frames += text.count(self.marker)

    def close(self) -> None:
        """Hangs up on the server, all at once."""
        for client in self.clients:
            client.close()
        self.clients.clear()
        self.live.clear()


class Client:
    """One socket. `ready` is called when it can be written to (first) or read from."""

    __slots__ = ("_crowd", "_greeted", "_rest", "_socket", "request")

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self.request = request
        self._rest = b""
        self._greeted = False
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.connect_ex(crowd.address)
        _selector.register(self._socket, WRITE, self)

    def ready(self, mask: int) -> None:
        try:
            if mask & WRITE:
                self._socket.send(self.request)
                _selector.modify(self._socket, READ, self)
                return
            data = self._socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._feed(self._rest + data if self._rest else data)
        else:
            self._leave()

    def _leave(self) -> None:
        self._crowd.gone.add(self)
        self.close()

    def _feed(self, data: bytes) -> None:
        """Takes whole frames off the front; what is left waits for more."""
        at, size = 0, len(data)
        if not self._greeted:
            at = data.find(b"\r\n\r\n") + 4
            self._greeted = at > 3
            at = at if self._greeted else 0
            if self._greeted and b" 101 " not in data[:16]:  # refused
                self._leave()
                return
        while self._greeted and size - at > 1:
            length, start = data[at + 1] & 0x7F, at + 2
            if length > 125:
                start += 2 if length == 126 else 8
                length = int.from_bytes(data[at + 2 : start], "big")
            if size < start + length:
                break
            self._on_frame(data[at] & 0x0F, data[start : start + length])
            at = start + length
        self._rest = data[at:]

    def _on_frame(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._crowd.on_text(self, payload)
        elif opcode == PING:  # a pong, masked with zeros as clients must mask
            self._socket.send(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def close(self) -> None:
        """Hangs up without a closing handshake, as a lost connection does."""
        if self._socket.fileno() != -1:
            _selector.unregister(self._socket)
            self._socket.close()
