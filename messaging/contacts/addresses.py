"""Addresses: where somebody is reached on a channel, as carriers want it. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import idna

from messaging.channels import RINGING, Channel
from messaging.contacts import phones
from messaging.reasons import Reason
from wards.models import Hospital, Patient, User

# One @, no spaces or typographic quotes, a point in the domain: the rest the mail server says.
EMAIL = re.compile(r"[^@\s,;:<>‘’“”]{1,64}@[^@\s,;<>]{1,250}\.[^@\s,;<>.]{2,63}")
# Whoever answers there pays for it, and nobody reads what is sent there.
COSTLY = ("premium_rate", "shared_cost")


class Address(NamedTuple):
    """A mailbox, or a number in E.164 with its country (ISO 3166)."""

    text: str
    country: str = ""


def find(channel: str, email: str, phone: str, region: str) -> Address | Reason:
    """The address on this channel, or why there is none.

    National numbers are those of `region` (ISO 3166).
    """
    if channel == Channel.EMAIL:
        if not email:
            return Reason.NO_ADDRESS
        return Address(email) if EMAIL.fullmatch(email) else Reason.BAD_ADDRESS
    if channel not in RINGING or not phone:
        return Reason.NO_ADDRESS
    number, country = phones.number(phone, region)
    if not number:
        return Reason.BAD_NUMBER
    kind = phones.kind_of(number)
    if kind in COSTLY:
        return Reason.COSTLY_NUMBER
    return Reason.LANDLINE if kind == "fixed_line" else Address(number, country)


def canonical(channel: str, text: str) -> str:
    """The one form of an address on a channel, however it is written; "" for what is none.

    E.164, of numbers with their country; a mailbox lower-cased and in form NFC, its domain as the
    name servers know it (IDNA).
    """
    if channel == Channel.EMAIL:
        return _mailbox(text)
    if channel not in RINGING:
        return ""
    digits = text.strip()
    if digits[:1] not in ("+", "0"):
        digits = f"+{digits}"  # some carriers leave out the plus
    return phones.number(digits, "").e164 or _digits(digits)


def _digits(text: str) -> str:
    """A number that the library does not know: short codes, and those that are new."""
    found = "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())
    return f"+{found}" if found else ""


def _mailbox(text: str) -> str:
    if text.isascii():
        return text.strip().lower()
    name, at, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    return unicodedata.normalize("NFC", name.lower()) + at + _domain(domain)


def spellings(mailbox: str) -> list[str]:
    """How the books may have a canonical mailbox, in lower case: its domain in letters, too."""
    name, at, domain = mailbox.rpartition("@")
    if "xn--" not in domain:
        return [mailbox]
    try:
        return [mailbox, name + at + idna.decode(domain)]
    except idna.IDNAError:
        return [mailbox]


@lru_cache(maxsize=1_000)
def _domain(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain.lower()


def region_of(hospital: Hospital) -> str:
    """The country whose national numbers people write down there."""
    return phones.country(hospital.phone, hospital.timezone)


def phone_of(person: Patient | User) -> str:
    """The number that we have of somebody: of patients only."""
    return person.phone if isinstance(person, Patient) else ""


def address_of(person: Patient | User, channel: str) -> str:
    """Where we reach a person of a hospital; empty where we do not."""
    region = region_of(person.hospital) if person.hospital else ""
    found = find(channel, person.email, phone_of(person), region)
    return found.text if isinstance(found, Address) else ""
