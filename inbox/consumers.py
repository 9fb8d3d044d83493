"""The socket of the bell, `/ws/inbox/`. The protocol is described in docs/realtime.md."""

import json
from typing import Any, Literal
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from inbox import frames, mailbox, publish
from inbox.batching import Batch
from inbox.handshake import Credential, Identity, credential, identify, origin_allowed
from inbox.hub import Hub
from inbox.mailbox import Ask
from inbox.sockets import Socket

hub = Hub()
identities: Batch[Credential, Identity | None] = Batch(identify)
states: Batch[Ask, dict[str, Any]] = Batch(mailbox.catch_up)

BAD_REQUEST, UNAUTHORIZED, UNAVAILABLE = 4400, 4401, 1013
FRAME_LIMIT = 4096  # bytes a client may send at once
TOPICS_LIMIT = 20
SEQ = 2**63  # seqs are below: they are PostgreSQL bigints


class InboxConsumer(AsyncWebsocketConsumer):
    """One browser tab or other client: signs in, catches up, then just writes frames."""

    # No channel of its own: the hub holds the one of this process.
    channel_layer_alias = ""
    _socket: Socket | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own goes through the one database thread first, for each frame; we need not."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Accepts first and judges then: a browser can read the reason of a close, not of a 403."""
        headers = dict(self.scope["headers"])
        brought = credential(headers)
        if not origin_allowed(headers):
            await self.close()  # before accepting: answered with HTTP 403
            return
        await self.accept()
        since = self._since()
        if since == "bad":
            await self.refuse(BAD_REQUEST, "since must be a whole number, 0 or more.")
            return
        try:
            await self._sign_in(brought, since)
        except DatabaseError:  # PostgreSQL is away; the client comes back by itself
            await self.refuse(UNAVAILABLE, "Try again later.")

    async def refuse(self, code: int, message: str) -> None:
        """Says why in a frame, as not every server passes the reason of a close on, and closes."""
        await self.send(frames.text({"type": "error", "code": code, "message": message}))
        await self.close(code, message)

    def _since(self) -> int | Literal["bad"] | None:
        values = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if "since" not in values:
            return None
        value = values["since"][-1]
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else "bad"

    async def _sign_in(self, brought: Credential, since: int | None) -> None:
        identity = await identities.ask(brought) if any(brought) else None
        if identity is None:
            await self.refuse(UNAUTHORIZED, "Sign in first.")
            return
        self._socket = Socket(identity, self._write, self.refuse)
        hub.join(self._socket)
        await self._bring_up(since)

    async def _write(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})  # type: ignore[arg-type]

    async def _bring_up(self, since: int | None) -> None:
        """Sends what changed after `since`; in the hub first, so that nothing slips in between."""
        assert self._socket is not None
        self._socket.expect_state()
        state = await states.ask(Ask(self._socket.identity.user_id, since))
        hub.bring_up(self._socket, state)

    async def disconnect(self, code: int) -> None:
        """Leaves the hub; also reached where connecting failed half way."""
        if self._socket is not None:
            hub.leave(self._socket)
            self._socket.stop()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A frame of the client's: `watch`, `resume` or `ping`. Anything else ends the socket."""
        if self._socket is None:
            return
        frame = _parse(text_data)
        match frame:
            case {"type": "ping"}:
                self._socket.push('{"type":"pong"}')
            case {"type": "resume", "since": int(since)} if type(since) is int and 0 <= since < SEQ:
                await self._resume(since)
            case {"type": "watch", "topics": list(topics)} if len(topics) <= TOPICS_LIMIT:
                self._watch(self._socket, topics)
            case _:
                await self.refuse(BAD_REQUEST, "This frame is not understood.")

    async def _resume(self, since: int) -> None:
        try:
            await self._bring_up(since)
        except DatabaseError:
            await self.refuse(UNAVAILABLE, "Try again later.")

    def _watch(self, socket: Socket, topics: list[object]) -> None:
        """Patients watch nothing: the pages with topics are the staff's."""
        if socket.identity.is_staff_role:
            hospital = socket.identity.hospital_id
            names = {str(topic)[:80] for topic in topics}
            hub.watch(socket, frozenset(publish.inner_topic(hospital, name) for name in names))


def _parse(text: str | None) -> object:
    if text is None or len(text) > FRAME_LIMIT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
