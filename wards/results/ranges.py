"""Reference ranges (OBX-7) as laboratories write them, by sex where they say so."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from wards.results import units, words
from wards.results.numbers import DIGITS, POINT, Span, decimal
from wards.results.writing import comparable, each, plain


class Side(StrEnum):
    """Where a value lies."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


_LONGEST = 200
_MALE = each("m male males man men boys ذكر ذكور رجال رجل الذكور للرجال للذكور")
_FEMALE = each(
    "f female females woman women girls أنثى انثى إناث اناث نساء الإناث للنساء للإناث وللإناث"
)
_SILENT = each(
    "normal ref reference range ranges interval limits value values expected nr rr for from between"
    " de m/f f/m male/female female/male both من بين المعدل الطبيعي المدى المرجعي طبيعي"
)
_TO = each("to a à bis and through thru until till و إلى الى")
_PHRASES = (
    (re.compile(r"(?:and|or) (?:above|more|over|higher|greater|up)\b|فأكثر|فما فوق"), "≥"),
    (re.compile(r"\bmax(?:imum)?\b[.:]* ?(?=\d)"), "≤"),
    (re.compile(r"\bmin(?:imum)?\b[.:]* ?(?=\d)"), "≥"),
    (re.compile("♂"), " m "),
    (re.compile("♀"), " f "),
    (re.compile(r"(?:and|or) (?:below|less|under|lower)\b|فأقل|فما دون"), "≤"),
)
_DOTS = re.compile(r"(?<=\d) ?\.{2,3} ?(?=[-\d.,])")
_TITRE = re.compile(r"(?<![\d.,:])1 ?: ?(?=\d)")
_TOKEN = re.compile(
    r"(?P<power>(?:x ?)?(?<!\d)10 ?(?:\^|\*\*|\*|e)\(?\d{1,2}\)?(?: ?/ ?[^\W\d_]+)?)"
    rf"|(?P<number>{DIGITS})|(?P<sign>[<>≤≥+])|(?P<dash>[-~])|(?P<next>[;,|/])"
    r"|(?P<word>/?[^\W\d_]+(?:/(?:1\.73 ?)?[^\W\d_]+[23]?)*|%)"
    r"|(?P<skip>[ (){}\[\]:.=\"'])|(?P<other>.)",
    re.DOTALL,
)
_INTERVAL = r"[>≥][-+]?n-?[<≤][-+]?n|[-+]?n--?\+?n|[<>≤≥][-+]?n|[-+]?n[≤≥+]"
_ONE = re.compile(_INTERVAL)
_SEX_FIRST = re.compile(rf"([MF])({_INTERVAL})")
_SEX_LAST = re.compile(rf"({_INTERVAL})([MF])")


@dataclass(frozen=True)
class Interval:
    """One range, its ends as written ("" where it has none)."""

    low: str = ""
    high: str = ""
    low_open: bool = False
    high_open: bool = False
    sex: str = ""

    def side(self, span: Span, convention: str) -> Side:
        """Where a value lies, by one convention of writing numbers."""
        low = decimal(self.low, convention) if self.low else None
        high = decimal(self.high, convention) if self.high else None
        if low is not None and high is not None and high < low:
            return Side.UNKNOWN
        if _above(span, high, self.high_open) or _below(span, low, self.low_open):
            return Side.OUTSIDE
        if self._holds(span, low, high):
            return Side.INSIDE
        return Side.OUTSIDE if span.is_stated else Side.UNKNOWN

    def _holds(self, span: Span, low: Decimal | None, high: Decimal | None) -> bool:
        """Whether all of a span lies inside. What is measured as `<5` is not below zero."""
        lowest = span.low
        if lowest is None and span.high is not None and span.high > 0:
            lowest = Decimal(0)
        if low is not None and (
            lowest is None or lowest < low or (lowest == low and self.low_open > span.low_open)
        ):
            return False
        return high is None or (
            span.high is not None
            and (span.high < high or (span.high == high and self.high_open <= span.high_open))
        )


def _above(span: Span, high: Decimal | None, high_open: bool) -> bool:
    """Whether all of a span lies above an end."""
    return high is not None and not (
        span.reaches_down_to(high) and not (high_open and span.low == high)
    )


def _below(span: Span, low: Decimal | None, low_open: bool) -> bool:
    return low is not None and not (span.reaches_up_to(low) and not (low_open and span.high == low))


