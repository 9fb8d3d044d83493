"""`python -m config.web`: daphne, with the limits of bodies inside it; takes daphne's arguments.

daphne itself keeps the whole body of a request, in memory or in a file, before it calls us: what
is too large has to be refused while it arrives. And told to end, it cancels what it is working on,
whose threads then wait for ever for a loop that is no more; ours ends in order (config/ending.py).
"""

import asyncio
import atexit
import contextlib
import os
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

from daphne import server  # type: ignore[import-untyped]
from daphne.cli import CommandLineInterface  # type: ignore[import-untyped]
from daphne.http_protocol import HTTPFactory, WebRequest  # type: ignore[import-untyped]
from twisted.internet import reactor as installed
from twisted.internet import tcp
from twisted.internet.defer import Deferred
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.threads import deferToThread
from twisted.logger import ILogObserver, globalLogPublisher
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from config import bodies
from config.ending import Ending
from config.flow import FlowServer, Gate
from wards.base import storage
from wards.base.descriptors import descriptors

LOOK_EVERY = 0.05  # s, while it ends
WAITING = 4096  # connections that the kernel keeps until we take them: the Procfile's backlog
reactor: Any = installed  # Twisted declares it as a module


class BoundedRequest(WebRequest):  # type: ignore[misc]  # untyped
    """A request that is told about its body piece by piece, and may have enough of it."""

    _refused = False
    _timer: Any = None
    _arrived, _left = 0, 0  # bytes of the body that are here, and that may still come
    _length: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = Gate(self.cut)

    def gotLength(self, length: int | None) -> None:
        """The headers are there; `length` is None where the body comes in chunks, 0 without one."""
        super().gotLength(length)
        if length == 0:
            return
        limit, self._length = bodies.limit(self._address()), length
        self._limit, self._left, self._began = limit, limit.anybody, reactor.seconds()
        self._hurry()
        if length is not None and length <= limit.anybody:
            return
        if limit.signed_in > limit.anybody:
            self.channel._networkProducer.pauseProducing()
            asked = deferToThread(bodies.signed_in, self._headers())
            asked.addBoth(self._known, limit)
        elif length is not None:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _hurry(self) -> None:
        """Refuses what comes too slowly, and looks again when the time for what is here is over."""
        left = self._began + self._limit.seconds(self._arrived) - reactor.seconds()
        if left > 0:
            self._timer = reactor.callLater(left, self._hurry)
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _known(self, signed_in: bool | Failure, limit: bodies.Limit) -> None:
        if self._disconnected or self.finished:
            return
        self.channel._networkProducer.resumeProducing()
        if isinstance(signed_in, Failure):  # the database's
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        most = limit.signed_in if signed_in else limit.anybody
        self._left += most - limit.anybody
        if self._length is not None and self._length > most:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def handleContentChunk(self, data: bytes) -> None:
        """Some of the body is there."""
        self._left -= len(data)
        self._arrived += len(data)
        if self._refused:
            if self._left < 0:  # enough: what it sends stays with it
                self.channel._networkProducer.pauseProducing()
        elif self._left < 0:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._keep(super().handleContentChunk, data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of it is there."""
        if self.content:
            self._keep(self.content.flush)
        if not self._refused:
            self._stop_timer()
            super().requestReceived(command, path, version)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """A piece of the answer: from its beginning on, the transport says when it has too much.

        What the answer says of the connection is done: `Connection: close`.
        """
        if message["type"] == "http.response.start" and self.channel is not None:
            for name, value in message.get("headers", ()):
                if name.lower() == b"connection" and value.lower() == b"close":
                    self.channel.persistent = False
            if not self.producer:
                self.registerProducer(self.gate, True)
        super().handle_reply(message)

    def finish(self) -> None:
        if self.producer:
            self.unregisterProducer()
        super().finish()

    def cut(self) -> None:
        """Ends the connection, and forgets what is unsent."""
        if self.channel:
            self.channel.transport.abortConnection()

    def connectionLost(self, reason: Failure) -> None:
        self._stop_timer()
        self.gate.stopProducing()
        super().connectionLost(reason)

    def _keep(self, write: Callable[..., object], *data: bytes) -> None:
        """Writes to the file that holds the body, unless its disk is full."""
        try:
            write(*data)
        except OSError as fault:
            if not storage.is_full(fault) or self._refused:
                raise
            self._refuse(HTTPStatus.INSUFFICIENT_STORAGE)

    def _refuse(self, status: HTTPStatus) -> None:
        """Say so, listen a little so that it is heard, and close the connection."""
        self._refused, self._left = True, bodies.LINGER_BYTES
        self._stop_timer()
        self.requestHeaders.removeHeader(b"Expect")  # it need not go on
        headers, body = bodies.refusal(status, self._address(), self._headers())
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode())]
        lines += [b"%s: %s" % pair for pair in headers]
        transport = self.channel.transport
        transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        close = getattr(transport, "loseWriteConnection", transport.loseConnection)
        close()
        self._timer = reactor.callLater(bodies.LINGER_SECONDS, transport.abortConnection)

    def _stop_timer(self) -> None:
        with contextlib.suppress(AlreadyCalled, AlreadyCancelled):
            if self._timer is not None:
                self._timer.cancel()

    def _address(self) -> str:
        """Which path is asked for: its own attribute is set only when the whole body is there."""
        asked: bytes = self.channel._path
        return unquote(asked.partition(b"?")[0].decode("latin-1"))

    def _headers(self) -> list[tuple[bytes, bytes]]:
        every = self.requestHeaders.getAllRawHeaders()
        return [(name.lower(), value) for name, values in every for value in values]


class BoundedChannel(HTTPChannel):
    """A connection whose request heads have to be whole in time: each byte is no new lease."""

    _in_head = False

    def resetTimeout(self) -> None:
        if not self.line_mode:  # a body has limits of its own
            super().resetTimeout()  # type: ignore[no-untyped-call]
        elif not self._in_head:
            self._in_head = True
            self.setTimeout(bodies.HEAD_SECONDS)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:
        self._in_head = False
        self.setTimeout(self.timeOut)  # type: ignore[no-untyped-call]
        super().allHeadersReceived()  # type: ignore[no-untyped-call]


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    """Makes connections whose requests are bounded."""

    protocol = BoundedChannel

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


class Server(FlowServer):
    """daphne's, which ends in order."""

    left_requests = False  # whether some got no answer

    def kill_all_applications(self) -> Deferred[None]:
        """The first that happens when it is told to end; the reactor goes on until this is done."""
        return Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        if isinstance(ending := self.application, Ending):
            await ending.begin()
            for listener in self.listeners:
                listener.addCallback(_close)
            await asyncio.sleep(LOOK_EVERY)  # who has just come in has asked by then
            while ending.time_left > 0 and (not self._is_empty() or self._running()):
                await asyncio.sleep(LOOK_EVERY)
        for application in self._running():
            Server.left_requests = True
            application.cancel()

    def _running(self) -> list[asyncio.Future[None]]:
        """What is still worked on, be it that nobody waits for it any more."""
        known = [each.get("application_instance") for each in self.connections.values()]
        return [application for application in known if application and not application.done()]

    def _is_empty(self) -> bool:
        """Whether nobody is connected any more; hangs up on those who ask for nothing."""
        asking = [each for each, of in self.connections.items() if "disconnected" not in of]
        peers = {each.transport.getPeer() for each in asking}
        every: set[Any] = {*reactor.getReaders(), *reactor.getWriters()}
        connected = [each for each in every if isinstance(each, tcp.Server)]
        for each in connected:
            if each.getPeer() not in peers:  # type: ignore[no-untyped-call]
                each.loseConnection()  # type: ignore[no-untyped-call]
        return not asking and not connected


def _close(port: Any) -> Any:
    """Lets in who waits at the door, and closes it."""
    port.numberAccepts = WAITING
    port.doRead()
    return port.stopListening()


def _observe(event: dict[str, Any]) -> None:
    """Twisted says only to its own log, which daphne throws away, that it cannot accept."""
    if "EMFILE" in str(event.get("log_text", "")) or "EMFILE" in str(event.get("log_format", "")):
        descriptors.say_scarce()


def main() -> None:
    globalLogPublisher.addObserver(cast(ILogObserver, _observe))
    server.HTTPFactory = BoundedFactory  # daphne's server takes none as an argument
    CommandLineInterface.server_class = Server
    CommandLineInterface.entrypoint()
    # Taking the interpreter apart takes a second, and waits for every thread that hangs.
    atexit._run_exitfuncs()
    os._exit(int(Server.left_requests))


if __name__ == "__main__":
    main()
