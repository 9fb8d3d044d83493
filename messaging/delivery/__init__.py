"""Words on their way out: `queue` takes them, the sender carries them, whatever breaks meanwhile.

    queue → claim → call the carrier → settle → receipts

`claims.py` takes what is due and counts the attempt first; `calls.py` calls; `outcomes.py` writes
down what came of it; `lanes.py` keeps that going for one channel and carrier, `sender.py` for
all. `transitions.py` and
`statements.py` are how anything changes a message; `health.py` knows which carrier rests.
"""

from collections.abc import Sequence

from django.db import transaction
from django_scopes import scopes_disabled

from messaging.delivery import origins, page_updates, statements
from messaging.models import Message
from messaging.statuses import UNSENT
from wards.models import User


def queue(messages: Sequence[Message]) -> list[int]:
    """Writes unsaved messages into the caller's transaction and has the sender look after it.

    Those whose key is known already are left out. Returns the ids of the others, in their order.
    Constant statements, however many.
    """
    return _told(statements.insert(messages)) if messages else []


def cancel(event_ids: Sequence[int], *, reason: str, by: User | None = None) -> int:
    """Takes back what was to be said about these events and has not left the house; how many.

    What is with a carrier at this moment cannot be taken back, but is not tried again.
    """
    if not event_ids:
        return 0
    with scopes_disabled(), transaction.atomic():
        chosen = Message.objects.filter(event__in=event_ids)
        return len(_told(statements.cancel(chosen, reason=reason, by=by)))


def cancel_one(message: Message, *, by: User | None = None) -> bool:
    """Takes back one that still waits to be sent; False where it does not wait any more."""
    with transaction.atomic():
        waiting = Message.objects.filter(pk=message.pk, status__in=UNSENT)
        return bool(_told(statements.cancel(waiting, by=by)))


def retry(message_ids: Sequence[int], *, by: User) -> int:
    """Sends those that failed or bounced again, by hand, at once; returns how many.

    Only within the scope that the caller has opened.
    """
    chosen = Message.objects.filter(pk__in=message_ids)
    for batched in origins.batched().values():
        chosen = chosen.exclude(batched.ended())  # would never be looked at
    with transaction.atomic():
        return len(_told(statements.retry(chosen, by=by)))


def _told(written: Sequence[Message]) -> list[int]:
    """Has the pages look; returns the ids."""
    page_updates.moved(written)
    return sorted(message.pk for message in written)
