"""Phones and mail addresses (XTN), by use and kind. Pure."""

import re
from collections.abc import Iterator

from wards.hl7.segments import Segment

PHONE_LENGTH, EMAIL_LENGTH = 32, 254
# HL7 table 0202, use, and 0201 and 0202, kind: what nobody reads a text message on, or somebody
# else does (an emergency contact, an answering service).
NEVER_USES = {"NET", "BPN", "EMR", "ASN"}
NEVER_KINDS = {"FX", "FAX", "BP", "MD", "SAT", "TDD", "TTY", "INTERNET", "X.400"}
MOBILE = {"CP", "CELL", "MOBILE"}
_EXTENSION = re.compile(r"\s*(?:ext(?:ension)?\.?|x)\s*\d+.*$|(?<=\d)[BC](?=\d|\s|$).*$", re.I)
FEWEST_DIGITS = 3


def phone(pid: Segment) -> str:
    """A person's number: a mobile one before others, of home (PID-13, PID-40) before work."""
    for fields in ((13, 40), (14,)):
        found = sorted(_phones(pid, fields), key=lambda ranked: ranked[0])
        if found:
            return found[0][1]
    return ""


def email(pid: Segment) -> str:
    """A person's mail address; that of work where there is no other."""
    for fields in ((13, 40), (14,)):
        for number, repetition in _each(pid, fields):
            for component in (4, 1):
                text = pid.value(number, component, repetition=repetition)
                if "@" in text and " " not in text and len(text) <= EMAIL_LENGTH:
                    return text
    return ""


def _each(pid: Segment, fields: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for number in fields:
        for repetition in pid.repetitions(number):
            yield number, repetition


def _phones(pid: Segment, fields: tuple[int, ...]) -> Iterator[tuple[int, str]]:
    """Numbers with their rank: the lower, the better."""
    for number, repetition in _each(pid, fields):
        use, kind = (pid.value(number, c, repetition=repetition).upper() for c in (2, 3))
        if use in NEVER_USES or kind in NEVER_KINDS:
            continue
        text = _number(pid, number, repetition)
        # Half a number would be somebody else's.
        if text and len(text) <= PHONE_LENGTH:
            rank = 0 if kind in MOBILE or use == "PRS" else 1 if use in ("PRN", "") else 2
            yield rank, text


def _number(pid: Segment, number: int, repetition: int) -> str:
    """As written, without its extension; else unformatted; else of its parts."""
    for component in (1, 12):
        text = _EXTENSION.sub("", pid.value(number, component, repetition=repetition)).strip()
        if "@" not in text and _digits(text) >= FEWEST_DIGITS:
            return text
    country, area, local = (
        re.sub(r"\D", "", pid.value(number, c, repetition=repetition)) for c in (5, 6, 7)
    )
    if len(area + local) < FEWEST_DIGITS or not local:
        return ""
    if pid.value(number, 7, repetition=repetition).startswith("+"):
        return f"+{local}"  # whole in the part of its own
    country = country.removeprefix("00")
    return f"+{country}{area.removeprefix('0')}{local}" if country else area + local


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
