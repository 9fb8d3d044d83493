"""What patients want to hear, and how they say so: on a page, by STOP, by a link in an e-mail.

Every change is an event, so that it can always be said who switched what off, when and how.
"""

import re
from collections.abc import Sequence
from typing import TypedDict, Unpack, cast

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from messaging.carriers.base import Inbound
from messaging.channels import RINGING, Channel, Topic
from messaging.contacts import phones
from messaging.models import Message, NotificationPreference
from wards import events
from wards.actions import patients
from wards.base import clock
from wards.base.text import folded
from wards.kinds import Kind
from wards.models import Event, Patient, User
from wards.models.search import phone_ends_with

SALT = "messaging.unsubscribe"
SAME_END = 7  # digits of a phone number, however it is written


def _plain(text: str) -> str:
    """Without what people and keyboards add: case, accents, marks, points, kinds of alef."""
    return " ".join(re.sub(r"[^\w\s]", "", folded(text)).split())


# Whole messages: what carriers take for STOP, and what people write in Arabic. Not "إلغاء": with it
# they mean the appointment.
STOP = frozenset(
    _plain(word)
    for word in (
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"),
        *("إيقاف", "توقف", "وقف", "قف", "كفى", "إيقاف الرسائل", "إلغاء الاشتراك"),
    )
)
START = frozenset(
    _plain(word)
    for word in (
        *("start", "unstop", "subscribe", "resume"),
        *("ابدأ", "بدء", "تفعيل", "استئناف", "اشتراك", "تفعيل الاشتراك"),
    )
)


class Choices(TypedDict, total=False):
    """The fields of the model that are switched, and the patient's language."""

    preferred_channel: str
    sms: bool
    whatsapp: bool
    email: bool
    confirmations: bool
    reminders: bool
    results: bool
    billing: bool
    marketing: bool
    language: str


@transaction.atomic
def change(
    *, patient: Patient, by: User | None = None, how: str = "page", **choices: Unpack[Choices]
) -> list[str]:
    """Changes what is given and different; returns the names of what changed.

    `how` ("page", "reply", "link") is kept with the event, which says what was switched on or off.
    What waits to be sent and is not wanted any more is suppressed when its turn comes.
    """
    if language := choices.pop("language", ""):
        patients.update_patient(patient=patient, by=by, source=_source(by), language=language)
    mine, _ = NotificationPreference.objects.select_for_update().get_or_create(
        patient=patient, defaults={"hospital": patient.hospital}
    )
    new = {name: value for name, value in choices.items() if getattr(mine, name) != value}
    if not new:
        return []
    for name, value in new.items():
        setattr(mine, name, value)
    mine.changed_at = clock.now()
    mine.save(update_fields=[*new, "changed_at"])
    events.record(
        Kind.PREFERENCES_CHANGED,
        hospital=patient.hospital,
        source=_source(by),
        actor=by,
        patient=patient,
        data={"how": how, "set": new},
    )
    return list(new)


def switch(*, patient: Patient, field: str, on: bool, how: str) -> list[str]:
    """Switches one channel or kind on or off, as `change` does, on the patient's own word."""
    return change(patient=patient, how=how, **cast(Choices, {field: on}))


def heard(inbound: Inbound) -> None:
    """STOP and START from a patient: switch the channel off and on, for all who share the address.

    A carrier has one number for all hospitals, so STOP counts for all of them. Anything else that
    comes back is not for us to read.
    """
    said = _plain(inbound.body)
    if said not in STOP | START:
        return
    with scopes_disabled():
        people = _at(inbound.channel, inbound.address)
    for patient in people:
        with scope(hospital=patient.hospital_id):
            switch(patient=patient, field=inbound.channel, on=said in START, how="reply")


def unsubscribe_url(message: Message) -> str:
    """The address that ends such messages with one click and no sign-in; for patients' e-mail."""
    if message.patient_id is None or message.channel != Channel.EMAIL:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('messaging:unsubscribe', args=[_token(message)])}"


def _token(message: Message) -> str:
    news = message.topic == Topic.MARKETING
    return signing.dumps([message.patient_id, "marketing" if news else "email"], salt=SALT)


def of_token(token: str) -> tuple[Patient, str] | None:
    """Whose link it is and which field it switches off; None where it is not one of ours."""
    try:
        patient_id, field = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    with scopes_disabled():
        patient = Patient.objects.select_related("hospital").filter(pk=patient_id).first()
    return (patient, field) if patient else None


def _at(channel: str, address: str) -> Sequence[Patient]:
    """All who are reached there."""
    everybody = Patient.objects.select_related("hospital")
    if channel == Channel.EMAIL and address:
        return list(everybody.alias(lower=Lower("email")).filter(lower=address.lower()))
    if channel not in RINGING or not address:
        return []
    alike = everybody.filter(phone_ends_with(address[-SAME_END:]))
    return [who for who in alike if phones.e164(who.phone, who.hospital) == address]


def _source(by: User | None) -> str:
    return Event.Source.WEB if by else Event.Source.SYSTEM
