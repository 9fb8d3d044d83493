"""Numbers as laboratories write them: one way of reading for values, ranges and limits.

A text may be readable in two ways (`1,200`): a `Number` keeps its digits as written and is asked
for its span by a *convention*, the sign that is taken for the decimal point.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from wards.results import units
from wards.results.writing import DECIMAL, GROUP, comparable

POINT, COMMA = ".", ","
DIGITS = r"(?:\d{1,3}(?:[ ']\d{3})+(?!\d)(?:[.,٫]\d+)?|\d[\d.,٫٬]*\d|\d|[.,٫]\d+)"
LONGEST = 100  # characters of a value that may be a number with its remarks
_MOST_DIGITS = 28  # what Decimal keeps
_VALUE = re.compile(
    rf"(?P<before>[^\d<>≤≥~=+\-.,]{{1,16}}?)?"
    rf"(?P<about>~|approximately|approx\.?|about|circa|ca\.?)? ?(?P<comparator>[<>≤≥=])? ?"
    rf"(?P<first>[+-]?{DIGITS})(?:e(?P<exponent>[+-]?\d{{1,2}})(?!\w))?"
    rf"(?: ?[x*] ?10 ?[\^*e]? ?(?P<power>-?\d{{1,2}})(?!\d| ?/))?"
    rf"(?: ?(?P<joint>-|:|to) ?(?P<second>[+-]?{DIGITS}))?"
    rf"(?P<around> ?(?:±|\+/-) ?{DIGITS})?(?P<plus> ?\+(?!\d))? ?(?P<after>.*)",
)
_BARE = re.compile(r"[(\['\"]+ ?([^()\[\]'\"]*?) ?[)\]'\"]+")
_DOTS = re.compile(r"(?<=\d) ?\.{2,3} ?(?=[\d.,])")
_REPEATED = re.compile(r"[\r\n;؛]+|(?<=\S) ?~|, +")
_GROUPED = {
    sign: re.compile(rf"[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+|[1-9]\d?(?:,\d\d)+,\d{{3}}")
    for sign in (POINT, COMMA)
}
_GRADES = ("1", "2", "3", "4")  # 3+ is a grade, 300+ is a number


@dataclass(frozen=True)
class Span:
    """Where a number lies. An end that is None is open without bounds."""

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether both ends were written (`10-25`), or it is one number."""
        return self.low is not None and self.high is not None

    def reaches_down_to(self, end: Decimal) -> bool:
        """Whether some of it lies at or below an end."""
        return self.low is None or self.low < end or (self.low == end and not self.low_open)

    def reaches_up_to(self, end: Decimal) -> bool:
        """Whether some of it lies at or above an end."""
        return self.high is None or self.high > end or (self.high == end and not self.high_open)

    def __str__(self) -> str:
        if self.low is not None and self.high is not None:
            one = self.low == self.high
            return f"{self.low:f}" if one else f"{self.low:f}-{self.high:f}"
        if self.low is not None:
            return f"{'>' if self.low_open else '≥'}{self.low:f}"
        return "" if self.high is None else f"{'<' if self.high_open else '≤'}{self.high:f}"


@dataclass(frozen=True)
class Number:
    """One number, or two that are the ends of one (`10-25`), with all that stood around it."""

    comparator: str
    first: str
    second: str = ""
    power: int = 0
    is_titre: bool = False
    is_exact: bool = True
    unit: str = ""
    before: str = ""
    remarks: tuple[str, ...] = ()

    def at(self, convention: str) -> Span | None:
        """Its span by a convention, or by the other where it cannot be read by this one."""
        first = decimal(self.first, convention)
        if first is None:
            return None
        first = first.scaleb(self.power)
        if self.comparator in ("<", "≤"):
            return Span(None, first, high_open=self.comparator == "<")
        if self.comparator in (">", "≥"):
            return Span(first, None, low_open=self.comparator == ">")
        second = decimal(self.second, convention) if self.second else first
        return None if second is None or second < first else Span(first, second)


def decimal(digits: str, convention: str) -> Decimal | None:
    """Digits as written by a convention (`.` or `,` before the decimals), else by the other."""
    other = COMMA if convention == POINT else POINT
    value = _by(digits, convention, other)
    return _by(digits, other, convention) if value is None else value


