"""Many events at once to thousands of sockets; and what a socket costs that just waits."""

from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from tests.benchmarks import crowd
from tests.benchmarks.fanout import Contestant
from tests.benchmarks.report import Section, spread
from tests.benchmarks.sizes import size

NAMES = ("Wardbell, daphne", "Wardbell, uvicorn", "raw websockets")
EVENTS = size(50, 3)
TIMEOUT = 30.0
TEXT = f"""{EVENTS} events published one right after the other, to every socket: frames a second
until the last socket has the last one. Memory is what the process grew by when they connected."""


def run(contestant: Contestant, marker: str) -> float:
    """Frames a second."""
    start = contestant.publish(marker, EVENTS)
    wanted = EVENTS * len(contestant.crowd)
    crowd.pump_until(lambda: contestant.crowd.frames >= wanted, TIMEOUT)
    seconds = monotonic() - start
    assert contestant.publisher.answer() == "done"
    return contestant.crowd.frames / seconds


def measure(runs: int, sockets: int, directory: Path) -> Section:
    with ExitStack() as stack:
        contestants = [Contestant(name, sockets, directory, stack) for name in NAMES]
        rates: list[list[float]] = [[] for _ in contestants]
        for number in range(runs):
            for contestant, rate in zip(contestants, rates, strict=True):
                rate.append(run(contestant, f"burst-{number};"))
    return Section(
        "Bursts and memory",
        TEXT,
        ["", "1,000 frames/s", "KB a socket"],
        [
            [each.name, spread(rate, 0.001), f"{each.memory / 1024:.0f}"]
            for each, rate in zip(contestants, rates, strict=True)
        ],
    )
