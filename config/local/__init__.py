"""A private PostgreSQL and Redis for laptops and tests, kept under `$WARDBELL_VAR` (default var/).

`ensure()` starts or joins them and points the environment at them, for `manage.py run` and the
tests; other commands `join()` those that run. Production processes never come here. Whoever uses
them holds a shared lock on var/users.lock, which the kernel takes back however the process ends;
the last one to leave in order stops the servers. After a kill -9 they run on until the next user
joins them and leaves.
"""

import atexit
import fcntl
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local.postgresql import Postgres
from config.local.redis import ENDING, Redis

CHECKOUT = Path(__file__).resolve().parents[2]
DATABASE = "wardbell"

# What differs from a production installation; anything already in the environment wins.
CONVENIENCES = {"ALLOWED_HOSTS": "localhost,127.0.0.1", "DEBUG": "false", "HTTPS": "false"}


def var_directory() -> Path:
    """Where the embedded servers live: `$WARDBELL_VAR`, else var/ in the checkout."""
    return Path(os.environ.get("WARDBELL_VAR") or CHECKOUT / "var").resolve()


def ensure(var: Path | None = None, *, durable: bool = True) -> None:
    """Set DATABASE_URL and REDIS_URL where they are missing, with servers behind them.

    `durable=False` lets PostgreSQL skip fsync: for tests only. Children inherit the environment and
    so use the same servers without joining; they must end before this process does.
    """
    needs_database = not os.environ.get("DATABASE_URL")
    needs_redis = not os.environ.get("REDIS_URL")
    if not (needs_database or needs_redis):
        return
    var = var or var_directory()
    var.mkdir(parents=True, exist_ok=True)
    users = os.open(var / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    _leave_in_order(var, users)  # before anything is there that would have to be stopped
    postgres, redis = servers(var, durable=durable)
    with _one_at_a_time(var):
        fcntl.flock(users, fcntl.LOCK_SH)
        if needs_database:
            postgres.start()
            os.environ["DATABASE_URL"] = postgres.create_database(DATABASE)
        if needs_redis:
            redis.start()
            os.environ["REDIS_URL"] = redis.url
        defaults = {"SECRET_KEY": _kept_secret(var), "MEDIA_ROOT": str(var / "media")}
    defaults |= CONVENIENCES | ({"DEMO": "true"} if needs_database else {})
    os.environ.update({k: v for k, v in defaults.items() if not os.environ.get(k)})


def join() -> None:
    """Point the environment at the private servers if they run; never makes or starts any."""
    var = var_directory()
    if (var / "users.lock").exists() and all(server.running() for server in servers(var)):
        ensure(var)


def servers(var: Path, *, durable: bool = True) -> tuple[Postgres, Redis]:
    """The two servers that live under `var`, running or not."""
    return Postgres(var / "postgres", durable=durable), Redis(var / "redis")


def in_use() -> list[Postgres | Redis]:
    """The private servers that the environment points at."""
    postgres, redis = servers(var_directory())
    found: list[Postgres | Redis] = []
    if os.environ.get("DATABASE_URL") == postgres.url(DATABASE):
        found.append(postgres)
    if os.environ.get("REDIS_URL") == redis.url:
        found.append(redis)
    return found


def _leave_in_order(var: Path, users: int) -> None:
    """Stop the servers at exit if nobody else uses them. What ends us becomes an ordinary exit."""
    owner = os.getpid()

    def leave() -> None:
        if os.getpid() != owner:  # a fork's exit is not ours
            return
        for number in ENDING:  # impatience would leave them behind
            signal.signal(number, signal.SIG_IGN)
        with _one_at_a_time(var):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # others use them; the last of those will stop them
            for server in servers(var):
                server.stop()

    atexit.register(leave)
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _: sys.exit(128 + number))


@contextmanager
def _one_at_a_time(var: Path) -> Iterator[None]:
    lock = os.open(var / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _kept_secret(var: Path) -> str:
    """One SECRET_KEY per installation, so that sign-ins survive a restart."""
    path = var / "secret_key"
    if not path.exists() or not path.read_text():  # a machine may stop between two lines
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50))
        new.rename(path)
    return path.read_text()
