"""Several processes on one port: each takes connections, and one that dies is started again.

They are forked with the listening socket, before anything has connected anywhere. A pipe that only
the parent holds open tells them should it be killed.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

YOUNG = 5.0  # s; who dies sooner is started again only after PAUSE
PAUSE = 1.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)

# Serves until the event is set.
Work = Callable[[asyncio.Event], Awaitable[None]]


def serve(number: int, work: Work, listener: socket.socket) -> None:
    """Has `work` done by so many processes until we are told to stop; by ourselves if it is one.

    Then nobody new can connect to `listener`, in whichever process it is.
    """
    if number == 1:
        asyncio.run(_until_told(work, None, listener))
        return
    Parent(work, listener).run(number)


def _refuse_newcomers(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):  # told twice
        listener.shutdown(socket.SHUT_RDWR)


async def _until_told(
    work: Work, lifeline: int | None, listener: socket.socket | None = None
) -> None:
    """Does the work until SIGTERM or SIGINT, or until the parent is gone."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def told() -> None:
        stop.set()
        if listener is not None:
            _refuse_newcomers(listener)

    for signal_number in SIGNALS:
        loop.add_signal_handler(signal_number, told)
    if lifeline is not None:

        def orphaned() -> None:
            loop.remove_reader(lifeline)
            stop.set()

        loop.add_reader(lifeline, orphaned)
    await work(stop)


class Parent:
    """Keeps the processes running."""

    def __init__(self, work: Work, listener: socket.socket) -> None:
        self._work, self._listener = work, listener
        self._lifeline = os.pipe()
        self._started: dict[int, float] = {}
        self._stopping = False

    def run(self, number: int) -> None:
        """Until SIGTERM or SIGINT: then they finish what they have in hand."""
        for signal_number in SIGNALS:
            signal.signal(signal_number, self._stop)
        for _ in range(number):
            self._start()
        while self._started:
            pid, status = os.wait()
            lived = time.monotonic() - self._started.pop(pid)
            if self._stopping:
                continue
            log.error("hl7_process_died", status=os.waitstatus_to_exitcode(status))
            if lived < YOUNG:
                time.sleep(PAUSE)
            self._start()

    def _stop(self, *_: object) -> None:
        self._stopping = True
        _refuse_newcomers(self._listener)
        for pid in self._started:
            with contextlib.suppress(ProcessLookupError):  # it has just died
                os.kill(pid, signal.SIGTERM)

    def _start(self) -> None:
        # Held back until the child is known: what comes in between would not reach it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if not self._stopping:
            pid = os.fork()
            if pid == 0:
                self._be_child()
            self._started[pid] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _be_child(self) -> None:
        code = 1
        try:
            for signal_number in SIGNALS:
                signal.signal(signal_number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            read, write = self._lifeline
            os.close(write)
            asyncio.run(_until_told(self._work, read))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
