"""Reach: how somebody is written to, on which channel and in which words; or why not. Pure.

The one order of consent, address, words, values and length, for single messages and for a hundred
thousand of a bulk send.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from messaging import sms_parts
from messaging.channels import Channel
from messaging.contacts import addresses, ledger
from messaging.contacts.addresses import Address
from messaging.reasons import Reason
from messaging.rendering import BadTemplate, Text, lacking
from messaging.rendering.drafts import LONGEST_WHATSAPP, MOST_PARTS

Texts = Callable[[str, str], Text | None]  # by channel and the reader's language


class Contact(NamedTuple):
    """Somebody as they may be written to about one topic."""

    email: str
    phone: str
    region: str  # the country (ISO 3166) of national numbers
    language: str
    allowed: frozenset[str]  # the channels on which they want to hear of it
    preferred: str = ""
    refusal: str = ""  # what speaks against any message at all
    objection: ledger.Objection = ledger.no_objection  # what stands against an address


class Reached(NamedTuple):
    """What will be sent."""

    channel: str
    fallbacks: Sequence[str]  # the channels behind it
    address: Address
    text: Text
    subject: str
    body: str
    encoding: str  # of an SMS
    parts: int  # of an SMS, else 0


def in_order(route: Sequence[str], preferred: str) -> list[str]:
    """The channels of a route, the preferred one before the others."""
    return sorted(route, key=lambda channel: channel != preferred)


def reach(
    contact: Contact, channels: Sequence[str], texts: Texts, values: Mapping[str, object]
) -> Reached | str:
    """What goes out on the first of the channels that works; else why the first of all does not.

    The reason is one of `Reason`, which may say more after a colon.
    """
    if contact.refusal:
        return contact.refusal
    first = ""
    for number, channel in enumerate(channels):
        found = _on(contact, channel, channels[number + 1 :], texts, values)
        if isinstance(found, Reached):
            return found
        first = first or found
    return first or Reason.NO_ADDRESS


def _on(
    contact: Contact,
    channel: str,
    fallbacks: Sequence[str],
    texts: Texts,
    values: Mapping[str, object],
) -> Reached | str:
    if channel not in contact.allowed:
        return Reason.OPTED_OUT
    address = addresses.find(channel, contact.email, contact.phone, contact.region)
    if not isinstance(address, Address):
        return address
    if reason := contact.objection(channel, address.text):
        return reason
    try:
        text = texts(channel, contact.language)
    except BadTemplate:
        return Reason.BAD_TEMPLATE
    if text is None:
        return Reason.NO_TEMPLATE
    if missing := lacking(text.names, values):
        return f"{Reason.NO_VALUE}: {', '.join(missing)}"[:255]
    subject, body = text.fill(values)
    encoding, parts = "", 0
    if channel == Channel.SMS:
        encoding, _, parts, _ = sms_parts.count(body)
    if parts > MOST_PARTS or (channel == Channel.WHATSAPP and len(body) > LONGEST_WHATSAPP):
        return Reason.TOO_LONG
    return Reached(channel, fallbacks, address, text, subject, body, encoding, parts)
