"""`manage.py hl7_listener`: takes HL7 v2 messages over MLLP."""

import asyncio
import os
import socket
import ssl
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from wards.base import heartbeats, routes, wakeups
from wards.base.descriptors import descriptors
from wards.hl7 import processes
from wards.hl7.guests import Room
from wards.hl7.server import Limits, Server

WAITING = 1024  # connections that the kernel keeps until we take them
PROCESSES = min(os.cpu_count() or 1, 4)


class Command(BaseCommand):
    help = "Take HL7 v2 messages over MLLP; ends in order on SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        limits, room = Limits(), Room()

        def add(name: str, default: Any, help: str, type: type = int, env: str = "") -> None:
            default = os.environ.get(env, default) if env else default
            parser.add_argument(name, type=type, default=default, help=f"{help} (%(default)s)")

        add("--host", "127.0.0.1", "address to listen on", str)
        add("--port", "2575", "", env="HL7_PORT")
        add("--processes", PROCESSES, "processes that share the port", env="HL7_PROCESSES")
        add("--max-bytes", limits.message_bytes, "longest message taken", env="HL7_MAX_BYTES")
        seconds = "close a connection that is silent for so long"
        add("--idle-seconds", limits.idle_seconds, seconds, float)
        add("--connections", room.connections, "connections at once; of more, idle ones are closed")
        parser.add_argument("--tls-cert", type=Path, help="certificate (PEM); switches TLS on")
        parser.add_argument("--tls-key", type=Path, help="its key, where that is another file")
        parser.add_argument(
            "--tls-ca", type=Path, help="authority that senders must have a certificate of"
        )

    def handle(self, **options: Any) -> None:
        descriptors.raise_limit()
        routes.load()  # before the fork: what alerts link to is needed with rows locked
        number, connections_ = max(options["processes"], 1), options["connections"]
        share = max(-(-connections_ // number), 1)
        limits = Limits(
            message_bytes=options["max_bytes"],
            idle_seconds=options["idle_seconds"],
            room=Room(share, max(share // 2, 1), share // 4),
        )
        tls, listener = _tls(options), _listen(options["host"], options["port"])
        port = listener.getsockname()[1]
        self.stdout.write(f"HL7 listener: listening on {options['host']}:{port}")
        self.stdout.flush()

        async def work(stop: asyncio.Event) -> None:
            alive = asyncio.create_task(_say_alive())
            try:
                await Server(limits, tls).run(listener, stop)
            finally:
                alive.cancel()
                await asyncio.to_thread(wakeups.flush)  # a process of several ends at once

        connections.close_all()  # no connection is shared with what is forked
        processes.serve(number, work, listener)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=WAITING)
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}") from error


def _tls(options: dict[str, Any]) -> ssl.SSLContext | None:
    """For a server with this certificate, and for senders with one of the authority's."""
    if not options["tls_cert"]:
        if options["tls_key"] or options["tls_ca"]:
            raise CommandError("--tls-key and --tls-ca need --tls-cert.")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options["tls_cert"], options["tls_key"])
        if options["tls_ca"]:
            context.load_verify_locations(options["tls_ca"])
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:  # ssl.SSLError is one
        raise CommandError(f"Cannot use the certificates: {error}") from error
    return context


async def _say_alive() -> None:
    while True:
        heartbeats.say("hl7")
        await asyncio.sleep(heartbeats.EVERY)
