"""Payloads: what an event of each kind carries in `data`, beyond the rows it is about.

A kind declares its fields once, here; `wards.events` refuses to record others, and the rule table
may only name words whose fields its kind has (`manage.py check`). Old rows may lack fields that
came later: readers take what is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import ClassVar

from wards.kinds import Kind


class Unfit(TypeError):
    """An event that carries what its kind does not declare: a mistake in the code."""


@dataclass(frozen=True, kw_only=True)
class Payload:
    """Nothing beyond the rows. `about` names those: attributes of the event."""

    about: ClassVar[frozenset[str]] = frozenset()
    training: bool = False  # a rehearsal (`events.training`)


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


@dataclass(frozen=True, kw_only=True)
class OfDischarge(OfStay):
    """`status` is one of Discharge.Status."""

    status: str = ""


@dataclass(frozen=True, kw_only=True)
class OfMove(OfStay):
    """A transfer: the event's `other_ward` is where it began."""

    about = OfStay.about | {"other_ward"}


@dataclass(frozen=True, kw_only=True)
class TakenBack(OfMove):
    """`withdraws` are ids of events that turned out not to have happened."""

    withdraws: list[int] = field(default_factory=list)


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
    unsays: list[int] = field(default_factory=list)  # events whose letters are not true any more
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
class OfInvoice(Payload):
    """An invoice or a payment; amounts are words, with their currency."""

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    invoice: str = ""
    amount: str = ""
    due: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class OfDuty(Payload):
    """A duty period; the event's `provider` is whose it is."""

    about: ClassVar[frozenset[str]] = frozenset({"ward", "provider"})
    starts_at: datetime | str | None = None
    ends_at: datetime | str | None = None
    in_charge: bool = False


@dataclass(frozen=True, kw_only=True)
class OfOperation(Payload):
    """The end of a bulk operation: numbers of rows, and why it failed."""

    operation: int | None = None
    operation_type: str = ""
    dry_run: bool = False
    total: int = 0
    successful: int = 0
    failed: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OfPreferences(Payload):
    """A patient's wishes: `how` they were said, and what was `set`."""

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    how: str = ""
    set: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OfMessage(Payload):
    """A message to a patient that failed for good; `reason` as messaging/reasons.py knows it."""

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    message: int | None = None
    channel: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OfFailureRate(Payload):
    """How many of the messages of the last minutes have failed."""

    total: int = 0
    failed: int = 0
    minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class OfBudget(Payload):
    """A month's budget of messages, nearly spent."""

    percent: int | str = ""
    spent: str = ""
    limit: str = ""


@dataclass(frozen=True, kw_only=True)
class OfSettings(Payload):
    """A budget or a price that somebody changed."""

    limit: str = ""
    currency: str = ""
    warning: int | str = ""
    price: int | None = None
    change: str = ""
    channel: str = ""
    provider: str = ""
    country: str = ""
    amount: str = ""


@dataclass(frozen=True, kw_only=True)
class OfTemplate(Payload):
    """A message template that somebody wrote, changed, switched, tried or deleted."""

    template: int | None = None
    code: str = ""
    channel: str = ""
    version: int | None = None
    on: bool | None = None
    message: int | None = None
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class OfBulkSend(Payload):
    """A bulk send: whose it is, and numbers of people or messages."""

    bulk: int | None = None
    subject: str = ""
    creator: int | None = None
    changer: int | None = None
    reason: str = ""
    total: int = 0
    successful: int = 0
    failed: int = 0
    audience: str = ""
    starts_at: datetime | str | None = None


@dataclass(frozen=True, kw_only=True)
class OfFeed(Payload):
    """A feed, by its id and name; `starts_at` is when its last message came."""

    feed: int | None = None
    subject: str = ""
    starts_at: datetime | str | None = None


@dataclass(frozen=True, kw_only=True)
class OfQuestion(Payload):
    """Whom messages are about: `subject` is the name that they say; the answer is `patient`."""

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    question: int | None = None
    feed: str = ""
    subject: str = ""
    critical: bool = False  # a critical result waits for the answer
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class OfReplay(Payload):
    """A stored HL7 message applied again, with its status before and after."""

    message: int | None = None
    before: str = ""
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Notice(Payload):
    """Something the system says: a subject, and a sentence on it."""

    subject: str = ""
    reason: str = ""


P = Kind
PAYLOADS: dict[Kind, type[Payload]] = {
    **dict.fromkeys((P.PATIENT_REGISTERED, P.PATIENT_UPDATED, P.PATIENT_MERGED), OfPatient),
    P.PATIENT_ADMITTED: OfStay,
    P.PATIENT_TRANSFERRED: OfMove,
    P.PATIENT_DISCHARGED: OfDischarge,
    **dict.fromkeys(
        (P.ADMISSION_CANCELLED, P.TRANSFER_CANCELLED, P.DISCHARGE_CANCELLED), TakenBack
    ),
    **dict.fromkeys((P.IDENTITY_UNCLEAR, P.IDENTITY_DECIDED), OfQuestion),
    P.MESSAGE_REPLAYED: OfReplay,
    P.BED_STATUS_CHANGED: OfBed,
    **{kind: OfAppointment for kind in Kind if kind.startswith(("appointment.", "telemedicine."))},
    **{kind: OfResult for kind in Kind if kind.startswith("test_result.")},
    **dict.fromkeys((P.ALERT_FELL_BACK, P.ALERT_UNHEARD), OfFallback),
    **{kind: OfInvoice for kind in Kind if kind.startswith("billing.")},
    **{kind: OfDuty for kind in Kind if kind.startswith("duty.")},
    **{kind: OfOperation for kind in Kind if kind.startswith("bulk_operation.")},
    P.PREFERENCES_CHANGED: OfPreferences,
    P.MESSAGE_FAILED: OfMessage,
    P.MESSAGING_FAILURE_RATE: OfFailureRate,
    P.MESSAGING_BUDGET: OfBudget,
    **dict.fromkeys((P.BUDGET_CHANGED, P.PRICES_CHANGED), OfSettings),
    **{kind: OfTemplate for kind in Kind if kind.startswith("template.")},
    **{kind: OfBulkSend for kind in Kind if kind.startswith("bulk_send.")},
    P.FEED_SILENT: OfFeed,
    **dict.fromkeys(
        (P.PROVIDER_UNREACHABLE, P.SYSTEM_INFO, P.SYSTEM_WARNING, P.SYSTEM_ERROR), Notice
    ),
}
_NAMES = {
    kind: frozenset(each.name for each in fields(payload)) for kind, payload in PAYLOADS.items()
}


def names(kind: str) -> frozenset[str]:
    """The fields that events of a kind may carry."""
    return _NAMES[Kind(kind)]


def about(kind: str) -> frozenset[str]:
    """The rows that events of a kind are about, by their attribute of the event."""
    return PAYLOADS[Kind(kind)].about


def check(kind: str, data: Mapping[str, object], rows: Iterable[str]) -> None:
    """Raises Unfit where an event would carry or be about what its kind does not declare."""
    if unknown := {*data} - names(kind):
        raise Unfit(f"{kind} does not carry {', '.join(sorted(unknown))}")
    if foreign := {*rows} - about(kind):
        raise Unfit(f"{kind} is not about {', '.join(sorted(foreign))}")
