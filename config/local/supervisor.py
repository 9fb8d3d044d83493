"""Runs the processes of a Procfile together, on a laptop: one coloured column of output, restarts.

A process that dies is started again, later each time it dies young (Celery 5.7 ends when Redis
restarts while it holds unacknowledged work). Each has its own session, so that Ctrl-C reaches only
us and we stop them in order; on Linux they get SIGTERM too should we be killed.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

STOP_TIMEOUT = 20.0  # seconds from SIGTERM to SIGKILL; Celery's soft shutdown takes up to 10
BACKOFF_MAX = 30.0  # seconds
YOUNG = 60.0  # seconds; who lived longer is restarted at once
_libc = ctypes.CDLL(None)  # looked up before any fork
COLOURS = (36, 33, 35, 32, 34, 31)


def read_procfile(path: Path) -> dict[str, str]:
    """Name -> shell command of each line `name: command`."""
    lines = (line.partition(":") for line in path.read_text().splitlines() if line.strip())
    return {name.strip(): command.strip() for name, _, command in lines if name[0] != "#"}


class Supervisor:
    """Keeps `commands` running until it is told to stop."""

    def __init__(self, commands: dict[str, str]) -> None:
        self.commands = commands
        self.width = max(map(len, commands))
        self._stopping = asyncio.Event()

    async def run(self, when_started: Callable[[], Awaitable[None]]) -> None:
        """Run everything and, beside it, `when_started`; return after SIGINT, SIGTERM or SIGHUP."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stopping.set)
        async with asyncio.TaskGroup() as tasks:
            for index, (name, command) in enumerate(self.commands.items()):
                tasks.create_task(self._keep_running(name, command, COLOURS[index % len(COLOURS)]))
            beside = tasks.create_task(_as_coroutine(when_started))
            await self._stopping.wait()
            beside.cancel()

    def say(self, name: str, line: str, colour: int = 0) -> None:
        """One line of output, marked with whose it is."""
        prefix = f"{name:<{self.width}} |"
        if colour and sys.stdout.isatty():
            prefix = f"\033[{colour}m{prefix}\033[0m"
        with contextlib.suppress(OSError):  # the terminal may be gone; they stop in order even so
            sys.stdout.write(f"{prefix} {line}\n")
            sys.stdout.flush()

    async def _keep_running(self, name: str, command: str, colour: int) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            started = time.monotonic()
            process = await _start(command)
            assert process.stdout is not None
            output = asyncio.create_task(self._relay(name, process.stdout, colour))
            await self._until_ended(process)
            await output
            if self._stopping.is_set():
                return
            young = time.monotonic() - started < YOUNG
            pause = min(BACKOFF_MAX, pause * 2 or 1.0) if young else 1.0
            self.say(name, f"ended with {process.returncode}; again in {pause:g} s", colour)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _until_ended(self, process: asyncio.subprocess.Process) -> None:
        """Wait for its end; when we are stopping, bring that about. Its children end with it."""
        deadline = None
        # Looked at, not awaited: wait() would also wait for children that hold its output open.
        while process.returncode is None:
            if self._stopping.is_set() and deadline is None:
                deadline = time.monotonic() + STOP_TIMEOUT
                process.terminate()
            if deadline is not None and time.monotonic() > deadline:
                break
            await asyncio.sleep(0.1)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _relay(self, name: str, output: asyncio.StreamReader, colour: int) -> None:
        while True:
            try:
                line = await output.readline()
            except ValueError:  # longer than the reader's limit: drop it, go on
                continue
            if not line:
                return
            self.say(name, line.decode(errors="replace").rstrip(), colour)


async def _start(command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_shell(
        f"exec {command}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def end_with_parent() -> None:
    """In a new child: have the kernel send it SIGTERM when its parent dies (Linux only)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        _libc.prctl(pr_set_pdeathsig, signal.SIGTERM)


async def _as_coroutine(function: Callable[[], Awaitable[None]]) -> None:
    await function()
