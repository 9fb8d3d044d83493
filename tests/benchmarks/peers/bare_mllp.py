"""The floor: stores each message in one durable INSERT and answers; nobody reads or is told.

`python -m tests.benchmarks.peers.bare_mllp` with PORT and DATABASE_URL; asyncio and psycopg alone,
a database connection for each socket.
"""

import asyncio
import os

import psycopg

TABLE = "CREATE TABLE IF NOT EXISTS bare_message (id bigserial PRIMARY KEY, raw text NOT NULL)"
STORE = "INSERT INTO bare_message (raw) VALUES (%s)"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    url = os.environ["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
        try:
            while True:
                frame = await reader.readuntil(b"\x1c\r")
                message = frame[1:-2].decode()
                await database.execute(STORE, [message])
                control_id = message.split("|", 10)[9]
                writer.write(f"\x0bMSH|^~\\&|||||||ACK\rMSA|AA|{control_id}\r\x1c\r".encode())
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()


async def main() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        database.execute(TABLE)
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
