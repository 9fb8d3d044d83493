"""Origins: where messages come from (an event, a bulk send, a person), and what only that knows.

Delivery carries messages without knowing what they are about. Whom one is for, what it would say on
another channel, whether it is still true: it asks the origin, which the room that makes such
messages has registered (messaging/apps.py).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from messaging.channels import Channel
from messaging.contacts import addresses, consent, ledger, quiet_hours
from messaging.delivery.reach import Contact, Reached, Texts, reach
from messaging.models import Message
from messaging.rendering import Text
from wards.base import clock


class Look(NamedTuple):
    """Which due messages may leave, and in what order; each look has an index of its own."""

    which: Q
    order: Sequence[str]


class Origin:
    """What delivery asks; the answers here are those for what a person has sent by hand.

    Messages come read with their hospital, patient, user, and the `related` of their origin.
    """

    related: Sequence[str] = ()
    tells_of_failures = True  # of each message that is lost, one by one

    def annotations(self) -> Mapping[str, Any]:
        """What messages are annotated with for `objections`."""
        return {}

    def contact(self, message: Message) -> Contact | None:
        """Whom it is for, as they are reached by now; None: the address that was given counts."""
        return None

    def texts(self, message: Message) -> Texts:
        """Its newest words on each channel, in a query at most."""
        return no_text

    def objections(self, messages: Collection[Message]) -> dict[int, str]:
        """Message id -> reason, for those that are no longer true. Constant queries.

        The messages are as they are now, with the `annotations`.
        """
        return {}


class Batched(Origin):
    """An origin whose messages leave in batches, which people start, pause and end."""

    def looks(self, channel: Channel) -> Sequence[Look]:
        """Those that may leave on the channel now."""
        raise NotImplementedError

    def begun(self) -> Q:
        """Those of which some may be due."""
        raise NotImplementedError

    def ended(self) -> Q:
        """Those that nobody looks at again."""
        raise NotImplementedError

    def topic(self, message: Message) -> str:
        """The topic of the page that shows the batch."""
        raise NotImplementedError


BY_HAND = Origin()
_by_field: dict[str, Origin] = {}


def register(field: str, origin: Origin) -> None:
    """Has the origin answer for the messages that have this foreign key."""
    _by_field[field] = origin


def of(message: Message) -> Origin:
    """The origin of a message."""
    for field, origin in _by_field.items():
        if getattr(message, f"{field}_id") is not None:
            return origin
    return BY_HAND


def batched() -> dict[str, Batched]:
    """The origins of batches, by their foreign keys."""
    return {field: each for field, each in _by_field.items() if isinstance(each, Batched)}


def single() -> Q:
    """The messages that are in no batch."""
    return Q(**dict.fromkeys(batched()))


def related() -> list[str]:
    """What messages are read with, so that any origin can be asked."""
    every = (origin.related for origin in _by_field.values())
    return ["hospital", "patient", "user", *(name for names in every for name in names)]


def annotations() -> dict[str, Any]:
    """The same of what `objections` needs."""
    return {k: v for origin in _by_field.values() for k, v in origin.annotations().items()}


def objections(messages: Sequence[Message]) -> dict[int, str]:
    """What the origins of these messages have against sending them. Constant queries."""
    of_each: dict[Origin, list[Message]] = {}
    for message in messages:
        of_each.setdefault(of(message), []).append(message)
    return {pk: why for each, its in of_each.items() for pk, why in each.objections(its).items()}


def contact_of(message: Message, email: str = "", phone: str = "") -> Contact | None:
    """The person of a message; None where there is none. At the given addresses, if there are any.

    Reads the patient's preferences, where the message was not read with them.
    """
    person = message.patient or message.user
    if not (email or phone):
        if person is None:
            return None
        email, phone = person.email, addresses.phone_of(person)
    return Contact(
        email,
        phone,
        addresses.region_of(message.hospital),
        person.language if person else message.language,
        consent.allowed(person, message.topic),
        objection=ledger.asking(message.hospital_id, message.topic),
    )


def no_text(channel: str, language: str) -> Text | None:
    """The words of what has none."""
    return None


def put(message: Message, way: Reached, now: datetime) -> None:
    """Has a message, in memory, go this way: now, or when the quiet hours are over."""
    message.channel, message.fallbacks = way.channel, list(way.fallbacks)
    message.address, message.country = way.address
    message.subject, message.body, message.parts = way.subject, way.body, way.parts
    message.version_id, message.language = way.text.version, way.text.language
    message.due_at = now
    if not message.urgent:
        message.due_at = quiet_hours.due(now, message.hospital, way.channel, message.expires_at)


def on_next_channel(message: Message) -> bool:
    """Moves a message, in memory, to the next of its channels that works; False where none is left.

    Five queries at most, and one of the ledger for each channel. The values of the placeholders
    stay what they were.
    """
    origin = of(message)
    contact = origin.contact(message) if message.fallbacks else None
    if contact is None:
        return False
    way = reach(contact, message.fallbacks, origin.texts(message), message.values)
    if not isinstance(way, Reached):
        return False
    put(message, way, clock.now())
    message.tries = 0
    return True