@dataclass(frozen=True)
class Range:
    """A range that could be read: intervals (several: by sex), or words."""

    intervals: tuple[Interval, ...] = ()
    words: str = ""
    unit: str = ""
    is_titre: bool = False

    def side(self, span: Span, convention: str, sex: str) -> Side:
        """Where a value lies. Without a sex: inside only if inside for both, outside likewise."""
        fitting = [i for i in self.intervals if not i.sex or sex not in ("F", "M") or i.sex == sex]
        sides = {interval.side(span, convention) for interval in fitting}
        return sides.pop() if len(sides) == 1 else Side.UNKNOWN


@lru_cache(4096)
def parse(text: str, unit: str = "") -> Range | None:
    """A range; None where there is none, or none that can be read without guessing."""
    if len(text) > _LONGEST or words.is_placeholder(text):
        return None
    text = plain(text).casefold()
    if not any(map(str.isdigit, text)):
        expected = words.canonical(text)
        return Range(words=expected) if expected else None
    for pattern, sign in _PHRASES:
        text = pattern.sub(sign, text)
    text = _DOTS.sub("-", comparable(text))
    titre = bool(_TITRE.search(text))
    read = _symbols(_TITRE.sub("", text), unit)
    if not read or any(decimal(number, POINT) is None for number in read[1]):
        return None
    intervals = _intervals(*read[:2])
    return Range(intervals, unit=read[2], is_titre=titre) if intervals else None


def _symbols(text: str, unit: str) -> tuple[str, list[str], str] | None:
    """A range as a row of symbols (`MnxnFn-n` …), its numbers, and the unit inside it.

    None for one with a word whose meaning is not known: an age, a stage, a condition.
    """
    symbols, numbers, inside = "", [], ""
    if unit and not unit.isalpha():
        text = text.replace(comparable(unit), " ")
    for token in _TOKEN.finditer(text):
        kind, said = token.lastgroup, token.group()
        if kind == "number":
            numbers.append(said)
            symbols += "n"
        elif kind in ("sign", "dash", "next"):
            symbols += {"dash": "-", "next": ";"}.get(kind, said)
        elif kind == "word" and (symbol := _symbol(said.lstrip("/"))) is not None:
            symbols += symbol
        elif kind == "power" or (kind == "word" and _is_unit(said, unit)):
            inside = said
        elif kind != "skip":
            return None
    if symbols in ("n;n", "-n;n", "-n;-n") and text.lstrip().startswith(("[", "(")):
        symbols = symbols.replace(";", "-")
    return symbols.replace(";", ""), numbers, inside


def _is_unit(word: str, unit: str) -> bool:
    return units.is_unit(word) or bool(unit and units.same(word, unit))


def _symbol(word: str) -> str | None:
    if word in _TO:
        return "-"
    if word in _MALE or word in _FEMALE:
        return "M" if word in _MALE else "F"
    return "" if word in _SILENT else None


def _intervals(symbols: str, numbers: list[str]) -> tuple[Interval, ...]:
    """The intervals of a row of symbols; none if anything is left over."""
    if _ONE.fullmatch(symbols):
        return (_interval(symbols, numbers, ""),)
    for pattern, sex, interval in ((_SEX_FIRST, 1, 2), (_SEX_LAST, 2, 1)):
        parts = list(pattern.finditer(symbols))
        if parts and "".join(part[0] for part in parts) == symbols:
            left = iter(numbers)
            return tuple(
                _interval(
                    part[interval], [next(left) for _ in range(part[0].count("n"))], part[sex]
                )
                for part in parts
            )
    return ()


def _interval(symbols: str, numbers: list[str], sex: str) -> Interval:
    signs = ["-" if symbols.lstrip("<>≤≥").startswith("-") else "", ""]
    if len(numbers) == 1:
        end = signs[0] + numbers[0]
        if symbols[0] in "<≤" or symbols[-1] == "≤":
            return Interval(high=end, high_open=symbols[0] == "<", sex=sex)
        return Interval(low=end, low_open=symbols[0] == ">", sex=sex)
    # 3.5--5.1 has a double dash, -5--2 a negative end: the one that leaves the ends in order.
    if ("n--" in symbols and signs[0]) or "<-" in symbols or "≤-" in symbols:
        signs[1] = "-"
    low, high = (sign + number for sign, number in zip(signs, numbers, strict=True))
    return Interval(low, high, low_open=symbols[0] == ">", high_open="<" in symbols, sex=sex)
