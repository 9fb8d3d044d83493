"""Rules: what a hospital has set for its results, and the patient's sex."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from wards.results import flags
from wards.results.meanings import Interpretation
from wards.results.numbers import Span
from wards.results.observations import Observation
from wards.results.ranges import Side


@dataclass(frozen=True)
class Limit:
    """Values at or beyond which a hospital calls a test critical; either end may be missing."""

    low: Decimal | float | None = None
    high: Decimal | float | None = None
    unit: str = ""  # empty: whatever the unit

    def side(self, span: Span) -> Side:
        """Outside: at or beyond. A comparator counts on its own side: `<300` is not high.

        Unknown where a value may lie beyond: `<15` with a lower limit of 10.
        """
        low, high = _end(self.low), _end(self.high)
        down = low is not None and span.reaches_down_to(low)
        up = high is not None and span.reaches_up_to(high)
        if not down and not up:
            return Side.INSIDE
        surely_down = low is not None and span.high is not None and span.high <= low
        surely_up = high is not None and span.low is not None and span.low >= high
        return Side.OUTSIDE if surely_down or surely_up or span.is_stated else Side.UNKNOWN


def _end(end: Decimal | float | None) -> Decimal | None:
    exact = None if end is None else Decimal(str(end))
    return None if exact is None or exact.is_nan() else exact


@dataclass(frozen=True)
class Rules:
    """What a hospital has set, and what is known of the patient."""

    own_flags: Mapping[str, Interpretation] = field(default_factory=lambda: flags.STARTER_FLAGS)
    limits: Mapping[str, Limit] = field(default_factory=dict)  # by any code of OBX-3
    decimal: str = ""  # "." or ","; empty: not set, so that `1,200` has two readings
    sex: str = ""  # "F", "M"; else not known

    @cached_property
    def flag_table(self) -> dict[str, Interpretation]:
        """The own flags by the keys they are looked up by."""
        return flags.table(self.own_flags)

    @cached_property
    def limit_table(self) -> dict[str, Limit]:
        """The limits by code without case: a missed limit is worse than one too many."""
        return {code.strip().casefold(): limit for code, limit in self.limits.items()}

    def limits_of(self, observation: Observation) -> list[Limit]:
        """Those of a value, by any of its codes."""
        found = (self.limit_table.get(code.value.strip().casefold()) for code in observation.codes)
        return [limit for limit in found if limit]
