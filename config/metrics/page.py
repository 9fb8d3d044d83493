"""The page of figures, as Prometheus reads it; it comes within two seconds, whatever hangs."""

import time
from collections.abc import Iterable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, PROCESS_COLLECTOR, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from config import probes, timing
from config.metrics import installation, reading
from config.metrics.families import gauges
from config.metrics.reading import Answer
from inbox.live import hub
from wards.base import heartbeats, measures, periodic, wakeups
from wards.hl7 import working

WITHIN = 1.5  # s
# Where something is counted: what another process says of it is told if we know it, too.
COUNTING = (hub, periodic, timing, wakeups, working)
SUFFIXES = ("", "_total", "_bucket", "_sum", "_count")  # of a sample's name, after its family's
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Page(Collector):
    """What was found, once."""

    def __init__(self, answer: Answer, found: probes.Found) -> None:
        self._answer, self._found = answer, found

    def collect(self) -> Iterator[Metric]:
        answer = self._answer
        lives = answer.lives or ()
        states = self._found.states
        # What is read from a standby is read: it may be old, and all else takes it for away.
        is_up = answer.is_up and states.get("database") != "read-only"
        yield from gauges(
            [(is_up, states.get("redis") == "up", answer.unread)],
            [],
            ("database_up", "1 where PostgreSQL answered and takes changes."),
            ("redis_up", "1 where Redis takes a write."),
            ("metrics_unread", "Statements for this page that failed although PostgreSQL is up."),
        )
        yield from installation.processes(lives, answer.lives is not None)
        yield from installation.clocks(lives, self._found.ahead.get("web"))
        yield from answer.families
        yield from _of_processes(lives)
        yield from PROCESS_COLLECTOR.collect()


def page() -> bytes:
    """The whole text. What the database does not say in time is left out."""
    deadline = time.monotonic() + WITHIN
    asked = reading.question.begin()
    found = probes.look()
    try:
        answer = asked.result(max(deadline - time.monotonic(), 0))
    except Exception as fault:  # it is away, or hangs: the page says so
        reading.say("database", fault)
        answer = reading.nothing()
    return generate_latest(Page(answer, found))


def _of_processes(lives: Iterable[installation.Life]) -> Iterator[Metric]:
    """What each process measures of itself, ours and those that serve no pages."""
    said = [("web", heartbeats.process(), measures.snapshot())]
    said += [(life.part, life.process, life.said) for life in lives if life.counts]
    for family in measures.families():
        names = {f"{family.name}{suffix}" for suffix in SUFFIXES}
        family.samples = []
        for part, process, samples in said:
            for name, labels, value in samples:
                if name in names:
                    family.add_sample(name, {**labels, "part": part, "process": process}, value)
        yield family
