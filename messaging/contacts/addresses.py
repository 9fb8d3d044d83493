"""Addresses: where somebody is reached on a channel."""

from messaging.channels import RINGING, Channel
from messaging.contacts import phones
from wards.models import Hospital, Patient, User


def address_of(person: Patient | User, channel: str, hospital: Hospital) -> str:
    """Where somebody is reached on a channel; empty where they are not."""
    if channel == Channel.EMAIL:
        return person.email
    if channel in RINGING and isinstance(person, Patient):
        return phones.e164(person.phone, hospital)
    return ""
