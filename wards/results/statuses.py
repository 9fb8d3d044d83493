"""Statuses of values and reports (HL7 tables 0085 for OBX-11 and 0123 for OBR-25)."""

from enum import StrEnum


class Standing(StrEnum):
    """What a status says about a value."""

    FINAL = "final"
    PRELIMINARY = "preliminary"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    NO_VALUE = "no_value"
    UNKNOWN = "unknown"


# The two tables agree where both have a letter, but for A: "some results available" of a report,
# "amended" of a value. The one that promises less is taken.
STANDINGS = {
    "F": Standing.FINAL,
    "C": Standing.FINAL,  # corrected: still a value
    "U": Standing.FINAL,  # changed to final without sending the value again
    "V": Standing.FINAL,  # verified
    "B": Standing.FINAL,  # appended
    "P": Standing.PRELIMINARY,
    "R": Standing.PRELIMINARY,  # entered, not verified
    "S": Standing.PRELIMINARY,  # partial; of a report: scheduled
    "I": Standing.PRELIMINARY,  # specimen in the laboratory
    "A": Standing.PRELIMINARY,
    "M": Standing.PRELIMINARY,  # corrected, not final
    "X": Standing.CANCELLED,  # cannot be obtained; of a report: cancelled
    "D": Standing.WITHDRAWN,  # deletes the record
    "W": Standing.WITHDRAWN,  # posted as wrong, for example to the wrong patient
    "N": Standing.NO_VALUE,  # not asked; of a report: done, results pending
    "O": Standing.NO_VALUE,  # order detail only; of a report: received
    "Y": Standing.NO_VALUE,  # no such order
    "Z": Standing.NO_VALUE,  # no such patient
}


def standing(status: str) -> Standing:
    """That of a status as sent. One that was left out is final: old senders have no OBX-11."""
    letter = status.partition("^")[0].strip().strip('"').upper()
    return STANDINGS.get(letter, Standing.UNKNOWN) if letter else Standing.FINAL
