"""One socket that sends without end: what it costs somebody else's page, and the process."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks import people, stage
from tests.benchmarks.flooder import KINDS
from tests.benchmarks.report import Section, Target, spread

SECONDS = 10.0
PAUSE = 0.02  # s between two pages of the bystander
TEXT = f"""One client floods its socket for {SECONDS:.0f} s, comes back as soon as it is hung up
on, and goes on; a colleague opens their inbox again and again, as before and after the flood. The
ratio is that of the medians of both; memory is what the process grew by over all floods."""


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


@contextmanager
def flooding(port: int, cookie: str, kind: str) -> Iterator[None]:
    """As long as it takes, a process floods."""
    command = [sys.executable, "-m", "tests.benchmarks.flooder", str(port), cookie, kind]
    process = subprocess.Popen(command)
    try:
        yield
        assert process.poll() is None, "the flood has dried up"
    finally:
        process.kill()
        process.wait()


def measure(runs: int, sockets: int, directory: Path) -> Section:
    staff = people.hire(2)
    looker, flooder = staff.cookies
    rows, ratios = [], []
    with ExitStack() as stack:
        server = stack.enter_context(stage.Server("Wardbell, daphne", directory))
        bystander = Bystander(server.port, looker)
        for kind in KINDS:  # to warm up: what a process takes once, it takes once
            with flooding(server.port, flooder, kind):
                bystander.look(2)
        before = server.memory()
        for kind in KINDS:
            quiet, loud = [], []
            for _ in range(max(1, runs // 3)):
                quiet += bystander.look(SECONDS / 2)
                with flooding(server.port, flooder, kind):
                    loud += bystander.look(SECONDS)
                quiet += bystander.look(SECONDS / 2)
            ratios.append(median(loud) / median(quiet))
            rows.append([kind, spread(quiet, 1000), spread(loud, 1000), f"{ratios[-1]:.2f}"])
        grown = (server.memory() - before) / 2**20
    return Section(
        "A socket that floods",
        TEXT,
        ["", "page without, ms", "page during the flood, ms", "ratio"],
        rows,
        [
            Target("no kind of flood makes another's page slower by 20 %", max(ratios), 1.2),
            Target("MB that the process grew by", grown, 30),
        ],
    )
