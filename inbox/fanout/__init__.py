"""From events to everybody's inbox, and to the phones and mailboxes of those outside.

Runs right after the commit that recorded the events, in the same process but in a transaction of
its own, so that a fault here cannot undo what happened in the hospital. What a crash leaves undone
is still in the outbox, and `inbox.tasks.sweep` does it. However many events are fanned out at once,
and however many people are told, the number of queries is the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import F
from django.utils import translation
from django_scopes import scopes_disabled

from inbox import posting
from inbox.fanout import withdrawals
from inbox.posting import Recipient
from inbox.publications import publish
from inbox.publications.frames import Alert, Posted
from inbox.rules import result_wording, wording
from inbox.rules.recipients import Reader, readers
from inbox.rules.table import Rule, level_of, message_rules_for
from inbox.rules.wording import link
from messaging import delivery
from messaging.delivery import intents
from messaging.delivery.intents import Intent
from wards.base import bidi, clock, faults
from wards.models import Event, Outbox

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


def on_recorded(event_ids: Sequence[int], **kwargs: object) -> None:
    """Hears of all events from the floor below, once they are committed."""
    for start in range(0, len(event_ids), TOGETHER):
        dispatch(event_ids[start : start + TOGETHER])


def dispatch(event_ids: Sequence[int], *, again: bool = False) -> int:
    """Fans out those of the events that still wait; returns how many.

    Safe to call twice and from several processes: the outbox rows are locked meanwhile. Where one
    event's rule fails, that event stays in the outbox and the others are told. What it withdraws is
    taken back all the same. Raises what the database raises where it is away: that is no fault of
    any of them.
    """
    try:
        taken, wordings, told = withdrawals.undisturbed(lambda: _fan_out(event_ids))
    except Exception as fault:  # a rule may fail in any way; the events must survive it
        lost = connection.connection is None
        # Raises where the database is away: one by one they would each wait for it as long as all.
        connection.ensure_connection()
        if lost and not again:  # it was away, and that is no fault of these events
            return dispatch(event_ids, again=True)
        if len(event_ids) > 1:
            return sum(dispatch([event_id]) for event_id in event_ids)
        _postpone(event_ids[0], fault)
        _take_back(event_ids[0])
        return 0
    if taken:
        publish.alerts(taken, wordings, told)
    return len(taken)


def _fan_out(event_ids: Sequence[int]) -> tuple[list[Event], list[Alert], list[Posted]]:
    """The events taken, and who was told of them in which words. In the order of inbox/locks.py."""
    taken = _take(event_ids)
    withdrawn = withdrawals.hold(taken)
    events = [event for event in taken if not hasattr(event, "withdrawal")]
    present = withdrawals.present(events)
    found = readers(present.told)
    withdrawals.take_back(withdrawn, [reader.user_id for reader in found])
    wordings, told = _tell(found)
    _write(present.written)
    withdrawals.unsay(present.told)
    Outbox.objects.filter(pk__in=[event.pk for event in taken]).delete()
    return taken, wordings, told


def _take(event_ids: Sequence[int]) -> list[Event]:
    """The events that wait and that nobody else is at."""
    waiting = Outbox.objects.select_for_update(of=("self",), skip_locked=True)
    about = [f"event__{name}" for name in ABOUT]
    return [each.event for each in waiting.select_related(*about).filter(pk__in=event_ids)]


def _postpone(event_id: int, fault: Exception) -> None:
    """Notes the failure; the sweep tries again after 10, 20, 40 … s, at most an hour apart."""
    where = faults.place(fault)
    log.error("fan_out_failed", event_id=event_id, fault=where)
    with scopes_disabled():
        waiting = Outbox.objects.filter(pk=event_id).first()
        if waiting is not None:
            delay = timedelta(seconds=min(10 * 2**waiting.attempts, 3600))
            Outbox.objects.filter(pk=event_id).update(
                attempts=F("attempts") + 1, error=where, retry_at=clock.now() + delay
            )


def _take_back(event_id: int) -> None:
    """Takes back what the event withdraws, of which nobody could be told."""
    try:
        withdrawals.undisturbed(
            lambda: withdrawals.take_back(withdrawals.hold(_take([event_id]))),
        )
    except Exception as fault:  # it may be this that failed before; others wait for their turn
        log.error("taking_back_failed", event_id=event_id, fault=faults.place(fault))


def _tell(found: list[Reader]) -> tuple[list[Alert], list[Posted]]:
    """Writes the notifications, each wording once."""
    wordings: list[Alert] = []
    numbers: dict[tuple[int, Rule, str], int] = {}
    recipients = []
    for event, user_id, rule, language, _ in found:
        key = (event.pk, rule, language)
        if key not in numbers:
            numbers[key] = len(wordings)
            wordings.append(_word(event, rule, language))
        recipients.append(Recipient(user_id, numbers[key]))
    return wordings, posting.post(wordings, recipients)


def _write(events: list[Event]) -> None:
    """Queues what is to be said outside the app, to patients and by e-mail to staff."""
    wanted = [
        Intent(
            event=event,
            person=person,
            code=rule.code,
            topic=rule.topic,
            routes=rule.routes,
            urgent=rule.urgent(event),
            until=rule.until(event),
        )
        for event in events
        if not event.data.get("training")
        for rule in message_rules_for(event.kind)
        if (person := rule.to(event)) is not None
    ]
    if wanted:
        delivery.queue(intents.prepare(wanted))


def _word(event: Event, rule: Rule, language: str) -> Alert:
    with translation.override(language):
        test = translation.gettext("TEST · ") if event.data.get("training") else ""
        return Alert(
            hospital_id=event.hospital_id,
            event_id=event.pk,
            kind=event.kind,
            category=rule.category,
            level=level_of(rule, event),
            title=bidi.cut(f"{test}{wording.fill(rule.title, event)}", 255),
            message=" ".join(filter(None, [_why(rule, event), wording.fill(rule.message, event)])),
            link=link(rule.link, event),
            created_at=_due(event),
            result_id=withdrawals.result_of(event),
            rings=bool(event.data.get("rings", True)),
            takes=bool(event.data.get("takes")),
        )


def _due(event: Event) -> datetime:
    """When it was to be told: when it happened, unless it says a later time."""
    return datetime.fromisoformat(event.data.get("tell_at") or event.at.isoformat())


def _why(rule: Rule, event: Event) -> str:
    """Why somebody is told in the place of others."""
    return f"{result_wording.nobody(event)} {translation.gettext(rule.why)}" if rule.why else ""
