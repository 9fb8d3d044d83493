"""Addresses: where somebody is reached on a channel, as carriers want it. Pure."""

import re
from typing import NamedTuple

from messaging.channels import RINGING, Channel
from messaging.contacts import phones
from messaging.reasons import Reason
from wards.models import Hospital, Patient, User

# One @, no spaces or typographic quotes, a point in the domain: the rest the mail server says.
EMAIL = re.compile(r"[^@\s,;:<>‘’“”]{1,64}@[^@\s,;<>]{1,250}\.[^@\s,;<>.]{2,63}")


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
    return Address(number, country) if number else Reason.BAD_NUMBER


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
