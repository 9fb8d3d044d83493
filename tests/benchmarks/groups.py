"""One message to all hubs, or one to each person's group: which costs less?"""

import time
from itertools import count
from pathlib import Path
from statistics import median
from unittest.mock import patch

from django.conf import settings
from redis import Redis

from inbox.publications import publish
from inbox.publications.frames import Changed
from tests.benchmarks.report import Section, Target, spread
from tests.benchmarks.sizes import size
from tests.benchmarks.stage import Helper
from wards.base import wakeups

PROCESSES = (1, 4, 20)
USUAL = 4  # processes, by which the constant is chosen
PEOPLE = 8  # who are told at once
TIMES = size(300, 3)
TEXT = f"""What a change of {PEOPLE} people's alerts costs, in processor time of all who take part
(who publishes, Redis, the hubs): published once to all hubs, or to each person's group, which one
hub is in. Break-even is how many people in their groups cost as much as one message to all.
Each hub has a connection of its own to Redis; here they share one process, so that only the time
is counted that they work."""


class Hubs:
    """So many of them, listening; and what each way of telling has cost."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.all: list[float] = []  # s a message
        self.one: list[float] = []

    def run(self, helper: Helper, redis: Redis, seqs: "count[int]") -> None:
        for few, costs in ((0, self.all), (PEOPLE, self.one)):
            messages = TIMES * (PEOPLE if few else self.number)
            before = _used(helper, redis, 0)
            with patch.object(publish, "FEW", few):
                for _, seq in zip(range(TIMES), seqs, strict=False):
                    told = [Changed(person + 1, seq, 0, [seq]) for person in range(PEOPLE)]
                    publish.changes(told, {"read_at": None})
                    assert wakeups.flush(30)
            costs.append((_used(helper, redis, messages) - before) / TIMES / (few or 1))

    @property
    def break_even(self) -> float:
        return median(self.all) / median(self.one)


def _used(helper: Helper, redis: Redis, messages: int) -> float:
    """Processor time of all, once the hubs have taken so many messages."""
    helper.ask(str(messages))
    heard = float(helper.answer())
    info = redis.info("cpu")
    redis_used = float(info["used_cpu_sys"]) + float(info["used_cpu_user"])
    return heard + redis_used + time.process_time()


def measure(runs: int, sockets: int, directory: Path) -> Section:
    measured = [Hubs(number) for number in PROCESSES]
    with Redis.from_url(settings.REDIS_URL) as redis:
        for hubs in measured:
            seqs = count(1)
            worker = Helper(
                "hub_worker", hubs.number, PEOPLE, environment={"PREFIX": settings.PREFIX}
            )
            with worker as helper:
                for _ in range(runs):
                    hubs.run(helper, redis, seqs)
    even = {hubs.number: hubs.break_even for hubs in measured}
    return Section(
        "Groups",
        TEXT,
        ["web processes", "to all, µs", "to one person's group, µs", "break-even, people"],
        [
            [
                str(hubs.number),
                spread(hubs.all, 1e6),
                spread(hubs.one, 1e6),
                f"{hubs.break_even:.1f}",
            ]
            for hubs in measured
        ],
        [
            Target(
                f"with {USUAL} processes as many people as have groups of their own cost no more"
                " than one and a half messages to all",
                publish.FEW / even[USUAL],
                1.5,
            ),
        ],
    )
