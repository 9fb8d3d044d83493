"""The edge of the web process: who is calling, and how much of what they send is read.

The only place that reads `X-Forwarded-For`. Everything behind it (lock-out, throttles, logs)
takes the address of the connection for the client's, and here it becomes that.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from config import bodies
from config.garbage import garbage
from wards.base import storage

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class _Refused(Exception):
    """A body is too large, or too slow."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Edge:
    """Wraps the whole application."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = with_client(scope, settings.TRUSTED_PROXIES)
        if scope["type"] == "websocket":
            try:
                return await self._app(scope, receive, send)
            finally:
                garbage.socket_ended()
        if scope["type"] != "http" or not _has_body(scope):
            return await self._app(scope, receive, send)
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, await _bounded(scope, receive), noted)
        except _Refused as refused:
            await _refuse(refused.status, scope, receive, send)
        except OSError as fault:  # Django keeps the body in a file before any view sees it
            if begun or not storage.is_full(fault):
                raise
            await _refuse(HTTPStatus.INSUFFICIENT_STORAGE, scope, receive, send)
        return None


def with_client(scope: Scope, proxies: int) -> Scope:
    """The scope with the client's own address, as the outermost of our `proxies` saw it.

    Each proxy adds whom it heard from at the right end; what is further left anybody can write.
    Nobody behind this reads the header, so it is taken out.
    """
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    if not lines:
        return scope
    headers = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-for"]
    scope = {**scope, "headers": headers}
    said = b",".join(lines).decode("latin-1").split(",")
    if proxies and len(said) >= proxies and (address := said[-proxies].strip()):
        scope["client"] = [address, 0]
    return scope


def _has_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    if b"transfer-encoding" in names:
        return True
    return bodies.declared(scope["headers"]) != 0 if b"content-length" in names else False


async def _bounded(scope: Scope, receive: Receive) -> Receive:
    """`receive`, which raises _Refused where there is more, or it comes slower, than it may."""
    limit, length = bodies.limit(scope["path"]), bodies.declared(scope["headers"])
    most = limit.anybody
    if limit.signed_in > most and (length is None or length > most):
        asked = sync_to_async(bodies.signed_in, thread_sensitive=False)
        try:
            most = limit.signed_in if await asked(scope["headers"]) else most
        except DatabaseError:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE) from None
    if length is not None and length > most:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    left, whole = most, False
    began = asyncio.get_running_loop().time()

    async def bounded() -> Message:
        nonlocal left, whole
        if whole:  # what is waited for now is that the client goes away
            return await receive()
        try:
            async with asyncio.timeout_at(began + limit.seconds(most - left)):
                message = await receive()
        except TimeoutError:
            raise _Refused(HTTPStatus.REQUEST_TIMEOUT) from None
        left -= len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if left < 0:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return bounded


async def _refuse(status: HTTPStatus, scope: Scope, receive: Receive, send: Send) -> None:
    """Say so and close, after having listened for as long as the answer needs to get through."""
    headers, body = bodies.refusal(status, scope["path"], scope["headers"])
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    left = bodies.LINGER_BYTES
    try:
        async with asyncio.timeout(bodies.LINGER_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})
