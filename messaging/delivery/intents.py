"""Intents: from an event and a person to the messages that tell them.

Nothing here raises for a template's sake: an intent that has no words, no address or no consent
becomes a suppressed message that keeps the reason, so that nobody has to guess why.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, prefetch_related_objects

from messaging import rendering
from messaging.channels import Channel, Topic
from messaging.contacts import addresses, consent, ledger
from messaging.contacts.addresses import Address
from messaging.delivery import origins
from messaging.delivery.origins import Origin, contact_of
from messaging.delivery.reach import Contact, Reached, Texts, in_order, reach
from messaging.models import Message
from messaging.reasons import Reason
from messaging.rendering import Text, Versions, newest, values
from messaging.rendering.values import moment
from messaging.statuses import Status
from wards.base import clock
from wards.kinds import Kind
from wards.models import Admission, Appointment, Event, Patient, Result, User, Withdrawal

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

    Four queries at most, however many: preferences and policies (none where the events were read
    with them), templates and the ledger of consent. Somebody who works here gets no message at all
    where there is no address or it is too late: they have their inbox.
    """
    if not intents:
        return []
    patients = [intent.person for intent in intents if isinstance(intent.person, Patient)]
    prefetch_related_objects(patients, "preference")
    prefetch_related_objects([i.event.hospital for i in intents], "messaging_policy")
    words = rendering.newest((i.event.hospital_id, i.code) for i in intents)
    now, standing = clock.now(), _standing(intents)
    every = (
        _message(
            intent, route, texts_of(words, intent.event.hospital_id, intent.code), now, standing
        )
        for intent in intents
        for route in intent.routes
    )
    return [message for message in every if message is not None]


def _standing(intents: Sequence[Intent]) -> ledger.Standing:
    """What stands against the addresses of these people."""
    return ledger.read(
        ledger.key(intent.event.hospital_id, channel, found.text)
        for intent in intents
        for channel in {channel for route in intent.routes for channel in route}
        if isinstance(found := _address(intent, channel), Address)
    )


def _address(intent: Intent, channel: str) -> Address | Reason:
    person, region = intent.person, addresses.region_of(intent.event.hospital)
    return addresses.find(channel, person.email, addresses.phone_of(person), region)


def _message(
    intent: Intent, route: Route, texts: Texts, now: datetime, standing: ledger.Standing
) -> Message | None:
    message = _unaddressed(intent, route)
    contact = _contact(intent, standing)
    channels = in_order(route, contact.preferred)
    way = reach(contact, channels, texts, message.values)
    if message.expires_at and message.expires_at <= now:
        way = Reason.EXPIRED if isinstance(way, Reached) else way
    if isinstance(way, Reached):
        origins.put(message, way, now)
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


def _contact(intent: Intent, standing: ledger.Standing) -> Contact:
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
        standing.of(intent.event.hospital_id, intent.topic),
    )


Stage = Appointment.Status
TO_COME = (Stage.BOOKED, Stage.CONFIRMED)
# What a message of these kinds says of an appointment is true while it is to come, at that time.
SAYS_WHEN = (
    Kind.APPOINTMENT_BOOKED,
    Kind.APPOINTMENT_CONFIRMED,
    Kind.APPOINTMENT_RESCHEDULED,
    Kind.APPOINTMENT_REMINDER_DUE,
)
SAYS_READY = (Kind.TEST_RESULT_READY, Kind.TEST_RESULT_CORRECTED)
SAYS_HERE = (Kind.PATIENT_ADMITTED, Kind.PATIENT_TRANSFERRED)


class EventOrigin(Origin):
    """What the rule table says of an event, to patients and to people who work here."""

    related = ("event__appointment", "event__admission")

    def annotations(self) -> Mapping[str, Any]:
        return {"withdrawn": Exists(Withdrawal.objects.filter(event=OuterRef("event")))}

    def contact(self, message: Message) -> Contact | None:
        return contact_of(message)

    def texts(self, message: Message) -> Texts:
        words = newest([(message.hospital_id, message.code)])
        return texts_of(words, message.hospital_id, message.code)

    def objections(self, messages: Collection[Message]) -> dict[int, str]:
        results = _of_results(messages)
        found = {
            message.pk: _untrue(message) or results.get(message.pk, "") for message in messages
        }
        return {pk: reason for pk, reason in found.items() if reason}


def texts_of(words: Versions, hospital: int, code: str) -> Texts:
    """The words of these templates that have the code."""

    def find(channel: str, language: str) -> Text | None:
        version = words.get((hospital, code, channel))
        return rendering.text(version, channel, language) if version else None

    return find


def _of_results(messages: Iterable[Message]) -> dict[int, str]:
    """Message id -> reason, where a result is not what patients were to be told of any more."""
    about = {
        message.pk: message.event.data["result"]
        for message in messages
        if message.event and message.event.kind in SAYS_READY
    }
    results = Result.objects.in_bulk({*about.values()}) if about else {}
    return {
        pk: Reason.WITHDRAWN
        for pk, id_ in about.items()
        if (result := results.get(id_)) and not result.is_harmless
    }


def _untrue(message: Message) -> str:
    event = message.event
    if event is None or message.withdrawn:  # type: ignore[attr-defined]
        return Reason.WITHDRAWN
    if event.appointment is not None:
        return _of_appointment(event, event.appointment)
    return _of_stay(event, event.admission) if event.admission is not None else ""


def _of_appointment(event: Event, appointment: Appointment) -> str:
    if event.kind in SAYS_WHEN:
        return not_at(appointment, moment(event, "starts_at"))
    if event.kind == Kind.APPOINTMENT_NO_SHOW and appointment.status != Stage.NO_SHOW:
        return Reason.VISIT_MOVED
    return ""


def not_at(appointment: Appointment, told: datetime | None) -> str:
    """Why it is no longer true that the appointment will be at the time that was told."""
    if appointment.status == Stage.CANCELLED:
        return Reason.VISIT_CANCELLED
    if appointment.status not in TO_COME:
        return Reason.VISIT_OVER
    # Not to the microsecond: JSON keeps three digits.
    moved = told and abs(appointment.starts_at - told) > timedelta(seconds=1)
    return Reason.VISIT_MOVED if moved else ""


def _of_stay(event: Event, stay: Admission) -> str:
    if event.kind in SAYS_HERE and stay.discharged_at is not None:
        return Reason.DISCHARGED
    if event.kind == Kind.PATIENT_DISCHARGED and stay.discharged_at is None:
        return Reason.STILL_HERE
    return ""
