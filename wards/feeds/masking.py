"""A message without the people it names: an example to look at, not a person's record."""

import re

# Segments that say who somebody is, who belongs to them, and who pays for them.
PERSONAL = {"PID", "PD1", "NK1", "GT1", "IN1", "IN2", "IN3", "MRG", "ARV", "ACC", "CON", "ROL"}
HIDDEN = "…"


def masked(text: str) -> str:
    """Each segment on a line of its own; of those that name people, the name of the segment only.

    Free text may name people, too: values of OBX-5 and NTE are left out.
    """
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    separator = text[3:4] if text[:3].upper() == "MSH" else "|"
    return "\n".join(_masked(line.strip(), separator) for line in lines)


def _masked(line: str, separator: str) -> str:
    name, *fields = line.split(separator)
    place = name.strip().upper()
    if place in PERSONAL or not re.fullmatch(r"[A-Z][A-Z0-9]{2}", place):
        return f"{place[:3]}{separator}{HIDDEN}"
    if place == "NTE" and len(fields) > 2:
        fields[2] = HIDDEN
    if place == "OBX" and len(fields) > 4 and fields[4]:
        # Numbers are what a wrong reading is looked for in; texts may name somebody.
        fields[4] = fields[4] if fields[1] in ("NM", "SN") else HIDDEN
    if place == "PV1":
        fields = [
            value if number in (1, 2, 17, 18, 35) else "" for number, value in enumerate(fields)
        ]
    return separator.join((place, *fields)).rstrip(separator)
