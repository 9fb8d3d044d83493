"""Threads that take messages, each with a database connection that it keeps."""

import asyncio
import select
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import structlog
from django.db import connection
from prometheus_client import Counter

from wards import events
from wards.feeds.refusals import Code, NotAccepted, Rejected
from wards.hl7 import feeds, intake
from wards.hl7.batches import Batch
from wards.hl7.framing import Frame, Oversized, Unframed
from wards.hl7.header import read
from wards.hl7.intake import Peer, Taken

log = structlog.get_logger(__name__)

ANSWERED = Counter("wardbell_hl7_messages", "HL7 messages taken, by their answer.", ["answer"])
for _answer in ("AA", "AE", "AR"):  # at nought from the beginning
    ANSWERED.labels(_answer)
THREADS = 4  # messages worked on at once by a process

Received = Frame | Oversized | Unframed


class Done(NamedTuple):
    """A message that was taken, and the events that it made, of which nobody is told yet."""

    taken: Taken
    event_ids: list[int]


class Workers:
    """Take messages."""

    def __init__(self, message_bytes: int) -> None:
        self._limit = message_bytes
        self._threads = ThreadPoolExecutor(THREADS, "hl7")

    async def take(self, received: Received, peer: Peer) -> Done | None:
        """What came of it; None where nothing can be said but goodbye.

        Senders keep in their queue, and send again, what nobody answered; what is answered AE they
        put aside for people to look at. So while the database is away nothing is answered.
        """
        raw, refusal = self._read(received)
        loop = asyncio.get_running_loop()
        try:
            done = await loop.run_in_executor(self._threads, _take, raw, refusal, peer)
        except Exception as fault:
            away = isinstance(fault, intake.DATABASE_AWAY)
            log.error("hl7_database_away" if away else "hl7_fault", fault=type(fault).__name__)
            return None
        ANSWERED.labels(done.taken.message.status).inc()
        return done

    async def note(self, batch: Batch) -> None:
        """Keeps what was not understood of a batch, for the page of its feed."""
        await asyncio.get_running_loop().run_in_executor(self._threads, _note, batch)

    def _read(self, received: Received) -> tuple[bytes, NotAccepted | None]:
        match received:
            case Frame(message):
                return message, None
            case Oversized(head):
                reason = f"message too large: more than {self._limit} bytes"
                return head, Rejected(Code.DATA_TYPE_ERROR, reason)
            case Unframed(head):
                reason = "not in an MLLP frame: send <VT> message <FS><CR>"
                return head, Rejected(Code.SEGMENT_SEQUENCE_ERROR, reason)


def _take(raw: bytes, refusal: NotAccepted | None, peer: Peer) -> Done:
    if connection.connection is not None and _is_broken(connection.connection.pgconn.socket):
        connection.close()
    try:
        with events.gathering() as event_ids:
            return Done(intake.take(raw, refusal, peer), event_ids)
    except intake.DATABASE_AWAY:
        connection.close()
        raise


def _note(batch: Batch) -> None:
    header, _ = read(batch.messages[0])
    try:
        if feed := feeds.feed_of(header):
            feeds.note(feed, batch.unread)
    except intake.DATABASE_AWAY:
        connection.close()  # all of its messages are answered: it is not worth more


def _is_broken(descriptor: int) -> bool:
    """Whether the server has hung up: it says nothing else to one who has not asked."""
    return bool(select.select([descriptor], [], [], 0)[0])
