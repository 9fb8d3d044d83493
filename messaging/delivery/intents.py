"""Intents: from an event and a person to the messages that tell them.

Nothing here raises for a template's sake: an intent that has no words, no address or no consent
becomes a suppressed message that keeps the reason, so that nobody has to guess why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects

from messaging.channels import Channel, Topic
from messaging.contacts import addresses, consent, quiet_hours
from messaging.delivery import rerouting
from messaging.delivery.event_origin import texts_of
from messaging.delivery.reach import Contact, Reached, Texts, in_order, reach
from messaging.models import Message
from messaging.reasons import Reason
from messaging.rendering import values, versions
from messaging.statuses import Status
from wards.base import clock
from wards.models import Event, Patient, User

Route = tuple[Channel, ...]

USEFUL_FOR = timedelta(days=3)  # what says nothing else about itself
# Nobody who works here misses what has no address or is too late.
NOT_FOR_STAFF = (Reason.NO_ADDRESS, Reason.EXPIRED)


@dataclass(frozen=True)
class Intent:
    """A person is to hear of an event on each of `routes`: by the first of its channels that works.

    `urgent` goes past the quiet hours; after `until` it is useless.
    """

    event: Event
    person: Patient | User
    code: str
    topic: Topic
    routes: tuple[Route, ...]
    urgent: bool = False
    until: datetime | None = None


def prepare(intents: Sequence[Intent]) -> list[Message]:
    """An unsaved message for each intent and route, ready for `delivery.queue`.

    Three queries at most, however many: preferences and policies (none where the events were read
    with them) and templates. Somebody who works here gets no message at all where there is no
    address or it is too late: they have their inbox.
    """
    if not intents:
        return []
    patients = [intent.person for intent in intents if isinstance(intent.person, Patient)]
    prefetch_related_objects(patients, "preference")
    prefetch_related_objects([i.event.hospital for i in intents], "messaging_policy")
    words = versions.newest((i.event.hospital_id, i.code) for i in intents)
    now = clock.now()
    every = (
        _message(intent, route, texts_of(words, intent.event.hospital_id, intent.code), now)
        for intent in intents
        for route in intent.routes
    )
    return [message for message in every if message is not None]


def _message(intent: Intent, route: Route, texts: Texts, now: datetime) -> Message | None:
    message = _unaddressed(intent, route)
    contact = _contact(intent)
    channels = in_order(route, contact.preferred)
    way = reach(contact, channels, texts, message.values)
    if message.expires_at and message.expires_at <= now:
        way = Reason.EXPIRED if isinstance(way, Reached) else way
    if isinstance(way, Reached):
        rerouting.put(message, way)
        message.due_at = now
        if not intent.urgent:
            message.due_at = quiet_hours.due(
                now, message.hospital, message.channel, message.expires_at
            )
        return message
    if isinstance(intent.person, User) and way in NOT_FOR_STAFF:
        return None
    message.channel, message.due_at = channels[0], None
    message.status, message.reason = Status.SUPPRESSED, way
    return message


def _unaddressed(intent: Intent, route: Route) -> Message:
    event, person = intent.event, intent.person
    patient = person if isinstance(person, Patient) else None
    user = person if isinstance(person, User) else None
    discreet = any(channel != Channel.EMAIL for channel in route)
    return Message(
        hospital=event.hospital,
        patient=patient,
        user=user,
        event=event,
        key=f"event:{event.pk}:{intent.code}:{'+'.join(route)}:{'u' if user else 'p'}{person.pk}",
        topic=intent.topic,
        urgent=intent.urgent,
        code=intent.code,
        values=values.of_event(event, person, person.language, discreet=discreet),
        language=person.language,
        expires_at=intent.until or event.at + USEFUL_FOR,
    )


def _contact(intent: Intent) -> Contact:
    person = intent.person
    preferred = refusal = ""
    if isinstance(person, Patient):
        preferred = consent.preference_of(person).preferred_channel
        refusal = Reason.DECEASED if person.deceased else ""
    return Contact(
        person.email,
        addresses.phone_of(person),
        addresses.region_of(intent.event.hospital),
        person.language,
        consent.allowed(person, intent.topic),
        preferred,
        refusal,
    )
