"""Hubs that hear and hand on, each by a connection of its own: `hub_worker <hubs> <people>`.

Person n is connected to hub n modulo the number of hubs. For a line with a number it waits until
the hubs have taken so many messages since, and says how much processor time it has used so far.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from inbox.live.hub import Hub  # noqa: E402
from inbox.live.sockets import Socket  # noqa: E402
from inbox.publications.standing import Identity  # noqa: E402
from inbox.publications.subscription import Subscription  # noqa: E402

END = datetime.max.replace(tzinfo=UTC)


class Quiet:
    """The clients: nothing is written anywhere."""

    async def write(self, text: str) -> None: ...

    async def close(self, code: int, frame: str) -> None: ...


class Listening:
    """So many hubs, and how many messages they have taken together."""

    def __init__(self, hubs: int, people: int) -> None:
        self.taken = 0
        self.hubs = [Hub() for _ in range(hubs)]
        self.ready = 0
        for person in range(1, people + 1):
            who = Identity(person, 1, is_staff_role=True, session="", expires_at=END)
            socket = Socket(who, Quiet().write, Quiet().close)
            socket.seq, socket.epoch = 0, "e"
            self.hubs[person % hubs]._users[person][socket] = None

    async def hear(self, hub: Hub) -> None:
        """As `Hub._listen` does."""
        async with Subscription() as subscription:
            await subscription.join(hub._users)
            self.ready += 1
            while True:
                heard = await subscription.hear(600)
                hub._take(heard.sealed, heard.user_id)
                self.taken += 1


async def main(hubs: int, people: int) -> None:
    listening = Listening(hubs, people)
    tasks = [asyncio.create_task(listening.hear(hub)) for hub in listening.hubs]
    while listening.ready < hubs:
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        while listening.taken < int(line):
            await asyncio.sleep(0.02)
        listening.taken = 0
        print(time.process_time(), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
