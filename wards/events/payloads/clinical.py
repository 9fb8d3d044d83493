"""Payloads of what happens to patients and on wards."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from wards.events.payloads.base import Payload


@dataclass(frozen=True, kw_only=True)
class OfPatient(Payload):
    """Something about a patient's own row; `changed` are names of columns.

    Of a merge `retired` is the other row, and `number` the number it had.
    """

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    changed: list[str] = field(default_factory=list)
    retired: int | None = None
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class OfStay(Payload):
    """An admission, transfer or discharge, or that it has been taken back."""

    about: ClassVar[frozenset[str]] = frozenset({"patient", "ward", "provider", "admission"})
    bed: str = ""
    bed_taken: str = ""  # the bed that was meant and is in use
    reason: str = ""
    operation: int | None = None  # the bulk operation it was part of
    quiet: bool = False  # whoever did it to many chose to tell no colleagues
    withdraws: list[int] = field(default_factory=list)  # events that did not happen after all


@dataclass(frozen=True, kw_only=True)
class OfDischarge(OfStay):
    """`status` is one of Discharge.Status."""

    status: str = ""


@dataclass(frozen=True, kw_only=True)
class OfMove(OfStay):
    """A transfer, or one taken back: the event's `other_ward` is where it began."""

    about = OfStay.about | {"other_ward"}


@dataclass(frozen=True, kw_only=True)
class OfBed(Payload):
    """A bed's status, before and after."""

    about: ClassVar[frozenset[str]] = frozenset({"ward"})
    bed: str = ""
    before: str = ""
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class OfAppointment(Payload):
    """An appointment as it was then; `moved_from` is its time before, `changed` names columns."""

    about: ClassVar[frozenset[str]] = frozenset({"patient", "provider", "appointment"})
    starts_at: datetime | str | None = None
    reason: str = ""
    financial_clearance: bool = False
    consent_verified: bool = False
    moved_from: datetime | str | None = None
    changed: list[str] = field(default_factory=list)
    hours_before: int | str = ""  # of a reminder
    link: str = ""  # where a video consultation takes place


@dataclass(frozen=True, kw_only=True)
class OfResult(Payload):
    """A version of a result; `ward` is where the patient is, `other_ward` one that is named."""

    about: ClassVar[frozenset[str]] = frozenset(
        {"patient", "ward", "other_ward", "provider", "admission"}
    )
    result: int | None = None
    version: int = 0
    test: str = ""
    bed: str = ""
    copies: list[int] = field(default_factory=list)  # users
    unknown_ward: str = ""
    patient_hears: bool = False
    unsays: list[int] = field(default_factory=list)  # events whose messages are not true any more
    interpretation: str = ""
    status: str = ""
    preliminary: bool = False
    normal: bool = False  # "Normal." may be said
    within_range: bool = False  # "Within the range given." may be said
    abnormal: bool = False
    was_critical: bool = False
    rings: bool = True
    takes: bool = False  # who took it before has to take it again
    values: list[dict[str, object]] = field(default_factory=list)
    more: int = 0  # values that are not among these


@dataclass(frozen=True, kw_only=True)
class OfFallback(Payload):
    """Whom an alert went to instead, or that it reached nobody; `event` is what it tells of."""

    about: ClassVar[frozenset[str]] = frozenset({"patient", "ward", "other_ward"})
    event: int | None = None
    test: str = ""
    result: int | None = None
    why: str = ""
    users: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class OfDuty(Payload):
    """A duty period; the event's `provider` is whose it is."""

    about: ClassVar[frozenset[str]] = frozenset({"ward", "provider"})
    starts_at: datetime | str | None = None
    ends_at: datetime | str | None = None
    in_charge: bool = False
