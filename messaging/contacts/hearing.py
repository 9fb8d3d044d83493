"""What comes back from people is heard: a no, a yes, and what somebody has to read."""

from collections.abc import Collection, Sequence

from django.db.models import Q
from django.db.models.functions import Lower
from django_scopes import scope, scopes_disabled

from messaging.carriers.base import Inbound, Said
from messaging.channels import RINGING, Channel
from messaging.contacts import addresses, answer_words, ledger, phones, preferences
from messaging.contacts.answer_words import NO, YES, Meaning
from messaging.contacts.ledger import Entry
from messaging.models import Answer, Ground, Message, Source
from wards.models import Hospital, Patient
from wards.models.search import phone_ends_with

SAME_END = preferences.SAME_END
BY_CARRIER = {
    Said.STOP: (NO, Source.ANSWER),
    Said.START: (YES, Source.ANSWER),
    Said.COMPLAINT: (NO, Source.COMPLAINT),
    Said.UNSUBSCRIBED: (NO, Source.CARRIER),
}


def heard(inbound: Inbound) -> None:
    """STOP and START count for the address, and for all who share it; the rest is for people.

    A carrier has one number for all hospitals, so STOP counts for all of them. Within the caller's
    transaction, where there is one.
    """
    address = addresses.canonical(inbound.channel, inbound.address)
    if not address:
        return
    meaning, source = BY_CARRIER.get(inbound.said) or (
        answer_words.understand(inbound.body),
        Source.ANSWER,
    )
    with scopes_disabled():
        if meaning.no or meaning.yes:
            _note(inbound.channel, address, meaning, source)
        if meaning.read:
            _keep(inbound, address, meaning)


def _note(channel: str, address: str, meaning: Meaning, source: str) -> None:
    keys = ledger.keys_everywhere(channel, address)
    ledger.note([Entry(key, Ground.REFUSED, meaning.no, source) for key in keys])
    for patient in people_at(channel, address):
        with scope(hospital=patient.hospital_id):
            preferences.switch(patient=patient, field=channel, on=meaning.yes, how="reply")


def _keep(inbound: Inbound, address: str, meaning: Meaning) -> None:
    """For people to read, at each hospital that it may be for; what may be a no holds meanwhile."""
    hospitals = _for(inbound.channel, address)
    Answer.objects.bulk_create(
        Answer(
            hospital_id=hospital, channel=inbound.channel, address=address, body=inbound.body,
            blocks=meaning.holds,
        )
        for hospital in hospitals
    )  # fmt: skip
    if meaning.holds:
        keys = [ledger.key(hospital, inbound.channel, address) for hospital in hospitals]
        ledger.note([Entry(key, Ground.DISPUTED, True, Source.ANSWER) for key in keys if key])


def _for(channel: str, address: str) -> list[int]:
    """The hospital that wrote there last; else those whose patient it is; else all there are.

    Words are shown to nobody else: they may tell of a stay.
    """
    there = Message.objects.filter(address=address, channel=channel, attempts__gt=0)
    last = there.order_by("-id").values_list("hospital", flat=True).first()
    if last is not None:
        return [last]
    theirs = {patient.hospital_id for patient in people_at(channel, address)}
    return sorted(theirs or Hospital.objects.values_list("pk", flat=True))


def people_at(channel: str, address: str) -> Sequence[Patient]:
    """All patients who are reached at a canonical address, at whatever hospital."""
    return people_at_each([(channel, address)])[channel, address]


def people_at_each(
    places: Collection[tuple[str, str]], hospital: int | None = None
) -> dict[tuple[str, str], list[Patient]]:
    """(channel, canonical address) -> the patients who are reached there. One query.

    Of one hospital, where it is given.
    """
    found: dict[tuple[str, str], list[Patient]] = {place: [] for place in places}
    where = Q()
    for channel, address in places:
        if channel == Channel.EMAIL and address:
            where |= Q(lower__in=addresses.spellings(address))
        elif channel in RINGING and address:
            where |= Q(phone_ends_with(address[-SAME_END:]))
    if not where:
        return found
    everybody = Patient.objects.select_related("hospital").alias(lower=Lower("email"))
    if hospital is not None:
        everybody = everybody.filter(hospital=hospital)
    for who in everybody.filter(where):
        number = phones.e164(who.phone, who.hospital)
        mailbox = addresses.canonical(Channel.EMAIL, who.email)
        for channel, address in places:
            if address == (mailbox if channel == Channel.EMAIL else number):
                found[channel, address].append(who)
    return found
