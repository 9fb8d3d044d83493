"""Connections that trickle: a head, a body or an upload, a byte now and then, are cut in time."""

import socket
import time
from dataclasses import dataclass

import pytest

from config.bodies import HEAD_SECONDS, PATIENCE
from tests.conftest import StartWeb
from tests.processes import Web, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

EACH = 20  # connections of a kind
EVERY = 0.5  # s between two bytes
LATE = 10.0  # s that a server with much to do may be late
HEADS = {
    "head": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "body": b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n",
    "upload": b"POST /hospital/bulk/import-patients/ HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 900000\r\n\r\n",
    "nothing": b"",
}


@dataclass
class Trickle:
    """One such connection, and how long it was held."""

    kind: str
    link: socket.socket
    began: float
    held: float = 0.0
    answer: bytes = b""

    def look(self) -> None:
        """Sends a byte; notes when the other side has hung up."""
        try:
            if self.kind != "nothing":
                self.link.send(b"x")
            self.answer += (data := self.link.recv(4096))
            if data:
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.held = time.monotonic() - self.began
        self.link.close()


def trickle(web: Web, kind: str) -> Trickle:
    link = socket.create_connection(("127.0.0.1", web.port), 5)
    link.sendall(HEADS[kind])
    link.setblocking(False)
    return Trickle(kind, link, time.monotonic())


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_what_trickles_is_cut(start_web: StartWeb, server: str) -> None:
    web = start_web(server=server)
    kinds = [kind for kind in HEADS if kind != "nothing" or server == "uvicorn"]
    every = [trickle(web, kind) for kind in kinds for _ in range(EACH)]

    def all_cut() -> bool:
        for each in every:
            if not each.held:
                each.look()
        time.sleep(EVERY)
        return all(each.held for each in every)

    wait_for(all_cut, max(HEAD_SECONDS, PATIENCE) + LATE)
    assert web.get("/healthz/live")[0] == 200
    for each in every:
        if each.kind in ("body", "upload"):
            assert each.answer.startswith(b"HTTP/1.1 408"), each.answer
