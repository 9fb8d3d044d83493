"""What a carrier is to the delivery engine: three holes to fill, and two ways to fail.

A carrier is one file in this directory, which reads the settings of its account, too (`setting`),
and one line in the registry (`providers/__init__.py`). It never touches the database: it turns an
`Outgoing` into a call, and a webhook's request into `Receipt`s and `Inbound`s. Every carrier
passes `tests/messaging/carriers/contract.py`.
"""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Self

from django.conf import settings
from django.http import HttpRequest

from messaging.carriers import foreign
from messaging.channels import Channel
from messaging.statuses import Status

TIMEOUT = 10.0  # seconds a carrier has to answer
LONGEST_WAIT = 24 * 60 * 60.0  # seconds that we let a carrier put us off


def setting(name: str) -> str:
    """What an account needs, from the environment; what config/settings.py has goes first."""
    return str(getattr(settings, name, os.environ.get(name, "")))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt at one message. `reference` is ours, unique per attempt: `<id>-<attempt>`."""

    reference: str
    channel: Channel
    to: str
    subject: str
    body: str  # plain text; a carrier of e-mail makes its HTML from it, escaped
    language: str
    sender: str  # the hospital's name
    callback_url: str  # where receipts go, with the reference in it
    unsubscribe_url: str = ""  # RFC 8058 one-click, for e-mail to patients and of bulk sends


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has taken the message."""

    provider_id: str
    cost: Decimal | None = None
    currency: str = ""
    parts: int | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "provider_id", foreign.identifier(self.provider_id))
        put(self, "cost", foreign.amount(self.cost))
        put(self, "currency", foreign.code(self.currency)[:3])
        put(self, "parts", foreign.small(self.parts))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a carrier says became of a message later. Either id may be missing, not both."""

    status: Status  # sent, delivered, read, failed or bounced
    reference: str = ""
    provider_id: str = ""
    code: str = ""  # the carrier's own
    at: datetime | None = None
    cost: Decimal | None = None
    currency: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "reference", foreign.identifier(self.reference))
        put(self, "provider_id", foreign.identifier(self.provider_id))
        put(self, "code", foreign.code(self.code))
        put(self, "cost", foreign.amount(self.cost))
        put(self, "currency", foreign.code(self.currency)[:3])


class Said(StrEnum):
    """What a carrier itself has understood somebody to say; nothing where that is for us."""

    NOTHING = ""
    STOP = "stop"
    START = "start"
    COMPLAINT = "complaint"  # our message is spam, they say
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Inbound:
    """Words that came back from a patient (STOP), or an unsubscription.

    `id` is the carrier's own: what it names is heard once. Without it, as often as it is said.
    """

    channel: Channel
    address: str  # whose
    body: str
    id: str = ""
    said: Said = Said.NOTHING

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "address", foreign.address(self.address))
        put(self, "body", foreign.words(self.body))
        put(self, "id", foreign.identifier(self.id))


class Refusal(Exception):
    """The carrier has certainly not taken the message.

    `permanent`: trying again is no use (no such number), which only codes say that mean it.
    Otherwise it is tried again, not before `retry_after` seconds where given. `code` is the
    carrier's own and names no patient.
    `provider_down`: says more about the carrier than about this message (a 503, no connection).
    """

    def __init__(
        self,
        code: str,
        *,
        permanent: bool = False,
        provider_down: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.permanent, self.provider_down = foreign.code(code), permanent, provider_down
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_WAIT)


class Unclear(Exception):
    """The carrier may or may not have taken it: the answer never came (time-out after sending).

    The message then waits for a receipt, or for `find`, before it is tried again.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = foreign.code(code)


# What a receipt may say.
TOLD = frozenset({Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.BOUNCED})


class Forged(Exception):
    """A webhook's request is not from the carrier, or is too old: answered with 403."""


class Challenged(Forged):
    """A webhook's request names nobody yet: answered with 401, upon which it says who it is."""


class Carrier(ABC):
    """One account with one carrier, made from the environment. Used by many threads at once."""

    name: ClassVar[str]
    channels: frozenset[Channel]
    needs: ClassVar[tuple[str, ...]] = ()  # settings (see above) without which it does not work
    # Whether `find` can tell; where not, an unclear message of e-mail, push or chat is sent again
    # (a double does little harm there), an SMS or WhatsApp is left to the front desk.
    can_find: ClassVar[bool] = False
    rate: float = 100.0  # messages a second the account may send
    at_once: int = 64  # calls to it that one sender makes at the same time, on each channel

    @classmethod
    @abstractmethod
    def from_settings(cls) -> Self:
        """The installation's account."""

    def check(self) -> None:  # noqa: B027  (most have nothing to say)
        """Raises where its receipts could not be believed or read as it is set up."""

    @abstractmethod
    def send(self, message: Outgoing) -> Accepted:
        """Hands it over, within `TIMEOUT` seconds. Raises Refusal or Unclear, nothing else."""

    def find(self, reference: str, to: str, since: datetime) -> Accepted | None:
        """What the carrier took under `reference`; None: nothing, for certain. Raises Unclear."""
        raise Unclear("cannot look up")

    def verify(self, request: HttpRequest) -> None:
        """Raises Forged unless the webhook's request is the carrier's and fresh."""
        raise Forged(f"{self.name} sends no webhooks")

    def receipts(self, request: HttpRequest) -> list[Receipt | Inbound]:
        """What a verified request says, in its order.

        What makes no sense or is about nothing of ours is left out (`foreign.each`). Raises
        ValueError where it is no such document at all.
        """
        raise ValueError(f"{self.name} sends no webhooks")
