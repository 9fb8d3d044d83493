"""A small HTTP server on loopback that answers as it is told and remembers what it was asked."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Answer:
    """What to answer, after `delay` seconds."""

    status: int = 200
    body: object = field(default_factory=dict)  # bytes, or what becomes JSON
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


class Listener:
    """Answers `answer`, whatever comes. As a context manager it listens on a port of its own."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.asked: list[Asked] = []
        self._closing = threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                listener.handle(self)

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # many threads call at once

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(length)
        self.asked.append(Asked(handler.command, handler.path, headers, body))
        answer = self.answer
        self._closing.wait(answer.delay)
        body = b""
        if answer.status != 204:
            said = answer.body
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


def closed_url() -> str:
    """An address on loopback where nobody listens."""
    with Listener() as listener:
        url = listener.url
    return url
