"""One event to thousands of sockets of one process."""

from contextlib import ExitStack
from pathlib import Path
from statistics import mean, median

from tests.benchmarks import crowd, people, stage
from tests.benchmarks.announcement import Announcement
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size

NAMES = (
    "Wardbell, daphne",
    "Wardbell, uvicorn",
    "Channels' defaults, daphne",
    "raw websockets",
)
EVENTS = size(3, 1)  # one after the other, each time it is a contestant's turn
TIMEOUT = 10.0  # s; who has not heard of an event by then has lost it
TEXT = f"""One event to every socket of one process: from the moment the publisher calls publish
until the last socket that gets it has got it; {EVENTS} events a run. Lost: sockets that did not
get it within 10 s. Channels' defaults are the core layer of channels_redis with a `group_send` to
each user's group; raw is `websockets.broadcast()`, fed by a Redis subscription."""


class Contestant:
    """A server with its publisher and its crowd, connected."""

    def __init__(self, name: str, sockets: int, directory: Path, stack: ExitStack) -> None:
        self.name = name
        self.times: list[float] = []
        self.cpu: list[float] = []
        self.lost = 0
        staff = people.hire(sockets)
        Announcement(staff.hospital).write(staff.ids)
        self.server = stack.enter_context(stage.Server(name, directory))
        self.publisher = stack.enter_context(stage.publisher(self.server, staff.hospital.pk))
        requests = [crowd.handshake("/ws/inbox/?since=0", cookie) for cookie in staff.cookies]
        first = crowd.Crowd(self.server.port, requests[:50]).connect(at_once=50)
        before = self.server.memory()
        self.crowd = crowd.Crowd(self.server.port, requests).connect(at_once=50)
        self.memory = (self.server.memory() - before) / sockets  # bytes a socket
        assert len(self.crowd.live) == sockets, f"{name}: {len(self.crowd.live)} of {sockets} live"
        first.close()
        stack.callback(self.crowd.close)

    def publish(self, marker: str, times: int = 1) -> float:
        """Has an event published; when that began (monotonic, s)."""
        self.server.settle()
        self.crowd.expect(marker)
        self.publisher.ask(f"{marker} {times}")
        return float(self.publisher.answer())

    def run(self, marker: str) -> None:
        """One event."""
        start = self.publish(marker)
        used = self.server.cpu()
        end = self.crowd.hear(TIMEOUT)
        assert self.publisher.answer() == "done"
        self.server.settle()
        self.times.append(end - start)
        self.cpu.append(self.server.cpu() - used)
        self.lost += len(self.crowd) - len(self.crowd.heard)


def measure(runs: int, sockets: int, directory: Path) -> Section:
    with ExitStack() as stack:
        contestants = [Contestant(name, sockets, directory, stack) for name in NAMES]
        for run in range(runs + 1):  # the first is to warm up
            for contestant in contestants:
                for event in range(EVENTS):
                    contestant.run(f"event-{run}.{event};")
    for contestant in contestants:
        del contestant.times[:EVENTS], contestant.cpu[:EVENTS]
    daphne, uvicorn, defaults, raw = (median(each.times) for each in contestants)
    return Section(
        "Fan-out",
        TEXT,
        ["one event", "ms", "of which the server's processor", "lost in all", "of raw"],
        [
            [
                each.name,
                spread(each.times),
                f"{mean(each.cpu) * 1000:.0f}",
                str(each.lost),
                f"{median(each.times) / raw:.2f}",
            ]
            for each in contestants
        ],
        [
            Target("no socket of Wardbell's loses it", sum(c.lost for c in contestants[:2]), 0),
            Target(
                "≥ 10 times as fast as Channels' defaults, both on daphne",
                defaults / daphne,
                at_least=10,
            ),
            Target("on uvicorn ≤ 1.5 times raw websockets", uvicorn / raw, 1.5),
        ],
    )
