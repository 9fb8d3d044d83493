"""What a bed is called, by its room (PL.2) and bed (PL.3) and the setting of its feed. Pure."""

from wards.hl7.said import Visit
from wards.models import Feed

LETTER = 2  # characters: a longer name is taken for one that is unique within the ward


def bed_name(visit: Visit, beds: str) -> str:
    """As "501-A": A is a bed in every room. "" where the message names no bed.

    With `Beds.AUTO` room and bed where the bed is a letter or a number in its room.
    """
    room, bed = visit.room, visit.bed
    if not (room and bed) or beds == Feed.Beds.BED:
        return bed
    if beds == Feed.Beds.AUTO and len(bed) > LETTER:
        return bed
    return f"{room}-{bed}"[:BED_LENGTH]


BED_LENGTH = 80
