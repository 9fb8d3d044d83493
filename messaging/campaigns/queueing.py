"""Makes messages of recipients, and takes them back: by statements, some thousands at a time."""

from typing import Any, NamedTuple

from django.db import connection

from messaging.campaigns import appointments
from messaging.channels import RINGING
from messaging.contacts import quiet_hours
from messaging.delivery import intents, transitions
from messaging.models import BulkSend, Message
from messaging.reasons import Reason
from messaging.statuses import UNSENT, Status
from wards.base import clock
from wards.models import User

TOGETHER = 5_000  # lines, or messages, in a transaction
FAILED = [Status.FAILED.value, Status.BOUNCED.value]


class Chunk(NamedTuple):
    """What a statement did: the last line it looked at (0: there is none), and how many rows."""

    line: int
    gone: int = 0  # not true any more


def queue(bulk: BulkSend) -> Chunk:
    """Writes the messages of the next lines behind `bulk.queued` into the caller's transaction.

    A message that is there already is not written again: its key has the line.
    """
    now = clock.now()
    given: dict[str, Any] = {
        "bulk": bulk.pk,
        "after": bulk.queued,
        "limit": TOGETHER,
        "hospital": bulk.hospital_id,
        "topic": bulk.topic,
        "now": now,
        "over_at": intents.rings_again(bulk.hospital) or now,
        "ringing": [channel.value for channel in RINGING],
        "to_come": appointments.TO_COME,
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST, given)
        last = cursor.fetchone()[0]
        if last is None:
            return Chunk(0)
        given["last"] = last
        gone = 0
        if bulk.audience == BulkSend.Audience.APPOINTMENTS:
            cursor.execute(UNTRUE, given)
            gone = cursor.rowcount
        cursor.execute(QUEUE, given)
        transitions.wake(channel for (channel,) in cursor.fetchall())
    return Chunk(last, gone)


def cancel(bulk: BulkSend, by: User | None) -> int:
    """Takes back some thousands of the messages that have not left the house; returns how many.

    What is with a provider at this moment is not tried again.
    """
    given: dict[str, Any] = {
        "bulk": bulk.pk,
        "limit": TOGETHER,
        "unsent": [status.value for status in UNSENT],
        "actor": by.pk if by else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, given)
        cursor.execute(CANCEL, given)
        return int(cursor.rowcount)


