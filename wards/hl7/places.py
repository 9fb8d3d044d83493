"""Places in a message: wards, rooms and beds (PL), and the visit they are of (PV1). Pure."""

import re

from wards.feeds.statements import Visit
from wards.hl7.fields import identifier
from wards.hl7.people import clinician
from wards.hl7.segments import Segment
from wards.models import Feed

# HL7 table 0004: outpatient, not admitted yet, recurring, commercial
OUTSIDE = {"O", "P", "R", "C"}
# HL7 table 0301: the third part of an HD, which a room and a bed are not.
ID_TYPES = {"ISO", "DNS", "GUID", "UUID", "URI", "HCD", "HL7", "L", "M", "N", "RANDOM", "X400"}
LETTERS = 2  # a bed of so many characters is one of a room
_OWN_NAME = re.compile(r"[^\W\d_]+[ -]?\d+")  # C-12, Bed 124: numbered through


def visit(pv1: Segment) -> Visit:
    """PV1, as far as it is the same in all messages."""
    ward, room, bed = _place(pv1, 3)
    number = identifier(pv1, 19, authority=4)
    return Visit(
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


def bed_name(visit: Visit, rule: str) -> str:
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
