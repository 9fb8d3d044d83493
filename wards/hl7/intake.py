"""One message, from its bytes to the bytes of its answer: stored, applied once, answered.

What a message says is applied in the transaction that stores it, with the outcome and the answer:
so there is never an answer without the message and the change, nor a change made twice because its
answer got lost. What cannot be applied is stored in a transaction of its own, with the reason.
"""

import traceback
from contextlib import suppress
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django_scopes import scope, scopes_disabled

from wards.base import reference, transactions
from wards.base.refused import Refused
from wards.feeds.content import Parsed
from wards.feeds.refusals import Code, Failed, NotAccepted, Rejected, Unclear
from wards.hl7 import feeds, storing, training
from wards.hl7.acknowledge import Mode, acknowledge, is_due, is_enhanced
from wards.hl7.header import Header, check, read
from wards.hl7.parsing import parse
from wards.hl7.storing import Stale, Status
from wards.identity import asking
from wards.models import Feed, Hl7Message

log = structlog.get_logger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError)
DEADLOCKS = ("40P01", "40001")  # SQLSTATE: deadlock detected, serialization failure
TRIES = 3
USED_BEFORE = "MSH-10 (control id) was used before, for another message"


class Peer(NamedTuple):
    """Who is at the other end of a connection; None where nobody asks (a message from a file)."""

    address: str
    certificate: str = ""  # the common name of its TLS certificate


class Taken(NamedTuple):
    """What came of a message."""

    header: Header
    message: Hl7Message
    refusal: NotAccepted | None

    @property
    def answer(self) -> bytes:
        """The application's acknowledgement, as stored."""
        return self._encoded(self.message.acknowledgement)

    @property
    def answers(self) -> list[bytes]:
        """The acknowledgements that the sender asked for, in order (MSH-15, MSH-16).

        One who fills in MSH-15 alone waits for one answer, and gets the one that says more: many
        send AL there whatever they mean (a simulator's feed in our tests does).
        """
        header, refusal = self.header, self.refusal
        if not is_enhanced(header) or header.value(16) in ("", '""'):
            return [self.answer]
        found = []
        unreadable = isinstance(refusal, Rejected)  # which is all there is to say about it
        fault = refusal if unreadable else None
        if is_due(header, Mode.COMMIT, fault):
            found.append(self._encoded(acknowledge(header, fault, mode=Mode.COMMIT)))
        if not unreadable and is_due(header, Mode.APPLICATION, refusal):
            found.append(self.answer)
        return found

    def _encoded(self, acknowledgement: str) -> bytes:
        return acknowledgement.encode(self.header.codec, errors="replace")


def receive(raw: bytes, refusal: NotAccepted | None = None) -> bytes:
    """`take`, and the application's answer."""
    return take(raw, refusal).answer


def take(raw: bytes, refusal: NotAccepted | None = None, peer: Peer | None = None) -> Taken:
    """Stores a message, and applies it once however often it comes.

    `refusal` is for what is not worth reading: it is stored with that reason. Raises one of
    DATABASE_AWAY where the database cannot be reached or asked just now: then nothing must be
    answered, for senders send again what nobody answered, and give up what was answered AE.
    Not to be called inside a transaction.
    """
    header, text = read(raw)
    while True:
        with suppress(Stale), reference.in_use():  # somebody has changed the feed, a ward, a limit
            message = storing.new(header, text, feeds.feed_of(header))
            return Taken(header, message, conclude(message, header, refusal, peer))


def conclude(
    message: Hl7Message,
    header: Header,
    refusal: NotAccepted | None = None,
    peer: Peer | None = None,
) -> NotAccepted | None:
    """Applies a message that was not applied yet, stores what came of it; why it is refused."""
    refusal = refusal or _outcome(message, header, peer)
    if refusal is None:
        return None
    return _refuse(message, header, refusal)


def _outcome(message: Hl7Message, header: Header, peer: Peer | None) -> NotAccepted | None:
    """Applies the message and stores it as accepted, or returns what speaks against it."""
    feed = message.feed
    try:
        if feed and peer and not feeds.allows(feed, *peer):
            # Not under its control id: a stranger must not get in the way of the real one.
            message.control_id = ""
            raise Rejected(Code.UNKNOWN_KEY_IDENTIFIER, "not allowed from here", "MSH-4")
        check(header)
        if feed is None:
            reason = f"sending facility {header.facility[:40] or '(empty)'} is not known here"
            raise Rejected(Code.UNKNOWN_KEY_IDENTIFIER, reason, "MSH-4")
        _apply(message, header, feed)
    except NotAccepted as refusal:
        return refusal
    except Refused as refused:
        return Failed(Code.APPLICATION_RECORD_LOCKED, str(refused))
    except (*DATABASE_AWAY, Stale):
        raise
    except Exception as fault:  # whatever it is, the next message must be read
        frames = "".join(traceback.format_tb(fault.__traceback__))
        # Without the exception's text, which may quote the message.
        log.error("hl7_fault", fault=type(fault).__name__, frames=frames)
        return Failed(Code.APPLICATION_INTERNAL_ERROR, "")
    return None


def _apply(message: Hl7Message, header: Header, feed: Feed) -> None:
    """All of what it says, or nothing; again where others change the same rows this very moment."""
    parsed = parse(message.raw, header, ZoneInfo(feed.hospital.timezone))
    for attempt in range(1, TRIES + 1):
        try:
            return _apply_now(parsed, message, header, feed)
        except Refused:
            if attempt == TRIES:
                raise
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in DEADLOCKS or attempt == TRIES:
                raise
    return None


@transaction.atomic(durable=True)
def _apply_now(parsed: Parsed, message: Hl7Message, header: Header, feed: Feed) -> None:
    message.status, message.reason = Status.ACCEPTED, ""
    message.acknowledgement = acknowledge(header)
    # First, for it locks the row: of two connections with the same message, one applies it.
    stored = storing.store(message)
    if stored.is_accepted:
        message.reason, message.acknowledgement = stored.reason, stored.acknowledgement
        return
    with scope(hospital=feed.hospital), transactions.whole():
        note = training.apply(parsed.said, feed, message)
        feeds.note(feed, parsed.unread)
    if stored.id_was_used:
        note = f"{USED_BEFORE} {note}".strip()
    if note:
        message.reason, message.acknowledgement = note, acknowledge(header, note=note)
    if note or not stored.is_new:
        storing.settle(message)
    feeds.saw(feed)


@transaction.atomic(durable=True)
def _refuse(message: Hl7Message, header: Header, refusal: NotAccepted) -> NotAccepted | None:
    """Stores the message with what speaks against it; None where it was applied after all.

    By another connection meanwhile, or before: then the answer of that time stands.
    """
    message.status, message.reason, message.acknowledgement = Status.RECEIVED, "", ""
    stored = storing.store(message)
    if stored.is_accepted:
        message.status, message.reason = Status.ACCEPTED, stored.reason
        message.acknowledgement = stored.acknowledgement
        return None
    if isinstance(refusal, Unclear):
        refusal = asking.ask(message, refusal)
    if refusal.code is Code.APPLICATION_INTERNAL_ERROR:
        refusal = Failed(refusal.code, f"internal error, reference {message.pk}")
    message.status, message.reason = refusal.status, refusal.reason
    message.acknowledgement = acknowledge(header, refusal)
    storing.settle(message)
    if message.feed:
        with scopes_disabled():
            feeds.saw(message.feed)
    # Not the reason: it may name a patient.
    log.warning(
        "hl7_not_accepted", reference=message.pk, status=refusal.status, code=refusal.code.value
    )
    return refusal
