"""What a message says, in our words. Empty where it says nothing."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from wards.actions.results import Observation
from wards.models import Discharge


@dataclass(frozen=True)
class PatientSpec:
    """PID."""

    number: str
    first_name: str = ""
    last_name: str = ""
    date_of_birth: date | None = None
    gender: str = "U"
    phone: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True)
class Clinician:
    """XCN: somebody's code in the sender's system, and name."""

    code: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True)
class Visit:
    """PV1 (and PV2-3, the reason): where, with whom, since when."""

    ward: str = ""
    bed: str = ""
    attending: Clinician | None = None
    number: str = ""
    admitted_at: datetime | None = None
    reason: str = ""
    is_outside: bool = False  # an outpatient or not here yet: the place is no bed on a ward


class Move(StrEnum):
    """What an ADT message says has happened; its trigger event."""

    ADMITTED = "A01"
    TRANSFERRED = "A02"
    DISCHARGED = "A03"
    REGISTERED = "A04"
    UPDATED = "A08"
    ADMISSION_CANCELLED = "A11"
    TRANSFER_CANCELLED = "A12"
    DISCHARGE_CANCELLED = "A13"


@dataclass(frozen=True)
class Stay:
    """ADT. `at` is when it happened; `disposition` where a discharged patient went."""

    move: Move
    patient: PatientSpec
    visit: Visit
    at: datetime | None = None
    disposition: str = Discharge.Status.HOME


class Change(StrEnum):
    """What a SIU message says of an appointment; its trigger event."""

    BOOKED = "S12"
    RESCHEDULED = "S13"
    MODIFIED = "S14"
    CANCELLED = "S15"
    MISSED = "S26"


@dataclass(frozen=True)
class Scheduled:
    """SIU. `ids` are the filler's and the placer's; `why` is the reason of the change."""

    change: Change
    patient: PatientSpec
    ids: tuple[str, ...]
    provider: Clinician | None = None
    starts_at: datetime | None = None
    duration: int | None = None  # minutes
    reason: str = ""
    why: str = ""


@dataclass(frozen=True)
class Report:
    """One OBR group of an ORU^R01."""

    patient: PatientSpec
    visit: Visit
    provider: Clinician | None
    test: str
    observations: list[Observation] = field(default_factory=list)


Said = Stay | Scheduled | Report
