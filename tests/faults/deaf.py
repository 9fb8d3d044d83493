"""Clients that talk and never read: they open a socket, send what is allowed, and that is all."""

import socket
import threading
from collections.abc import Iterable
from typing import Self

from tests.benchmarks import crowd
from tests.benchmarks.flooder import frame

TALK = [
    frame(crowd.TEXT, b'{"type":"ping"}'),
    frame(crowd.TEXT, b'{"type":"resume","since":0}'),
    frame(crowd.TEXT, b'{"type":"watch","topics":["arrivals","ward.1"]}'),
    frame(crowd.PING, b"x" * 120),
]
EVERY = 0.25  # s between two frames of a client: well within what is allowed


class Deaf:
    """One such client, which comes back when it is hung up on."""

    def __init__(self, port: int, cookie: str) -> None:
        self.connects = 0
        self._address, self._cookie = ("127.0.0.1", port), cookie
        self._socket: socket.socket | None = None
        self._said = 0

    def open(self) -> None:
        """Connects, and reads no more than the answer that the socket is open."""
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(10)
        self._socket.connect(self._address)
        self._socket.sendall(crowd.handshake(cookie=self._cookie))
        assert self._socket.recv(64).startswith(b"HTTP/1.1 101")
        self._socket.setblocking(False)
        self.connects += 1

    def talk(self) -> None:
        """Says the next thing."""
        try:
            if self._socket is None:
                self.open()
            assert self._socket is not None
            self._socket.send(TALK[self._said % len(TALK)])
            self._said += 1
        except BlockingIOError:
            pass
        except (OSError, AssertionError):
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class DeafCrowd:
    """Many of them, in a thread of their own; use it with `with`."""

    def __init__(self, port: int, cookies: Iterable[str]) -> None:
        self._deaf = [Deaf(port, cookie) for cookie in cookies]
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)

    @property
    def cut(self) -> int:
        """How often one was hung up on."""
        return sum(max(0, each.connects - 1) for each in self._deaf)

    def __enter__(self) -> Self:
        for each in self._deaf:
            each.open()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end.set()
        self._thread.join(10)
        for each in self._deaf:
            each.close()

    def _talk(self) -> None:
        pause = EVERY / len(self._deaf)
        while not self._end.is_set():
            for each in self._deaf:
                each.talk()
                self._end.wait(pause)
