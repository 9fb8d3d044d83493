"""The subscription of a web process: what its hub hears from all processes, and from itself."""

from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from redis import TimeoutError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

HUBS = f"{settings.PREFIX}__group__hubs"  # what is published to all web processes
ANSWER = 1.0  # s that Redis may take to connect


class Subscription:
    """A connection to Redis that hears `HUBS` and `own`, the channel of this hub alone.

    Use it with `async with`. Whoever has it publishes to `own` again and again: that is what tells
    silence from nothing new. A connection that a network swallowed never says so itself.
    """

    def __init__(self) -> None:
        self.own = f"{settings.PREFIX}.hub.{uuid4().hex}"
        self._redis = Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=ANSWER,
            socket_connect_timeout=ANSWER,
            retry=Retry(NoBackoff(), 0),
        )
        self._channels = self._redis.pubsub()

    async def __aenter__(self) -> Self:
        try:
            await self._channels.subscribe(HUBS, self.own)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self._close()

    async def hear(self, seconds: float) -> bytes:
        """The next message; raises redis.RedisError where the connection fails or is silent."""
        while True:
            message: dict[str, Any] | None = await self._channels.get_message(timeout=seconds)
            if message is None:
                raise TimeoutError("nothing was heard")
            if message["type"] == "message":
                data: bytes = message["data"]
                return data

    async def _close(self) -> None:
        await self._channels.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()
