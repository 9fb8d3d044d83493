"""The sandbox carrier as a real process, for tests: `carrier`, and `start_carrier` for odd ones."""

import json
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from config.local.redis import free_port
from tests.processes import Process, wait_for

SECRET = "the-carrier-knows-it-too"
QUICK = {"latency": 0, "receipt_delay": 0.02}


class CarrierProcess(Process):
    """A carrier on a port of its own. `env` puts other processes in touch with it."""

    def __init__(self, directory: Path, **options: float | bool) -> None:
        self.port = free_port()
        self.ledger_file = directory / f"carrier-{uuid.uuid4().hex[:6]}.sqlite3"
        words = [
            f"--{name.replace('_', '-')}" + ("" if value is True else f" {value}")
            for name, value in (QUICK | options).items()
            if value is not False
        ]
        command = f"python -m messaging.sandbox --port {self.port} --ledger {self.ledger_file}"
        log = self.ledger_file.with_suffix(".log")
        super().__init__(" ".join([command, *words]), log, {"SANDBOX_SECRET": SECRET})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, public_url: str) -> dict[str, str]:
        """What web and worker need: `public_url` is that of the web process (its webhooks)."""
        return {
            "MESSAGING_PROVIDERS": "sandbox",
            "SANDBOX_URL": self.url,
            "SANDBOX_SECRET": SECRET,
            "PUBLIC_URL": public_url,
        }

    def ask(self, path: str, body: object = None) -> dict[str, Any]:
        """One request of a customer; the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def ledger(self, since: int = 0, to: str = "") -> list[dict[str, Any]]:
        """Every message it took, oldest first; a double is there twice."""
        query = f"since={since}&to={urllib.parse.quote(to)}"
        messages: list[dict[str, Any]] = self.ask(f"/ledger?{query}")["messages"]
        return messages

    def waiting(self) -> int:
        """How many receipts and answers it still has to post."""
        return int(self.ask("/ledger?since=999999999")["waiting"])

    def answer(self, channel: str, address: str, body: str) -> None:
        """Somebody answers on their phone."""
        self.ask("/answers", {"channel": channel, "from": address, "body": body})

    def wait_until_ready(self) -> None:
        def answers() -> bool:
            assert self.running, f"The carrier ended:\n{self.output}"
            try:
                return self.ask("/ledger?since=999999999") is not None
            except OSError:
                return False

        wait_for(answers, 20, "the carrier answers")


StartCarrier = Callable[..., CarrierProcess]


@pytest.fixture
def start_carrier(tmp_path: Path) -> Iterator[StartCarrier]:
    """Call it for a carrier of another kind: `start_carrier(latency=0.1, shuffle=True)`."""
    with ExitStack() as stack:

        def start(**options: float | bool) -> CarrierProcess:
            carrier = CarrierProcess(tmp_path, **options)
            carrier.start()
            stack.callback(carrier.stop)
            carrier.wait_until_ready()
            return carrier

        yield start


@pytest.fixture
def carrier(start_carrier: StartCarrier, settings: Settings) -> CarrierProcess:
    """A quick carrier that this test process uses, too."""
    carrier = start_carrier()
    settings.MESSAGING_PROVIDERS = ["sandbox"]
    settings.SANDBOX_URL, settings.SANDBOX_SECRET = carrier.url, SECRET
    return carrier
