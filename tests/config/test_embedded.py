"""The private PostgreSQL and Redis: there when needed, shared, gone with their last user."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config import local
from tests.processes import ROOT, wait_for

USER = """
import os, sys
from pathlib import Path
from config import local
local.ensure(Path(sys.argv[1]), durable=False)
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], os.environ["SECRET_KEY"], flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the embedded servers until it is told to leave."""

    def __init__(self, var: Path) -> None:
        missing = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(var)],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k not in missing},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def urls(self) -> tuple[str, str, str]:
        assert self.process.stdout is not None
        database, redis_url, secret = self.process.stdout.readline().split()
        return database, redis_url, secret

    def leave(self) -> None:
        self.send(0)
        assert self.process.returncode == 0

    def send(self, number: int) -> None:
        """Signal it (0: only close its input) and wait for its end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.communicate(timeout=30)


def works(database: str, redis_url: str, *_: str) -> bool:
    with psycopg.connect(database) as connection, redis.Redis.from_url(redis_url) as client:
        return connection.execute("select 1").fetchone() == (1,) and client.ping() is True


def running(var: Path) -> list[bool]:
    return [server.running() for server in local.servers(var)]


Join = Callable[[], User]


@pytest.fixture
def join(var: Path) -> Iterator[Join]:
    """Call it for one more user of `var`."""
    users: list[User] = []

    def new_user() -> User:
        users.append(User(var))
        return users[-1]

    yield new_user
    for user in users:
        user.send(signal.SIGKILL)


def test_they_start_work_and_stop(var: Path, join: Join) -> None:
    user = join()
    assert works(*user.urls())
    user.leave()
    assert running(var) == [False, False]


def test_two_at_once_share_them_and_the_last_one_out_stops_them(var: Path, join: Join) -> None:
    users = [join() for _ in range(3)]
    seen = {user.urls() for user in users}
    assert len(seen) == 1  # same servers, same secret
    (urls,) = seen
    for user in users[:2]:
        user.leave()
        assert works(*urls)
    users[2].leave()
    assert running(var) == [False, False]


def test_sigterm_is_leaving_in_order(var: Path, join: Join) -> None:
    user = join()
    user.urls()
    user.send(signal.SIGTERM)
    assert user.process.returncode == 128 + signal.SIGTERM
    assert running(var) == [False, False]


def test_after_kill_9_the_next_user_joins_and_stops_them(var: Path, join: Join) -> None:
    user = join()
    before = user.urls()
    user.send(signal.SIGKILL)
    assert running(var) == [True, True]
    user = join()
    assert user.urls() == before
    assert works(*before)
    user.leave()
    assert running(var) == [False, False]


def test_killed_servers_start_again_with_their_data(var: Path, join: Join) -> None:
    user = join()
    database, _, _ = user.urls()
    with psycopg.connect(database) as connection:
        connection.execute("create table kept as select 1 as one")
    postgres, redis_server = local.servers(var)
    postmaster = int((postgres.data / "postmaster.pid").read_text().split()[0])
    assert redis_server.pid is not None
    for pid in (postmaster, redis_server.pid):
        os.kill(pid, signal.SIGKILL)
    user.send(signal.SIGKILL)
    wait_for(lambda: running(var) == [False, False], what="both gone")

    user = join()  # there are a stale postmaster.pid, a stale socket and a port kept in a file
    database, redis_url, _ = user.urls()
    assert works(database, redis_url)
    with psycopg.connect(database) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)
    user.leave()


def test_a_half_made_cluster_does_not_stand_in_the_way(var: Path, join: Join) -> None:
    unfinished = var / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    user = join()
    assert works(*user.urls())
    user.leave()


def test_redis_comes_back_on_its_port(var: Path) -> None:
    _, server = local.servers(var)
    server.start()
    port = server.port
    server.stop()
    assert not server.running()
    server.start()
    assert server.port == port
    server.start()  # again does nothing
    assert server.running()


def test_redis_leaves_a_taken_port_alone(var: Path) -> None:
    _, server = local.servers(var)
    server.start()
    port = server.port
    server.stop()
    with socket.create_server(("127.0.0.1", port)):
        server.start()
        assert server.port != port
        assert server.running()


def test_another_redis_on_our_port_is_not_ours(var: Path) -> None:
    _, ours = local.servers(var)
    _, other = local.servers(var / "other")
    other.start()
    try:
        ours.home.mkdir(parents=True)
        (ours.home / "port").write_text(str(other.port))
        assert not ours.running()
        ours.start()
        assert ours.port != other.port
        assert other.running()
    finally:
        other.stop()


def test_postgres_stops_and_starts_and_crashes(var: Path) -> None:
    postgres, _ = local.servers(var, durable=False)
    postgres.start()
    url = postgres.create_database("one")
    assert postgres.create_database("one") == url  # again does nothing
    postgres.stop()
    assert not postgres.running()
    postgres.start()
    postgres.stop("immediate")
    postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("show max_connections").fetchone() == ("200",)


def test_urls_that_are_set_are_left_alone(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(os.environ)
    local.ensure(var)
    assert dict(os.environ) == before
    assert not var.exists()


def test_a_path_too_long_for_a_socket(var: Path) -> None:
    user = User(var / ("x" * 60) / ("y" * 60))
    assert works(*user.urls())
    user.leave()


def test_a_secret_that_was_half_written_is_made_anew(var: Path, join: Join) -> None:
    var.mkdir(parents=True)
    (var / "secret_key").touch()  # killed between two lines
    (var / "secret_key.new").write_text("half")
    user = join()
    assert len(user.urls()[2]) > 50
    assert stat.S_IMODE((var / "secret_key").stat().st_mode) == 0o600
    user.leave()


@pytest.mark.parametrize("command", ["migrate", "createsuperuser", "message_sender", "check"])
def test_a_command_without_an_environment_makes_nothing(var: Path, command: str) -> None:
    """Whoever forgot the environment is told so; there is no database that says OK."""
    missing = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    env = {k: v for k, v in os.environ.items() if k not in missing} | {"WARDBELL_VAR": str(var)}
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "does not start without: DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert not var.exists()


def test_without_any_redis_one_sentence_says_what_to_do(var: Path) -> None:
    """A Python for which there is no wheel with one, on a machine that has none."""
    code = """
import sys
from config.local import redis
redis.WHEELS = ()
sys.argv = ["manage.py", "run"]
import manage
manage.main()
"""
    missing = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    env = {k: v for k, v in os.environ.items() if k not in missing}
    env |= {"WARDBELL_VAR": str(var), "PATH": _path_without("redis-server")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "apt-get install redis-server" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert running(var) == [False, False]


def _path_without(program: str) -> str:
    places = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(place for place in places if not (Path(place) / program).exists())
