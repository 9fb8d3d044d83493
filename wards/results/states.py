"""States: what is known of a result, and what a report makes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wards.results import versions
from wards.results.interpretation import Rules, of_result
from wards.results.meanings import Interpretation, Meaning
from wards.results.observations import Observation
from wards.results.statuses import Standing, standing
from wards.results.versions import NOT_FINAL, Stamp, Value

PRELIMINARY, FINAL, CORRECTED = "preliminary", "final", "corrected"
CANCELLED, WITHDRAWN = "cancelled", "withdrawn"
# Statuses of results, as wards.models.ResultStatus has them, and their letters in OBR-25.
LETTERS = {PRELIMINARY: "P", FINAL: "F", CORRECTED: "C", CANCELLED: "X", WITHDRAWN: "W"}
KEY_LENGTH = 80  # characters, as Result.code
GONE = (Interpretation.CANCELLED, Interpretation.WITHDRAWN)


@dataclass(frozen=True)
class Report:
    """What a laboratory says of one test of one order. Numbers are written as "value^authority"."""

    test: str
    observations: Sequence[Observation]
    code: str = ""  # of the test
    alternate: str = ""  # its code in another system
    placer: str = ""
    filler: str = ""
    status: str = ""  # OBR-25; empty: final
    observed_at: datetime | None = None
    said_at: datetime | None = None  # by the sender's clock; None: when it came

    @property
    def key(self) -> str:
        """The test's code; where it has none, its name."""
        return (self.code or self.test)[:KEY_LENGTH]

    @property
    def keys(self) -> list[str]:
        """All that the test may be known by."""
        return [self.key, *filter(None, [self.alternate[:KEY_LENGTH]])]


@dataclass(frozen=True)
class State:
    """What is known of a result; `stamp` is the latest word on the whole of it."""

    status: str
    stamp: Stamp
    values: Sequence[Value] = field(default_factory=list)

    @property
    def meaning(self) -> Meaning:
        """What the whole means."""
        return of_result([value.verdict for value in self.values], self.stamp.status)

    @property
    def interpretation(self) -> Interpretation:
        return self.meaning.interpretation

    @property
    def is_critical(self) -> bool:
        return self.interpretation is Interpretation.CRITICAL

    @property
    def is_gone(self) -> bool:
        return self.interpretation in GONE

    @property
    def is_final(self) -> bool:
        return self.status in (FINAL, CORRECTED)

    def says_the_same(self, other: "State") -> bool:
        """Whether nothing in it differs but when it was said."""
        mine, theirs = (
            [(value.observation, value.verdict) for value in state.values]
            for state in (self, other)
        )
        return self.status == other.status and mine == theirs


def known(status: str, said_at: datetime, stored: Sequence[dict[str, object]]) -> State:
    """The state of a result as its row has it."""
    values = [versions.of_json(value) for value in stored]
    return State(status, Stamp(said_at, LETTERS[status]), values)


def stamp(report: Report, now: datetime) -> Stamp:
    """When a report was said, and with which status."""
    return Stamp(report.said_at or now, report.status.strip().upper() or LETTERS[FINAL])


def follow(before: State | None, report: Report, rules: Rules, now: datetime) -> State:
    """What is known after a report; the same whatever the order in which several come."""
    latest = stamp(report, now)
    new = versions.received(report.observations, latest)
    values = versions.merge(before.values if before else [], new)
    own = new if standing(latest.status) is Standing.CANCELLED else []
    if before and not latest.supersedes(before.stamp):
        latest, own = before.stamp, []
    if standing(latest.status) is Standing.CANCELLED:
        values = versions.cancel(values, latest, but=own)
    values = [value.interpreted(rules) for value in values]
    return State(_status(latest, values), latest, values)


def _status(stamp: Stamp, values: Sequence[Value]) -> str:
    meaning = of_result([value.verdict for value in values], stamp.status)
    if meaning.interpretation in GONE:
        return str(meaning.interpretation)
    if meaning.preliminary or standing(stamp.status) in NOT_FINAL:
        return PRELIMINARY
    corrected = "C" in (stamp.status, *(value.observation.status for value in values))
    return CORRECTED if corrected else FINAL
