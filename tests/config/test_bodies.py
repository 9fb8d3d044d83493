"""What is too large, or too slow, is refused before it is read: on real servers, by raw sockets."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.test import Client

from config import bodies, edge
from tests import factories
from tests.conftest import StartWeb
from tests.database import database_away
from tests.processes import Web

MB = 1024 * 1024
servers = pytest.mark.parametrize("server", ["daphne", "uvicorn"])


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def web(
    request: pytest.FixtureRequest,
    process_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Web]:
    log = tmp_path_factory.mktemp("bodies") / "web.log"
    started = Web(log, process_environment | {"DEMO": "false"}, server=request.param)
    started.start()
    try:
        yield started.wait_until_ready()
    finally:
        started.stop()


class Answer:
    """What came back, and how much the other side had taken by then (kernels' buffers too)."""

    def __init__(self, web: Web, head: str, pieces: Iterator[bytes]) -> None:
        self.sent, self.raw = 0, b""
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
            lines = [*head.splitlines(), "Host: localhost"]
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
            connection.settimeout(15)
            with contextlib.suppress(OSError):
                for piece in pieces:
                    while piece:
                        done = connection.send(piece)
                        self.sent, piece = self.sent + done, piece[done:]
            with contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    self.raw += data

    @property
    def status(self) -> int:
        return int(self.raw.split()[1]) if self.raw else 0

    @property
    def body(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[2].decode()


def plain(total: int) -> Iterator[bytes]:
    for _ in range(total // 65536):
        yield b"x" * 65536


def chunks(total: int) -> Iterator[bytes]:
    for piece in plain(total):
        yield b"10000\r\n" + piece + b"\r\n"
    yield b"0\r\n\r\n"


def memory(web: Web) -> int:
    return int(psutil.Process(web.pid).memory_info().rss)


ADDRESSES = [
    "/accounts/login/",
    "/no-such-page/",
    "/",
    "/api/v1/auth/",
    "/webhooks/messages/sandbox/",
    "/hospital/bulk/import-patients/",
    "/notifications/bulk/new/",
    "/admin/",
]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("way", ["declared", "chunked"])
def test_300_mb_are_refused_after_one_at_most(web: Web, path: str, way: str) -> None:
    before = memory(web)
    length = f"Content-Length: {300 * MB}" if way == "declared" else "Transfer-Encoding: chunked"
    pieces = plain(300 * MB) if way == "declared" else chunks(300 * MB)
    answer = Answer(web, f"POST {path} HTTP/1.1\n{length}", pieces)
    assert answer.status == 413
    # What the kernels hold between the two, and what is listened to while the refusal travels.
    assert answer.sent <= (1 if way == "declared" else 2) * MB + 4 * MB
    assert memory(web) - before < 24 * MB


def test_it_is_said_in_words_or_in_json(web: Web) -> None:
    large = f"Content-Length: {5 * MB}"
    page = Answer(web, f"POST /inbox/bulk/ HTTP/1.1\n{large}", iter(()))
    assert "That is too large" in page.body
    assert b"no-store" in page.raw
    arabic = Answer(
        web, f"POST / HTTP/1.1\n{large}\nAccept: text/html\nAccept-Language: ar", iter(())
    )
    assert "الحجم كبير جدًا" in arabic.body
    data = Answer(web, f"POST /api/v1/auth/ HTTP/1.1\n{large}\nAccept: */*", iter(()))
    assert json.loads(data.body) == {"detail": "Request Entity Too Large"}


def test_nobody_is_told_to_go_on(web: Web) -> None:
    head = f"POST / HTTP/1.1\nContent-Length: {5 * MB}\nExpect: 100-continue"
    assert b"100 Continue" not in Answer(web, head, iter(())).raw


def test_the_connection_takes_nothing_more_after_a_refusal(web: Web) -> None:
    head = f"POST / HTTP/1.1\nContent-Length: {2 * MB}"
    more = [b"x" * 2 * MB, b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    assert Answer(web, head, iter(more)).raw.count(b"HTTP/1.1 ") == 1


def test_what_is_small_enough_is_read(web: Web) -> None:
    for path, most in (("/api/v1/auth/", bodies.API_BYTES), ("/accounts/login/", MB)):
        head = f"POST {path} HTTP/1.1\nConnection: close\nContent-Length: {most}"
        assert Answer(web, head, plain(most)).status not in (0, 413)
        chunked = f"POST {path} HTTP/1.1\nConnection: close\nTransfer-Encoding: chunked"
        assert Answer(web, chunked, chunks(most)).status not in (0, 413)
        assert Answer(web, chunked, chunks(most + 65536)).status == 413


@servers
def test_a_file_may_be_as_large_as_files_may_but_only_signed_in(
    start_web: StartWeb, server: str
) -> None:
    web = start_web(server)
    session = factories.create_session(factories.create_user())
    path = "/hospital/bulk/import-patients/"
    for cookie, most in (
        ("", MB),
        ("sessionid=" + "a" * 32, MB),
        (f"sessionid={session}", 51 * MB),
    ):
        head = f"POST {path} HTTP/1.1\nConnection: close\nCookie: {cookie}"
        declared = Answer(web, f"{head}\nContent-Length: {most}", plain(most))
        assert declared.status == 403, (cookie, declared.raw)  # Django's turn: no CSRF token
        assert Answer(web, f"{head}\nContent-Length: {most + 1}", plain(most)).status == 413
        chunked = f"{head}\nTransfer-Encoding: chunked"
        assert Answer(web, chunked, chunks(most)).status == 403
        assert Answer(web, chunked, chunks(most + 65536)).status == 413


@servers
def test_while_the_database_is_away_nobody_is_told_that_their_file_is_too_large(
    start_web: StartWeb, server: str
) -> None:
    """Whether they are signed in, and may send it, cannot be known."""
    web = start_web(server)
    session = factories.create_session(factories.create_user())
    head = f"POST /hospital/bulk/import-patients/ HTTP/1.1\nCookie: sessionid={session}"
    with database_away():
        answer = Answer(web, f"{head}\nContent-Length: {2 * MB}", plain(2 * MB))
    assert answer.status == 503, answer.raw
    assert b"retry-after: 10" in answer.raw.lower()
    assert "may be saved" not in answer.body


def test_every_page_that_takes_a_file_may(client: Client) -> None:
    for path in ("hospital/bulk/import-patients", "hospital/bulk/assign-patients"):
        assert bodies.limit(f"/{path}/").signed_in > settings.BULK_MAX_BYTES
    for path in ("new", "check", "7/edit"):
        assert bodies.limit(f"/notifications/bulk/{path}/").signed_in > settings.BULK_MAX_BYTES


def test_uploads_are_all_named() -> None:
    """Who reads `request.FILES` is in bodies.UPLOADS."""
    readers = {
        str(path)
        for floor in ("wards", "messaging", "inbox", "config")
        for path in Path(floor).rglob("*.py")
        if "request.FILES" in path.read_text()
    }
    assert readers == {"wards/operations/views/matching.py", "messaging/campaigns/views/writing.py"}


def scope_of(forwarded: str | None) -> dict[str, object]:
    headers = [(b"host", b"x")]
    if forwarded is not None:
        headers += [(b"x-forwarded-for", line.encode()) for line in forwarded.split("|")]
    return {"type": "http", "client": ["10.0.0.1", 5], "headers": headers}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, None, "10.0.0.1"),
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6|1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.9", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_trusted_proxies_are_counted_from_the_right(
    proxies: int, forwarded: str | None, client: str
) -> None:
    scope = edge.with_client(scope_of(forwarded), proxies)
    assert scope["client"][0] == client
    assert b"x-forwarded-for" not in dict(scope["headers"])


QUICK = "import os; from config import bodies; bodies.SECONDS = 1; "
RUN = {
    "daphne": "from config import web; web.main()' -p $PORT config.asgi:application",
    "uvicorn": """import uvicorn; port = int(os.environ["PORT"])
uvicorn.run("config.asgi:application", port=port)'""",
}


@servers
def test_a_body_that_does_not_come_is_not_waited_for(
    process_environment: dict[str, str], tmp_path: Path, server: str
) -> None:
    web = Web(tmp_path / "web.log", process_environment)
    web.command = f"python -c '{QUICK}{RUN[server]}"
    web.start()
    try:
        web.wait_until_ready()
        for head in ("Content-Length: 1000", "Transfer-Encoding: chunked"):
            answer = Answer(web, f"POST /accounts/login/ HTTP/1.1\n{head}", iter([b"1"]))
            assert answer.status == 408
            assert "took too long" in answer.body
    finally:
        web.stop()
