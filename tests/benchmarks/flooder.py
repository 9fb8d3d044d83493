"""A client that sends without end, until it is killed: `flooder port cookie kind`."""

import socket
import sys
import time

from tests.benchmarks import crowd


def frame(opcode: int, payload: bytes, *, last: bool = True) -> bytes:
    """A WebSocket frame, masked with zeros."""
    head = bytes((0x80 * last | opcode, 0x80 | min(len(payload), 126)))
    length = len(payload).to_bytes(2, "big") if len(payload) > 125 else b""
    return head + length + b"\0\0\0\0" + payload


KINDS = {
    "pings": frame(crowd.TEXT, b'{"type":"ping"}') * 500,
    "resumes": frame(crowd.TEXT, b'{"type":"resume","since":0}') * 500,
    "watches": frame(crowd.TEXT, b'{"type":"watch","topics":["arrivals","ward.1"]}') * 500,
    "garbage": frame(crowd.TEXT, b"garbage") * 500,
    "WebSocket's own pings": frame(crowd.PING, b"x") * 2000,
    "large frames": frame(crowd.TEXT, b"x" * 60_000) * 10,
    "pieces": frame(crowd.TEXT, b"x", last=False) + frame(0, b"x", last=False) * 2000,
}


def flood(port: int, cookie: str, kind: str) -> None:
    """Comes back as soon as it is hung up on."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(crowd.handshake(cookie=cookie))
                connection.recv(65536)
                while True:
                    connection.sendall(KINDS[kind])
        except OSError:
            time.sleep(0.01)


if __name__ == "__main__":
    flood(int(sys.argv[1]), sys.argv[2], sys.argv[3])
