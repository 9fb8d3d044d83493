"""The floor: `websockets` alone. All get what Redis publishes; nobody is asked who they are.

`python -m tests.benchmarks.peers.raw_websockets` with PORT, REDIS_URL and PREFIX (the channel).
"""

import asyncio
import os

from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve

GREETING = '{"type":"catchup","seq":3,"unread":3,"notifications":[' + '{"id":0},' * 100 + "{}]}"


async def main() -> None:
    sockets: set[ServerConnection] = set()

    async def greet(socket: ServerConnection) -> None:
        sockets.add(socket)
        try:
            await socket.send(GREETING)  # about as long as three notifications
            await socket.wait_closed()
        finally:
            sockets.discard(socket)

    subscription = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None).pubsub()
    await subscription.subscribe(os.environ["PREFIX"])
    port = int(os.environ["PORT"])
    async with serve(greet, "127.0.0.1", port, compression=None, backlog=4096):
        async for message in subscription.listen():
            if message["type"] == "message":
                broadcast(sockets, message["data"].decode())


if __name__ == "__main__":
    asyncio.run(main())
