"""What is in the logs, and what is not."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from logging.config import dictConfig
from typing import Any

import psycopg
import pytest
import requests
from django.core.exceptions import RequestAborted
from django.urls import get_resolver

from config import logs
from tests import factories
from tests.conftest import StartWeb
from wards.models import Role

SECRET, NUMBER = "haddad-1962", 966501234567


def entries(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_requests_are_logged_by_route_alone(start_web: StartWeb, server: str) -> None:
    web = start_web(server, DEMO="false")
    web.get(f"/accounts/login/?next=/{SECRET}")
    web.get(f"/no-such-page/?token={SECRET}")
    web.get(f"/ws/inbox/?since={SECRET}")
    web.stop()
    assert SECRET not in web.output
    finished = [entry for entry in entries(web.output) if entry["event"] == "request_finished"]
    told = [(entry["request"], entry["code"]) for entry in finished]
    assert told[:2] == [("GET /accounts/login/", 200), ("GET (no such address)", 404)]
    assert all(len(entry["request_id"]) == 36 for entry in finished)


def every_address(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Each route there is but the admin's, with a secret wherever it takes a word."""
    for pattern in patterns:
        path = before + str(pattern.pattern).removeprefix("^")
        if path.startswith(("/admin/", "/metrics")):
            continue
        if hasattr(pattern, "url_patterns"):
            yield from every_address(pattern.url_patterns, path)
        else:
            words = path.replace("(?:.*)", SECRET)
            numbers = re.sub(r"<int:\w+>", str(NUMBER), words)
            yield re.sub(r"<[^>]+>", SECRET, numbers)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_nothing_of_an_address_is_logged(start_web: StartWeb, server: str) -> None:
    """Every route of ours, with secrets in its path and query, asked for and posted to."""
    alice = factories.create_user(role=Role.ADMIN, is_staff=True)
    cookies = f"sessionid={factories.create_session(alice)}"
    web = start_web(server, DEMO="false", LOG_LEVEL="INFO", HTTPS="false")
    addresses = [*every_address(get_resolver().url_patterns), f"/admin/{SECRET}/"]
    assert len(addresses) > 100
    assert sum(SECRET in address for address in addresses) >= 5
    with requests.Session() as browser:
        browser.headers["Cookie"] = cookies
        for address in addresses:
            url = f"{web.url}{address}?since={SECRET}&patient={SECRET}"
            browser.get(url, timeout=30, allow_redirects=False, stream=True).close()
            browser.post(url, data={"x": SECRET}, timeout=30, allow_redirects=False)
    web.stop()
    assert SECRET not in web.output
    assert str(NUMBER) not in web.output
    assert "request_failed" not in web.output
    finished = [entry for entry in entries(web.output) if entry["event"] == "request_finished"]
    assert len(finished) > 2 * len(addresses) - 20
    assert {entry["ip"] for entry in finished} == {"127.0.0.1"}


def test_the_ip_is_no_headers(start_web: StartWeb) -> None:
    told = []
    for proxies in ("0", "1"):
        web = start_web(DEMO="false", TRUSTED_PROXIES=proxies)
        web.get("/accounts/login/", {"X-Forwarded-For": "6.6.6.6, 9.9.9.9"})
        web.stop()
        assert "6.6.6.6" not in web.output
        finished = [entry for entry in entries(web.output) if entry["event"] == "request_finished"]
        told.append(finished[-1]["ip"])
    assert told == ["127.0.0.1", "9.9.9.9"]


def test_sockets_and_nonsense_leave_no_query_strings(start_web: StartWeb) -> None:
    web = start_web(DEMO="false", LOG_LEVEL="DEBUG")
    upgrade = (
        f"GET /ws/inbox/?since=1&token={SECRET} HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    for request in (upgrade, f"GET /?{SECRET} HTTP/9.9\r\n\r\n", f"{SECRET}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", web.port), timeout=5) as connection:
            connection.sendall(request.encode())
            connection.recv(1000)
    web.stop()
    assert SECRET not in web.output


def test_probes_are_not_logged(start_web: StartWeb) -> None:
    web = start_web(DEMO="false")
    web.get("/metrics")
    web.stop()
    assert "/healthz/ready" not in web.output
    assert "/metrics" not in web.output


def formatted(message: str, exception: BaseException | None = None) -> dict[str, Any]:
    config = logs.configure("INFO", readable=False)
    formatter = config["formatters"]["structured"]
    record = logging.LogRecord("daphne", logging.ERROR, "", 0, message, None, None)
    if exception is not None:
        record.exc_info = (type(exception), exception, exception.__traceback__)
    made = formatter.pop("()")(**formatter)
    return dict(json.loads(made.format(record)))


def test_a_database_error_does_not_show_its_row() -> None:
    error = psycopg.errors.UniqueViolation(
        f'duplicate key value violates "x"\nDETAIL:  Key (name)=({SECRET}) already exists.'
    )
    entry = formatted("it failed", error)
    assert "UniqueViolation" in entry["exception"]
    assert SECRET not in entry["exception"]


def test_request_lines_in_other_peoples_messages_are_cut() -> None:
    entry = formatted(f"<WebRequest uri=/x/{SECRET}/?y=1 clientproto=HTTP/1.1> took too long")
    assert entry["event"] == "<WebRequest uri=… clientproto=HTTP/1.1> took too long"
    assert SECRET not in formatted(f"<WebSocketProtocol path=b'/x/{SECRET} y/'>")["event"]
    assert entry["level"] == "error"
    assert entry["timestamp"].endswith("Z")


def test_addresses_and_numbers_of_people_are_cut() -> None:
    error = ValueError("noor.h+x@mail.hospital.example cannot be reached, nor +966501234567.")
    entry = formatted("at 2026-11-26T20:00:00+00:00 in celery@host", error)
    assert "ValueError: …@… cannot be reached, nor +…." in entry["exception"]
    assert entry["event"] == "at 2026-11-26T20:00:00+00:00 in celery@host"


def test_a_reader_who_went_away_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    dictConfig(logs.configure("INFO", readable=False))
    for exception in (RequestAborted(), ValueError()):
        logging.getLogger("asyncio").error("never retrieved", exc_info=exception)
    written = capsys.readouterr().err
    assert "RequestAborted" not in written
    assert "ValueError" in written


def test_the_configuration_is_one() -> None:
    from django.conf import settings

    dictConfig(settings.LOGGING)
    assert logs.configure("INFO", readable=True)["root"]["handlers"] == ["stderr"]
