"""Single values: escape sequences, times. Pure."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from wards.hl7.header import Separators

_TIME = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?"
    r"(?P<second>\d\d)?(\.(?P<fraction>\d+))?(?P<zone>[+-]\d{4})?",
    re.ASCII,
)
YEARS = range(1800, 2300)  # beyond: a slip of the pen, and trouble with time zones


def unescape(text: str, separators: Separators, codec: str) -> str:
    r"""A value as people read it: \F\ \S\ \R\ \E\ \T\ \Xhh..\ \.br\ resolved, others dropped.

    The hl7 library's own takes repeat counts from the message, logs the field when it does not
    understand it, and reads \X..\ as Latin-1 whatever the message is in.
    """
    field, component, repetition, escape, subcomponent = separators
    if escape not in text:
        return text
    plain = {"F": field, "S": component, "R": repetition, "E": escape, "T": subcomponent}

    def resolve(found: re.Match[str]) -> str:
        command = found[1]
        if command.startswith("X"):
            return _from_hex(command[1:], codec)
        if command[:3] in (".br", ".sp"):
            return "\n"
        return plain.get(command, "")

    mark = re.escape(escape)
    return re.sub(f"{mark}([^{mark}]*){mark}", resolve, text).replace("\0", "\ufffd")


def _from_hex(digits: str, codec: str) -> str:
    try:
        return bytes.fromhex(digits).decode(codec, errors="replace")
    except ValueError:
        return ""


def parse_time(value: str, zone: tzinfo) -> datetime | None:
    """A moment (HL7 DTM/TS): YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ], in `zone` where it names none.

    None for "" and for zeros, which mean "not known". Raises ValueError for anything else that is
    not a time.
    """
    if not value.strip("0"):
        return None
    found = _TIME.fullmatch(value)
    if not found or int(found["year"]) not in YEARS:
        raise ValueError("not an HL7 time")
    month, day = int(found["month"] or 1), int(found["day"] or 1)
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    microsecond = int(f"{found['fraction'] or 0:<06}"[:6])
    offset = _offset(found["zone"]) if found["zone"] else zone
    return datetime(int(found["year"]), month, day, hour, minute, second, microsecond, offset)


def parse_date(value: str) -> date | None:
    """A day; None where it is not known to the day or cannot be read: it is told, not acted on."""
    try:
        moment = parse_time(value, UTC) if len(value) >= len("YYYYMMDD") else None
    except ValueError:
        return None
    return moment.date() if moment else None


def _offset(text: str) -> tzinfo:
    hours, minutes = int(text[:3]), int(text[0] + text[3:])
    return timezone(timedelta(hours=hours, minutes=minutes))
