"""From events to everybody's inbox, and to the phones and mailboxes of those outside.

Runs right after the commit that recorded the events, in the same process but in a transaction of
its own, so that a fault here cannot undo what happened in the hospital. What a crash leaves undone
is still in the outbox, and `inbox.tasks.sweep` does it. However many events are fanned out at once,
and however many people are told, the number of queries is the same.
"""

import traceback
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django_scopes import scopes_disabled

from inbox import mailbox, posting, publish, words
from inbox.frames import Alert, Told
from inbox.links import link
from inbox.posting import Recipient
from inbox.rules import Rule, letters_for, level_of, rules_for
from messaging import intents, sending
from messaging.intents import Telling
from messaging.reasons import Reason
from messaging.sending import addresses
from wards import bidi
from wards.kinds import Kind
from wards.models import Event, Outbox, User

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
TOGETHER = 500  # events in one transaction
# What words and rules ask of an event: read with it, so that they need no queries of their own.
ABOUT = (
    "hospital__messaging_policy",
    "patient__preference",
    "ward",
    "other_ward",
    "provider",
    "admission",
    "withdrawal",
)
CONTACT = {"phone", "email"}


class Reader(NamedTuple):
    """Somebody is told of an event by a rule, in their language."""

    event: Event
    user_id: int
    rule: Rule
    language: str


def on_recorded(event_ids: Sequence[int], **kwargs: object) -> None:
    """Hears of all events from the floor below, once they are committed."""
    for start in range(0, len(event_ids), TOGETHER):
        dispatch(event_ids[start : start + TOGETHER])


def dispatch(event_ids: Sequence[int]) -> int:
    """Fans out those of the events that still wait; returns how many.

    Safe to call twice and from several processes: the outbox rows are locked meanwhile. Where one
    event's rule fails, that event stays in the outbox and the others are told.
    """
    try:
        with scopes_disabled(), transaction.atomic():
            taken = _take(event_ids)
            events = [event for event in taken if not hasattr(event, "withdrawal")]
            readers = list(_readers(events))
            _withdraw(events, readers)
            wordings, told = _tell(readers)
            _write(events)
            _follow(events)
            Outbox.objects.filter(pk__in=[event.pk for event in taken]).delete()
    except Exception as fault:  # a rule may fail in any way; the events must survive it
        if len(event_ids) > 1:
            return sum(dispatch([event_id]) for event_id in event_ids)
        _postpone(event_ids[0], fault)
        return 0
    if events:
        publish.alerts(events, wordings, told)
    return len(taken)


def _withdraw(events: list[Event], readers: list[Reader]) -> None:
    """Takes back the alerts and unsent messages of what these events say did not happen.

    What of it is being told at this moment is waited for; what has not been told never will be.
    """
    withdrawn = [id_ for event in events for id_ in event.data.get("withdraws", ())]
    if withdrawn:
        untold = Outbox.objects.filter(pk__in=withdrawn)
        list(untold.order_by("pk").select_for_update())
        untold.delete()
        mailbox.withdraw(withdrawn, also_lock=[reader.user_id for reader in readers])
        sending.cancel(withdrawn, reason=Reason.WITHDRAWN)


def _take(event_ids: Sequence[int]) -> list[Event]:
    """The events that wait and that nobody else is at."""
    waiting = Outbox.objects.select_for_update(of=("self",), skip_locked=True)
    about = [f"event__{name}" for name in ABOUT]
    return [each.event for each in waiting.select_related(*about).filter(pk__in=event_ids)]


def _postpone(event_id: int, fault: Exception) -> None:
    """Notes the failure; the sweep tries again after 10, 20, 40 … s, at most an hour apart."""
    # Type and place only: the text of an exception may quote a patient.
    place = traceback.extract_tb(fault.__traceback__)[-1]
    where = f"{type(fault).__name__} at {place.filename}:{place.lineno}"
    log.error("fan_out_failed", event_id=event_id, fault=where)
    with scopes_disabled():
        waiting = Outbox.objects.filter(pk=event_id).first()
        if waiting is not None:
            delay = timedelta(seconds=min(10 * 2**waiting.attempts, 3600))
            Outbox.objects.filter(pk=event_id).update(
                attempts=F("attempts") + 1, error=where, retry_at=timezone.now() + delay
            )


def _tell(readers: list[Reader]) -> tuple[list[Alert], list[Told]]:
    """Writes the notifications, each wording once."""
    wordings: list[Alert] = []
    numbers: dict[tuple[int, Rule, str], int] = {}
    recipients = []
    for event, user_id, rule, language in readers:
        key = (event.pk, rule, language)
        if key not in numbers:
            numbers[key] = len(wordings)
            wordings.append(_word(event, rule, language))
        recipients.append(Recipient(user_id, numbers[key]))
    return wordings, posting.post(wordings, recipients)


def _write(events: list[Event]) -> None:
    """Queues what is to be said outside the app, to patients and by e-mail to staff."""
    tellings = [
        Telling(
            event=event,
            person=person,
            code=letter.code,
            topic=letter.topic,
            routes=letter.routes,
            urgent=letter.urgent(event),
            until=letter.until(event),
        )
        for event in events
        if not event.data.get("training")
        for letter in letters_for(event.kind)
        if (person := letter.to(event)) is not None
    ]
    if tellings:
        sending.queue(intents.prepare(tellings))


def _follow(events: list[Event]) -> None:
    """What waits for patients whose phone or e-mail was changed goes where they are now."""
    moved = {
        event.patient_id
        for event in events
        if event.patient_id
        and event.kind == Kind.PATIENT_UPDATED
        and CONTACT & set(event.data.get("changed", ()))
    }
    if moved:
        addresses.follow(moved)


def _readers(events: list[Event]) -> Iterator[Reader]:
    """Who is told of each event, by the first rule of the table that includes them."""
    chosen: dict[tuple[int, int], Rule] = {}
    for kind in sorted({event.kind for event in events}):
        alike = [event for event in events if event.kind == kind]
        for rule in rules_for(kind):
            for audience in rule.to:
                for pair in audience(alike):
                    chosen.setdefault(pair, rule)
    active = User.objects.filter(pk__in={user for _, user in chosen}, is_active=True)
    people = {user.pk: user for user in active.only("language", "hospital_id")}
    by_id = {event.pk: event for event in events}
    for event_id, user_id in sorted(chosen):
        event, user = by_id[event_id], people.get(user_id)
        if user is not None and user.hospital_id == event.hospital_id:
            yield Reader(event, user_id, chosen[event_id, user_id], user.language)


def _word(event: Event, rule: Rule, language: str) -> Alert:
    with translation.override(language):
        test = translation.gettext("TEST · ") if event.data.get("training") else ""
        return Alert(
            hospital_id=event.hospital_id,
            event_id=event.pk,
            kind=event.kind,
            category=rule.category,
            level=level_of(rule, event),
            title=bidi.cut(f"{test}{words.fill(rule.title, event)}", 255),
            message=words.fill(rule.message, event),
            link=link(rule.link, event),
            created_at=event.at,
        )
