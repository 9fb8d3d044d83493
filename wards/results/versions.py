"""Versions: what a report adds to what is known of its result. Pure.

Each value carries when it was said and with which status; of two that speak of the same (OBX-3 and
OBX-4) one supersedes the other whatever the order they came in. So late, repeated and shuffled
reports all end in the same state, and none of them loses a value that no other one brings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from wards.results.interpretation import Rules, Verdict, interpret
from wards.results.meanings import Basis, Interpretation
from wards.results.observations import Code, Observation
from wards.results.statuses import Standing, standing

NOT_FINAL = (Standing.PRELIMINARY, Standing.NO_VALUE)
CANCELLED = "X"
UNREAD = Verdict(Interpretation.NOT_INTERPRETED)


@dataclass(frozen=True)
class Stamp:
    """When something was said, by the sender's clock, and with which status (OBX-11, OBR-25)."""

    at: datetime
    status: str

    def supersedes(self, other: "Stamp") -> bool:
        """Whether this is the later word: nothing preliminary follows what is final.

        At the same moment the order in which they came counts: what is kept back as older might be
        a critical value that nobody hears of.
        """
        mine, theirs = standing(self.status), standing(other.status)
        if mine in NOT_FINAL and theirs is Standing.FINAL:
            return False
        if mine is Standing.FINAL and theirs in NOT_FINAL:
            return True
        return self.at >= other.at


@dataclass(frozen=True)
class Value:
    """A value of a result: as it was sent, when, and what it means."""

    observation: Observation
    at: datetime
    position: int = 0  # in its report
    verdict: Verdict = UNREAD

    @property
    def key(self) -> tuple[str, str]:
        """What it is a value of: the test's code (else its name) and the sub-id."""
        codes = self.observation.codes
        name = self.observation.code or next((code.text for code in codes), "")
        return name, self.observation.sub_id

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.at, self.observation.status)

    def interpreted(self, rules: Rules) -> "Value":
        """The value with what it means by the rules of a hospital."""
        return replace(self, verdict=interpret(self.observation, rules))

    def to_json(self) -> dict[str, Any]:
        """As `Result.observations` keeps it."""
        codes = [{**vars(code)} for code in self.observation.codes]
        own = {"at": self.at, "position": self.position, "verdict": {**vars(self.verdict)}}
        return {**vars(self.observation), "codes": codes, **own}


def of_json(stored: dict[str, Any]) -> Value:
    """The value that `to_json` has written."""
    given = dict(stored)
    at, position, verdict = given.pop("at"), given.pop("position"), dict(given.pop("verdict"))
    given["codes"] = tuple(Code(**code) for code in given["codes"])
    given["flags"] = tuple(given["flags"])
    verdict["interpretation"] = Interpretation(verdict["interpretation"])
    verdict["basis"], verdict["readings"] = Basis(verdict["basis"]), tuple(verdict["readings"])
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Value(Observation(**given), at, position, Verdict(**verdict))


def received(observations: Iterable[Observation], stamp: Stamp) -> list[Value]:
    """The values of a report; those without a status of their own have the report's."""
    return [
        Value(replace(observation, status=observation.status or stamp.status), stamp.at, position)
        for position, observation in enumerate(observations)
    ]


def merge(known: Sequence[Value], new: Sequence[Value]) -> list[Value]:
    """What is known after a report. Values of one code without sub-ids stay together."""
    groups = _groups(known)
    for key, values in _groups(new).items():
        if key not in groups or values[0].stamp.supersedes(groups[key][0].stamp):
            groups[key] = values
    merged = [value for group in groups.values() for value in group]
    return sorted(merged, key=lambda value: (value.position, value.key))


def cancel(values: Sequence[Value], order: Stamp, but: Sequence[Value] = ()) -> list[Value]:
    """The values of an order that was cancelled: with it whatever was said before, `but` these."""
    return [
        replace(value, observation=replace(value.observation, status=CANCELLED))
        if value not in but and order.supersedes(value.stamp)
        else value
        for value in values
    ]


def texts(values: Iterable[Value]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """What values say, by what they are of: the text and the unit."""
    return {
        key: [(value.observation.value, value.observation.unit) for value in group]
        for key, group in _groups(values).items()
    }


def _groups(values: Iterable[Value]) -> dict[tuple[str, str], list[Value]]:
    groups: dict[tuple[str, str], list[Value]] = {}
    for value in values:
        groups.setdefault(value.key, []).append(value)
    return groups
