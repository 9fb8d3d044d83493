"""Figures of the installation itself: processes, their clocks, periodic work, PostgreSQL."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prometheus_client.metrics_core import Metric

from config.celery import app
from config.metrics.families import Ask, gauges
from wards.base import heartbeats, measures

INTERVALS: dict[str, float] = {
    entry["task"]: float(entry["schedule"]) for entry in app.conf.beat_schedule.values()
}


class Life(NamedTuple):
    """The last sign of life of a process that serves no pages."""

    part: str
    process: str
    age: float  # s
    ahead: float  # s, of its clock
    said: measures.Said

    @property
    def counts(self) -> bool:
        """Whether it is alive, as far as we know."""
        return self.age < heartbeats.COUNTS_FOR


def lives(ask: Ask) -> list[Life]:
    """Of those seen within the last hour."""
    return [
        Life(part, process, float(age), float(ahead), measures.read(said))
        for part, process, age, ahead, said in ask(LIVES, {"seconds": heartbeats.KEPT_FOR})
    ]


def processes(seen: Iterable[Life], read: bool) -> Iterator[Metric]:
    """Who is alive; nothing where that could not be `read`."""
    seen = list(seen)
    alive = Counter(life.part for life in seen if life.counts)
    newest: dict[str, float] = {}
    for life in seen:
        newest[life.part] = min(life.age, newest.get(life.part, life.age))
    yield from gauges(
        [(part, alive[part], newest.get(part)) for part in heartbeats.PARTS if read],
        ["part"],
        ("processes", "Processes of the part that are alive."),
        ("heartbeat_age_seconds", "Since the part's last sign of life; none within the last hour."),
    )


def clocks(seen: Iterable[Life], web: float | None) -> Iterator[Metric]:
    """How far each process's clock is ahead of the database's; `web` is that of our own."""
    rows: list[tuple[str, str, float | None]] = [("web", heartbeats.process(), web)]
    rows += [(life.part, life.process, life.ahead) for life in seen if life.counts]
    yield from gauges(
        rows,
        ["part", "process"],
        ("clock_ahead_seconds", "How far the process's clock is ahead of the database's."),
    )


def periodic(ask: Ask) -> Iterator[Metric]:
    """When beat began each of its tasks last, and how often it should."""
    ages: dict[str, float] = dict(ask(PERIODIC, {"tasks": list(INTERVALS)}))
    yield from gauges(
        [(task, ages.get(task), seconds) for task, seconds in INTERVALS.items()],
        ["task"],
        ("periodic_task_age_seconds", "Since the task was begun last."),
        ("periodic_task_interval_seconds", "How often it should be."),
    )


def server(ask: Ask) -> Iterator[Metric]:
    """Connections that PostgreSQL has, whoever's they are."""
    yield from gauges(
        ask(CONNECTIONS, {}),
        [],
        ("database_server_connections", "Connections to PostgreSQL, whoever's."),
        ("database_server_max_connections", "How many it takes (max_connections)."),
    )


LIVES = """
SELECT part, process, extract(epoch FROM clock_timestamp() - at),
    extract(epoch FROM said_at - at), coalesce(figures, '[]')::text
FROM wards_heartbeat WHERE at > now() - make_interval(secs => %(seconds)s)
"""
PERIODIC = """
SELECT name, extract(epoch FROM clock_timestamp() - last_run_at)
FROM wards_periodictask WHERE name = ANY(%(tasks)s)
"""
CONNECTIONS = """
SELECT count(*), current_setting('max_connections')::integer
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""
