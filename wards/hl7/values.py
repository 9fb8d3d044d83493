"""Single values: escape sequences, times. Pure."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from wards.hl7.header import Separators

_TIME = re.compile(
    r"""
    (?P<year>\d{4})(?:-?(?P<month>\d\d)(?:-?(?P<day>\d\d))?)?
    (?:[T ]*(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?)?
    \ ?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?
    """,
    re.ASCII | re.VERBOSE,
)
YEARS = range(1800, 2300)  # beyond: a slip of the pen, and trouble with time zones
FARTHEST = timedelta(hours=14)  # from UTC, of any zone on Earth

# Formatting commands (HL7 2.7, 2.7.6): those that begin a new line, then those that only look.
_FORMATS = r"\.(?:br|sp|ce|sk|in|ti|fi|nf)(?:[ ]?[+-]?\d{1,3})?"
_NEW_LINE = (".br", ".sp", ".ce")


def unescape(text: str, separators: Separators, codec: str) -> str:
    r"""A value as people read it: what HL7 defines is resolved, everything else stays as it is.

    Defined are \F\ \S\ \T\ \R\ \E\, \Xhh..\, \H\ and \N\ (highlighting) and formatting as \.br\.
    A stray escape character, as in `120\80`, in a path or in a sender's own sequence, is text.
    """
    if separators.escape not in text:
        return text
    return _sequences(separators.escape).sub(
        lambda found: _resolved(found, separators, codec), text
    )


@lru_cache(maxsize=16)
def _sequences(escape: str) -> re.Pattern[str]:
    """Escape sequences; those of bytes with all that follow at once, for they may share a letter.

    Marks that leave nothing behind do not count between digits, which would become one number.
    """
    e = re.escape(escape)
    return re.compile(
        rf"{e}(?P<one>[FSTRE]){e}"
        rf"|(?P<bytes>(?:{e}X(?:[0-9A-Fa-f]{{2}})+{e})+)"
        rf"|(?<!\d){e}(?:[HN]|{_FORMATS}){e}"
        rf"|{e}(?:[HN]|{_FORMATS}){e}(?!\d)"
        rf"|{e}(?:\.(?:br|sp|ce)(?:[ ]?[+-]?\d{{1,3}})?){e}",
        re.IGNORECASE if escape.isalpha() else 0,
    )


def _resolved(found: re.Match[str], separators: Separators, codec: str) -> str:
    if letter := found["one"]:
        return dict(zip("FSRET", separators, strict=True))[letter]
    if found["bytes"]:
        digits = re.sub(r"[^0-9A-Fa-f]", "", found["bytes"])
        return _from_hex(bytes.fromhex(digits), codec) or found[0]
    command = found[0][1:4]
    return "\n" if command in _NEW_LINE else " " if command == ".sk" else ""


def _from_hex(data: bytes, codec: str) -> str:
    """Bytes as text; "" where they are none in the message's character set."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return ""


def parse_time(value: str, zone: tzinfo) -> datetime | None:
    """A moment, in `zone` where it names none.

    HL7's DTM (YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]) and ISO 8601; 24:00 is the end of the day, a
    60th second the next minute. None for "" and for zeros, which mean "not known". Raises
    ValueError for anything else that is not a time.
    """
    value = value.strip()
    if not value.strip("0-:T. "):
        return None
    if len(value) == 14 and value.isdecimal() and value[8:10] < "24" and value[12:] < "60":
        return _exactly(value, zone)  # as most are
    found = _TIME.fullmatch(value)
    if not found or int(found["year"]) not in YEARS or (found["hour"] and not found["day"]):
        raise ValueError("not an HL7 time")
    month, day = int(found["month"] or 1), int(found["day"] or 1)
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    microsecond = int(f"{found['fraction'] or 0:<06}"[:6])
    more = timedelta()
    if hour == 24 and not (minute or second or microsecond):
        hour, more = 0, timedelta(days=1)
    if second == 60:
        second, more = 59, timedelta(seconds=1)
    offset = _offset(found["zone"]) if found["zone"] else zone
    return (
        datetime(int(found["year"]), month, day, hour, minute, second, microsecond, offset) + more
    )


def _exactly(value: str, zone: tzinfo) -> datetime:
    """YYYYMMDDHHMMSS."""
    year = int(value[:4])
    if year not in YEARS or not value.isascii():
        raise ValueError("not an HL7 time")
    rest = (int(value[at : at + 2]) for at in range(4, 14, 2))
    month, day, hour, minute, second = rest
    return datetime(year, month, day, hour, minute, second, 0, zone)


def parse_date(value: str) -> date | None:
    """A day; None where it is not known to the day or cannot be read: it is told, not acted on."""
    try:
        moment = parse_time(value, UTC) if len(value) >= len("YYYYMMDD") else None
    except ValueError:
        return None
    return moment.date() if moment else None


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    ahead = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or ahead > FARTHEST:
        raise ValueError("not a time zone")
    return timezone(-ahead if text[0] == "-" else ahead)
