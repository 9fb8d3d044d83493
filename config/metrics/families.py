"""Families of figures, made of rows: the one shape in which everything here is told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

Rows = list[tuple[Any, ...]]
Ask = Callable[[str, Mapping[str, object]], Rows]
Reader = Callable[[Ask], Iterator[Metric]]
Named = tuple[str, str]  # without what they all begin with, and what it means


def gauges(rows: Iterable[Sequence[Any]], labels: Sequence[str], *named: Named) -> Iterator[Metric]:
    """A gauge for each of `named`, with a value a row; none where it is None.

    The columns are the labels' values, then those of the gauges in their order.
    """
    kept = list(rows)
    for number, (name, documentation) in enumerate(named, len(labels)):
        family = GaugeMetricFamily(f"wardbell_{name}", documentation, labels=labels)
        for row in kept:
            if row[number] is not None:
                family.add_metric([str(each) for each in row[: len(labels)]], float(row[number]))
        yield family
