"""An installation of a test's own, whose PostgreSQL and Redis may really be killed."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import randrange
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psutil
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connections
from django.db.utils import ConnectionHandler

from config.local.postgresql import Postgres
from config.local.redis import Redis, free_port
from tests.carrier import CarrierProcess
from tests.faults.proxy import Proxy
from tests.processes import PROCFILE, Process, Web, wait_for

T = TypeVar("T")


class Installation:
    """Web, sender and the carrier, on a PostgreSQL and a Redis of their own.

    Other processes of the Procfile run as well when they are named to `running`. Where it is
    `networked` they reach PostgreSQL over TCP, through `line`; this process itself never does.
    """

    def __init__(
        self,
        directory: Path,
        carrier: CarrierProcess,
        env: Mapping[str, str],
        *,
        networked: bool = False,
    ) -> None:
        self.directory = directory
        self.postgres = Postgres(directory / "postgres", durable=False)
        # A port would change the name of the socket; of loopback addresses there are enough.
        address = f"127.43.{randrange(1, 255)}.{randrange(1, 255)}"
        self.line = Proxy((address, 5432)) if networked else None
        if networked:
            self.postgres.settings["listen_addresses"] = address
        self.redis = Redis(directory / "redis")
        self.carrier = carrier
        self.postgres.start()
        self.redis.start()
        database = self.postgres.create_database("messages")
        if self.line is not None:
            database = f"postgres://postgres@127.0.0.1:{self.line.port}/messages"
        common = {
            "DATABASE_URL": database,
            "REDIS_URL": self.redis.url,
            "PREFIX": "own",
            "DB_POOL_MAX": "8",
            **env,
        }
        self.web = Web(directory / "web.log", common)
        self.web.env |= carrier.environment(self.web.url)
        self.sender = Process(PROCFILE["sender"], directory / "sender.log", self.web.env)
        self.hl7_port = free_port()
        self.others: dict[str, Process] = {}

    @contextmanager
    def running(self, *others: str) -> Iterator[None]:
        """Everything runs, and this process's own queries go to its database."""
        with ExitStack() as stack:
            for server in (self.redis, self.postgres):
                stack.callback(server.stop)
            if self.line is not None:
                stack.enter_context(self.line)
            stack.enter_context(self._connected())
            call_command("migrate", verbosity=0)
            env = self.web.env | {"HL7_PORT": str(self.hl7_port)}
            for name in others:
                log = self.directory / f"{name}.log"
                self.others[name] = Process(PROCFILE[name], log, env)
            for process in self.processes:
                process.start()
                stack.callback(process.kill)
            self.web.wait_until_ready(timeout=120)
            for process in (self.sender, *filter(None, [self.others.get("hl7")])):
                wait_for(lambda p=process: "listening" in p.output, 60, "it listens")  # type: ignore[misc]
            yield

    @property
    def processes(self) -> list[Process]:
        """All of ours that run."""
        return [self.web, self.sender, *self.others.values()]

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        """With the server itself, for what its administrator does."""
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as session:
            yield session

    @contextmanager
    def postgres_hangs(self) -> Iterator[None]:
        """SIGSTOP for the server and all that it has forked; it takes connections and is silent."""
        pid = int((self.postgres.data / "postmaster.pid").read_text().split("\n")[0])
        postmaster = psutil.Process(pid)
        postmaster.suspend()  # first: now it forks no more
        everybody = [postmaster, *postmaster.children(recursive=True)]
        for process in everybody:
            process.suspend()
        try:
            yield
        finally:
            for process in reversed(everybody):
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    @contextmanager
    def on_standby(self) -> Iterator[None]:
        """A failover's other end: restarted as a standby, and promoted again."""
        self.postgres.stop()
        signal = self.postgres.data / "standby.signal"
        signal.touch()
        owner = self.postgres.data.stat()
        os.chown(signal, owner.st_uid, owner.st_gid)
        self.postgres.start()
        try:
            yield
        finally:
            with self.session() as session:
                session.execute("select pg_promote()")

    @contextmanager
    def set_read_only(self) -> Iterator[None]:
        """Sessions stay, and take no changes, as managed servers do before their disk is full."""
        with self.session() as session:
            session.execute("alter system set default_transaction_read_only = on")
            session.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            with self.session() as session:
                session.execute("set default_transaction_read_only = off")
                session.execute("alter system reset default_transaction_read_only")
                session.execute("select pg_reload_conf()")

    @contextmanager
    def _connected(self) -> Iterator[None]:
        own: dict[str, Any] = {**settings.DATABASES["default"], "OPTIONS": {}, "NAME": "messages"}
        own["HOST"] = urlsplit(self.postgres.url("x")).netloc.partition("@")[2].replace("%2F", "/")
        shared = connections["default"]
        connections["default"] = ConnectionHandler({"default": own})["default"]
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = shared


def without_fail(ask: Callable[[], T]) -> T | None:
    """What the database answers; None while it is away."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        connections["default"].close()
        return None
