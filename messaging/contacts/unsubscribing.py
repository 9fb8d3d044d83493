"""The way out of e-mails: a link that needs no sign-in, for whoever gets them.

It is sealed, so that it names nobody, and bound to the hospital that wrote. What it says counts for
the mailbox, whoever's it is, and for the patient where it was written to one.
"""

import base64
import hashlib
import json
from functools import cache
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core import signing
from django.core.signals import setting_changed
from django.db import transaction
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from messaging.channels import Channel, Topic
from messaging.contacts import consent, ledger, preferences
from messaging.contacts.ledger import Entry
from messaging.models import Ground, Message, Source
from wards.base import keys
from wards.models import Hospital, Patient

SALT = "messaging.unsubscribe"  # of the links of old
GROUNDS = {"email": Ground.REFUSED, "marketing": Ground.NEWS}


class Link(NamedTuple):
    """What a link ends: all e-mails (`field` "email") or news ("marketing"), to a mailbox."""

    hospital: Hospital
    patient: Patient | None
    field: str
    address: str  # "" in a link of old, which named the patient alone

    @property
    def key(self) -> ledger.Key | None:
        address = self.address or (self.patient.email if self.patient else "")
        return ledger.key(self.hospital.pk, Channel.EMAIL, address)


def url(message: Message) -> str:
    """The address that ends such messages with one click and no sign-in.

    For e-mail to patients, and of bulk sends to anybody. Not for what tells people who work here of
    what they have to know.
    """
    for_anybody = message.patient_id is not None or message.campaign_id is not None
    if not for_anybody or message.channel != Channel.EMAIL:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('messaging:unsubscribe', args=[_token(message)])}"


def of_token(token: str) -> Link | None:
    """What the link ends; None where it is not one of ours."""
    try:
        hospital, patient, field, address = json.loads(_fernets().decrypt(token.encode()))
    except (InvalidToken, ValueError):
        return _of_old(token)
    with scopes_disabled():
        where = Hospital.objects.filter(pk=hospital).first()
        who = Patient.objects.select_related("hospital").filter(pk=patient).first()
    return Link(where, who, field, address) if where else None


def subscribed(link: Link) -> bool:
    """Whether such e-mails still go there."""
    key = link.key
    with scope(hospital=link.hospital.pk):
        topic = Topic.MARKETING if link.field == "marketing" else Topic.CARE
        if ledger.read([key]).against(key, topic):
            return False
        if link.patient is None:
            return True
        fresh = Patient.objects.select_related("preference").get(pk=link.patient.pk)
        return bool(getattr(consent.preference_of(fresh), link.field))


@transaction.atomic
def switch(link: Link, *, on: bool) -> None:
    """Ends such e-mails to the mailbox and the patient, or takes that back."""
    with scope(hospital=link.hospital.pk):
        if key := link.key:
            ledger.note([Entry(key, GROUNDS[link.field], not on, Source.LINK)])
        if link.patient:
            preferences.switch(patient=link.patient, field=link.field, on=on, how="link")


def _token(message: Message) -> str:
    field = "marketing" if message.topic == Topic.MARKETING else "email"
    said = [message.hospital_id, message.patient_id, field, message.address]
    return _fernets().encrypt(json.dumps(said).encode()).decode()


def _of_old(token: str) -> Link | None:
    """Those in e-mails that are in mailboxes already."""
    try:
        patient_id, field = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    with scopes_disabled():
        patient = Patient.objects.select_related("hospital").filter(pk=patient_id).first()
    return Link(patient.hospital, patient, field, "") if patient else None


@cache
def _fernets() -> MultiFernet:
    """The installation's key, and those that it had before."""
    every = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [hashlib.sha256(keys.derive(str(each), SALT).encode()).digest() for each in every]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in derived])


setting_changed.connect(lambda **signal: _fernets.cache_clear(), weak=False)  # in tests
