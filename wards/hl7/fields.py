"""Fields that several kinds of message have: patients, places, people, names, times. Pure."""

from datetime import datetime, tzinfo

from wards.hl7.refusals import Code, Failed, missing
from wards.hl7.said import Clinician, Id, PatientSpec, Visit
from wards.hl7.segments import Segment
from wards.hl7.values import parse_date, parse_time

NAME_LENGTH = 120
AUTHORITY_LENGTH, TYPE_LENGTH = 180, 20
TEXT_LENGTH = 250
GENDERS = {"F": "F", "M": "M", "O": "O", "A": "O"}  # HL7 table 0001; all others are unknown
OUTSIDE = {
    "O",
    "P",
    "R",
    "C",
}  # HL7 table 0004: outpatient, not admitted yet, recurring, commercial


def patient(pid: Segment) -> PatientSpec:
    """PID; Failed where it has no number."""
    numbers = tuple(
        Id(
            value,
            pid.value(3, 4, repetition=n).upper()[:AUTHORITY_LENGTH],
            pid.value(3, 5, repetition=n).upper()[:TYPE_LENGTH],
        )
        for n in each(pid, 3)
        if (value := pid.key(3, repetition=n))
    )
    if not numbers:
        raise missing("PID-3", "patient number")
    phones = [pid.value(13, c, repetition=n) for n in each(pid, 13) for c in (1, 12)]
    emails = [pid.value(13, 4, repetition=n) for n in each(pid, 13)]
    return PatientSpec(
        ids=numbers,
        first_name=pid.value(5, 2)[:NAME_LENGTH],
        last_name=pid.value(5, 1)[:NAME_LENGTH],
        date_of_birth=parse_date(pid.value(7)),
        gender=GENDERS.get(pid.value(8).upper(), "U"),
        # Half a number would be somebody else's.
        phone=next((phone for phone in phones if 0 < len(phone) <= 32), ""),
        email=next((email for email in emails if "@" in email and len(email) <= 254), ""),
        language={"AR": "ar", "EN": "en"}.get(pid.value(15)[:2].upper(), ""),
    )


def visit(pv1: Segment) -> Visit:
    """PV1, as far as it is the same in all messages."""
    return Visit(
        ward=pv1.key(3, 1),
        room=pv1.key(3, 2),
        bed=pv1.key(3, 3),
        attending=clinician(pv1, 7),
        number=pv1.key(19),
        authority=pv1.value(19, 4).upper()[:AUTHORITY_LENGTH],
        is_outside=pv1.value(2).upper() in OUTSIDE,
    )


def clinician(segment: Segment, number: int) -> Clinician | None:
    """An XCN field; None where it names nobody."""
    code = segment.key(number)
    if not code:
        return None
    return Clinician(
        (Id(code, segment.value(number, 9).upper()[:AUTHORITY_LENGTH]),),
        segment.value(number, 3)[:NAME_LENGTH],
        segment.value(number, 2)[:NAME_LENGTH],
    )


def named(segment: Segment, number: int) -> str:
    """A coded field's text, or its code where there is no text."""
    return (segment.value(number, 2) or segment.value(number))[:TEXT_LENGTH]


def time(segment: Segment, number: int, zone: tzinfo, *, component: int = 1) -> datetime | None:
    """A time that we act on; Failed where it is none."""
    try:
        return parse_time(segment.value(number, component), zone)
    except ValueError:
        place = f"{segment.place}-{number}"
        raise Failed(Code.DATA_TYPE_ERROR, f"{place} is not an HL7 time", place) from None


def each(segment: Segment, number: int) -> range:
    """The numbers of a field's repetitions."""
    return range(1, segment.repetitions(number) + 1)
