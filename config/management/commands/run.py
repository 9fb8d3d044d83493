"""`manage.py run`, behind `make run`: everything a working centre needs, in one terminal."""

import asyncio
import fcntl
import json
import os
import shlex
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from config import local
from config.local.redis import ServerError
from config.local.supervisor import Supervisor, read_procfile

EVERYWHERE = ("0.0.0.0", "127.0.0.1")  # noqa: S104  (addresses that localhost reaches)
READY_TIMEOUT = 60  # seconds
LOOK_EVERY = 1.0  # seconds between two looks at the private servers
DEMO_USERS = "admin manager frontdesk provider nurse pharmacist patient"


class Command(BaseCommand):
    help = "Migrate, seed the demo hospital, and run the Procfile and the sandbox carrier."

    def handle(self, *args: Any, **options: Any) -> None:
        here = _only_one_here()
        host = os.environ.setdefault("HOST", "127.0.0.1")
        port = _free(host, os.environ.setdefault("PORT", "8000"), "PORT")
        self.address = f"http://{'localhost' if host in EVERYWHERE else host}:{port}"
        here.write_text(f"{self.address}/ (process {os.getpid()})")
        _free(host, os.environ.setdefault("HL7_PORT", "2575"), "HL7_PORT")
        self.processes = read_procfile(settings.BASE_DIR / "Procfile")
        self._add_carrier()
        call_command("migrate", verbosity=0)
        if settings.DEMO:
            call_command("seed_demo")
        connection.close_pool()  # type: ignore[attr-defined]  # its threads must not be there when we fork
        os.environ["READY_EXPECTS"] = "worker,sender,beat,hl7"
        # The programs of this virtual environment first, whether it is activated or not.
        os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
        # Root is who one is in a container; Celery's six lines about it are for hospitals.
        os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser")
        os.chdir(settings.BASE_DIR)
        asyncio.run(self._supervise())

    def _add_carrier(self) -> None:
        """Where no provider is configured, the sandbox carrier runs beside the rest."""
        if settings.MESSAGING_PROVIDERS != ["sandbox"] or "SANDBOX_URL" in os.environ:
            return
        port = _free("127.0.0.1", os.environ.setdefault("CARRIER_PORT", "8090"), "CARRIER_PORT")
        os.environ["SANDBOX_URL"] = f"http://127.0.0.1:{port}"
        os.environ.setdefault("PUBLIC_URL", self.address)
        ledger = local.var_directory() / "carrier.sqlite3"
        command = f"python -m messaging.sandbox --port {port} --ledger {shlex.quote(str(ledger))}"
        self.processes["carrier"] = command

    async def _supervise(self) -> None:
        supervisor = Supervisor(self.processes)

        async def beside() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._announce())
                tasks.create_task(_keep_servers(supervisor))

        await supervisor.run(beside)

    async def _announce(self) -> None:
        self.stdout.write(await self._wait_until_ready())
        self.stdout.flush()

    async def _wait_until_ready(self) -> str:
        """What to tell the user once /healthz/ready says 200, or has not for too long."""
        body: dict[str, Any] = {}
        for _ in range(READY_TIMEOUT * 4):
            code, body = await asyncio.to_thread(_get, f"{self.address}/healthz/ready")
            if code == 200:
                return self._welcome()
            await asyncio.sleep(0.25)
        return f"Not ready after {READY_TIMEOUT} s: {body or 'the web process does not answer'}"

    def _welcome(self) -> str:
        lines = [f"Wardbell is ready: {self.address}/   (Ctrl-C stops it)"]
        lines.append(f"HL7 over MLLP:     {os.environ['HOST']}:{os.environ['HL7_PORT']}")
        if "carrier" in self.processes:
            lines.append(f"Messages go to:    {self.address}/notifications/phone/ (no real phones)")
        if settings.DEMO:
            lines += [f"Sign in as:        {DEMO_USERS}", "Password:          wardbell-demo"]
        width = max(map(len, lines))
        box = [f"│ {line:<{width}} │" for line in lines]
        edge = "─" * (width + 2)
        return "\n".join([f"╭{edge}╮", *box, f"╰{edge}╯"])


def _only_one_here() -> Path:
    """Refuses where another `run` goes on in this folder; else a file to say where this one is.

    The lock is the kernel's: it goes with this process, however that ends.
    """
    var = local.var_directory()
    var.mkdir(parents=True, exist_ok=True)
    path = var / "run"
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = path.read_text() or "it is just starting"
        raise CommandError(
            f"Wardbell already runs in this folder: {where}. Use that one, or end it with Ctrl-C "
            "where it was started. A second one needs a folder of its own: WARDBELL_VAR=<folder>."
        ) from None
    os.truncate(lock, 0)
    return path


async def _keep_servers(supervisor: Supervisor) -> None:
    """Starts the private servers again when they die: what runs here would wait for ever."""
    servers = local.in_use()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        for server in servers:
            if not server.alive():
                name = type(server).__name__.lower()
                supervisor.say(name, "is gone; it is started again")
                try:
                    await asyncio.to_thread(server.start)
                except ServerError as error:
                    supervisor.say(name, str(error))


def _free(host: str, port: str, variable: str) -> int:
    """`port` as a number, or an error that says what to do when it cannot be listened on."""
    try:
        with socket.create_server((host, int(port)), reuse_port=False):
            return int(port)
    except ValueError:
        raise CommandError(f"{variable} is {port!r}: give a port number.") from None
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise CommandError(
            f"Port {port} on {host} cannot be used ({why}): "
            f"stop what uses it, or choose another one with {variable}=<port>."
        ) from None


def _get(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  (ours)
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or "{}") if error.code == 503 else {}
    except (OSError, ValueError):
        return 0, {}
