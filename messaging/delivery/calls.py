"""The calls to carriers, each in a thread of its own: what goes out, and what came of it.

No database here. Nothing is raised: whatever happens is an `Outcome`, so that no message is
forgotten in a thread.
"""

from datetime import datetime, timedelta

import structlog
from django.utils import translation

from messaging import carriers
from messaging.carriers.base import Carrier, Outgoing, Refusal, Unclear
from messaging.channels import Channel
from messaging.contacts import unsubscribing
from messaging.delivery.outcomes import NotTaken, NotTried, Outcome, StillUnclear
from messaging.models import Message
from wards.base import clock, faults

KEEP_ASKING = timedelta(hours=6)
log = structlog.get_logger(__name__)


def hand_over(carrier: Carrier, message: Message, start_by: float) -> Outcome:
    """Sends it, unless `start_by` (of `clock.up`) has passed: its lease is not ours then.

    That is looked at last: on a machine that has no time, putting it together may take longest.
    """
    try:
        outgoing = _outgoing(carrier, message)
    except Exception as fault:  # ours, before anything left the house
        return Outcome(message, Refusal(_note(carrier, fault)))
    if clock.up() > start_by:
        return Outcome(message, NotTried())
    try:
        return Outcome(message, carrier.send(outgoing))
    except (Refusal, Unclear) as answer:
        return Outcome(message, answer)
    except Exception as fault:  # against the contract, and nobody knows how far it came
        return Outcome(message, Unclear(_note(carrier, fault)))


def ask(carrier: Carrier, message: Message, since: datetime) -> Outcome:
    """Asks what became of an attempt that began at `since` and whose outcome nobody noted."""
    if not carrier.can_find:
        return Outcome(message, StillUnclear(give_up=bool(message.reason)))
    try:
        found = carrier.find(message.reference, message.address, since)
    except Exception as fault:
        if not isinstance(fault, Unclear):
            _note(carrier, fault)
        return Outcome(message, StillUnclear(give_up=clock.now() - since > KEEP_ASKING))
    return Outcome(message, found or NotTaken())


def _outgoing(carrier: Carrier, message: Message) -> Outgoing:
    with translation.override(message.language):
        sender = str(message.hospital)
    return Outgoing(
        reference=message.reference,
        channel=Channel(message.channel),
        to=message.address,
        subject=message.subject,
        body=message.body,
        language=message.language,
        sender=sender,
        callback_url=carriers.callback_url(carrier.name, message.reference),
        unsubscribe_url=unsubscribing.url(message),
    )


def _note(carrier: Carrier, fault: Exception) -> str:
    log.error("provider_fault", provider=carrier.name, fault=faults.place(fault))
    return type(fault).__name__
