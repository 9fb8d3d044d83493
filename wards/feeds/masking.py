"""A message without the people it names: an example to look at, not a person's record."""

import re

# The fields that name nobody, numbered as HL7 numbers them (v2.5.1). Patients, relatives and
# clinicians stand in many places, and more in versions to come: what is not here is left out.
SHOWN = {
    "AIL": {1, 2, 3, 4, 6},
    "AIS": {1, 2, 3, 4, 7, 8},
    "EVN": {1, 2, 3, 4, 6, 7},
    "MSH": set(range(1, 22)),
    "NTE": {1, 2},
    "OBR": {1, 2, 3, 4, 6, 7, 8, 14, 22, 24, 25, 27},
    "OBX": {1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 14, 19},
    "ORC": {1, 2, 3, 4, 5, 7, 9, 15},
    "PV1": {2, 3, 18, 19, 36, 44, 45},
    "RGS": {1, 2},
    "SCH": {1, 2, 6, 9, 10, 11, 25},
}
TEXTS = {"NTE": 3, "OBX": 5}  # so that one sees that there was something
NUMERIC = {"NM", "SN"}  # OBX-2 of values that a wrong reading is looked for in
HIDDEN = "…"


def masked(text: str) -> str:
    """Each segment on a line of its own with the fields that name nobody.

    Of a segment that we do not know its name only; of free text, which may name people, a sign.
    """
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    separator = text[3:4] if text[:3].upper() == "MSH" else "|"
    return "\n".join(_masked(line.strip(), separator) for line in lines)


def _masked(line: str, separator: str) -> str:
    name, *fields = line.split(separator)
    place = name.strip().upper()
    if place not in SHOWN:
        return f"{place[:3]}{separator}{HIDDEN}"
    shown = SHOWN[place]
    if place == "OBX" and NUMERIC.intersection(fields[1:2]):
        shown = shown | {5}
    kept = (
        value if number in shown else HIDDEN if value and number == TEXTS.get(place) else ""
        for number, value in enumerate(fields, 1)
    )
    return separator.join((place, *kept)).rstrip(separator)
