"""Listens for MLLP connections: many at once, in order within each, nothing answered half done."""

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass, field

import structlog

from wards.base.descriptors import descriptors
from wards.hl7 import batches
from wards.hl7.framing import Deframer, Frame, Unframed, framed
from wards.hl7.guests import Guests, Room
from wards.hl7.intake import Peer
from wards.hl7.storing import Status
from wards.hl7.telling import Teller
from wards.hl7.working import Received, Workers

log = structlog.get_logger(__name__)

CHUNK = 64 * 1024  # bytes read at a time
FINISH_SECONDS = 12.0  # from being told to stop: messages in hand are answered, and told of
GOODBYE_SECONDS = 1.0  # what a sender gets to take its last answer, and to close
WRITE_SECONDS = 30.0  # what a sender gets to take its answer
HANDSHAKE_SECONDS = 10.0
# Seconds of silence until the first question and until each next; after so many it has gone. The
# kernel's own are two hours: longer than senders may be idle, and than firewalls remember.
KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
NO_ROOM_SECONDS = 1.0  # until we try again to take a connection


@dataclass(frozen=True)
class Limits:
    """What senders may take of us."""

    message_bytes: int = 5 * 2**20
    frame_seconds: float = 60.0  # without a byte in the middle of a frame
    idle_seconds: float = 3600.0  # without a byte between frames
    room: Room = field(default_factory=Room)


class Server:
    """The MLLP listener of one process."""

    def __init__(self, limits: Limits, tls: ssl.SSLContext | None = None) -> None:
        self.limits, self._tls = limits, tls
        self.workers, self.teller = Workers(limits.message_bytes), Teller()
        self.guests = Guests(limits.room)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self, listener: socket.socket, stop: asyncio.Event) -> None:
        """Serves until `stop` is set; then finishes the messages in hand and returns.

        `listener` may be shared by several processes.
        """
        listener.setblocking(False)
        telling = asyncio.create_task(self.teller.run())
        self._await_next(listener)
        await stop.wait()
        deadline = asyncio.get_running_loop().time() + FINISH_SECONDS
        self._stopping = True
        asyncio.get_running_loop().remove_reader(listener)
        for guest in self.guests.all():
            guest.leave()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FINISH_SECONDS)
        self.teller.end()
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.wait([telling], timeout=max(left, GOODBYE_SECONDS))

    def _await_next(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()

        def knocked() -> None:
            # Who has fewer connections is quicker to take the next: they are spread evenly.
            loop.remove_reader(listener)
            loop.call_later(0.001 * len(self.guests), accept)

        def accept() -> None:
            if self._stopping:
                return
            try:
                accepted, _ = listener.accept()
            except OSError as fault:  # another process was quicker, or the sender has gone
                if fault.errno in NO_ROOM:  # or none can be taken: it knocks on, we look later
                    descriptors.say_scarce()
                    loop.call_later(NO_ROOM_SECONDS, loop.add_reader, listener, knocked)
                else:
                    loop.add_reader(listener, knocked)
                return
            loop.add_reader(listener, knocked)
            task = loop.create_task(self._welcome(accepted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        loop.add_reader(listener, knocked)

    async def _welcome(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        _keep_alive(accepted)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=CHUNK)
        try:
            transport, protocol = await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(reader),
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if self._tls else None,
            )
        except (OSError, ssl.SSLError) as fault:
            log.warning("hl7_no_handshake", fault=type(fault).__name__)
            accepted.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        connection = Connection(self, reader, writer)
        if not self.guests.enter(connection):
            log.warning("hl7_too_many_connections", open=len(self.guests))
            writer.close()
            return
        try:
            await connection.serve()
            await connection.say_goodbye()
        except (asyncio.CancelledError, ConnectionError, TimeoutError, ssl.SSLError):
            pass  # we stop, or the sender has gone: it sends again what was not answered
        finally:
            self.guests.gone(connection)
            connection.close()


class Connection:
    """One sender: a message, its answer, the next message."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._deframer = Deframer(server.limits.message_bytes)
        self._busy = self._leaving = False
        self._task = asyncio.current_task()
        self.peer = _peer(writer)
        self.address = self.peer.address
        self.heard_at = asyncio.get_running_loop().time()

    @property
    def is_busy(self) -> bool:
        """Whether a message is coming in, or worked on."""
        return self._busy or self._deframer.inside

    async def serve(self) -> None:
        """Until the sender closes, is silent for too long, or cannot be answered."""
        while data := await self._read():
            for received in self._deframer.feed(data):
                self._busy = True
                answered = await self._answer(received)
                self._busy = False
                if not answered or self._leaving or isinstance(received, Unframed):
                    return

    def leave(self) -> None:
        """Ends it: after the message in hand, or now if there is none."""
        self._leaving = True
        if not self._busy and self._task:
            self._task.cancel()

    async def say_goodbye(self) -> None:
        """Says that no answer follows, and drops what still comes: the sender sends that again.

        Closed with bytes unread, the connection would be reset, and the last answer with it.
        """
        if self._writer.can_write_eof():
            self._writer.write_eof()
            async with asyncio.timeout(GOODBYE_SECONDS):
                while await self._reader.read(CHUNK):
                    pass

    def close(self) -> None:
        """Closes the socket, and logs what never became a message."""
        self._writer.close()
        if self._deframer.inside:
            log.warning("hl7_frame_unfinished")
        if self._deframer.stray:
            log.warning("hl7_bytes_outside_frames", bytes=self._deframer.stray)

    async def _read(self) -> bytes:
        limits = self._server.limits
        seconds = limits.frame_seconds if self._deframer.inside else limits.idle_seconds
        async with asyncio.timeout(seconds):
            data = await self._reader.read(CHUNK)
        self.heard_at = asyncio.get_running_loop().time()
        return data

    async def _answer(self, received: Received) -> bool:
        """Takes each message of a frame and answers it; False where one cannot be answered."""
        if not isinstance(received, Frame):
            return await self._take(received)
        if received.is_empty:
            return True  # it keeps the connection alive
        batch = batches.messages_of(received.message)
        for message in batch.messages:
            if not await self._take(Frame(message)):
                return False
        if batch.unread:
            await self._server.workers.note(batch)
        return True

    async def _take(self, received: Received) -> bool:
        await self._server.teller.room()
        done = await self._server.workers.take(received, self.peer)
        if done is None:
            return False
        for answer in done.taken.answers:
            self._writer.write(framed(answer))
        # Others are told after the answer: the sender does not wait for the bells.
        self._server.teller.add(done.event_ids)
        if done.taken.message.status == Status.ACCEPTED:
            self._server.guests.know(self.address)
        async with asyncio.timeout(WRITE_SECONDS):
            await self._writer.drain()
        return True


def _keep_alive(accepted: socket.socket) -> None:
    """Has the kernel ask a silent sender whether it is there, although we never write first.

    One that vanished without a word is noticed, and firewalls do not forget a quiet night's line.
    """
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):  # Linux has them all
            accepted.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _peer(writer: asyncio.StreamWriter) -> Peer:
    """The address at the other end, and the common name of its certificate."""
    address = (writer.get_extra_info("peername") or ("",))[0]
    certificate = writer.get_extra_info("peercert") or {}
    names = [value for part in certificate.get("subject", ()) for key, value in part
             if key == "commonName"]  # fmt: skip
    return Peer(address, names[0] if names else "")
