"""File descriptors run out: sockets are told to come back, pages work, nobody spins in silence."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from config.local.redis import free_port
from tests import factories
from tests.cast import Cast, create_cast
from tests.conftest import StartProcess
from tests.inbox.client import cookie_headers
from tests.inbox.wire import assert_refused, receive
from tests.inbox.wire import socket as open_socket
from tests.processes import Process, Web, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 200
FEW = f"prlimit --nofile={LIMIT}:{LIMIT}"
SPINNING = 0.5  # of a processor


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return create_cast()


@pytest.fixture(params=["daphne", "uvicorn"])
def web(
    request: pytest.FixtureRequest, process_environment: dict[str, str], tmp_path: Path
) -> Iterator[Web]:
    web = Web(tmp_path / "web.log", process_environment, server=request.param)
    web.command = f"{FEW} {web.command}"
    web.start()
    try:
        yield web.wait_until_ready()
    finally:
        web.stop()


def load(process: Process, seconds: float = 2.0) -> float:
    """How much of a processor it takes."""
    return psutil.Process(process.pid).cpu_percent(seconds) / 100


def test_near_the_limit_sockets_are_told_to_come_back_and_pages_work(
    web: Web, people: Cast
) -> None:
    assert "descriptors_limit_low" in web.output
    with ExitStack() as stack:
        for _ in range(LIMIT):
            nurse = factories.create_user(people.hospital, "nurse")
            ws = stack.enter_context(open_socket(web, **cookie_headers(nurse, web)))
            if receive(ws)["type"] == "error":
                break
        else:
            raise AssertionError("more sockets than descriptors")
        headers = cookie_headers(people.noor, web)
        assert web.get("/inbox/", headers)[0] == 200
        state = json.loads(web.get("/healthz/ready")[1])["descriptors"]
        assert state["limit"] == LIMIT
        assert LIMIT * 0.9 < state["used"] <= LIMIT
        lines = web.get("/metrics")[1].splitlines()
        figures = dict(line.split() for line in lines if line.startswith("process_"))
        assert float(figures["process_max_fds"]) == LIMIT
        assert float(figures["process_open_fds"]) > LIMIT * 0.9
        with open_socket(web, **headers) as ws:
            assert assert_refused(ws, 1013) == "Try again later."
        assert web.output.count("descriptors_scarce") == 1, "said once, not each time"

    def let_in() -> bool:
        with open_socket(web, **cookie_headers(people.noor, web)) as ws:
            return bool(receive(ws)["type"] == "snapshot")

    wait_for(let_in, 20)


def test_beyond_the_limit_nobody_spins_and_it_is_said(web: Web, people: Cast) -> None:
    connections = [idle(web.port) for _ in range(LIMIT * 2)]
    wait_for(lambda: "descriptors_scarce" in web.output, 20)
    assert load(web) < SPINNING
    assert len(web.output) < 20_000, "said once, not each time"
    for each in connections:
        each.close()
    wait_for(lambda: web.get("/healthz/live")[0] == 200, 20)


def test_the_hl7_listener_says_it_and_goes_on(start_process: StartProcess) -> None:
    port = free_port()
    command = f"{FEW} python manage.py hl7_listener --port {port} --processes 1 --connections 1000"
    listener = start_process(command)
    wait_for(lambda: "listening" in listener.output, 30)
    assert "descriptors_limit_low" in listener.output
    connections = [idle(port) for _ in range(LIMIT * 2)]
    wait_for(lambda: "descriptors_scarce" in listener.output, 20)
    assert load(listener) < SPINNING
    for each in connections:
        each.close()

    def answers() -> bool:
        with socket.create_connection(("127.0.0.1", port), 5) as sender:
            sender.sendall(b"\x0bMSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\r\x1c\r")
            sender.settimeout(5)
            return b"MSA|" in sender.recv(4096)

    wait_for(answers, 20)


def idle(port: int) -> socket.socket:
    """A connection that says nothing; the kernel takes it where nobody else does."""
    connection = socket.socket()
    connection.settimeout(5)
    connection.connect(("127.0.0.1", port))
    return connection
