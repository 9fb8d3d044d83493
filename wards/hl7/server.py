"""Listens for MLLP connections: many at once, in order within each, nothing answered half done."""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from wards.hl7 import intake
from wards.hl7.framing import Deframer, Frame, Oversized, Unframed, framed
from wards.hl7.refusals import Code, Rejected

log = structlog.get_logger(__name__)

CHUNK = 64 * 1024  # bytes read at a time
THREADS = 8  # messages worked on at once, each with a database connection from the pool
FINISH_SECONDS = 30.0  # what messages in hand get when we are told to stop
WRITE_SECONDS = 30.0  # what a sender gets to take its answer


@dataclass(frozen=True)
class Limits:
    """What senders may take of us."""

    message_bytes: int = 5 * 2**20
    frame_seconds: float = 60.0  # without a byte in the middle of a frame
    idle_seconds: float = 3600.0  # without a byte between frames
    connections: int = 200


Received = Frame | Oversized | Unframed


class Server:
    """The MLLP listener."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[asyncio.Task[None], Connection] = {}

    async def run(
        self, host: str, port: int, stop: asyncio.Event, listening: Callable[[int], None]
    ) -> None:
        """Serves until `stop` is set; then finishes the messages in hand and returns.

        `listening` is called with the port once connections are taken; OSError if they cannot be.
        """
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "hl7"))
        server = await asyncio.start_server(self._connected, host, port, limit=CHUNK)
        listening(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        for task, connection in self._open.items():
            connection.stop(task)
        if self._open:
            await asyncio.wait(self._open, timeout=FINISH_SECONDS)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= self._limits.connections:
            log.warning("hl7_too_many_connections", open=len(self._open))
            writer.close()
            return
        connection = self._open[task] = Connection(reader, writer, self._limits)
        try:
            await connection.serve()
        except (asyncio.CancelledError, ConnectionError, TimeoutError):
            pass  # we stop, or the sender has gone: it sends again what was not answered
        finally:
            await connection.close()
            del self._open[task]


class Connection:
    """One sender: a message, its answer, the next message."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits
    ) -> None:
        self._reader, self._writer, self._limits = reader, writer, limits
        self._deframer = Deframer(limits.message_bytes)
        self._busy = self._stopping = False
        self._telling = threading.Lock()
        self._working: set[asyncio.Future[bytes]] = set()
        # A sender that vanished without a word is noticed although we never write first.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    async def serve(self) -> None:
        """Until the sender closes, is silent for too long, or cannot be answered."""
        while data := await self._read():
            for received in self._deframer.feed(data):
                self._busy = True
                answer = await self._answer(received)
                if answer is None:
                    return
                self._writer.write(framed(answer))
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._writer.drain()
                self._busy = False
                if self._stopping or isinstance(received, Unframed):
                    return

    def stop(self, task: asyncio.Task[None]) -> None:
        """Ends it: after the message in hand, or now if there is none."""
        self._stopping = True
        if not self._busy:
            task.cancel()

    async def close(self) -> None:
        """Closes the socket, logs what never became a message, and waits for what is under way."""
        self._writer.close()
        if self._deframer.inside:
            log.warning("hl7_frame_unfinished")
        if self._deframer.stray:
            log.warning("hl7_bytes_outside_frames", bytes=self._deframer.stray)
        if self._working:
            await asyncio.wait(self._working)

    async def _read(self) -> bytes:
        limits = self._limits
        seconds = limits.frame_seconds if self._deframer.inside else limits.idle_seconds
        async with asyncio.timeout(seconds):
            return await self._reader.read(CHUNK)

    async def _answer(self, received: Received) -> bytes | None:
        """The answer, as soon as it is certain; None where nothing can be said but goodbye.

        Senders keep in their queue, and send again, what nobody answered; what is answered AE they
        put aside for people to look at. So while the database is away nothing is answered.

        Telling people goes on after the answer. The next message of this sender is worked on
        meanwhile, but waits for that before it is answered: alerts stay in order, and a feed cannot
        run away from them.
        """
        loop = asyncio.get_running_loop()
        certain: asyncio.Future[bytes] = loop.create_future()

        def committed(answer: bytes) -> None:
            loop.call_soon_threadsafe(certain.set_result, answer)

        work = asyncio.ensure_future(
            _receive(received, self._limits.message_bytes, self._telling, committed)
        )
        self._working.add(work)
        work.add_done_callback(self._worked)
        await asyncio.wait((work, certain), return_when=asyncio.FIRST_COMPLETED)
        if certain.done():
            return certain.result()
        return None if work.exception() else work.result()

    def _worked(self, work: asyncio.Future[bytes]) -> None:
        self._working.discard(work)
        if work.cancelled() or not (fault := work.exception()):
            return
        away = isinstance(fault, intake.DATABASE_AWAY)
        log.error("hl7_database_away" if away else "hl7_fault", fault=type(fault).__name__)


def _in_thread(
    received: Received, limit: int, telling: threading.Lock, committed: Callable[[bytes], None]
) -> bytes:
    close_old_connections()
    with ExitStack() as told:

        def in_turn(answer: bytes) -> None:
            told.enter_context(telling)
            committed(answer)

        told.callback(close_old_connections)
        match received:
            case Frame(message):
                return intake.receive(message, committed=in_turn)
            case Oversized(head):
                reason = f"message too large: more than {limit} bytes"
                return intake.receive(head, Rejected(Code.DATA_TYPE_ERROR, reason))
            case Unframed(head):
                reason = "not in an MLLP frame: send <VT> message <FS> <CR>"
                return intake.receive(head, Rejected(Code.SEGMENT_SEQUENCE_ERROR, reason))


# Not run_in_executor: what asks for the event loop from in there (the channel layer) finds ours.
_receive = sync_to_async(_in_thread, thread_sensitive=False)
