"""Why a message is not accepted, in HL7's own terms."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wards.feeds.content import PatientSpec
    from wards.models import Patient


class Code(IntEnum):
    """Message error codes: HL7 table 0357."""

    SEGMENT_SEQUENCE_ERROR = 100
    REQUIRED_FIELD_MISSING = 101
    DATA_TYPE_ERROR = 102
    TABLE_VALUE_NOT_FOUND = 103
    UNSUPPORTED_MESSAGE_TYPE = 200
    UNSUPPORTED_EVENT_CODE = 201
    UNSUPPORTED_VERSION_ID = 203
    UNKNOWN_KEY_IDENTIFIER = 204
    DUPLICATE_KEY_IDENTIFIER = 205
    APPLICATION_RECORD_LOCKED = 206
    APPLICATION_INTERNAL_ERROR = 207

    @property
    def text(self) -> str:
        return self.name.replace("_", " ").capitalize()


class NotAccepted(Exception):
    """The message cannot be applied; `reason` tells the sender's people why.

    `place` is where in the message, as in "PID-3" or "PV1".
    """

    status = "AE"

    def __init__(self, code: Code, reason: str, place: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.place = code, reason, place


class Failed(NotAccepted):
    """AE: it is for us, but its content or the state of things stands in the way.

    The same message may succeed once that is mended, here or there.
    """


class Unclear(Failed):
    """It is not clear whom the message is about; that is for people to decide.

    `fingerprint` is the same whenever the same is said under the same numbers. `critical`: what
    waits for the decision is, among other things, a critical result.
    """

    def __init__(
        self, reason: str, *, spec: PatientSpec, candidates: Sequence[Patient], fingerprint: str
    ) -> None:
        super().__init__(Code.DUPLICATE_KEY_IDENTIFIER, reason, "PID-3")
        self.spec, self.candidates, self.fingerprint = spec, candidates, fingerprint
        self.critical = False


class Held(NotAccepted):
    """AA, although it is not applied yet: it is kept here until people have decided something."""

    status = "AA"


class Rejected(NotAccepted):
    """AR: as such it is nothing for us: header, type, version, sender."""

    status = "AR"


def missing(place: str, what: str) -> Failed:
    """A field or segment that we cannot do without."""
    return Failed(Code.REQUIRED_FIELD_MISSING, f"{place} ({what}) is missing", place)
