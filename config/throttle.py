"""Throttling of sockets below the application: daphne reads on only as fast as one may send.

The application counts messages (inbox/live/limits.py). What it never sees, such as WebSocket's own
pings and the pieces of a message, would keep the process busy all the same, and what it has not
come to yet would pile up.
"""

from daphne.ws_protocol import (  # type: ignore[import-untyped]
    WebSocketFactory,
    WebSocketProtocol,
)
from twisted.internet import reactor

from config.flow import Gate, bound_kernel
from inbox.live.limits import FRAMES, FRAMES_AT_ONCE, Bucket

# More than the application allows, so that it can say why it hangs up.
ROOM = 2


class Throttled(WebSocketProtocol):  # type: ignore[misc]
    """daphne's, with a bucket for whatever arrives."""

    def onConnect(self, request: object) -> object:
        self._bucket = Bucket(ROOM * FRAMES, ROOM * FRAMES_AT_ONCE)
        self._paused = False
        self.gate = Gate(self.cut)
        self.transport.unregisterProducer()  # that of HTTP, which this connection was
        self.transport.registerProducer(self.gate, True)
        bound_kernel(self.transport.getHandle())
        return super().onConnect(request)

    def onPing(self, payload: bytes) -> None:
        """WebSocket's own ping; who does not read gets no answers that would pile up."""
        if not self.gate.is_shut:
            super().onPing(payload)

    def serverClose(self, code: int | None = None) -> None:
        """A close that would not be read is no close: the connection is cut.

        daphne's own takes none of the codes that the protocol itself has: restart, try later.
        """
        if self.gate.is_shut:
            self.cut()
        else:
            self.sendCloseFrame(code=1000 if code is None else code)

    def cut(self) -> None:
        """Ends the connection, and forgets what is unsent."""
        self.dropConnection(abort=True)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.gate.stopProducing()
        super().onClose(wasClean, code, reason)
        # Twisted keeps what is unsent as long as the transport, which the next full collection of
        # garbage frees; those are rare (config/garbage.py).
        self.transport.dataBuffer, self.transport.offset = b"", 0
        self.transport._tempDataBuffer, self.transport._tempDataLen = [], 0

    def onFrameBegin(self) -> None:
        """Each frame, with whatever in it; too many, and nobody listens until all is level."""
        if not self._bucket.take() and not self._paused:
            self._paused = True
            self.transport.pauseProducing()
            self._later(self._bucket.debt)
        super().onFrameBegin()

    def _later(self, seconds: float) -> None:
        reactor.callLater(seconds, self._read_on)  # type: ignore[arg-type]

    def _read_on(self) -> None:
        if self.state == self.STATE_CLOSED:
            return
        if debt := self._bucket.debt:
            self._later(debt)
            return
        self._paused = False
        self.transport.resumeProducing()


def install() -> None:
    """Has daphne use it; another server has limits of its own."""
    WebSocketFactory.protocol = Throttled
