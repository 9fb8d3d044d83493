"""uvicorn's protocols, with limits: `--http config.uvicorn:HTTP --ws config.uvicorn:WebSocket`.

What nginx in front would see to as well (client_header_timeout), and what it cannot: a WebSocket
that is not read (config/flow.py says the same of daphne).
"""

import asyncio
import logging
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from config.bodies import HEAD_SECONDS
from config.flow import bound_kernel
from wards.base.descriptors import descriptors


def _is_news(record: logging.LogRecord) -> bool:
    """False for accept() without a descriptor, which asyncio logs thousands of times a second."""
    if "out of system resource" not in record.getMessage():
        return True
    descriptors.say_scarce()
    return False


logging.getLogger("asyncio").addFilter(_is_news)


class HTTP(H11Protocol):
    """A connection whose request heads have to be whole in time."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        else:
            self._stop_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        """Not again with each byte of it."""
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class WebSocket(WebSocketsSansIOProtocol):
    """A socket that keeps little for a client that does not read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        bound_kernel(transport.get_extra_info("socket"))

    def handle_ping(self) -> None:
        """WebSocket's own ping; who does not read gets no answers that would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    async def send(self, message: Any) -> None:
        """A close that would not be read is no close: the connection is cut."""
        if message["type"] == "websocket.close" and not self.writable.is_set():
            self.transport.abort()
        await super().send(message)

    def keepalive_timeout(self) -> None:
        """No pong came in time; what is unsent would keep the connection open for ever."""
        super().keepalive_timeout()
        if not self.writable.is_set():
            self.transport.abort()
