"""SIU: what a scheduling system says of an appointment. Pure."""

from datetime import datetime, timedelta, tzinfo

from wards.feeds.content import Change, Clinician, Scheduled
from wards.feeds.refusals import missing
from wards.hl7 import fields, identification
from wards.hl7.segments import Segment
from wards.models import Appointment

MINUTES = {"S": 1 / 60, "H": 60.0, "D": 1440.0}  # of a unit, by its first letter; all others: 1
TEXT_LENGTH = 200
# AIG-4: general resources that are nobody.
THINGS = ("EQUIP", "ROOM", "DEV", "LOC", "BED")


def scheduled(found: list[Segment], event: str, zone: tzinfo) -> Scheduled:
    """SCH, PID, PV1, and of the resources the first person (AIP) and service (AIS).

    Raises Failed where the appointment or its patient is not named.
    """
    first = {segment.place: segment for segment in reversed(found)}
    for place, what in (("SCH", "appointment"), ("PID", "patient")):
        if place not in first:
            raise missing(place, what)
    sch = first["SCH"]
    found_ids = (fields.entity(sch, 2), fields.entity(sch, 1))
    ids = tuple(dict.fromkeys(filter(None, found_ids)))
    if not ids:
        raise missing("SCH-2", "appointment id")
    starts_at, ends_at = _times(first, zone)
    return Scheduled(
        change=Change(event),
        patient=identification.patient(first["PID"], zone),
        ids=ids,
        provider=_provider(found, first),
        starts_at=starts_at,
        duration=_duration(first, starts_at, ends_at),
        reason=(fields.named(sch, 7) or fields.named(sch, 8))[:TEXT_LENGTH],
        why=fields.named(sch, 6)[:TEXT_LENGTH],
    )


def _provider(found: list[Segment], first: dict[str, Segment]) -> Clinician | None:
    """Who sees the patient: somebody scheduled by name, the attending one, a resource.

    A bare number of the person scheduled comes after those; the consulting and the referring one
    are better than nobody.
    """
    scheduled = [
        identification.clinician(segment, 3) for segment in found if segment.place == "AIP"
    ]
    choices = (
        next((who for who in scheduled if who and who.is_named), None),
        _person(first, "PV1", 7),
        _resource(first["AIG"]) if "AIG" in first else None,
        next(filter(None, scheduled), None),
        _person(first, "PV1", 9),
        _person(first, "PV1", 8),
    )
    return next(filter(None, choices), None)


def _person(first: dict[str, Segment], place: str, number: int) -> Clinician | None:
    return identification.clinician(first[place], number) if place in first else None


def _resource(aig: Segment) -> Clinician | None:
    """AIG-3, a coded field, where it is somebody."""
    if fields.named(aig, 4).upper().startswith(THINGS):
        return None
    id_ = fields.identifier(aig, 3)
    return (
        Clinician((id_,), last_name=aig.value(3, 2)[: identification.NAME_LENGTH]) if id_ else None
    )


def _times(first: dict[str, Segment], zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Begin and end: TQ1 (since 2.5), else SCH-11, else the begin of the service or the person."""
    begin = end = None
    if tq1 := first.get("TQ1"):
        begin, end = fields.time(tq1, 7, zone), fields.time(tq1, 8, zone)
    sch = first["SCH"]
    begin = begin or fields.time(sch, 11, zone, component=4)
    end = end or fields.time(sch, 11, zone, component=5)
    for place, number in (("AIS", 4), ("AIP", 6)):
        if begin is None and place in first:
            begin = fields.time(first[place], number, zone)
    return begin, end


def _duration(
    first: dict[str, Segment], begin: datetime | None, end: datetime | None
) -> int | None:
    """Minutes: SCH-9, else from begin to end, else of the service; what an appointment may last."""
    minutes = _minutes(first["SCH"], 9)
    if not minutes and begin and end:
        minutes = (end - begin) / timedelta(minutes=1)
    if not minutes and "AIS" in first:
        minutes = _minutes(first["AIS"], 7)
    if not minutes or minutes < 0:
        return None
    return round(min(max(minutes, Appointment.SHORTEST), Appointment.LONGEST))


def _minutes(segment: Segment, number: int) -> float:
    """A number of a unit, which the next field names; 0 where it cannot be read."""
    unit = segment.value(number + 1).upper()
    text = segment.value(number)
    if not text.isdecimal() or len(text) > 6:
        return 0
    return int(text) * MINUTES.get(unit[:1], 1.0)
