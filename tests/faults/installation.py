"""An installation of a test's own, whose PostgreSQL and Redis may really be killed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connections
from django.db.utils import ConnectionHandler

from config.embedded_postgres import Postgres
from config.embedded_servers import Redis
from tests.carrier import CarrierProcess
from tests.processes import PROCFILE, Process, Web, wait_for

T = TypeVar("T")


class Installation:
    """Web, sender and the carrier, on a PostgreSQL and a Redis of their own."""

    def __init__(self, directory: Path, carrier: CarrierProcess, **env: str) -> None:
        self.postgres = Postgres(directory / "postgres", durable=False)
        self.redis = Redis(directory / "redis")
        self.carrier = carrier
        self.postgres.start()
        self.redis.start()
        common = {
            "DATABASE_URL": self.postgres.create_database("messages"),
            "REDIS_URL": self.redis.url,
            "PREFIX": "own",
            "DB_POOL_MAX": "8",
            **env,
        }
        self.web = Web(directory / "web.log", common)
        self.web.env |= carrier.environment(self.web.url)
        self.sender = Process(PROCFILE["sender"], directory / "sender.log", self.web.env)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything runs, and this process's own queries go to its database."""
        with ExitStack() as stack:
            for server in (self.redis, self.postgres):
                stack.callback(server.stop)
            stack.enter_context(self._connected())
            call_command("migrate", verbosity=0)
            for process in (self.web, self.sender):
                process.start()
                stack.callback(process.kill)
            self.web.wait_until_ready()
            wait_for(lambda: "listening" in self.sender.output, 20, "the sender listens")
            yield

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
