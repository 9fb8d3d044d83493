"""What the carrier's customers talk to: an ASGI application with four addresses.

POST /messages   takes one: {"reference", "channel", "to", "subject", "body", "language", "sender",
                 "callback_url", "unsubscribe_url"}, all text -> {"id", "parts", "cost", "currency"}
GET  /messages   those that were taken under ?reference=
GET  /ledger     everything; or what came after the message ?since=, what went ?to=, the ?last= ones
POST /answers    somebody answers: {"channel", "from", "body"}

Each request shows the account's key: `Authorization: Bearer <key>`.
"""

import asyncio
import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from messaging.sandbox.carrier import PRICES, Carrier, Reply
from messaging.sandbox.posting import Poster

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LONGEST = 256 * 1024  # bytes of a request
MESSAGE = (
    *("reference", "channel", "to", "subject", "body", "language", "sender"),
    *("callback_url", "unsubscribe_url"),
)
ANSWER = ("channel", "from", "body")


class App:
    """The carrier behind HTTP; it posts its receipts as long as it runs."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        try:
            reply = self._reply(scope, await _read(receive))
        except ValueError as fault:
            reply = Reply(400, {"code": "bad_request", "about": str(fault)})
        await asyncio.sleep(reply.delay)
        await _send(send, reply)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        posting = asyncio.create_task(Poster(self._carrier.ledger, self._carrier.options).run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        posting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await posting
        self._carrier.ledger.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _reply(self, scope: Scope, body: bytes) -> Reply:
        key = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(key, f"Bearer {self._carrier.options.secret}".encode()):
            return Reply(401, {"code": "unauthorized"})
        query = parse_qs(scope["query_string"].decode())
        asked = {name: values[0] for name, values in query.items()}
        match scope["method"], scope["path"]:
            case "POST", "/messages":
                return self._carrier.take(_texts(body, MESSAGE))
            case "GET", "/messages":
                return self._carrier.find(asked.get("reference", ""))
            case "GET", "/ledger":
                since, last = int(asked.get("since", "0")), int(asked.get("last", "-1"))
                return self._carrier.books(since, asked.get("to", ""), last)
            case "POST", "/answers":
                return self._carrier.hear(_texts(body, ANSWER))
        return Reply(404, {"code": "not_found"})


def _texts(body: bytes, names: tuple[str, ...]) -> dict[str, str]:
    """The values of these names in a JSON object. Raises ValueError that says what is missing."""
    given = json.loads(body)
    if not isinstance(given, dict):
        raise ValueError("a JSON object is wanted")
    if wrong := [name for name in names if not isinstance(given.get(name), str)]:
        raise ValueError(f"missing: {', '.join(wrong)}")
    if given["channel"] not in PRICES:
        raise ValueError(f"channel is none of {', '.join(PRICES)}")
    return {name: given[name] for name in names}


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
        if len(body) > LONGEST:
            raise ValueError("too long")
    return body


async def _send(send: Send, reply: Reply) -> None:
    headers = [(b"content-type", b"application/json")]
    if reply.retry_after is not None:
        headers.append((b"retry-after", str(reply.retry_after).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(reply.body).encode()})
