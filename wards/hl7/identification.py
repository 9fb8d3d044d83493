"""People in a message: patients (PID), clinicians (XCN), and whether a patient has died. Pure."""

import re
from collections.abc import Iterator
from datetime import tzinfo

from wards.feeds.content import Clinician, Id, PatientSpec
from wards.feeds.refusals import missing
from wards.hl7.fields import identifier, identifiers, told_time
from wards.hl7.segments import Segment
from wards.hl7.values import parse_date

NAME_LENGTH = 120
GENDERS = {"F": "F", "M": "M", "O": "O", "A": "O"}  # HL7 table 0001; all others are unknown
YES = {"Y", "YES", "1", "T", "TRUE", "D", "DEAD", "DECEASED", "نعم", "متوفى", "متوفي", "متوفاة"}
# PV1-36, HL7 table 0112 and what hospitals put there instead.
_DEATHS = """
20 40 41 42 EX EXP XP EXPIRED DTH DIED DEATH DEAD DEC DECD DECEASED MOR MORT MORTALITY DIH DOA
متوفى متوفي متوفاة متوفية وفاة الوفاة توفي توفى توفيت
"""
DEATH_CODES = frozenset(_DEATHS.split())
_NOT_ZERO = re.compile("[1-9]")
_DEATH = re.compile(
    r"(?:\d+\W+)?(?:patient )?(?:has )?(?:expired|died|dead|death|deceased)\b(?! *certificate)"
    r"|(?:ال)?(?:متوف|وفاة|توف)",
    re.IGNORECASE,
)


def patient(pid: Segment, zone: tzinfo) -> PatientSpec:
    """PID; Failed where it has no number."""
    ids = next(filter(None, (identifiers(pid, number) for number in (3, 2, 4))), ())
    if not ids:
        raise missing("PID-3", "patient number")
    name = next((n for n in pid.repetitions(5) if _is_named(pid, n)), 1)
    died_at, when = told_time(pid, 29, zone), pid.value(29)
    # A time that cannot be read is a sign, too; but not the end of all days.
    dated = died_at is not None or (_NOT_ZERO.search(when) is not None and "9999" not in when)
    return PatientSpec(
        ids=ids,
        first_name=pid.value(5, 2, repetition=name)[:NAME_LENGTH],
        last_name=_last_name(pid, 5, 1, name),
        date_of_birth=parse_date(pid.value(7)),
        gender=GENDERS.get(pid.value(8)[:1].upper(), "U"),
        phone=phone(pid),
        email=email(pid),
        language={"AR": "ar", "EN": "en"}.get(pid.value(15)[:2].upper(), ""),
        deceased=dated or any(text.upper() in YES for text in (when, pid.value(30))),
        died_at=died_at,
    )


def _is_named(pid: Segment, repetition: int) -> bool:
    first = pid.value(5, 2, repetition=repetition)
    return bool(first or _last_name(pid, 5, 1, repetition))


def is_death(pv1: Segment) -> bool:
    """Whether a stay ended in death: PV1-36, by code or text."""
    codes = (pv1.value(36).upper(), pv1.value(36).lstrip("0"), pv1.value(36, 4).upper())
    texts = (pv1.value(36, component) for component in (1, 2, 5))
    return not DEATH_CODES.isdisjoint(codes) or any(map(_DEATH.match, texts))


def clinicians(segment: Segment, number: int) -> tuple[Clinician, ...]:
    """An XCN field: everybody it names, in order, each with all their numbers.

    Repetitions are of the same person where they have the same name or number.
    """
    found: list[Clinician] = []
    for repetition in segment.repetitions(number):
        who = _clinician(segment, number, repetition)
        if who is None:
            continue
        for index, known in enumerate(found):
            if _are_one(known, who):
                found[index] = _both(known, who)
                break
        else:
            found.append(who)
    return tuple(found)


def clinician(segment: Segment, number: int) -> Clinician | None:
    """The first person that an XCN field names; None where it names nobody."""
    return next(iter(clinicians(segment, number)), None)


def _clinician(segment: Segment, number: int, repetition: int) -> Clinician | None:
    id_ = identifier(segment, number, authority=9, kind=13, repetition=repetition)
    last = _last_name(segment, number, 2, repetition)
    first = segment.value(number, 3, repetition=repetition)[:NAME_LENGTH]
    if not (id_ or last or first):
        return None
    return Clinician((id_,) if id_ else (), first, last)


def _last_name(segment: Segment, number: int, component: int, repetition: int = 1) -> str:
    """FN: the whole surname, else its own parts: prefix and name."""
    name = segment.value(number, component, repetition=repetition)
    if not name:
        prefix, own = (
            segment.value(number, component, repetition=repetition, subcomponent=part)
            for part in (2, 3)
        )
        name = f"{prefix} {own}".strip()
    return name[:NAME_LENGTH]


def _name(who: Clinician) -> tuple[str, str]:
    return who.last_name.casefold(), who.first_name.casefold()


def _are_one(one: Clinician, other: Clinician) -> bool:
    if one.is_named and other.is_named:
        return _name(one) == _name(other)
    return not {id_.value for id_ in one.ids}.isdisjoint(id_.value for id_ in other.ids)


def _both(one: Clinician, other: Clinician) -> Clinician:
    ids: tuple[Id, ...] = tuple(dict.fromkeys(one.ids + other.ids))
    named = one if one.is_named else other
    return Clinician(ids, named.first_name, named.last_name)


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
