"""The socket of the bell, `/ws/inbox/`. The protocol is described in docs/realtime.md."""

import asyncio
import contextlib
import json
import logging
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError

from inbox import mailbox
from inbox.live.batching import Batch
from inbox.live.handshake import Credential, credential, identify, origin_allowed
from inbox.live.hub import Hub
from inbox.live.limits import COOL_DOWN, FRAMES, FRAMES_AT_ONCE, GARBAGE, HOLD, Bucket, Visits
from inbox.live.sockets import Socket
from inbox.mailbox import Ask
from inbox.publications import frames, publish
from inbox.publications.standing import Identity
from wards.base.descriptors import descriptors

hub = Hub()
identities: Batch[Credential, Identity | None] = Batch(identify)
states: Batch[Ask, dict[str, Any]] = Batch(mailbox.catch_up)
visits = Visits()
logger = logging.getLogger(__name__)

BAD_REQUEST, UNAUTHORIZED, FLOOD, UNAVAILABLE = 4400, 4401, 4429, 1013
FRAME_LIMIT = 4096  # bytes a client may send at once
TOPICS_LIMIT = 20
EPOCH_LIMIT = 80
HEARD_WITHIN = 2.0  # s that a client gets to read why its socket ends


class InboxConsumer(AsyncWebsocketConsumer):
    """One browser tab or other client: signs in, catches up, then just writes frames."""

    # None: with one, Channels would subscribe at Redis for each socket before it is let in. What is
    # sent to people's groups comes by the hub.
    channel_layer_alias = ""
    _socket: Socket | None = None
    _brought: Credential = Credential("", "")
    _wanted: Ask | None = None  # the state that the client waits for next
    _answering: asyncio.Task[None] | None = None
    _refused = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """However it ends (the server cancels what hangs): nothing is left of it in the hub."""
        self._bucket = Bucket(FRAMES, FRAMES_AT_ONCE)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own goes through the one database thread first, for each frame; we need not."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Accepts first and judges then: a browser can read the reason of a close, not of a 403."""
        headers = dict(self.scope["headers"])
        self._brought = credential(headers)
        if not origin_allowed(headers):
            await self.close()  # before accepting: answered with HTTP 403
            return
        welcome = visits.of(self._brought).take()
        if not welcome:
            await asyncio.sleep(HOLD)  # before accepting: nothing can be sent until then
        await self.accept()
        query = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        since, epoch = query.get("since", [None])[-1], query.get("epoch", [""])[-1]
        if descriptors.are_scarce:  # a page matters more: it can poll
            await self.refuse(UNAVAILABLE, "Try again later.")
        elif not welcome:
            await self._refuse_flood()
        elif since is not None and not _is_seq(since):
            await self.refuse(BAD_REQUEST, "since must be a whole number, 0 or more.")
        else:
            await self._sign_in(
                None if since is None else int(since), epoch, beats="beats" in query
            )

    async def refuse(self, code: int, message: str) -> None:
        """Closes, and says why."""
        await self.hang_up(code, frames.error(code, message))

    async def hang_up(self, code: int, frame: str) -> None:
        """Says why in a frame, as not every server passes the reason of a close on, and closes."""
        if self._refused:
            return
        self._refused = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARD_WITHIN):  # who does not read is not waited for
                await self.send(frame)
        await self.close(code)

    async def _sign_in(self, since: int | None, epoch: str, *, beats: bool) -> None:
        revoked = hub.revoked
        try:
            identity = await identities.ask(self._brought) if any(self._brought) else None
        except DatabaseError:  # PostgreSQL is away; the client comes back by itself
            await self.refuse(UNAVAILABLE, "Try again later.")
            return
        if identity is None:
            await self.refuse(UNAUTHORIZED, "Sign in first.")
            return
        self._socket = Socket(identity, self._write, self.hang_up)
        self._socket.beats = beats
        hub.join(self._socket, revoked)
        self._want(Ask(identity.user_id, since, epoch[:EPOCH_LIMIT]))

    async def _write(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})  # type: ignore[arg-type]

    def _want(self, ask: Ask) -> None:
        """Sends what changed, beside what else the client says; who asks again is answered once.

        In the hub first, so that nothing slips in between.
        """
        assert self._socket is not None
        self._socket.expect_state()
        self._wanted = ask
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer(self._socket))

    async def _answer(self, socket: Socket) -> None:
        try:
            while self._wanted is not None:
                await socket.drained()  # one that does not read yet need not be answered yet
                ask = self._wanted
                state = await states.ask(ask)
                if ask is self._wanted:
                    self._wanted = None
                    hub.bring_up(socket, state)
        except Exception as fault:  # whatever it is: nobody waits for a state that does not come
            if not isinstance(fault, DatabaseError):
                logger.exception("consumer: no state")
            await self.refuse(UNAVAILABLE, "Try again later.")

    def _leave(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
        if self._socket is not None:
            hub.leave(self._socket)
            self._socket.stop()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A frame of the client's: `watch`, `resume` or `ping`. Anything else ends the socket."""
        socket = self._socket
        if socket is None or socket.stopped or self._refused:
            return
        if not self._bucket.take():
            visits.of(self._brought).drain(COOL_DOWN)
            await self._refuse_flood()
            return
        match _parse(text_data):
            case {"type": "ping"}:
                socket.push('{"type":"pong"}')
            case {"type": "resume", "since": int(since), **more} if (
                type(since) is int and 0 <= since <= mailbox.LAST_SEQ
            ):
                epoch = str(more.get("epoch", ""))[:EPOCH_LIMIT]
                self._want(Ask(socket.identity.user_id, since, epoch))
            case {"type": "watch", "topics": list(topics), **more} if len(topics) <= TOPICS_LIMIT:
                self._watch(socket, topics, _moment(more.get("since")))
            case _:
                visits.of(self._brought).drain(GARBAGE)
                await self.refuse(BAD_REQUEST, "This frame is not understood.")

    async def _refuse_flood(self) -> None:
        self._leave()
        await self.refuse(FLOOD, "You send too much. Come back later.")

    def _watch(self, socket: Socket, topics: list[object], since: datetime | None) -> None:
        """Patients watch nothing: the pages with topics are the staff's."""
        if socket.identity.is_staff_role:
            hospital = socket.identity.hospital_id
            names = {str(topic)[:80] for topic in topics}
            inner = frozenset(publish.inner_topic(hospital, name) for name in names)
            hub.watch(socket, inner, since)


def _moment(text: object) -> datetime | None:
    """A time with its zone, as our frames have it; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(text)[:40])
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_seq(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _parse(text: str | None) -> object:
    if text is None or len(text) > FRAME_LIMIT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
