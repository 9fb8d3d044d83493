"""Real processes for tests: the Procfile's, on the test database, started, stopped and killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from config.local.redis import free_port
from config.local.supervisor import end_with_parent, read_procfile

ROOT = Path(__file__).resolve().parent.parent
PROCFILE = read_procfile(ROOT / "Procfile")
UVICORN = (
    "uvicorn --host ${HOST:-127.0.0.1} --port $PORT --no-access-log --log-level warning"
    " --http config.uvicorn:HTTP --ws config.uvicorn:WebSocket --ws-per-message-deflate false"
    " config.asgi:application"
)
T = TypeVar("T")


def wait_for(condition: Callable[[], T], timeout: float = 30.0, what: str = "") -> T:
    """The first true value of `condition`, or an AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout:g} s: {what or condition}")
        time.sleep(0.02)
    return value


class Process:
    """A shell command in a session of its own, its output in a file; leaves nothing behind."""

    def __init__(self, command: str, log: Path, env: Mapping[str, str]) -> None:
        self.command = command
        self.log = log
        self.env = {**os.environ, **env}
        self.env["PATH"] = f"{Path(sys.executable).parent}:{self.env['PATH']}"
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = True  # with its children; its id may be another's by now

    def start(self) -> Self:
        """Start it, again if it was stopped or killed. `wait_until_ready` is the caller's."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                f"exec {self.command}",
                shell=True,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self._gone = False
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def output(self) -> str:
        """Everything it has written so far."""
        return self.log.read_text(errors="replace")

    def stop(self, signal_number: int = signal.SIGTERM, timeout: float = 20.0) -> int:
        """Ask it to end, insist after `timeout` seconds; the exit code."""
        assert self._process is not None
        if self.running:
            os.kill(self.pid, signal_number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        return self.kill()

    def kill(self) -> int:
        """kill -9, children and all; the exit code."""
        assert self._process is not None
        if not self._gone:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait(10)
            self._gone = True
        return self._process.returncode


class Web(Process):
    """A web process on a port of its own, of either server."""

    def __init__(self, log: Path, env: Mapping[str, str], *, server: str = "daphne") -> None:
        self.port = free_port()
        command = {"daphne": PROCFILE["web"], "uvicorn": UVICORN}[server]
        super().__init__(command, log, {"PORT": str(self.port), **env})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and body of one GET; status 0 when nothing answers."""
        request = urllib.request.Request(self.url + path, headers=dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_until_ready(self, path: str = "/healthz/ready", timeout: float = 30.0) -> Self:
        """Until it answers 200 at `path`."""

        def answers() -> bool:
            assert self.running, f"The web process ended:\n{self.output}"
            return self.get(path)[0] == 200

        try:
            wait_for(answers, timeout, f"200 at {path}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.get(path)}\n{self.output}") from None
        return self


def test_environment(database: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """What a process needs to work on the test database instead of the one in DATABASE_URL."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database['NAME']}")
    return {"DATABASE_URL": url.geturl(), "PREFIX": prefix, "DB_POOL_MAX": "8"}


test_environment.__test__ = False  # type: ignore[attr-defined]  # a name, not a test
