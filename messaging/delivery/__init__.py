"""Words on their way out: `queue` takes them, the sender carries them, whatever breaks meanwhile.

    queue → claim → call the provider → settle → receipts

`claims.py` takes what is due and counts the attempt first; `calls.py` calls; `outcomes.py` writes
down what came of it; `lanes.py` keeps that going for one channel and provider, `sender.py` for
all. `moves.py` is how anything changes a message; `health.py` knows which provider rests.
"""

import json
from collections.abc import Sequence

from django.db import connection, transaction
from django_scopes import scopes_disabled

from messaging.delivery import page_updates
from messaging.delivery.transitions import Moves, locked
from messaging.models import BulkSend, Message
from messaging.statuses import UNSENT, Status
from wards.base import clock
from wards.models import User

FIELDS = tuple(f for f in Message._meta.concrete_fields if not f.primary_key)


def queue(messages: Sequence[Message]) -> list[int]:
    """Writes unsaved messages into the caller's transaction and has the sender look after it.

    Those whose key is known already are left out. Returns the ids of the others, in their order.
    One statement, however many.
    """
    if not messages:
        return []
    rows = [{f.attname: getattr(message, f.attname) for f in FIELDS} for message in messages]
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [json.dumps(rows, default=str)])
        written = [(id_, hospital) for id_, hospital, _ in cursor.fetchall()]
    page_updates.moved([Message(pk=id_, hospital_id=hospital) for id_, hospital in written])
    return sorted(id_ for id_, _ in written)


COLUMNS = ", ".join(f'"{field.column}"' for field in FIELDS)
QUEUE = f"""
WITH written AS (
    INSERT INTO messaging_message ({COLUMNS})
    SELECT {COLUMNS} FROM jsonb_populate_recordset(NULL::messaging_message, %s)
    ON CONFLICT DO NOTHING
    RETURNING id, hospital_id, channel, status, reason
), logged AS (
    INSERT INTO messaging_messagelog (message_id, at, status, attempt, channel, provider, detail)
    SELECT id, clock_timestamp(), status, 0, channel, '', reason FROM written
)
SELECT id, hospital_id, pg_notify('messages_due', channel) FROM written
"""  # noqa: S608  (the names are ours)


def cancel(event_ids: Sequence[int], *, reason: str, by: User | None = None) -> int:
    """Takes back what was to be said about these events and has not left the house; how many.

    What is with a provider at this moment cannot be taken back, but is not tried again.
    """
    if not event_ids:
        return 0
    with scopes_disabled(), transaction.atomic():
        moves = Moves()
        for message in locked(Message.objects.filter(event__in=event_ids, due_at__isnull=False)):
            if message.status in UNSENT:
                moves.move(message, Status.CANCELLED, detail=reason, actor=by)
            else:
                message.expires_at = clock.now()
                moves.change(message)
        return moves.write()


def retry(message_ids: Sequence[int], *, by: User) -> int:
    """Sends those that failed or bounced again, by hand, at once; returns how many.

    Only within the scope that the caller has opened.
    """
    with transaction.atomic():
        moves = Moves()
        # What belongs to a bulk send that was cancelled would never be looked at.
        chosen = Message.objects.exclude(bulk__status=BulkSend.Status.CANCELLED)
        for message in locked(chosen.filter(pk__in=message_ids)):
            if moves.move(message, Status.QUEUED, actor=by):
                message.tries = 0
                message.due_at = clock.now()
        return moves.write()