def retry(bulk: BulkSend, by: User) -> int:
    """Queues everything that failed or bounced for good again; returns how many."""
    given: dict[str, Any] = {
        "bulk": bulk.pk,
        "failed": FAILED,
        "actor": by.pk,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(RETRY, given)
        count = int(cursor.rowcount)
        transitions.wake(bulk.channels)
    return count


def has_more(bulk: BulkSend) -> bool:
    """Whether there are lines of which no message has been made."""
    return bulk.recipients.filter(line__gt=bulk.queued).exists()


def has_due(bulk: BulkSend) -> bool:
    """Whether something is to be done for a message of it, now or later."""
    return Message.objects.filter(bulk=bulk, due_at__isnull=False).exists()


def with_due() -> list[int]:
    """The bulk sends with messages for which something is to be done, by a look at the index each.

    However many messages are due, and however many are not.
    """
    with connection.cursor() as cursor:
        cursor.execute(WITH_DUE)
        return [bulk for (bulk,) in cursor.fetchall()]


WITH_DUE = """
WITH RECURSIVE due AS (
    SELECT min(bulk_id) AS id FROM messaging_message WHERE bulk_id > 0 AND due_at IS NOT NULL
    UNION ALL
    SELECT (
        SELECT min(bulk_id) FROM messaging_message WHERE bulk_id > due.id AND due_at IS NOT NULL
    ) FROM due WHERE due.id IS NOT NULL
)
SELECT id FROM due WHERE id IS NOT NULL
"""
LAST = """
SELECT max(line) FROM (
    SELECT line FROM messaging_bulkrecipient
    WHERE bulk_id = %(bulk)s AND line > %(after)s ORDER BY line LIMIT %(limit)s
) AS next
"""
# What the words tell of an appointment that has been cancelled, moved or begun since.
UNTRUE = f"""
UPDATE messaging_bulkrecipient AS recipient
SET excluded = CASE
    WHEN visit.status = 'cancelled' THEN '{Reason.VISIT_CANCELLED.value}'
    WHEN visit.status <> ALL(%(to_come)s) OR visit.starts_at <= now()
        THEN '{Reason.VISIT_OVER.value}'
    ELSE '{Reason.VISIT_MOVED.value}' END
FROM wards_appointment AS visit
WHERE recipient.bulk_id = %(bulk)s AND line > %(after)s AND line <= %(last)s AND excluded = ''
AND visit.id = recipient.appointment_id AND (
    visit.status <> ALL(%(to_come)s) OR visit.starts_at <> recipient.starts_at
    OR visit.starts_at <= now()
)
"""  # noqa: S608  (the names are ours)
QUEUE = f"""
WITH written AS (
    INSERT INTO messaging_message (hospital_id, patient_id, bulk_id, variant, key, topic, urgent,
        code, version_id, "values", channel, fallbacks, address, country, language, subject, body,
        parts, status, reason, due_at, expires_at, attempts, tries, provider, provider_id, currency,
        created_at)
    SELECT %(hospital)s, recipient.patient_id, bulk_id, recipient.variant,
        'bulk:' || bulk_id || ':' || line, %(topic)s, false, words.code, version_id, "values",
        channel, fallbacks, address, country, recipient.language, subject, body, parts, 'queued',
        '',
        CASE WHEN channel = ANY(%(ringing)s) AND {quiet_hours.HOLDS} THEN %(over_at)s::timestamptz
             ELSE %(now)s::timestamptz END,
        expires_at, 0, 0, '', '', '', %(now)s
    FROM (
        SELECT *, starts_at AS expires_at FROM messaging_bulkrecipient WHERE bulk_id = %(bulk)s
    ) AS recipient
    JOIN (
        SELECT number AS variant, code FROM messaging_bulkvariant WHERE bulk_id = %(bulk)s
    ) AS words ON words.variant = recipient.variant
    LEFT JOIN wards_patient AS patient ON patient.id = recipient.patient_id
    WHERE line > %(after)s AND line <= %(last)s AND excluded = ''
    AND (recipient.patient_id IS NULL OR patient.id IS NOT NULL)
    ORDER BY line
    ON CONFLICT DO NOTHING
    RETURNING id, channel, created_at
), logged AS (
    INSERT INTO messaging_messagelog (message_id, at, status, attempt, channel, provider, detail)
    SELECT id, created_at, 'queued', 0, channel, '', '' FROM written
)
SELECT DISTINCT channel FROM written
"""  # noqa: S608  (the names are ours)
CANCEL = """
WITH chosen AS (
    SELECT id FROM messaging_message
    WHERE bulk_id = %(bulk)s AND due_at IS NOT NULL AND status = ANY(%(unsent)s)
    ORDER BY id LIMIT %(limit)s FOR UPDATE
), taken AS (
    UPDATE messaging_message AS message SET status = 'cancelled', due_at = NULL, reason = ''
    FROM chosen WHERE message.id = chosen.id
    RETURNING message.id, attempts, channel, provider
)
INSERT INTO messaging_messagelog (message_id, at, status, attempt, channel, provider, actor_id,
    detail)
SELECT id, clock_timestamp(), 'cancelled', attempts, channel, provider, %(actor)s, '' FROM taken
"""
# Locked in the order that all keep to.
EXPIRE = """
WITH chosen AS (
    SELECT id FROM messaging_message
    WHERE bulk_id = %(bulk)s AND due_at IS NOT NULL AND status = 'sending'
    AND (expires_at IS NULL OR expires_at > now())
    ORDER BY id FOR UPDATE
)
UPDATE messaging_message AS message SET expires_at = now() FROM chosen WHERE message.id = chosen.id
"""
RETRY = """
WITH chosen AS (
    SELECT id FROM messaging_message
    WHERE bulk_id = %(bulk)s AND due_at IS NULL AND status = ANY(%(failed)s)
    ORDER BY id FOR UPDATE
), taken AS (
    UPDATE messaging_message AS message
    SET status = 'queued', due_at = %(now)s, reason = '', tries = 0
    FROM chosen WHERE message.id = chosen.id
    RETURNING message.id, attempts, channel, provider
)
INSERT INTO messaging_messagelog (message_id, at, status, attempt, channel, provider, actor_id,
    detail)
SELECT id, clock_timestamp(), 'queued', attempts, channel, provider, %(actor)s, '' FROM taken
"""
