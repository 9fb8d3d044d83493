"""Meanings: the words in which a value or a whole result is spoken of, and what bears them out."""

from dataclasses import dataclass
from enum import StrEnum


class Interpretation(StrEnum):
    """What may be said of a value. Whatever is not known for certain is `not_interpreted`."""

    CRITICAL = "critical"
    ABNORMAL = "abnormal"
    NOT_INTERPRETED = "not_interpreted"
    NARRATIVE = "narrative"
    PRELIMINARY = "preliminary"
    NORMAL = "normal"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


# Of several things that could be said the first of these is. Cancelled and withdrawn values are
# not compared: they are no longer values.
WORST_FIRST = (
    Interpretation.CRITICAL,
    Interpretation.ABNORMAL,
    Interpretation.NOT_INTERPRETED,
    Interpretation.NARRATIVE,
    Interpretation.PRELIMINARY,
    Interpretation.NORMAL,
)


class Basis(StrEnum):
    """Where an interpretation comes from."""

    FLAG = "flag"  # OBX-8, HL7 table 0078
    OWN_FLAG = "own_flag"  # OBX-8, by the hospital's table of its laboratories' flags
    LIMIT = "limit"  # the hospital's limits
    RANGE = "range"  # the reference range sent with the value
    TEXT = "text"  # the words of the value
    STATUS = "status"  # OBX-11, OBR-25
    NONE = "none"


@dataclass(frozen=True)
class Finding:
    """One thing that speaks about a value."""

    interpretation: Interpretation
    basis: Basis
    reason: str  # English, short and stable: for engineers, not for pages


@dataclass(frozen=True)
class Verdict:
    """What a value means.

    `within_range` is the fact that the value was read whole and lies inside the range sent; whether
    that may be *said* of a result is for `Meaning`. `readings` has the numbers a value can be read
    as where they are several: all are to be shown.
    """

    interpretation: Interpretation
    basis: Basis = Basis.NONE
    reason: str = ""
    within_range: bool = False
    flagged_normal: bool = False
    preliminary: bool = False
    readings: tuple[str, ...] = ()
    counts: bool = True  # False: there is no value here ("not asked", "order detail only")


@dataclass(frozen=True)
class Meaning:
    """What a whole result means, and the two sentences that may or may not be said of it."""

    interpretation: Interpretation
    reason: str = ""
    may_say_normal: bool = False
    may_say_within_range: bool = False
    preliminary: bool = False


def worst(interpretations: list[Interpretation]) -> Interpretation:
    """The most dangerous of some interpretations of values."""
    return min(interpretations, key=WORST_FIRST.index)
