"""Whether one of two texts did better, or whether that may be chance."""

from math import sqrt
from typing import NamedTuple

CRITICAL = 1.96  # two-sided, 95 %: of twenty differences called real where there is none, one
LEAST = 30  # of each: below it the normal distribution is no good approximation
LEAST_EXPECTED = 5  # of each kind in each group, for the same reason


class Share(NamedTuple):
    """`hits` of `of`: those that were delivered of those whose end is known, for example."""

    hits: int
    of: int

    @property
    def percent(self) -> float | None:
        """None where there is nothing to take a share of."""
        return 100 * self.hits / self.of if self.of else None


def enough(first: Share, second: Share) -> bool:
    """Whether there are enough of both to say anything at all."""
    total, hits = first.of + second.of, first.hits + second.hits
    if min(first.of, second.of) < LEAST:
        return False
    rarest = min(hits, total - hits) / total * min(first.of, second.of)
    return rarest >= LEAST_EXPECTED or hits in (0, total)


def difference(first: Share, second: Share) -> float:
    """z of the two-proportion test with pooled variance; positive where the first is larger.

    0 where there is nothing to compare, or no variance at all.
    """
    total = first.of + second.of
    if not first.of or not second.of:
        return 0.0
    pooled = (first.hits + second.hits) / total
    error = sqrt(pooled * (1 - pooled) * (1 / first.of + 1 / second.of))
    return (first.hits / first.of - second.hits / second.of) / error if error else 0.0


def better(first: Share, second: Share) -> int | None:
    """0 or 1: which is larger, at 95 %; None where that may be chance or there are too few."""
    if not enough(first, second):
        return None
    z = difference(first, second)
    return None if abs(z) < CRITICAL else int(z < 0)
