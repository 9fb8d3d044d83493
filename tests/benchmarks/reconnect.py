"""Thousands of sockets that come back at once, as after a restart."""

import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import monotonic

from tests.benchmarks import crowd, people, stage
from tests.benchmarks.announcement import Announcement
from tests.benchmarks.report import Section, Target, spread

NAMES = (
    "Wardbell, uvicorn",
    "Wardbell, daphne",
    "Channels' defaults, uvicorn",
    "raw websockets",
)
TIMEOUT = 60.0
MISSED = 3
TEXT = """All sockets connect at once, each with its session cookie and three notifications behind:
from the first SYN until the last has been authenticated and has its missed notifications. Channels'
defaults are AuthMiddlewareStack and queries of each socket's own; raw asks nobody who they are
and sends each a frame of the same length."""


class Contestant:
    """A server that is stormed again and again."""

    def __init__(self, name: str, staff: people.Staff, directory: Path, stack: ExitStack) -> None:
        self.name = name
        self.cookies = staff.cookies
        self.server = stack.enter_context(stage.Server(name, directory))
        self.times: list[float] = []
        self.cpu: list[float] = []
        self.left_out = 0

    def run(self) -> None:
        requests = [crowd.handshake("/ws/inbox/?since=1", cookie) for cookie in self.cookies]
        visitors = crowd.Crowd(self.server.port, requests)
        self.server.settle()
        start, used = monotonic(), self.server.cpu()
        visitors.connect(at_once=len(visitors), timeout=TIMEOUT)
        self.times.append(monotonic() - start)
        self.cpu.append(self.server.cpu() - used)
        if left_out := len(visitors) - len(visitors.live - visitors.gone):
            self.left_out += left_out
            last = self.server.output.rstrip().rpartition("\n")[2]
            print(f"{self.name}: {left_out} left out; it said last: {last}", file=sys.stderr)
        visitors.close()
        self.server.settle()


def measure(runs: int, sockets: int, directory: Path) -> Section:
    staff = people.hire(sockets)
    for _ in range(1 + MISSED):
        Announcement(staff.hospital).write(staff.ids)
    with ExitStack() as stack:
        contestants = [Contestant(name, staff, directory, stack) for name in NAMES]
        for _ in range(runs + 1):  # the first is to warm up
            for contestant in contestants:
                contestant.run()
    for contestant in contestants:
        del contestant.times[0], contestant.cpu[0]
    uvicorn, _, defaults, raw = (median(each.times) for each in contestants)
    return Section(
        "Reconnecting",
        TEXT,
        ["all at once", "s", "of which the server's processor", "left out, all runs", "of raw"],
        [
            [
                each.name,
                spread(each.times, 1, 2),
                spread(each.cpu, 1, 2),
                str(each.left_out),
                f"{median(each.times) / raw:.2f}",
            ]
            for each in contestants
        ],
        [
            Target("all of Wardbell's are live", sum(c.left_out for c in contestants[:2]), 0),
            Target(
                "≥ 2 times as fast as Channels' defaults, both on uvicorn",
                defaults / uvicorn,
                at_least=2,
            ),
        ],
    )
