"""The proxy's faults, one by one: each does to real connections what its name says."""

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.processes import wait_for


class Echo:
    """A server that says back what it hears, and keeps each of its connections."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.ends: list[socket.socket] = []
        self.left: list[str] = []  # how each connection ended, as seen from here
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                end, _ = self.listener.accept()
                self.ends.append(end)
                threading.Thread(target=self._serve, args=(end,), daemon=True).start()

    def _serve(self, end: socket.socket) -> None:
        try:
            while data := end.recv(65536):
                end.sendall(data)
            self.left.append("FIN")
        except OSError as fault:
            self.left.append(errno.errorcode[fault.errno or 0])
        end.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()
    for end in server.ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.listener.getsockname()) as proxy:
        yield proxy


@pytest.fixture
def connect(proxy: Proxy) -> Iterator[Callable[[], socket.socket]]:
    """Connects through the proxy."""
    opened = []

    def connect() -> socket.socket:
        end = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        opened.append(end)
        return end

    yield connect
    for end in opened:
        end.close()


Connect = Callable[[], socket.socket]


def say(end: socket.socket, words: bytes = b"hello") -> float:
    """Seconds until all of it has come back."""
    started = time.monotonic()
    end.sendall(words)
    heard = b""
    while len(heard) < len(words):
        more = end.recv(65536)
        assert more, "closed"
        heard += more
    assert heard == words
    return time.monotonic() - started


def hears_nothing(end: socket.socket, seconds: float) -> bool:
    end.settimeout(seconds)
    try:
        end.recv(1)
    except TimeoutError:
        return True
    finally:
        end.settimeout(10)
    return False


def test_without_a_fault_it_passes_all_on(proxy: Proxy, connect: Connect, echo: Echo) -> None:
    ends = [connect() for _ in range(20)]
    for end in ends:
        say(end, bytes(range(256)) * 4000)
    assert (proxy.accepted, proxy.open) == (20, 20)
    ends[0].shutdown(socket.SHUT_WR)
    assert ends[0].recv(1) == b""
    wait_for(lambda: echo.left == ["FIN"], 5)
    wait_for(lambda: proxy.open == 19, 5)


def test_a_server_that_is_not_there(connect: Connect, echo: Echo) -> None:
    echo.listener.shutdown(socket.SHUT_RDWR)
    echo.listener.close()
    with pytest.raises(ConnectionResetError):
        say(connect())


def test_delay(proxy: Proxy, connect: Connect) -> None:
    end = connect()
    assert say(end) < 0.2
    proxy.delay = 0.2
    assert say(end) >= 0.4  # there and back
    proxy.delay = 0.0
    assert say(end) < 0.2


def test_slow(proxy: Proxy, connect: Connect) -> None:
    end = connect()
    proxy.rate = 1000
    assert say(end, b"x" * 500) >= 0.5
    proxy.rate = None
    say(end)
    assert say(end, b"x" * 500) < 0.2


def test_cut(proxy: Proxy, connect: Connect, echo: Echo) -> None:
    end = connect()
    say(end)
    proxy.cut()
    assert end.recv(1) == b""
    wait_for(lambda: echo.left == ["FIN"], 5)
    say(connect())


def test_reset(proxy: Proxy, connect: Connect, echo: Echo) -> None:
    end = connect()
    say(end)
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        end.recv(1)
    wait_for(lambda: echo.left == ["ECONNRESET"], 5)
    say(connect())


def test_half_open(proxy: Proxy, connect: Connect, echo: Echo) -> None:
    """Neither end learns that the other has gone; only who asks (keepalives) finds out."""
    end = connect()
    say(end)
    proxy.forget()
    end.sendall(b"is anybody there?")
    assert hears_nothing(end, 0.5)
    say(connect())
    end.close()
    assert not echo.left, "the server has heard of it"

    asking = echo.ends[0]
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
        asking.setsockopt(socket.IPPROTO_TCP, option, 1)
    wait_for(lambda: echo.left == ["ETIMEDOUT"], 10)


def test_black_hole(proxy: Proxy, connect: Connect, echo: Echo) -> None:
    """Connecting hangs, nobody is told anything, and what was sent arrives afterwards."""
    end = connect()
    say(end)
    with proxy.black_hole():
        end.sendall(b"late")
        assert hears_nothing(end, 0.5)
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=0.5)
    assert end.recv(4) == b"late"
    say(connect())
    assert not echo.left


def test_unacknowledged_for_too_long_is_over(proxy: Proxy, connect: Connect) -> None:
    """The kernel itself sees that nothing arrives: TCP_USER_TIMEOUT, in milliseconds."""
    end = connect()
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
    say(end)
    with proxy.black_hole():
        end.sendall(b"lost")
        with pytest.raises(TimeoutError) as raised:
            end.recv(1)
        assert raised.value.errno == errno.ETIMEDOUT
