"""What a process measures of itself; /metrics of the web processes tells it of all of them.

Only web processes are asked over HTTP. What the others count they say with their signs of life
(wards/base/heartbeats.py), so that the feed's dropped wake-ups and descriptors are seen as well.
"""

import json
from collections.abc import Iterable, Iterator

from django.db import DEFAULT_DB_ALIAS, connection
from prometheus_client import PROCESS_COLLECTOR, REGISTRY, disable_created_metrics
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wards.base.descriptors import descriptors

OURS = "wardbell_"
# Of the client library's own figures, those that say something about a process of ours.
PROCESS = ("process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds")

Said = list[tuple[str, dict[str, str], float]]  # name, labels, value

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody looks at


class Process(Collector):
    """Descriptors, memory, start and connections of this process, looked at when asked for."""

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is is not looked at before somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield _gauge("process_open_fds", "Descriptors that the process has.", descriptors.used)
        yield _gauge("process_max_fds", "Descriptors that it may have.", descriptors.limit)
        for family in PROCESS_COLLECTOR.collect():
            if family.name in PROCESS:
                family.name = f"{OURS}{family.name}"
                family.samples = [
                    sample._replace(name=f"{OURS}{sample.name}") for sample in family.samples
                ]
                yield family
        yield from _pool()


def _pool() -> Iterator[Metric]:
    """The pool is made with the first connection: before that there is none to look at."""
    pool = getattr(connection, "_connection_pools", {}).get(DEFAULT_DB_ALIAS)
    figures: dict[str, int] = pool.get_stats() if pool is not None else {}
    size, free = figures.get("pool_size", 0), figures.get("pool_available", 0)
    for name, documentation, value in (
        ("open", "Connections to PostgreSQL that the process keeps.", size),
        ("in_use", "Those of them that somebody is using.", max(size - free, 0)),
        ("waiting", "Threads that wait for one.", figures.get("requests_waiting", 0)),
        ("max", "Connections that it may keep (DB_POOL_MAX).", figures.get("pool_max", 0)),
    ):
        yield _gauge(f"database_pool_{name}", documentation, value)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{OURS}{name}", documentation, value)


def families() -> Iterator[Metric]:
    """Those of ours, of this process."""
    return (each for each in REGISTRY.collect() if each.name.startswith(OURS))


def snapshot() -> Said:
    """All of ours as they are now, to be said by this process. No labels but ours: no patients."""
    return [(s.name, dict(s.labels), s.value) for family in families() for s in family.samples]


def read(said: str) -> Said:
    """What another process said, as JSON; nothing where its release says it otherwise."""
    try:
        return [(str(name), dict(each), float(value)) for name, each, value in json.loads(said)]
    except (TypeError, ValueError):
        return []


REGISTRY.register(Process())
