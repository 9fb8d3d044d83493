"""One socket that sends without end: what it costs somebody else's page, and the process."""

import http.client
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.benchmarks import crowd, people, stage
from tests.benchmarks.report import Section, Target, spread

SECONDS = 10.0
PAUSE = 0.02  # s between two pages of the bystander
TEXT = f"""One client floods its socket for {SECONDS:.0f} s, comes back as soon as it is hung up
on, and goes on; a colleague opens their inbox again and again, as before the flood. The ratio is
that of the medians of both; memory is what the process grew by over all floods."""


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


class Bystander:
    """Somebody who looks at their inbox."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Cookie": cookie}

    def look(self, seconds: float) -> list[float]:
        """How long each page took."""
        times: list[float] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            start = time.monotonic()
            self._connection.request("GET", "/inbox/", headers=self._headers)
            answer = self._connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            times.append(time.monotonic() - start)
            time.sleep(PAUSE)
        return times


def flood(port: int, cookie: str, kind: str) -> None:
    """In a process of its own, until it is killed."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(crowd.handshake(cookie=cookie))
                connection.recv(65536)
                while True:
                    connection.sendall(KINDS[kind])
        except OSError:
            time.sleep(0.01)


def measure(runs: int, sockets: int, directory: Path) -> Section:
    staff = people.hire(2)
    looker, flooder = staff.cookies
    rows, ratios = [], []
    with ExitStack() as stack:
        server = stack.enter_context(stage.Server("Wardbell, daphne", directory))
        bystander = Bystander(server.port, looker)
        bystander.look(3)
        before = server.memory()
        for kind in KINDS:
            quiet, loud = [], []
            for _ in range(max(1, runs // 3)):
                quiet += bystander.look(SECONDS / 2)
                arguments = [sys.executable, "-m", __name__, str(server.port), flooder, kind]
                process = subprocess.Popen(arguments)
                try:
                    loud += bystander.look(SECONDS)
                finally:
                    process.kill()
                    process.wait()
            ratios.append(median(loud) / median(quiet))
            rows.append([kind, spread(quiet, 1000), spread(loud, 1000), f"{ratios[-1]:.2f}"])
        grown = (server.memory() - before) / 2**20
    return Section(
        "A socket that floods",
        TEXT,
        ["", "page before, ms", "page during the flood, ms", "ratio"],
        rows,
        [
            Target("no kind of flood makes another's page slower by 20 %", max(ratios), 1.2),
            Target("MB that the process grew by", grown, 30),
        ],
    )


if __name__ == "__main__":
    flood(int(sys.argv[1]), sys.argv[2], sys.argv[3])
