"""What one client may ask, and what is left of it when it is gone or the database hangs."""

import contextlib
import json
import socket as sockets
from collections.abc import Iterator

import pytest
import websockets
from django.db import connection, transaction
from websockets.sync.client import ClientConnection

from inbox.live.limits import FRAMES_AT_ONCE, SOCKETS_A_USER, Bucket, Visits
from tests import factories
from tests.cast import Cast, create_cast
from tests.inbox.client import cookie_headers
from tests.inbox.wire import assert_refused, bearer, receive, socket
from tests.processes import Web


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_bucket_gives_a_burst_then_a_rate() -> None:
    clock = Clock()
    bucket = Bucket(20, 60, clock)
    assert [bucket.take() for _ in range(61)] == [True] * 60 + [False]
    assert bucket.debt == pytest.approx(0.05)
    clock.at = 1.05
    assert sum(bucket.take() for _ in range(30)) == 20


def test_a_drained_bucket_gives_nothing_for_a_while() -> None:
    clock = Clock()
    visits = Visits(clock)
    visits.of("a").drain(10)
    assert not visits.of("a").take()
    assert visits.of("b").take()
    clock.at = 11
    assert visits.of("a").take()


@pytest.fixture
def cast(live_web: Web) -> Cast:
    return create_cast()


pytestmark = pytest.mark.django_db(transaction=True)
FLOODS = {
    "pings": '{"type":"ping"}',
    "resumes": '{"type":"resume","since":0}',
    "watches": '{"type":"watch","topics":["arrivals"]}',
}


def until_closed(ws: ClientConnection) -> tuple[dict[str, object], int]:
    """The last frame and the code of the close."""
    last: dict[str, object] = {}
    try:
        while True:
            last = json.loads(str(ws.recv(timeout=10)).rpartition("\n")[2])
    except websockets.ConnectionClosed as closed:
        return last, closed.rcvd.code if closed.rcvd else 0


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_is_told_so_and_not_let_in_for_a_while(
    cast: Cast, live_web: Web, kind: str
) -> None:
    headers = cookie_headers(cast.noor, live_web)
    with socket(live_web, **headers) as ws, socket(live_web, **bearer(cast.omar)) as other:
        receive(ws)
        receive(other)
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(FRAMES_AT_ONCE * 3):
                ws.send(FLOODS[kind])
        frame, code = until_closed(ws)
        assert (frame["type"], frame["code"], code) == ("error", 4429, 4429)
        other.send('{"type":"ping"}')
        assert receive(other) == {"type": "pong"}
    with socket(live_web, **headers) as ws:
        assert_refused(ws, 4429)
    with socket(live_web, **cookie_headers(cast.noor, live_web)) as ws:
        assert receive(ws)["type"] == "snapshot", "another session of theirs is"


def test_resumes_that_wait_are_answered_together(cast: Cast, live_web: Web) -> None:
    for _ in range(3):
        factories.create_admission(ward=cast.cardiology)
    with socket(live_web, **bearer(cast.noor)) as ws:
        receive(ws)
        for _ in range(40):
            ws.send('{"type":"resume","since":0}')
        states = 0
        for _ in range(2):  # what the first pong overtakes comes before the second
            ws.send('{"type":"ping"}')
            lines = [{"type": ""}]
            while not any(line["type"] == "pong" for line in lines) or not states:
                lines += [json.loads(line) for line in str(ws.recv(timeout=5)).split("\n")]
                states = states or sum(line["type"] == "catchup" for line in lines)
        assert 1 <= states < 10


def test_one_socket_too_many_ends_the_oldest(cast: Cast, live_web: Web) -> None:
    headers = cookie_headers(cast.noor, live_web)
    with contextlib.ExitStack() as stack:
        mine = [stack.enter_context(socket(live_web, **headers)) for _ in range(SOCKETS_A_USER)]
        for ws in mine:
            receive(ws)
        newest = stack.enter_context(socket(live_web, **headers))
        assert receive(newest)["type"] == "snapshot"
        assert_refused(mine[0], 4409)
        mine[1].send('{"type":"ping"}')
        assert receive(mine[1]) == {"type": "pong"}


def frame_of(opcode: int, payload: bytes, *, last: bool = True) -> bytes:
    """A WebSocket frame, masked with zeros."""
    head = bytes((0x80 * last | opcode, 0x80 | min(len(payload), 126)))
    length = len(payload).to_bytes(2, "big") if len(payload) > 125 else b""
    return head + length + b"\0\0\0\0" + payload


RAW = {
    "WebSocket pings": frame_of(9, b"x" * 100) * 1000,
    "pieces": frame_of(0, b"", last=False) * 1000,
    "large": frame_of(1, b"x" * 60_000) * 20,
}


@pytest.fixture
def raw(cast: Cast, live_web: Web) -> Iterator[sockets.socket]:
    """A connection that has just become a socket of Noor's."""
    from tests.benchmarks import crowd

    cookie = cookie_headers(cast.noor, live_web)["Cookie"]
    with sockets.create_connection(("127.0.0.1", live_web.port), 10) as connected:
        connected.sendall(crowd.handshake("/ws/inbox/", cookie))
        assert b" 101 " in connected.recv(65536)
        yield connected


@pytest.mark.parametrize("kind", RAW)
def test_what_the_application_never_sees_is_bounded_too(
    cast: Cast, live_web: Web, raw: sockets.socket, kind: str
) -> None:
    """Nobody listens to more than may be sent: what the flood sends stays in its own kernel."""
    if kind == "pieces":
        raw.sendall(frame_of(1, b"x", last=False))
    raw.settimeout(1)
    sent = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        while sent < 200_000_000:
            sent += raw.send(RAW[kind])
    assert sent < 50_000_000
    with socket(live_web, **bearer(cast.omar)) as other:
        assert receive(other)["type"] == "snapshot"


def test_a_database_that_hangs_is_said_before_the_server_gives_up(
    cast: Cast, live_web: Web
) -> None:
    with transaction.atomic(), socket(live_web, **bearer(cast.omar)) as ws:
        receive(ws)
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE inbox_mailbox")
        ws.send('{"type":"resume","since":0}')
        assert json.loads(ws.recv(timeout=9))["code"] == 1013
    with socket(live_web, **bearer(cast.omar)) as ws:
        assert receive(ws)["type"] == "snapshot"
