"""From an event and a person to the messages that tell them: which channel, address and words.

Nothing here raises for a template's sake: an intention that has no words, no address or no consent
becomes a suppressed message that keeps the reason, so that nobody has to guess why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from messaging import rendering
from messaging.campaigns import texts
from messaging.channels import RINGING, Channel, Topic
from messaging.contacts import addresses, consent, phones, quiet_hours
from messaging.models import Message, MessagingPolicy, TemplateVersion
from messaging.reasons import Reason
from messaging.rendering import sms_parts, values
from messaging.statuses import Status
from wards.base import clock
from wards.models import Event, Hospital, Patient, User

Route = tuple[Channel, ...]
Templates = dict[tuple[int, str, str], TemplateVersion]  # by hospital, code and channel

USEFUL_FOR = timedelta(days=3)  # what says nothing else about itself


@dataclass(frozen=True)
class Telling:
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


def prepare(tellings: Sequence[Telling]) -> list[Message]:
    """An unsaved message for each telling and route, ready for `sending.queue`.

    Three queries at most, however many: preferences and policies (none where the events were read
    with them) and templates. Somebody who works here gets no message at all where there is no
    address or it is too late: they have their inbox.
    """
    if not tellings:
        return []
    patients = [t.person for t in tellings if isinstance(t.person, Patient)]
    prefetch_related_objects(patients, "preference")
    prefetch_related_objects([t.event.hospital for t in tellings], "messaging_policy")
    templates = _templates({(t.event.hospital_id, t.code) for t in tellings})
    now = clock.now()
    every = (
        _message(telling, route, templates, now) for telling in tellings for route in telling.routes
    )
    return [message for message in every if message is not None]


def on_next_channel(message: Message) -> bool:
    """Moves a message, in memory, to the next of its channels that works; False where none is left.

    Five queries at most. The values of the placeholders stay what they were; it is due now, or
    when the quiet hours are over.
    """
    if not message.fallbacks:
        return False
    bulk = message.bulk
    templates = texts.of_message(message, bulk) if bulk else _of_message(message)
    person = message.patient or message.user
    if (person is None and bulk is None) or _choose(message, person, message.fallbacks, templates):
        return False
    message.tries, message.due_at = 0, _due(message, clock.now())
    return True


def readdress(message: Message) -> bool:
    """Has a message, in memory, go to where its reader is reached by now; False where nowhere.

    A stranger's, and what somebody wrote by hand, goes to the address they gave. Asks nothing where
    the message was read with its hospital, patient, user and bulk send.
    """
    person = message.patient or message.user
    if person is None or not (message.event_id or message.bulk_id):
        return True
    address = _address(message, person, message.channel)
    if address:
        message.address, message.country = address, phones.country_of(address)
    return bool(address)


def _message(telling: Telling, route: Route, templates: Templates, now: datetime) -> Message | None:
    event, person = telling.event, telling.person
    patient = person if isinstance(person, Patient) else None
    user = person if isinstance(person, User) else None
    until = telling.until or event.at + USEFUL_FOR
    discreet = any(channel != Channel.EMAIL for channel in route)
    message = Message(
        hospital=event.hospital,
        patient=patient,
        user=user,
        event=event,
        key=f"event:{event.pk}:{telling.code}:{'+'.join(route)}:{'u' if user else 'p'}{person.pk}",
        topic=telling.topic,
        urgent=telling.urgent,
        code=telling.code,
        values=values.of_event(event, person, person.language, discreet=discreet),
        language=person.language,
        due_at=now,
        expires_at=until,
    )
    refusal = _choose(message, person, _in_order(person, route), templates)
    if patient and patient.deceased:
        refusal = Reason.DECEASED
    if until <= now:
        refusal = refusal or Reason.EXPIRED
    if user and refusal in (Reason.NO_ADDRESS, Reason.EXPIRED):
        return None
    if refusal:
        message.status, message.reason, message.due_at = Status.SUPPRESSED, refusal, None
    else:
        message.due_at = _due(message, now)
    return message


def _in_order(person: Patient | User, route: Route) -> list[str]:
    """The channels of a route, the one the patient prefers before the others."""
    first = consent.preference_of(person).preferred_channel if isinstance(person, Patient) else ""
    return sorted(route, key=lambda channel: channel != first)


def _choose(
    message: Message, person: Patient | User | None, channels: Sequence[str], templates: Templates
) -> str:
    """Puts the first of the channels that works into the message.

    Where none does, returns why the first one does not, and leaves the message as it is but for a
    channel, if it had none.
    """
    refusals: list[str] = []
    language = person.language if person else message.language
    for number, channel in enumerate(channels):
        address = _address(message, person, channel)
        version = templates.get((message.hospital_id, message.code, channel))
        if person and not consent.wants(person, channel, message.topic):
            refusals.append(Reason.OPTED_OUT)
        elif not address:
            refusals.append(Reason.NO_ADDRESS)
        elif version is None:
            refusals.append(Reason.NO_TEMPLATE)
        elif refusal := _word(message, version, language, channel):
            refusals.append(refusal)
        else:
            message.channel, message.address = channel, address
            message.country = phones.country_of(address)
            message.fallbacks = list(channels[number + 1 :])
            message.parts = sms_parts.count(message.body).parts if channel == Channel.SMS else 0
            return ""
    message.channel = message.channel or channels[0]
    return refusals[0] if refusals else Reason.NO_ADDRESS


def _address(message: Message, person: Patient | User | None, channel: str) -> str:
    """Where this person is reached with this message: of a list, as the list says."""
    bulk, given = message.bulk, message.values
    ours = bulk is None or bulk.audience in bulk.OF_PATIENTS
    if ours or not (given.get("phone") or given.get("email")):
        return addresses.address_of(person, channel, message.hospital) if person else ""
    if channel == Channel.EMAIL:
        return str(given.get("email") or "")
    return phones.e164(str(given.get("phone") or ""), message.hospital)


def _word(message: Message, version: TemplateVersion, language: str, channel: str) -> str:
    """Puts the words into the message; returns why that is not possible, or nothing."""
    try:
        subject, body = rendering.words(version, language, message.values, channel)
    except rendering.Missing as missing:
        return f"{Reason.NO_VALUE}: {', '.join(missing.names)}"[:255]
    except rendering.BadTemplate:
        return Reason.BAD_TEMPLATE
    message.subject, message.body, message.version = subject, body, version
    message.language = rendering.spoken_language(version, language)
    return ""


def _due(message: Message, now: datetime) -> datetime:
    """Now, or when the quiet hours are over, unless that is urgent or would be too late."""
    if message.urgent or message.channel not in RINGING:
        return now
    later = rings_again(message.hospital)
    return later if later and quiet_hours.holds(later, message.expires_at) else now


def rings_again(hospital: Hospital) -> datetime | None:
    """When the quiet hours are over; None outside of them."""
    policy = MessagingPolicy.of(hospital)
    zone = ZoneInfo(hospital.timezone)
    return quiet_hours.over_at(clock.now(), policy.quiet_from, policy.quiet_until, zone)


def _of_message(message: Message) -> Templates:
    return _templates({(message.hospital_id, message.code)})


def _templates(wanted: Iterable[tuple[int, str]]) -> Templates:
    """The newest words of the active templates with these codes."""
    hospitals, codes = zip(*wanted, strict=True)
    newest = (
        TemplateVersion.objects.filter(
            template__hospital__in=set(hospitals),
            template__code__in=set(codes),
            template__is_active=True,
            template__deleted_at=None,
        )
        .select_related("template")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    return {(v.template.hospital_id, v.template.code, v.template.channel): v for v in newest}
