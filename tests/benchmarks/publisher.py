"""Says that something happened, when a line `<marker> <how often>` on stdin asks for it.

`python -m tests.benchmarks.publisher wardbell|channels|raw <hospital id>`, in the environment of
the server it publishes to. Rows and frames are made beforehand; it answers with the time
(monotonic, s) at which it then began to publish, and with "done" afterwards.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

import django
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from redis.asyncio import Redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from inbox.publications import frames  # noqa: E402
from inbox.publications.frames import Posted  # noqa: E402
from tests.benchmarks.announcement import Announcement, wording  # noqa: E402
from wards.models import Hospital, User  # noqa: E402

Publish = Callable[[], Awaitable[object]]


class Wardbell:
    """Writes the rows of an event, then publishes as the web process does after its commit."""

    def __init__(self, hospital: int) -> None:
        self.hospital = Hospital.objects.get(pk=hospital)
        self.users = list(User.objects.filter(hospital=hospital).values_list("pk", flat=True))

    async def prepare(self, marker: str) -> Publish:
        announcement = await sync_to_async(Announcement)(self.hospital, marker)
        await sync_to_async(announcement.write)(self.users)
        return sync_to_async(announcement.publish)


class ChannelsDefaults:
    """A group_send to each user's group, from synchronous code as Wardbell's publication is."""

    def __init__(self, hospital: int) -> None:
        users = User.objects.filter(hospital=hospital).values_list("pk", flat=True)
        self.told = [Posted(user, 10**6 + user, 7, 3, 0) for user in users]
        layer = get_channel_layer()
        assert layer is not None
        self.layer = layer

    async def prepare(self, marker: str) -> Publish:
        tail = frames.shared_json(wording(0, 0, marker))
        texts = {f"user.{told.user_id}": frames.alert(told, tail) for told in self.told}
        return sync_to_async(partial(self._send, texts))

    def _send(self, texts: dict[str, str]) -> None:
        send = async_to_sync(self.layer.group_send)
        for group, text in texts.items():
            send(group, {"type": "alert", "text": text})


class Raw:
    """One PUBLISH."""

    def __init__(self, hospital: int) -> None:
        self.redis = Redis.from_url(os.environ["REDIS_URL"])

    async def prepare(self, marker: str) -> Publish:
        text = frames.alert(Posted(1, 10**6, 7, 3, 0), frames.shared_json(wording(0, 0, marker)))
        return partial(self.redis.publish, os.environ["PREFIX"], text)


class Publisher(Protocol):
    async def prepare(self, marker: str) -> Publish:
        """Does all that comes before publishing."""


PUBLISHERS: dict[str, Callable[[int], Publisher]] = {
    "wardbell": Wardbell,
    "channels": ChannelsDefaults,
    "raw": Raw,
}


async def main(kind: str, hospital: int) -> None:
    publisher = await sync_to_async(PUBLISHERS[kind])(hospital)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        marker, times = line.split()
        publications = [await publisher.prepare(marker) for _ in range(int(times))]
        print(time.monotonic(), flush=True)
        for publication in publications:
            await publication()
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
