"""The subscription of a web process: what its hub hears from all processes, and from itself.

In the terms of Channels: the hub is one channel, in the group `hubs` and in `user.<id>` of
everybody who is connected here. Whatever else joins or sends by the layer of
settings.CHANNEL_LAYERS meets it there: names, format and key are the same.
"""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

from channels_redis.pubsub import RedisPubSubLoopLayer, RedisSingleShardConnection
from django.conf import settings
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

ANSWER = 1.0  # s that Redis may take to connect, and to take the hub into groups
GROUPS = f"{settings.PREFIX}__group__"
HUBS = f"{GROUPS}hubs"  # what is published to all web processes


def group_of(user_id: int) -> str:
    """The group of a person: `group_send` to it reaches all of their sockets."""
    return f"user.{user_id}"


def channel_of(user_id: int) -> str:
    """The same, as Redis knows it."""
    return f"{GROUPS}{group_of(user_id)}"


class Heard(NamedTuple):
    """A message as it was published, and the group it was sent to; "" where it was for us alone."""

    group: str
    sealed: bytes

    @property
    def user_id(self) -> int | None:
        """Whose group it is; None where it is nobody's."""
        kind, _, who = self.group.partition(".")
        return int(who) if kind == "user" and who.isdecimal() else None


class Connection(RedisSingleShardConnection):  # type: ignore[misc]
    """That of channels_redis, but it joins and leaves many groups by one command.

    That one sends a command for each, takes Redis at its word before it has answered, and says of a
    connection that is lost no more than a line in the log.
    """

    def __init__(self, host: dict[str, Any], layer: "HubLayer") -> None:
        super().__init__(host, layer)
        self._due: dict[str, bool] = {}  # channels to subscribe to, or to leave
        self._unconfirmed: set[str] = set()
        self._confirmed = asyncio.Event()

    async def subscribe(self, channel: str) -> None:
        """Once settled."""
        if channel not in self._subscribed_to:
            self._subscribed_to.add(channel)
            self._due[channel] = True

    async def unsubscribe(self, channel: str) -> None:
        """Once settled."""
        if channel in self._subscribed_to:
            self._subscribed_to.remove(channel)
            self._due[channel] = False

    async def settle(self) -> None:
        """Has Redis do all that is due; back when it says that it has."""
        async with self._lock:
            due, self._due = self._due, {}
            joined = [channel for channel, join in due.items() if join]
            left = [channel for channel, join in due.items() if not join]
            self._ensure_redis()
            try:
                async with asyncio.timeout(ANSWER):
                    await self._change(joined, left)
            except Exception as fault:  # in which groups we are now, nobody knows
                self._lose(fault)
                raise

    async def _change(self, joined: list[str], left: list[str]) -> None:
        if left:
            await self._pubsub.unsubscribe(*left)
        if joined:
            self._unconfirmed = {*joined}
            self._confirmed.clear()
            await self._pubsub.subscribe(*joined)
            self._ensure_receiver()
            await self._confirmed.wait()

    async def flush(self) -> None:
        """As new."""
        await super().flush()
        self._due, self._unconfirmed = {}, set()

    async def _do_receiving(self) -> None:
        try:
            while True:
                self._receive_message(await self._pubsub.get_message(timeout=60))
        except Exception as fault:
            self._lose(fault)

    def _lose(self, fault: Exception) -> None:
        """Whoever listens must know, and begin anew."""
        for queue in self.channel_layer.channels.values():
            queue.put_nowait(fault)

    def _receive_message(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        name = message["channel"].decode()
        if message["type"] == "subscribe":
            self._unconfirmed.discard(name)
            if not self._unconfirmed:
                self._confirmed.set()
        elif message["type"] == "message":
            group = name.removeprefix(GROUPS) if name.startswith(GROUPS) else ""
            heard = Heard(group, message["data"])
            layer = self.channel_layer
            for channel in (name,) if name in layer.channels else layer.groups.get(name, ()):
                layer.channels[channel].put_nowait(heard)


class HubLayer(RedisPubSubLoopLayer):  # type: ignore[misc]
    """The Channels layer as a hub has it: `receive` also says by which group, and if Redis is gone.

    What it hears is sealed still: one that cannot be opened is no fault of the connection.
    """

    def __init__(self) -> None:
        super().__init__(prefix=settings.PREFIX, channel_layer=self)
        host = {
            "address": settings.REDIS_URL,
            "socket_timeout": ANSWER,
            "socket_connect_timeout": ANSWER,
            "retry": Retry(NoBackoff(), 0),
        }
        self._shards = [Connection(host, self)]

    def deserialize(self, heard: Heard | Exception) -> Heard:
        """What is in line for a channel; raises what has ended the connection."""
        if isinstance(heard, Exception):
            raise heard
        return heard

    async def settle(self) -> None:
        """Back when Redis has us in the groups that were joined, and no more in those left."""
        for shard in self._shards:
            await shard.settle()


class Subscription:
    """What a hub hears: what is sent to all hubs, to people here, and to `own`, its channel alone.

    Use it with `async with`, again and again. Whoever has it publishes to `own` again and again:
    that is what tells silence from nothing new. A connection that a network swallowed never says
    so itself.
    """

    def __init__(self) -> None:
        self.own = ""
        self._layer = HubLayer()

    async def __aenter__(self) -> Self:
        try:
            self.own = await self._layer.new_channel(".hub.")
            await self._layer.group_add("hubs", self.own)
            await self._layer.settle()
        except BaseException:
            await self._layer.flush()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self._layer.flush()

    async def hear(self, seconds: float) -> Heard:
        """The next message; raises where the connection fails, or is silent for so long."""
        async with asyncio.timeout(seconds):
            heard: Heard = await self._layer.receive(self.own)
            return heard

    async def join(self, users: Iterable[int]) -> None:
        """Hears what is sent to these people, too; back when that is so."""
        for user in users:
            await self._layer.group_add(group_of(user), self.own)
        await self._layer.settle()

    async def leave(self, users: Iterable[int]) -> None:
        """Hears what is sent to these people no more."""
        for user in users:
            await self._layer.group_discard(group_of(user), self.own)
        await self._layer.settle()
