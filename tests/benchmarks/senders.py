"""Senders: each plays its messages on a connection of its own, and notes how long answers took."""

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

START, END = b"\x0b", b"\x1c\r"


def play(port: int, feeds: Sequence[Sequence[bytes]]) -> list[float]:
    """Seconds to each answer; AssertionError where one is not AA."""
    with ThreadPoolExecutor(len(feeds)) as pool:
        return [each for times in pool.map(lambda feed: _send(port, feed), feeds) for each in times]


def _send(port: int, messages: Sequence[bytes]) -> list[float]:
    times = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sender:
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for message in messages:
            start = time.perf_counter()
            sender.sendall(START + message + END)
            answer = b""
            while not answer.endswith(END):
                part = sender.recv(65536)
                assert part, "closed without an answer"
                answer += part
            times.append(time.perf_counter() - start)
            assert b"MSA|AA|" in answer, answer
    return times