def _by(digits: str, point: str, group: str) -> Decimal | None:
    if len(digits) > _MOST_DIGITS:
        return None
    sign = "-" if digits.startswith("-") else ""
    digits = digits.lstrip("+-").replace(" ", "").replace("'", "")
    if DECIMAL in digits or GROUP in digits:
        digits, point, group = digits.replace(GROUP, "").replace(DECIMAL, POINT), POINT, COMMA
    whole, _, fraction = digits.partition(point)
    if fraction and not fraction.isdigit():
        return None
    if group in whole:
        if not _GROUPED[group].fullmatch(whole):
            return None
        whole = whole.replace(group, "")
    if whole and not whole.isdigit():
        return None
    return Decimal(f"{sign}{whole or 0}.{fraction or 0}").normalize() + 0


def read(text: str, kind: str = "", unit: str = "") -> tuple[Number | None, ...]:
    """Every repetition of a value of type `kind` (OBX-2); None for one that is no number."""
    if kind in ("DT", "TM", "TS", "DTM", "ED", "RP"):
        return ()
    parts = (part.strip() for part in _REPEATED.split(text[: LONGEST * 10]))
    found = tuple(_one(part, unit) for part in parts if part)
    return (*found, None) if len(text) > LONGEST * 10 else found


def _one(text: str, unit: str) -> Number | None:
    if len(text) > LONGEST:
        return None
    text = _DOTS.sub("-", comparable(_components(comparable(text))))
    bare = _BARE.fullmatch(text)
    found = _VALUE.fullmatch(bare[1] if bare else text)
    if not found:
        return None
    comparator, first, second, plus = found.group("comparator", "first", "second", "plus")
    titre = found["joint"] == ":"
    if (titre and first != "1") or (plus and (second or first in _GRADES)):
        return None
    if second and comparator and not titre:
        return None
    around = _around(found["after"], unit)
    before = (found["before"] or "").strip(" :")
    if around is None or (before and any(map(_has_digits, around[1]))):
        return None  # O2 sat 98
    power, spoken = _power(found["exponent"], found["power"], around[0] or unit)
    if unit and around[0] and not units.same(unit, around[0]):
        spoken = False
    return Number(
        comparator=comparator or ("≥" if plus else ""),
        first=second if titre else first,
        second="" if titre else second or "",
        power=power,
        is_titre=titre,
        is_exact=spoken and not (bare or found["about"] or found["around"]),
        unit=around[0],
        before=before,
        remarks=around[1],
    )


def _has_digits(text: str) -> bool:
    return any(map(str.isdigit, text))


def _components(text: str) -> str:
    """A structured numeric (SN) as a text: `>^300`, `^100^-^200`, `^1^:^128`."""
    parts = text.split("^")
    apart = parts[0].strip() in ("", *"<>≤≥=") or {"-", "+", ":", "/", "."} & set(parts[1:])
    return "".join(parts) if 1 < len(parts) <= 4 and apart else text


def _power(exponent: str | None, power: str | None, unit: str) -> tuple[int, bool]:
    """The power of ten a number is times, and whether that is certain.

    `1.2x10^9` in `10*9/L` repeats its unit; another power of ten than the unit's is in doubt.
    """
    times = int(exponent or 0)
    if power is None:
        return times, True
    folded = units.fold(unit)
    if folded.startswith(f"10^{int(power)}"):
        return times, True
    return times + int(power), not folded.startswith("10^")


def _around(after: str, unit: str) -> tuple[str, tuple[str, ...]] | None:
    """The unit and the remarks after a number; None where a second number follows at once."""
    after = after.lstrip("^ ")  # CQ: 5.1^mmol/L
    if units.is_unit(after) or (unit and units.same(after, unit)):
        return after, ()
    found, remarks = "", list[str]()
    for part in after.split():
        word = part.strip("()[]<>,;.")
        if not word:
            continue
        if (unit and units.same(word, unit)) or (units.is_unit(word) and not found):
            found = word
        elif word.startswith(("/", ":", "-")) or (
            _has_digits(word) and part[0] not in "([" and not remarks
        ):
            return None
        else:
            remarks.append(word)
    return found, tuple(remarks)
