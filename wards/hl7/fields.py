"""Fields that several kinds of segment have: identifiers, coded texts, times. Pure."""

from datetime import datetime, tzinfo

from wards.feeds.content import Id
from wards.feeds.refusals import Code, Failed
from wards.hl7.segments import Segment
from wards.hl7.values import parse_time

AUTHORITY_LENGTH, TYPE_LENGTH = 180, 20
TEXT_LENGTH = 250
NOBODY = {"UNKNOWN", "UNK", "NONE", "NULL", "N/A"}


def identifiers(segment: Segment, number: int) -> tuple[Id, ...]:
    """A CX field: all repetitions that name something, in order, each once."""
    found = (
        identifier(segment, number, authority=4, kind=5, repetition=repetition)
        for repetition in segment.repetitions(number)
    )
    return tuple(dict.fromkeys(filter(None, found)))


def identifier(
    segment: Segment, number: int, *, authority: int = 0, kind: int = 0, repetition: int = 1
) -> Id | None:
    """One repetition's value, with its authority and type out of these components.

    None for what stands for "not known": zeros alone, "UNKNOWN".
    """
    value = segment.key(number, repetition=repetition)
    if not value.strip("0-. ") or value.upper() in NOBODY:
        return None
    type_ = segment.value(number, kind, repetition=repetition) if kind else ""
    given_by = _authority(segment, number, authority, repetition) if authority else ""
    return Id(value, given_by, type_.upper()[:TYPE_LENGTH])


def _authority(segment: Segment, number: int, component: int, repetition: int) -> str:
    """HD: the namespace, else the universal id."""
    for part in (1, 2):
        text = segment.value(number, component, repetition=repetition, subcomponent=part)
        if text:
            return text.upper()[:AUTHORITY_LENGTH]
    return ""


def entity(segment: Segment, number: int) -> Id | None:
    """An EI field, as order numbers are: value, namespace, universal id."""
    found = identifier(segment, number, authority=2)
    if found and not found.authority:
        return Id(found.value, segment.value(number, 3).upper()[:AUTHORITY_LENGTH])
    return found


def named(segment: Segment, number: int) -> str:
    """A coded field's text: of the first triplet, the second, as written; else its code."""
    if len(segment.raw(number)) == 0:
        return ""
    texts = (segment.value(number, component) for component in (2, 5, 9, 1, 4))
    return next(filter(None, texts), "")[:TEXT_LENGTH]


def time(segment: Segment, number: int, zone: tzinfo, *, component: int = 1) -> datetime | None:
    """A time that we act on; Failed where it is none."""
    try:
        return parse_time(segment.value(number, component), zone)
    except ValueError:
        place = f"{segment.place}-{number}"
        raise Failed(Code.DATA_TYPE_ERROR, f"{place} is not an HL7 time", place) from None


def told_time(segment: Segment, number: int, zone: tzinfo) -> datetime | None:
    """A time that is only told; not known where it is none, which is noted."""
    text = segment.value(number)
    try:
        return parse_time(text, zone)
    except ValueError:
        segment.note(number, text)
        return None
