"""What a message says, in our words. Empty where it says nothing."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from wards.models import Discharge
from wards.results.observations import Observation


@dataclass(frozen=True)
class Id:
    """CX, XCN or EI: a value, who gave it (namespace, else universal id), and its type.

    `authority` is in upper case; "" where the message names none.
    """

    value: str
    authority: str = ""
    type: str = ""  # HL7 table 0203

    def __str__(self) -> str:
        return "^".join((self.value, self.authority)) if self.authority else self.value


@dataclass(frozen=True)
class PatientSpec:
    """PID. `ids` are all repetitions of PID-3, in order; where there are none, PID-2 and PID-4."""

    ids: tuple[Id, ...]
    first_name: str = ""
    last_name: str = ""
    date_of_birth: date | None = None
    gender: str = "U"
    phone: str = ""
    email: str = ""
    language: str = ""
    deceased: bool = False  # PID-30, or a time in PID-29
    died_at: datetime | None = None
    alive: bool = False  # PID-30 says N, or `""`: not just nothing

    @property
    def number(self) -> str:
        """The first number, for people."""
        return self.ids[0].value


@dataclass(frozen=True)
class Clinician:
    """XCN: somebody's codes in the sender's system, all repetitions of one field, and name.

    `ids` may be empty where only a name is given; the name where only a number is.
    """

    ids: tuple[Id, ...] = ()
    first_name: str = ""
    last_name: str = ""

    @property
    def code(self) -> str:
        """The first code; "" where only a name is given."""
        return self.ids[0].value if self.ids else ""

    @property
    def is_named(self) -> bool:
        """Whether there is more than a bare number."""
        return bool(self.first_name or self.last_name)


@dataclass(frozen=True)
class PatientVisit:
    """PV1 (and PV2-3, the reason): where, with whom, since when."""

    ward: str = ""
    room: str = ""
    bed: str = ""
    attending: Clinician | None = None
    number: str = ""  # PV1-19.1
    authority: str = ""  # PV1-19.4
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
    """ADT about a stay. `at` is when it happened (EVN-6, else EVN-2 and so on).

    `disposition` is where a discharged patient went; `disposition_code` the same as sent (PV1-36).
    `said_at` is where it stands among the other messages of the stay (`wards.hl7.timeline`).
    """

    move: Move
    patient: PatientSpec
    visit: PatientVisit
    at: datetime | None = None
    disposition: str = Discharge.Status.HOME
    disposition_code: str = ""
    said_at: datetime | None = None
    is_timed: bool = True  # names that time itself; else it is when the message was sent


@dataclass(frozen=True)
class Merge:
    """One pair of PID and MRG (A18, A30, A34, A36, A39, A40): `retired` is `survivor`, too.

    Where the merge is of visits (A35, A41, A42) and not of people, `retired_visit` is MRG-5, else
    MRG-3, and `surviving_visit` PV1-19, else PID-18; `retired` is then whose visits they are.
    """

    survivor: PatientSpec
    retired: tuple[Id, ...]
    retired_visit: Id | None = None
    surviving_visit: Id | None = None


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
    ids: tuple[Id, ...]
    provider: Clinician | None = None
    starts_at: datetime | None = None
    duration: int | None = None  # minutes
    reason: str = ""
    why: str = ""
    said_at: datetime | None = None


@dataclass(frozen=True)
class Report:
    """One OBR group of an ORU^R01; or what of a patient was said before the first OBR (2.8)."""

    patient: PatientSpec
    visit: PatientVisit
    provider: Clinician | None  # OBR-16, else ORC-12
    test: str
    observations: list[Observation] = field(default_factory=list)
    code: str = ""  # OBR-4.1, else OBR-4.4
    alternate: str = ""  # OBR-4.4
    placer: Id | None = None  # OBR-2, else ORC-2
    filler: Id | None = None  # OBR-3, else ORC-3
    copies: tuple[Clinician, ...] = ()  # OBR-28
    status: str = ""  # OBR-25
    observed_at: datetime | None = None  # OBR-7
    said_at: datetime | None = None  # OBR-22, else MSH-7
    notes: tuple[str, ...] = ()  # NTE-3 of the order and its values, in order


@dataclass(frozen=True)
class Unread:
    """Something in a message that was not understood; never what names a patient.

    `place` is as in "OBX-8"; `value` as it came.
    """

    place: str
    value: str


@dataclass(frozen=True)
class Parsed:
    """A message that was read: what it says, and what of it was not understood."""

    said: tuple["Said", ...]
    unread: tuple[Unread, ...] = ()


Said = Stay | Merge | Scheduled | Report
