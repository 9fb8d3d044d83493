"""The stage: private PostgreSQL and Redis in a temporary directory, and processes upon it."""

import atexit
import contextlib
import gc
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import psutil

from config import local
from config.local.redis import free_port
from tests.benchmarks import crowd
from tests.processes import PROCFILE, ROOT, UVICORN, Process, wait_for

APPLICATION = "config.asgi:application"
DEFAULTS = "tests.benchmarks.peers.channels_defaults:application"
COMMANDS = {
    "Wardbell, daphne": PROCFILE["web"],
    "Wardbell, uvicorn": UVICORN,
    "Channels' defaults, daphne": PROCFILE["web"]
    .replace(APPLICATION, DEFAULTS)
    .replace("config.web", "daphne"),
    "Channels' defaults, uvicorn": UVICORN.replace(APPLICATION, DEFAULTS),
    "raw websockets": f"{sys.executable} -m tests.benchmarks.peers.raw_websockets",
}


def set_up() -> Path:
    """Starts the services, prepares Django and the database; returns the directory for logs.

    Whatever DATABASE_URL and REDIS_URL say is left alone: what runs here fills tables.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    directory = tempfile.mkdtemp(prefix="wardbell-bench-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)  # after the services have ended
    os.environ |= {"WARDBELL_VAR": directory, "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ |= {"DEMO": "false", "DEBUG": "false", "LOG_LEVEL": "WARNING"}
    os.environ["MESSAGING_PROVIDERS"] = "sandbox"  # by its name: there is no demo
    os.environ["ENV_FILE"] = ""
    local.ensure()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    gc.collect()
    gc.freeze()
    gc.disable()  # the clients' pauses are not the servers'
    return Path(directory)


class Server(Process):
    """A server under test, with a port and a PREFIX (so Redis traffic) of its own."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.port = free_port()
        self.prefix = f"bench{self.port}"
        self.kind = {"W": "wardbell", "C": "channels", "r": "raw"}[name[0]]
        environment = {"PORT": str(self.port), "PREFIX": self.prefix}
        if self.kind == "channels":
            environment["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.peers.settings"
        super().__init__(COMMANDS[name], directory / f"{self.prefix}.log", environment)

    def __enter__(self) -> Self:
        self.start()
        wait_for(self._answers, 30, f"{self.name} on port {self.port}\n{self.output}")
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self.stop(timeout=3)
        if kind is not None and issubclass(kind, Exception):
            print(f"{self.name} said last:\n{self.output[-3000:]}", file=sys.stderr)

    def _answers(self) -> bool:
        assert self.running, self.output
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Bytes that only this process uses."""
        return int(psutil.Process(self.pid).memory_full_info().uss)

    def settle(self, timeout: float = 20.0) -> None:
        """Waits until it has nothing left to do."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            before = self.cpu()
            crowd.rest(0.25)
            if self.cpu() - before < 0.02:
                return


class Helper:
    """A process that does something for each line it is sent, and says a line about it."""

    def __init__(self, module: str, *arguments: object, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self.answer() == "ready"
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        return line.strip()


def publisher(server: Server, hospital: int) -> Helper:
    """Who publishes to the sockets of `server`."""
    return Helper("publisher", server.kind, hospital, environment=server.env)
