"""`manage.py hl7_listener`: takes HL7 v2 messages over MLLP."""

import asyncio
import contextlib
import os
import signal
from typing import Any

from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError, CommandParser
from redis import RedisError

from wards.hl7.server import Limits, Server

ALIVE = "alive:hl7"  # what /healthz/ready looks for
ALIVE_EVERY, ALIVE_FOR = 5, 20  # seconds


class Command(BaseCommand):
    help = "Take HL7 v2 messages (ADT^A01, ORU^R01) over MLLP; ends in order on SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        limits = Limits()
        parser.add_argument(
            "--host", default="127.0.0.1", help="address to listen on (%(default)s)"
        )
        parser.add_argument(
            "--port", type=int, default=os.environ.get("HL7_PORT", "2575"), help="(%(default)s)"
        )
        parser.add_argument(
            "--max-bytes",
            type=int,
            default=os.environ.get("HL7_MAX_BYTES", limits.message_bytes),
            help="longest message taken (%(default)s)",
        )
        parser.add_argument(
            "--idle-seconds",
            type=float,
            default=limits.idle_seconds,
            help="close a connection that is silent for so long (%(default)s)",
        )

    def handle(self, **options: Any) -> None:
        limits = Limits(message_bytes=options["max_bytes"], idle_seconds=options["idle_seconds"])
        try:
            asyncio.run(self._run(options["host"], options["port"], limits))
        except OSError as error:
            where = f"{options['host']}:{options['port']}"
            raise CommandError(f"Cannot listen on {where}: {error.strerror}") from error

    async def _run(self, host: str, port: int, limits: Limits) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)

        def listening(port: int) -> None:
            self.stdout.write(f"HL7 listener: listening on {host}:{port}")
            self.stdout.flush()

        alive = asyncio.create_task(_say_alive())
        try:
            await Server(limits).run(host, port, stop, listening)
        finally:
            alive.cancel()


async def _say_alive() -> None:
    while True:
        with contextlib.suppress(RedisError):  # messages are taken without Redis, too
            await cache.aset(ALIVE, True, timeout=ALIVE_FOR)
        await asyncio.sleep(ALIVE_EVERY)
