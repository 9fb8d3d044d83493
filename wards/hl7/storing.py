"""The rows of messages: one for each content that a sender sent under a control id.

`store` writes the row, or finds the one that is there, and locks it: whoever has the same message
at the same moment waits until we are done with it. Hand-written, for it is most of what a feed
costs (docs/benchmarks.md).
"""

import hashlib
import re
from typing import NamedTuple

from django.db import connection

from wards.base import clock, reference, sql
from wards.hl7.header import LONGEST, Header
from wards.models import Feed, Hl7Message

Status = Hl7Message.Status


class Stored(NamedTuple):
    """A message's row, locked, as it was before: new, or what came of it last time."""

    id: int
    is_new: bool
    status: str
    reason: str
    acknowledgement: str
    id_was_used: bool  # its control id, for another content

    @property
    def is_accepted(self) -> bool:
        """Whether it was applied, some time ago or by another connection just now."""
        return not self.is_new and self.status == Status.ACCEPTED


class Stale(Exception):
    """What is remembered of the hospital is no longer true: once more, from the beginning."""


def new(header: Header, text: str, feed: Feed | None) -> Hl7Message:
    """The row of a message, not saved."""
    kind, processing = header.type[:40], header.value(11)[:3]
    return Hl7Message(
        hospital=feed.hospital if feed else None,
        feed=feed,
        processing=processing,
        sending_application=header.application[: LONGEST[3]],
        sending_facility=header.facility[: LONGEST[4]],
        control_id=header.control_id if len(header.control_id) <= LONGEST[10] else "",
        digest=_digest(kind, processing, text),
        message_type=kind,
        raw=text,
    )


def _digest(kind: str, processing: str, text: str) -> str:
    """Of what a message means: MSH-9, MSH-11 and all that follows the header.

    Not of the rest of the header: a sender that repeats itself may change the time there.
    """
    content = "\n".join([kind, processing, *re.split(r"[\r\n]+", text)[1:]])
    return hashlib.sha256(content.encode()).hexdigest()


def store(message: Hl7Message) -> Stored:
    """Inserts it with its status and answer, or finds it. Raises Stale: then roll back.

    One that is a row already (it is applied again) is only locked.
    """
    with connection.cursor() as cursor:
        if not message._state.adding:
            cursor.execute(LOCK, [message.pk])
            return Stored(*cursor.fetchone())
        cursor.execute(
            STORE,
            [
                message.hospital_id,
                message.feed_id,
                message.processing,
                message.sending_application,
                message.sending_facility,
                message.control_id,
                message.digest,
                message.message_type,
                message.status,
                message.reason,
                message.raw,
                message.acknowledgement,
                message.received_at,
            ],
        )
        *row, version = cursor.fetchone()
    if not reference.is_current(version):
        raise Stale
    stored = Stored(*row)
    message.pk = stored.id
    return stored


def settle(message: Hl7Message) -> None:
    """Writes the outcome and the answer, and the message as it came this time."""
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            [
                message.status,
                message.reason,
                message.acknowledgement,
                message.hospital_id,
                message.feed_id,
                message.question_id,
                message.processing,
                message.message_type,
                message.raw,
                message.pk,
            ],
        )


def note_time(feed: Feed) -> None:
    """When the feed's last message came."""
    with connection.cursor() as cursor:
        cursor.execute(TIME, [clock.now(), feed.pk])


STORE = sql.load("wards/hl7/sql/store_message.sql")
LOCK = """
SELECT id, false, status, reason, acknowledgement, false
FROM wards_hl7message WHERE id = %s FOR UPDATE
"""
SETTLE = """
UPDATE wards_hl7message
SET status = %s, reason = %s, acknowledgement = %s, hospital_id = %s, feed_id = %s,
    question_id = %s, processing = %s, message_type = %s, raw = %s
WHERE id = %s
"""
TIME = "UPDATE wards_feed SET last_message_at = %s WHERE id = %s"
