"""ADT: what patient administration says of a stay, or of two numbers of one person. Pure."""

import re
from dataclasses import replace
from datetime import datetime, tzinfo

from wards.feeds.content import Id, Merge, Move, PatientSpec, PatientVisit, Stay
from wards.feeds.refusals import missing
from wards.hl7 import fields, identification
from wards.hl7.fields import identifier
from wards.hl7.identification import clinician
from wards.hl7.segments import Segment
from wards.models import Discharge, Feed

# Trigger events that say the same to us as another does.
SAME_AS = {"A05": "A04", "A06": "A01", "A28": "A04", "A31": "A08"}
OF_PERSONS = {"A28", "A31"}  # PV1 is there for form's sake
MERGES = {"A18", "A30", "A34", "A35", "A36", "A39", "A40", "A41", "A42", "A46", "A47"}
OF_VISITS = {"A35", "A41", "A42"}
PLACED = {Move.ADMITTED, Move.TRANSFERRED}  # of no use without a ward
TIMED = {Move.TRANSFERRED, Move.DISCHARGED, Move.UPDATED}
TELLS_OF_DEATH = {Move.DISCHARGED, Move.UPDATED}
# PV1-36, HL7 table 0112; all others went home.
DISPOSITIONS = {
    **dict.fromkeys(("02", "03", "04", "05", "06"), Discharge.Status.TRANSFERRED),
    "07": Discharge.Status.AGAINST_ADVICE,
}
REASON_LENGTH = 200


def stay(found: list[Segment], event: str, zone: tzinfo) -> Stay:
    """PID, PV1, PV2, EVN; Failed where what the event needs is not there."""
    move = Move(SAME_AS.get(event, event))
    first = {segment.place: segment for segment in reversed(found)}
    needed = ("PID", "PV1") if move in PLACED else ("PID",)
    for place, what in zip(needed, ("patient", "visit"), strict=False):
        if place not in first:
            raise missing(place, what)
    patient = identification.patient(first["PID"], zone)
    pv1, evn = first.get("PV1"), first.get("EVN")
    if pv1 is None or event in OF_PERSONS:
        return Stay(move, patient, PatientVisit(), _event_time(move, None, evn, zone))
    status, code = _disposition(pv1)
    if move in TELLS_OF_DEATH and status == Discharge.Status.DECEASED:
        patient = replace(patient, deceased=True)
    seen = visit(pv1)
    if move in PLACED:
        seen = _begun(seen, pv1, first.get("PV2"), evn, zone)
        if not seen.ward:
            raise missing("PV1-3", "ward")
    return Stay(move, patient, seen, _event_time(move, pv1, evn, zone), status, code)


def _begun(
    visit: PatientVisit, pv1: Segment, pv2: Segment | None, evn: Segment | None, zone: tzinfo
) -> PatientVisit:
    began = fields.time(pv1, 44, zone) or (fields.time(evn, 2, zone) if evn else None)
    reason = fields.named(pv2, 3)[:REASON_LENGTH] if pv2 else ""
    return replace(visit, admitted_at=began, reason=reason)


def _event_time(
    move: Move, pv1: Segment | None, evn: Segment | None, zone: tzinfo
) -> datetime | None:
    at = fields.time(pv1, 45, zone) if pv1 and move is Move.DISCHARGED else None
    if evn and move in TIMED:
        at = at or fields.time(evn, 6, zone) or fields.time(evn, 2, zone)
    return at


def _disposition(pv1: Segment) -> tuple[str, str]:
    """Where a discharged patient went, and the code as sent."""
    code = pv1.value(36)
    if identification.is_death(pv1):
        return Discharge.Status.DECEASED, code
    return DISPOSITIONS.get(code.zfill(2), Discharge.Status.HOME), code


def merges(found: list[Segment], event: str, zone: tzinfo) -> list[Merge]:
    """Pairs of PID and MRG; a PV1 of the pair names the visit that survives."""
    said: list[Merge] = []
    patient: PatientSpec | None = None
    visit: Id | None = None
    of_visits = event in OF_VISITS
    for segment in found:
        match segment.place:
            case "PID":
                patient = identification.patient(segment, zone)
                visit = fields.identifier(segment, 18, authority=4)
            case "PV1" if said and of_visits and said[-1].survivor == patient:
                named = fields.identifier(segment, 19, authority=4)
                said[-1] = replace(said[-1], surviving_visit=named or said[-1].surviving_visit)
            case "MRG":
                if patient is None:
                    raise missing("PID", "patient")
                said.append(_merge(segment, patient, visit if of_visits else None, of_visits))
    if not said:
        raise missing("MRG" if patient else "PID", "patient")
    return said


def _merge(mrg: Segment, patient: PatientSpec, visit: Id | None, of_visits: bool) -> Merge:
    retired = fields.identifiers(mrg, 1) or fields.identifiers(mrg, 4)
    if not of_visits:
        if not retired:
            raise missing("MRG-1", "number that is given up")
        return Merge(patient, retired)
    old = fields.identifier(mrg, 5, authority=4) or fields.identifier(mrg, 3, authority=4)
    if old is None:
        raise missing("MRG-5", "visit that is given up")
    return Merge(patient, retired, old, visit)


# HL7 table 0004: outpatient, not admitted yet, recurring, commercial
OUTSIDE = {"O", "P", "R", "C"}
# HL7 table 0301: the third part of an HD, which a room and a bed are not.
ID_TYPES = {"ISO", "DNS", "GUID", "UUID", "URI", "HCD", "HL7", "L", "M", "N", "RANDOM", "X400"}
LETTERS = 2  # a bed of so many characters is one of a room
_OWN_NAME = re.compile(r"[^\W\d_]+[ -]?\d+")  # C-12, Bed 124: numbered through


def visit(pv1: Segment) -> PatientVisit:
    """PV1, as far as it is the same in all messages."""
    ward, room, bed = _place(pv1, 3)
    number = identifier(pv1, 19, authority=4)
    return PatientVisit(
        ward=ward,
        room=room,
        bed=bed,
        attending=clinician(pv1, 7),
        number=number.value if number else "",
        authority=number.authority if number else "",
        is_outside=pv1.value(2).upper() in OUTSIDE,
    )


def _place(pv1: Segment, number: int) -> tuple[str, str, str]:
    """Point of care, room, bed: components, or where there is but one, its subcomponents."""
    ward, room, bed = (pv1.key(number, component) for component in (1, 2, 3))
    if ward and not (room or bed):
        parts = [pv1.value(number, 1, subcomponent=part) for part in (2, 3)]
        if any(parts) and parts[1].upper() not in ID_TYPES:
            room, bed = (pv1.short(number, part) for part in parts)
    return ward, room, bed


def bed_name(visit: PatientVisit, rule: str) -> str:
    """What the bed of a visit is called, by `Feed.beds`; "" where no bed is named.

    A bed "A" or "Window" is there in every room; a bed "C-12" is its own name, and so is one that
    names its room.
    """
    if not visit.bed or not visit.room or rule == Feed.Beds.BED:
        return visit.bed
    is_own = len(visit.bed) > LETTERS and (
        visit.room.casefold() in visit.bed.casefold() or _OWN_NAME.fullmatch(visit.bed)
    )
    if is_own and rule != Feed.Beds.ROOM_BED:
        return visit.bed
    return f"{visit.room}-{visit.bed}"
