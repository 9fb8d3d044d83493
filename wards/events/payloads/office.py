"""Payloads of messages, bills, bulk work, feeds and the system."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from wards.events.payloads.base import Payload


@dataclass(frozen=True, kw_only=True)
class OfInvoice(Payload):
    """An invoice or a payment; amounts are words, with their currency."""

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    invoice: str = ""
    amount: str = ""
    due: str = ""
    link: str = ""


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
class OfConsent(Payload):
    """What a colleague says stands, or no more, against an address on a channel, and why."""

    about: ClassVar[frozenset[str]] = frozenset({"patient"})
    channel: str = ""
    ground: str = ""
    stands: bool = True
    reason: str = ""


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
class OfCampaign(Payload):
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


@dataclass(frozen=True, kw_only=True)
class OfNotice(Payload):
    """What code tells one person (`inbox.notify`): `subject` and `text` are the alert's words.

    With `tell_at` the event waits in the outbox until then.
    """

    user: int | None = None
    level: str = ""
    subject: str = ""
    text: str = ""
    link: str = ""
    tell_at: datetime | str | None = None
