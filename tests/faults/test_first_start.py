"""`make run` on anybody's laptop: interrupted while it makes everything, moved, killed servers."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import local
from config.local.postgresql import Postgres
from config.local.redis import Redis, free_port
from tests.faults import at_night, lasting
from tests.processes import ROOT, Process, wait_for

pytestmark = at_night  # everything is made, again and again
READY = "Wardbell is ready"
SLOW = 600  # seconds: everything is made, perhaps on a busy machine
# How far a first start has got, in the order of things: what is there by then.
STAGES = (
    "users.lock",
    "postgres/data.new",
    "postgres/data",
    "postgres/data/postmaster.pid",
    "redis/port",
    "redis/log",
    "secret_key",
    "run",
)
SAID = ("sender ", READY)  # the same, by what it says from then on
ON_NOTHING = {"DATABASE_URL": "", "REDIS_URL": "", "SECRET_KEY": "", "DEMO": "", "MEDIA_ROOT": ""}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not in tmp_path: PostgreSQL's own user must get there."""
    with tempfile.TemporaryDirectory(prefix="wardbell-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def first_start(var: Path, log: Path, command: str = f"{sys.executable} manage.py run") -> Process:
    ports = {name: str(free_port()) for name in ("PORT", "HL7_PORT", "CARRIER_PORT")}
    own = {"WARDBELL_VAR": str(var), "PREFIX": "wardbell", "MESSAGING_PROVIDERS": "sandbox"}
    log.parent.mkdir(parents=True, exist_ok=True)
    return Process(command, log, ON_NOTHING | ports | own)


def left(var: Path) -> list[psutil.Process]:
    """The processes that were started for this folder and are still there."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("WARDBELL_VAR") == str(var):
                found.append(process)
        except psutil.Error:  # gone, or somebody else's
            continue
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE]


def interrupt(process: Process, ending: signal.Signals = signal.SIGINT) -> None:
    """As a terminal does, by Ctrl-C or when its window is closed: all that runs in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, ending)


def ended(process: Process) -> bool:
    return not process.running


def test_interrupted_at_any_moment_the_first_start_leaves_nothing_running(folder: Path) -> None:
    chance = random.Random()
    moments = chance.sample([*STAGES, *SAID], k=lasting(2, 10))
    for number, moment in enumerate(moments):
        var, log = folder / str(number), folder / f"{number}.log"
        process = first_start(var, log).start()

        def reached(var: Path = var, moment: str = moment, process: Process = process) -> bool:
            there = (var / moment).exists() if moment in STAGES else moment in process.output
            return there or not process.running

        try:
            wait_for(reached, SLOW, moment)
            assert process.running, process.output
            ending = chance.choice((signal.SIGINT, signal.SIGINT, signal.SIGHUP, signal.SIGTERM))
            for _ in range(chance.choice((1, 1, 3))):  # some press Ctrl-C again and again
                interrupt(process, ending)
            wait_for(lambda process=process: ended(process), SLOW, f"it ends at {moment}")  # type: ignore[misc]
            assert "Traceback" not in process.output, (moment, process.output)
            wait_for(lambda var=var: not left(var), 5, f"nothing is left at {moment}")  # type: ignore[misc]
        finally:
            process.kill()
            for server in local.servers(var):
                server.stop()

    # What was left half made does not stand in the way of the next start.
    process = first_start(var, log := folder / "again.log").start()
    try:
        wait_for(lambda: READY in process.output or ended(process), SLOW)
        assert READY in process.output, process.output
    finally:
        assert process.stop(signal.SIGINT, timeout=SLOW) == 0
    assert not left(var)


def test_the_second_says_where_the_first_is_and_dead_servers_come_back(folder: Path) -> None:
    var = folder / "var"
    first = first_start(var, folder / "first.log").start()
    try:
        wait_for(lambda: READY in first.output or ended(first), SLOW)
        second = first_start(var, folder / "second.log").start()
        wait_for(lambda: ended(second), SLOW)
        assert second.stop() == 1
        assert (
            f"already runs in this folder: http://localhost:{first.env['PORT']}/" in second.output
        )
        assert f"(process {first.pid})" in second.output
        assert "Traceback" not in second.output
        assert first.running

        # Other commands use the servers of the one that runs.
        asked = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", "print(User.objects.count() > 5)"],
            cwd=ROOT,
            env={**first.env, "SECRET_KEY": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.stdout.strip() == "True", asked.stderr

        for server in local.servers(var):
            killed = _pid(server)
            os.kill(killed, signal.SIGKILL)

            def is_back(server: Postgres | Redis = server, killed: int = killed) -> bool:
                return server.running() and _pid(server) != killed

            wait_for(is_back, SLOW, "it is started again")
        _wait_until_it_answers(first)
    finally:
        assert first.stop(signal.SIGINT, timeout=SLOW) == 0
    assert not left(var)


def _pid(server: Postgres | Redis) -> int:
    """Of the server's own process, as it has written it down."""
    file = server.data / "postmaster.pid" if isinstance(server, Postgres) else server.home / "pid"
    return int(file.read_text().split()[0])


def _wait_until_it_answers(process: Process) -> None:
    def answers() -> bool:
        with socket.create_connection(("127.0.0.1", int(process.env["PORT"])), 5) as connection:
            connection.sendall(b"GET /healthz/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return connection.recv(20).startswith(b"HTTP/1.1 200")

    wait_for(answers, SLOW, "everything is up again")


def test_a_clean_clone_runs_on_the_latest_python_and_where_it_is_moved_to(folder: Path) -> None:
    """Nothing that is started has the old place in it: neither what is ours nor Python's."""
    python = latest_python()
    before, after = folder / "before", folder / "after"
    _copy_checkout(before)
    for place in (before, after):
        command = f"make -C {place} run PYTHON={python}"
        process = first_start(place / "var", folder / f"{place.name}.log", command).start()
        try:
            wait_for(lambda: READY in process.output or ended(process), SLOW)  # noqa: B023
            assert READY in process.output, process.output
            assert "Traceback" not in process.output
            assert _version(str(place / ".venv" / "bin" / "python")) == _version(python)
            strangers = map(str, {before, after} - {place})
            for each in left(place / "var"):
                said = " ".join([*each.cmdline(), each.environ().get("PATH", "")])
                assert not [path for path in strangers if path in said], said
        finally:
            interrupt(process)
            wait_for(lambda: ended(process), SLOW)  # noqa: B023
        assert not left(place / "var")
        if place == before:
            before.rename(after)


def _copy_checkout(place: Path) -> None:
    """The files git knows, or would know."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


def latest_python() -> str:
    """The latest Python on this machine that Wardbell runs on, perhaps our own."""
    named = [shutil.which(f"python3.{minor}") for minor in (14, 13, 12)]
    kept = sorted(Path.home().glob(".pyenv/versions/3.1[2-4].*/bin/python3"), reverse=True)
    usable = [name for name in [*named, *map(str, kept)] if name and _version(name)]
    return max([*usable, sys.executable], key=_version)


def _version(python: str) -> tuple[int, ...]:
    """Such as (3, 13); empty where it does not work, or can make no virtual environment."""
    ask = "import sys, ensurepip; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split()))
